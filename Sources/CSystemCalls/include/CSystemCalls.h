// System calls of Linux that the C library declares under _GNU_SOURCE only, which Swift's import of it does not define.
#ifndef TFCONV_SYSTEM_CALLS_H
#define TFCONV_SYSTEM_CALLS_H

#include <stdint.h>

// Sets aside the blocks of the first bytes of a file, which grows to that length; 0, or the errno. Does not fall back on
// writing zeros where the file system cannot do it (EOPNOTSUPP).
int tfconv_reserve(int descriptor, int64_t length);

// Begins to bring bytes of a file to the disk and does not wait; a hint, which may do nothing.
void tfconv_start_writeback(int descriptor, int64_t offset, int64_t length);

#endif
