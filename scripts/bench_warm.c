// bench_warm MB: uses that much memory in large pages, or as much as is free, and gives it back to the system.
// A virtual machine may return its free memory to the host and has to ask for it again, page by page, when a program
// wants it (measured: 2 s for each GB against 0.15). Which program of a round pays for that is chance; after this none does.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { SPARE_KB = 512 << 10, PAGE = 4096 };

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

int main(int count, char **arguments) {
  return count != 2 ? 2 : use_memory(atoll(arguments[1]) << 10) ? 0 : 1;
}
