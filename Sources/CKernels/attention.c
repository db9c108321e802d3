// The attention core: a task is a block of queries of one head, whose scores never leave the cache.
#include "CKernels.h"
#include "dispatch.h"
#include "product.h"
#include "scratch.h"

#include <math.h>
#include <string.h>

// A multiple of every tile's height.
#define QUERY_BLOCK 120
// Fewer queries read keys and values where they lie; more have them packed.
#define FEW_QUERIES 8

typedef struct {
  const tfconv_attention *a;
  const product_kernels *kernels;
  size_t blocks;
} job;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t ceiling(size_t a, size_t b) { return (a + b - 1) / b; }

static const float *head_of(const tfconv_positions *p, size_t sequence, size_t head) {
  return p->start + sequence * p->sequence + head * p->head;
}

CLONES static void hide(float *scores, const unsigned char *hidden, size_t count) {
  ELEMENTWISE(16)
  for (size_t i = 0; i < count; i++) scores[i] = hidden[i] ? -INFINITY : scores[i];
}

// How many of the first keys a query may see.
static size_t reach(const tfconv_attention *a, size_t query) {
  if (!a->causal) return a->keys;
  size_t last = a->keys + query + 1;
  return last <= a->queries ? 0 : least(last - a->queries, a->keys);
}

// The first key that is not hidden.
static size_t first_visible(const tfconv_attention *a, const unsigned char *hidden) {
  size_t key = 0;
  while (hidden && key < a->keys && hidden[key]) key++;
  return key;
}

// Turns the scores of a query into weights of the first `count` keys.
static void weigh(const tfconv_attention *a, size_t head, size_t query, const unsigned char *hidden, float *scores,
                  size_t count) {
  size_t seen = reach(a, query);
  if (a->bias) tfconv_add(scores, a->bias + (head * a->queries + query) * a->keys, scores, seen);
  if (hidden) hide(scores, hidden, seen);
  tfconv_softmax(scores, 1, seen);
  memset(scores + seen, 0, (count - seen) * sizeof(float));
}

static void average(const tfconv_attention *a, const product_kernels *kernels, const float *v, float *weights,
                    float *y) {
  for (size_t key = 0; key < a->keys; key++) weights[key] = 1 / (float)a->keys;
  memset(y, 0, a->head * sizeof(float));
  kernels->combine(v, TFCONV_F32, a->v.position, a->keys, a->head, weights, y);
}

static void scaled(const float *q, float scale, size_t count, float *tile) {
  for (size_t d = 0; d < count; d++) tile[d] = q[d] * scale;
}

static void attend_few(const job *j, size_t sequence, size_t head, size_t q0, size_t q1) {
  const tfconv_attention *a = j->a;
  size_t position = a->heads * a->head;
  const float *k = head_of(&a->k, sequence, head);
  const float *v = head_of(&a->v, sequence, head);
  const unsigned char *hidden = a->hidden ? a->hidden + sequence * a->keys : NULL;
  size_t visible = first_visible(a, hidden);
  float *query = tfconv_scratch(SCRATCH_TASK, a->head + a->keys), *scores = query + a->head;
  for (size_t q = q0; q < q1; q++) {
    size_t place = (sequence * a->queries + q) * position + head * a->head, seen = reach(a, q);
    if (seen <= visible) {
      average(a, j->kernels, v, scores, a->y + place);
      continue;
    }
    scaled(a->q + place, a->scale, a->head, query);
    j->kernels->dot(k, TFCONV_F32, a->k.position, seen, a->head, query, scores);
    weigh(a, head, q, hidden, scores, seen);
    memset(a->y + place, 0, a->head * sizeof(float));
    j->kernels->combine(v, TFCONV_F32, a->v.position, seen, a->head, scores, a->y + place);
  }
}

