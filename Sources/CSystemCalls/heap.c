#define _GNU_SOURCE
#include "CSystemCalls.h"

#ifdef __GLIBC__
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// Address space alone; pages are there when they are touched.
enum { room = 256 << 20, page = 4096, short_run = 1 << 20, usual_pad = 128 << 10, largest_threshold = 32 << 20 };

void tfconv_prepare_heap(void) {
  // What is freed stays with the process, and all but the largest blocks come from the heap rather than from mappings of
  // their own, whose pages would be new again each time.
  mallopt(M_MMAP_THRESHOLD, largest_threshold);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, room);
  const uintptr_t begin = (uintptr_t)sbrk(0) & ~(uintptr_t)(page - 1);
  void *volatile block = malloc(4 * usual_pad);
  free(block);
  const uintptr_t end = (uintptr_t)sbrk(0) & ~(uintptr_t)(page - 1);
  mallopt(M_TOP_PAD, usual_pad);
  // Refused where the system has no large pages; small ones do as well, only slower. A run that needs little memory has
  // small ones, because clearing a large one takes longer than getting those few.
  if (end > begin + short_run) (void)madvise((void *)(begin + short_run), end - begin - short_run, MADV_HUGEPAGE);
}
#else
void tfconv_prepare_heap(void) {}
#endif
