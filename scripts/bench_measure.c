// bench_measure OUT COMMAND...: runs a command and writes one line of JSON about it: seconds of wall clock, user and
// system; the largest resident set in MB; the exit code; how many processors others kept busy meanwhile.
// A small parent of its own, because a process inherits the largest resident set of the one that starts it.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Seconds that all processors together have been busy since the system started.
static double busy(void) {
  unsigned long long user = 0, nice_ = 0, system_ = 0, idle, wait_, irq = 0, soft = 0;
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice_, &system_, &idle, &wait_, &irq, &soft) != 7)
    user = 0;
  fclose(file);
  return (double)(user + nice_ + system_ + irq + soft) / (double)sysconf(_SC_CLK_TCK);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  double busy_before = busy(), start = now();
  pid_t child = vfork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    _exit(127);
  }
  if (child < 0) return 2;
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) continue;
  double wall = now() - start;
  double user = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
  double system_ = (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
  double others = (busy() - busy_before - user - system_) / wall;
  FILE *out = fopen(arguments[1], "w");
  if (!out) return 2;
  fprintf(out, "{\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"rss_mb\":%.1f,\"code\":%d,\"others\":%.2f}\n", wall, user,
          system_, (double)usage.ru_maxrss / 1024, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          others < 0 ? 0 : others);
  return fclose(out) ? 2 : 0;
}