static void attend_block(const job *j, size_t sequence, size_t head, size_t q0, size_t q1) {
  const tfconv_attention *a = j->a;
  const product_kernels *kernels = j->kernels;
  size_t position = a->heads * a->head, width = kernels->width, height = kernels->height, rows = q1 - q0;
  const float *k = head_of(&a->k, sequence, head);
  const float *v = head_of(&a->v, sequence, head);
  const unsigned char *hidden = a->hidden ? a->hidden + sequence * a->keys : NULL;
  size_t visible = first_visible(a, hidden), keys = reach(a, q1 - 1), place = (sequence * a->queries + q0) * position;
  size_t panels = ceiling(keys, width), leading = panels * width, columns = ceiling(a->head, width);
  size_t packed = panels * width * (columns * width > a->head ? columns * width : a->head);
  size_t size = height * TILE_STRIDE + height * columns * width + packed + rows * leading + a->keys;
  float *tile = tfconv_scratch(SCRATCH_TASK, size);
  float *mixed = tile + height * TILE_STRIDE, *panel = mixed + height * columns * width, *scores = panel + packed;
  float *uniform = scores + rows * leading;
  const float *q = a->q + place + head * a->head;
  float *y = a->y + place + head * a->head;
  for (size_t d = 0; d < a->head; d += DEPTH_BLOCK) {
    size_t deep = least(DEPTH_BLOCK, a->head - d);
    for (size_t i = 0; i < panels; i++)
      kernels->pack_transposed(k + i * width * a->k.position + d, a->k.position, least(width, keys - i * width), deep,
                               panel + i * width * deep);
    for (size_t r = 0; r < rows; r += height) {
      size_t count = least(height, rows - r);
      for (size_t t = 0; t < count; t++) scaled(q + (r + t) * position + d, a->scale, deep, tile + t * TILE_STRIDE);
      lookahead none = {(const char *)tile, 0, 0};
      for (size_t i = 0; i < panels; i++)
        kernels->multiply(count, deep, tile, panel + i * width * deep, scores + r * leading + i * width, leading, d > 0,
                          &none);
    }
  }
  for (size_t r = 0; r < rows; r++)
    if (reach(a, q0 + r) > visible) weigh(a, head, q0 + r, hidden, scores + r * leading, keys);
  for (size_t key = 0; key < keys; key++)
    for (size_t i = 0; i < columns; i++) {
      float *row = panel + (i * keys + key) * width;
      size_t valid = least(width, a->head - i * width);
      memcpy(row, v + key * a->v.position + i * width, valid * sizeof(float));
      if (valid < width) memset(row + valid, 0, (width - valid) * sizeof(float));
    }
  for (size_t r = 0; r < rows; r += height) {
    size_t count = least(height, rows - r);
    for (size_t d = 0; d < keys; d += DEPTH_BLOCK) {
      size_t deep = least(DEPTH_BLOCK, keys - d);
      for (size_t t = 0; t < count; t++)
        memcpy(tile + t * TILE_STRIDE, scores + (r + t) * leading + d, deep * sizeof(float));
      lookahead none = {(const char *)tile, 0, 0};
      for (size_t i = 0; i < columns; i++)
        kernels->multiply(count, deep, tile, panel + (i * keys + d) * width, mixed + i * width, columns * width, d > 0,
                          &none);
    }
    for (size_t t = 0; t < count; t++)
      if (reach(a, q0 + r + t) > visible)
        memcpy(y + (r + t) * position, mixed + t * columns * width, a->head * sizeof(float));
      else
        average(a, kernels, v, uniform, y + (r + t) * position);
  }
}

static void attend_task(void *context, size_t task) {
  const job *j = context;
  const tfconv_attention *a = j->a;
  size_t block = task % j->blocks, head = task / j->blocks % a->heads, sequence = task / j->blocks / a->heads;
  // The last blocks of a causal head see most: they come first, so that threads end together.
  block = j->blocks - 1 - block;
  size_t q0 = block * QUERY_BLOCK, q1 = least(q0 + QUERY_BLOCK, a->queries);
  if (q1 - q0 < FEW_QUERIES || !reach(a, q1 - 1))
    attend_few(j, sequence, head, q0, q1);
  else
    attend_block(j, sequence, head, q0, q1);
}

void tfconv_attend(const tfconv_attention *attention, int threads, int vector_bytes) {
  job j = {attention, tfconv_product_kernels(vector_bytes), ceiling(attention->queries, QUERY_BLOCK)};
  tfconv_parallel(threads, attention->batch * attention->heads * j.blocks, attend_task, &j);
}
