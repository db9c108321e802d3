// bench_floor [sync] IN OUT: copies a file as fast as this machine can: blocks reserved first, then read and written by
// two threads in pieces that stay in the second-level cache. With `sync` the bytes are brought to the disk, begun while
// others are still being written. What a converter does beyond this is its own cost.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 256 << 10, STRETCH = 4 << 20 };
static int input, output, syncs;
static int64_t size;
static atomic_llong next;

static void *work(void *unused) {
  char *memory = aligned_alloc(4096, PIECE);
  for (;;) {
    int64_t start = atomic_fetch_add(&next, STRETCH);
    if (!memory || start >= size) break;
    int64_t end = start + STRETCH < size ? start + STRETCH : size;
    for (int64_t at = start; at < end;) {
      ssize_t count = pread(input, memory, (size_t)(end - at < PIECE ? end - at : PIECE), at);
      if (count <= 0 || pwrite(output, memory, (size_t)count, at) != count) exit(1);
      at += count;
    }
    if (syncs) (void)!sync_file_range(output, start, end - start, SYNC_FILE_RANGE_WRITE);
  }
  free(memory);
  return unused;
}

int main(int count, char **arguments) {
  syncs = count == 4 && strcmp(arguments[1], "sync") == 0;
  if (count != 3 + syncs) return 2;
  input = open(arguments[1 + syncs], O_RDONLY);
  output = open(arguments[2 + syncs], O_RDWR | O_CREAT | O_TRUNC, 0644);
  struct stat status;
  if (input < 0 || output < 0 || fstat(input, &status) != 0) return 1;
  size = status.st_size;
  (void)!fallocate(output, 0, 0, size);
  pthread_t thread;
  int has_thread = pthread_create(&thread, 0, work, 0) == 0;
  work(0);
  if (has_thread) pthread_join(thread, 0);
  return syncs && fsync(output) != 0;
}
