// bench_measure OUT COMMAND...: runs a command and writes one line of JSON about it: seconds of wall clock, user and
// system; the largest resident set in MB, and the most of it that belonged to no file (RssAnon of /proc, looked up every
// 10 ms); the exit code; how many processors others kept busy meanwhile; and how many MB of free memory a virtual machine
// gave back to its host, if its kernel counts them.
// A small parent of its own, because a process inherits the largest resident set of the one that starts it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
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

static double returned_mb(void) {
  double kb = 0;
  FILE *file = fopen("/sys/module/page_reporting/parameters/reported_kib", "r");
  if (!file) return 0;
  if (fscanf(file, "%lf", &kb) != 1) kb = 0;
  fclose(file);
  return kb / 1024;
}

static pid_t child;
static atomic_int ended;
static double own_mb;

static void *watch(void *unused) {
  char path[64], line[128];
  snprintf(path, sizeof path, "/proc/%d/status", (int)child);
  for (;;) {
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, 0);
    FILE *file = ended ? 0 : fopen(path, "r");
    if (!file) break;
    double kb;
    while (fgets(line, sizeof line, file))
      if (sscanf(line, "RssAnon: %lf", &kb) == 1 && kb / 1024 > own_mb) own_mb = kb / 1024;
    fclose(file);
  }
  return unused;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  double returned_before = returned_mb(), busy_before = busy(), start = now();
  child = vfork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    _exit(127);
  }
  if (child < 0) return 2;
  pthread_t watcher;
  int watches = pthread_create(&watcher, 0, watch, 0) == 0;
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) continue;
  double wall = now() - start;
  ended = 1;
  if (watches) pthread_join(watcher, 0);
  double user = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
  double system_ = (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
  double others = (busy() - busy_before - user - system_) / wall;
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  FILE *out = fopen(arguments[1], "w");
  if (!out) return 2;
  fprintf(out, "{\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"rss_mb\":%.1f,\"own_mb\":%.1f,", wall, user, system_,
          (double)usage.ru_maxrss / 1024, own_mb);
  fprintf(out, "\"code\":%d,\"others\":%.2f,\"returned_mb\":%.0f}\n", code, others < 0 ? 0 : others,
          returned_mb() - returned_before);
  return fclose(out) ? 2 : 0;
}
