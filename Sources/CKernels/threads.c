// One pool of threads for every loop of the runtime. Workers spin for a short while after a piece of work, because the
// next one usually follows within microseconds, and sleep after that.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "CKernels.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_WORKERS 255
#define SPIN_NANOSECONDS 100000

// The gate of a region of work: its number, whether workers may still enter, and how many are inside.
#define OPEN 0x80000000ull
#define INSIDE 0x7FFFFFFFull

static struct {
  // Whoever holds the lock has the pool; others work alone.
  pthread_mutex_t owner;
  uint32_t workers;
  // The number of the latest region, shifted by eight, and how many workers it wants: one word to sleep on.
  _Atomic uint32_t call;
  _Atomic uint32_t sleeping;
  _Atomic uint64_t gate;
  uint32_t threads;
  void (*body)(void *, size_t);
  void *context;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER};

// The tasks that each thread of a region still has before it: the first in the upper half, the end in the lower. A thread
// works through a run of neighbours, because what lies together in memory is read faster, and helps the others from their
// ends.
static struct {
  _Alignas(64) _Atomic uint64_t left;
} runs[MOST_WORKERS + 1];

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static uint32_t wait_for_call(uint32_t seen) {
  int64_t start = now();
  for (unsigned turn = 1;; turn++) {
    uint32_t call = atomic_load_explicit(&pool.call, memory_order_acquire);
    if (call != seen) return call;
    pause_briefly();
    if (turn % 64 || now() - start < SPIN_NANOSECONDS) continue;
    atomic_fetch_add(&pool.sleeping, 1);
    while (atomic_load(&pool.call) == seen) syscall(SYS_futex, &pool.call, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    atomic_fetch_sub(&pool.sleeping, 1);
  }
}

static void take_tasks(uint32_t thread) {
  for (uint32_t i = 0; i < pool.threads; i++) {
    _Atomic uint64_t *run = &runs[(thread + i) % pool.threads].left;
    uint64_t left = atomic_load_explicit(run, memory_order_relaxed);
    while (left >> 32 < (uint32_t)left) {
      uint64_t rest = i == 0 ? left + (1ull << 32) : left - 1;
      if (!atomic_compare_exchange_weak_explicit(run, &left, rest, memory_order_relaxed, memory_order_relaxed)) continue;
      pool.body(pool.context, i == 0 ? left >> 32 : (uint32_t)rest);
      left = atomic_load_explicit(run, memory_order_relaxed);
    }
  }
}

// Enters the region if it is still open: whoever comes late finds the work done and is not waited for.
static int enter(uint32_t region) {
  uint64_t gate = atomic_load_explicit(&pool.gate, memory_order_acquire);
  while (gate >> 32 == region && (gate & OPEN))
    if (atomic_compare_exchange_weak_explicit(&pool.gate, &gate, gate + 1, memory_order_acq_rel, memory_order_acquire))
      return 1;
  return 0;
}

static void *work(void *argument) {
  uint32_t index = (uint32_t)(uintptr_t)argument, seen = 0;
  for (;;) {
    seen = wait_for_call(seen);
    if (index >= (seen & 0xFF) || !enter(seen >> 8)) continue;
    take_tasks(index + 1);
    atomic_fetch_sub_explicit(&pool.gate, 1, memory_order_release);
  }
  return NULL;
}

static void add_workers(uint32_t count) {
  while (pool.workers < count) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void *)(uintptr_t)pool.workers)) return;
    pthread_detach(thread);
    pool.workers++;
  }
}

void tfconv_parallel(int threads, size_t tasks, void (*body)(void *, size_t), void *context) {
  uint32_t wanted = threads > 1 && tasks > 1 ? (uint32_t)threads - 1 : 0;
  if (wanted > tasks - 1) wanted = (uint32_t)(tasks - 1);
  if (wanted > MOST_WORKERS) wanted = MOST_WORKERS;
  if (!wanted || tasks > UINT32_MAX || pthread_mutex_trylock(&pool.owner)) {
    for (size_t task = 0; task < tasks; task++) body(context, task);
    return;
  }
  add_workers(wanted);
  uint32_t region = ((atomic_load(&pool.call) >> 8) + 1) & 0xFFFFFF;
  pool.threads = wanted + 1;
  pool.body = body;
  pool.context = context;
  for (uint64_t i = 0; i <= wanted; i++)
    atomic_store_explicit(&runs[i].left, tasks * i / (wanted + 1) << 32 | tasks * (i + 1) / (wanted + 1),
                          memory_order_relaxed);
  atomic_store_explicit(&pool.gate, (uint64_t)region << 32 | OPEN, memory_order_release);
  atomic_store(&pool.call, region << 8 | wanted);
  if (atomic_load(&pool.sleeping)) syscall(SYS_futex, &pool.call, FUTEX_WAKE_PRIVATE, MOST_WORKERS, NULL, NULL, 0);
  take_tasks(0);
  atomic_fetch_and_explicit(&pool.gate, ~OPEN, memory_order_acq_rel);
  for (unsigned turn = 1; atomic_load_explicit(&pool.gate, memory_order_acquire) & INSIDE; turn++) {
    pause_briefly();
    if (turn % 4096 == 0) sched_yield();
  }
  pthread_mutex_unlock(&pool.owner);
}
