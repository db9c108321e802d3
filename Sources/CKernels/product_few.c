// Products of a few rows, which take as long as their weights take to read: each weight is read once, in long runs.
#include "product_job.h"
#include "scratch.h"

// How many rows of weights of that depth make a task: about 128 KiB.
static size_t dot_unit(size_t depth) {
  size_t rows = 32768 / depth / DOT_ROWS * DOT_ROWS;
  return rows ? rows : DOT_ROWS;
}

static void finish_few(const tfconv_product *p, size_t rows, size_t n0, size_t n1) {
  for (size_t m = 0; m < rows; m++) {
    float *y = p->y + m * p->columns + n0;
    if (p->bias) tfconv_add(y, p->bias + n0, y, n1 - n0);
    apply(p->function, y, n1 - n0);
    if (p->residual) tfconv_add(y, p->residual + m * p->columns + n0, y, n1 - n0);
  }
}

// A few rows: each task takes some rows of the weights, sums each, and finishes their elements.
static void few_transposed(const job *j, const tfconv_product *p, size_t part) {
  size_t unit = dot_unit(j->depth), n0 = part * unit, n1 = least(n0 + unit, p->columns), size = size_of(p->type);
  float *buffer = p->type == TFCONV_F32 ? NULL : tfconv_scratch(SCRATCH_TASK, DOT_ROWS * j->depth);
  for (size_t n = n0; n < n1; n += DOT_ROWS) {
    const float *rows[DOT_ROWS];
    for (size_t r = 0; r < DOT_ROWS; r++) {
      size_t row = least(n + r, n1 - 1);
      rows[r] = (const float *)((const char *)p->weights + row * p->leading * size);
      if (!buffer) continue;
      fetch(p->weights, p->type, row * p->leading, j->depth, buffer + r * j->depth);
      rows[r] = buffer + r * j->depth;
    }
    for (size_t m = 0; m < j->rows; m++) {
      float sums[DOT_ROWS];
      j->kernels->dot(rows, j->depth, j->x + m * j->depth, sums);
      memcpy(p->y + m * p->columns + n, sums, least(DOT_ROWS, n1 - n) * sizeof(float));
    }
  }
  finish_few(p, j->rows, n0, n1);
}

// The columns whose sums, with what is added to them, stay in the L1 and L2 caches.
#define STRAIGHT_COLUMNS 1024

// Rows of half-width numbers, widened four at a time, each time for all rows of x.
static void add_widened(const job *j, const tfconv_product *p, size_t k0, size_t k1, float *sums) {
  float *buffer = tfconv_scratch(SCRATCH_TASK, 4 * STRAIGHT_COLUMNS);
  for (size_t k = k0; k < k1; k += 4)
    for (size_t n = 0; n < p->columns; n += STRAIGHT_COLUMNS) {
      size_t count = least(4, k1 - k), width = least(STRAIGHT_COLUMNS, p->columns - n);
      for (size_t r = 0; r < count; r++) {
        size_t place = (k + r) * p->leading + n;
        const char *coming = (const char *)p->weights + (place + 4 * p->leading) * 2;
        for (size_t byte = 0; byte < width * 2; byte += 64) __builtin_prefetch(coming + byte);
        fetch(p->weights, p->type, place, width, buffer + r * width);
      }
      for (size_t m = 0; m < j->rows; m++)
        j->kernels->combine(j->x + m * j->depth + k, count, buffer, width, width, sums + m * p->columns + n);
    }
}

// A few rows: each task adds up some whole rows of the weights, as they lie in memory one after the other. The parts are
// added up at the end; their number depends on the depth alone.
static void few_straight(const job *j, const cut *c, size_t part) {
  const tfconv_product *p = c->product;
  size_t k0 = boundary(0, j->depth, part, c->parts), k1 = boundary(0, j->depth, part + 1, c->parts);
  float *sums = c->sums + part * j->rows * p->columns;
  memset(sums, 0, j->rows * p->columns * sizeof(float));
  if (p->type != TFCONV_F32) return add_widened(j, p, k0, k1, sums);
  // Rows of x after the first find the weights of a range of columns in the cache.
  size_t range = j->rows > 1 ? STRAIGHT_COLUMNS : p->columns;
  for (size_t n = 0; n < p->columns; n += range)
    for (size_t m = 0; m < j->rows; m++)
      j->kernels->combine(j->x + m * j->depth + k0, k1 - k0, (const float *)p->weights + k0 * p->leading + n, p->leading,
                          least(range, p->columns - n), sums + m * p->columns + n);
}

static void few_task(void *context, size_t task) {
  const job *j = context;
  size_t i = 0;
  while (i + 1 < j->count && task >= j->cuts[i + 1].first) i++;
  const cut *c = &j->cuts[i];
  if (c->product->transposed)
    few_transposed(j, c->product, task - c->first);
  else
    few_straight(j, c, task - c->first);
}

void tfconv_multiply_few_rows(job *j, const tfconv_product *products, int threads) {
  size_t tasks = 0, sums = 0;
  for (size_t i = 0; i < j->count; i++) {
    const tfconv_product *p = &products[i];
    size_t parts = p->transposed ? ceiling(p->columns, dot_unit(j->depth)) : least(ceiling(j->depth, 96), 8);
    j->cuts[i] = (cut){p, tasks, parts, 1, NULL};
    tasks += parts;
    if (!p->transposed) sums += parts * j->rows * p->columns;
  }
  float *memory = sums ? tfconv_scratch(SCRATCH_CALL, sums) : NULL;
  for (size_t i = 0; i < j->count; i++) {
    j->cuts[i].sums = memory;
    if (!products[i].transposed) memory += j->cuts[i].parts * j->rows * products[i].columns;
  }
  tfconv_parallel(threads, tasks, few_task, j);
  for (size_t i = 0; i < j->count; i++) {
    const tfconv_product *p = &products[i];
    if (p->transposed) continue;
    size_t count = j->rows * p->columns;
    memcpy(p->y, j->cuts[i].sums, count * sizeof(float));
    for (size_t part = 1; part < j->cuts[i].parts; part++)
      tfconv_add(p->y, j->cuts[i].sums + part * count, p->y, count);
    finish_few(p, j->rows, 0, p->columns);
  }
}
