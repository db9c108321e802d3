#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>

int tfconv_reserve(int descriptor, int64_t length) {
  while (fallocate(descriptor, 0, 0, length) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

void tfconv_start_writeback(int descriptor, int64_t offset, int64_t length) {
  (void)!sync_file_range(descriptor, offset, length, SYNC_FILE_RANGE_WRITE);
}
