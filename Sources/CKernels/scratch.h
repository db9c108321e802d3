// Memory of a thread that stays from call to call.
#ifndef TFCONV_SCRATCH_H
#define TFCONV_SCRATCH_H

#include <stddef.h>

// What a task works with, and what a call lends to all its tasks: they may run on the same thread.
enum { SCRATCH_TASK, SCRATCH_CALL, SCRATCH_SLOTS };

// At least `count` floats, aligned to a cache line, valid until the thread asks for the same slot again.
float *tfconv_scratch(int slot, size_t count);

#endif
