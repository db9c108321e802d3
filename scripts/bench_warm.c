// bench_warm MB FILE...: brings memory into the state in which every command of a benchmark finds it: uses that much of it
// in large pages, or as much as is free, gives it back to the system, and then reads the files once.
// A virtual machine may return its free memory to the host and has to ask for it again, page by page, when a program
// wants it (measured: 2 s for each GB against 0.15); and the first to read a cached file after such an exchange takes
// twice as long as the next. Which program of a round pays for that is chance; after this none does.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SPARE_KB = 512 << 10, PAGE = 4096, PIECE = 256 << 10 };

static long long free_kb(void) {
  long long result = 0;
  char line[128];
  FILE *file = fopen("/proc/meminfo", "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "MemFree: %lld", &result) == 1) break;
  fclose(file);
  return result;
}

static int use_memory(long long kb) {
  long long most = free_kb() - SPARE_KB;
  if (kb > most) kb = most;
  if (kb <= 0) return 1;
  size_t size = (size_t)kb << 10;
  char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 0;
  (void)madvise(memory, size, MADV_HUGEPAGE);
  for (size_t at = 0; at < size; at += PAGE) memory[at] = 1;
  return munmap(memory, size) == 0;
}

static int read_file(const char *path) {
  static char piece[PIECE];
  int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t count;
  do count = read(file, piece, sizeof piece);
  while (count > 0);
  close(file);
  return count == 0;
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  if (!use_memory(atoll(arguments[1]) << 10)) return 1;
  for (int index = 2; index < count; index++)
    if (!read_file(arguments[index])) return 1;
  return 0;
}
