// System calls of Linux that the C library declares under _GNU_SOURCE only, which Swift's import of it does not define.
#ifndef TFCONV_SYSTEM_CALLS_H
#define TFCONV_SYSTEM_CALLS_H

#include <stdint.h>

// Sets aside the blocks of the first bytes of a file, which grows to that length; 0, or the errno. Does not fall back on
// writing zeros where the file system cannot do it (EOPNOTSUPP).
int tfconv_reserve(int descriptor, int64_t length);

// Begins to bring bytes of a file to the disk and does not wait; a hint, which may do nothing.
void tfconv_start_writeback(int descriptor, int64_t offset, int64_t length);

// Lets the heap grow in one place, in large pages where the system has them: a list of 100,000 tensors takes 18,000 pages
// of 4 kB, and to get those from the system takes a third of the time that inspecting such a file takes. To be called
// once, before there are other threads.
void tfconv_prepare_heap(void);

#endif
