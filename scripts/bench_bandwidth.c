// bench_bandwidth THREADS BYTES: reads memory and prints how long so many bytes take at the best rate of five rounds, in
// the form of a worker's figures. No decoding of so many bytes of weights can be faster.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define BYTES (256ul << 20)
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static unsigned long *memory[64];
static volatile unsigned long sums[64];
static void *read_all(void *index) {
  unsigned long *p = memory[(long)index], sum = 0;
  for (size_t i = 0; i < BYTES / 8; i++) sum += p[i];
  sums[(long)index] = sum;
  return NULL;
}
int main(int count, char **words) {
  if (count != 3) return 2;
  long threads = atol(words[1]);
  double best = 0;
  for (long t = 0; t < threads; t++) memset(memory[t] = malloc(BYTES), (int)t + 1, BYTES);
  for (int round = 0; round < 5; round++) {
    pthread_t ids[64];
    double start = now();
    for (long t = 0; t < threads; t++) pthread_create(&ids[t], NULL, read_all, (void *)t);
    for (long t = 0; t < threads; t++) pthread_join(ids[t], NULL);
    double rate = threads * BYTES / (now() - start) * 1e-9;
    if (rate > best) best = rate;
  }
  double seconds = atof(words[2]) / best * 1e-9;
  printf("{\"dec_s\": %.6f, \"gb_per_s\": %.2f}\n", seconds, best);
}
