// Memory of a thread that stays from call to call, so that nothing is allocated in the middle of a run.
#include "scratch.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
  float *memory[SCRATCH_SLOTS];
  size_t capacity[SCRATCH_SLOTS];
} slots;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void release(void *value) {
  slots *s = value;
  for (size_t i = 0; i < SCRATCH_SLOTS; i++) free(s->memory[i]);
  free(s);
}

static void make_key(void) {
  if (pthread_key_create(&key, release)) abort();
}

float *tfconv_scratch(int slot, size_t count) {
  pthread_once(&once, make_key);
  slots *s = pthread_getspecific(key);
  if (!s) {
    s = calloc(1, sizeof *s);
    if (!s || pthread_setspecific(key, s)) abort();
  }
  if (count > s->capacity[slot]) {
    free(s->memory[slot]);
    s->capacity[slot] = (count + 1023) / 1024 * 1024;
    s->memory[slot] = aligned_alloc(64, s->capacity[slot] * sizeof(float));
    if (!s->memory[slot]) abort();
  }
  return s->memory[slot];
}
