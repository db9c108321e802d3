// Products of a few rows, which take as long as their weights take to read: each weight is read once, in long runs.
#include "product_job.h"
#include "scratch.h"

// A product, or several whose weights lie side by side as columns of one matrix: they are read together.
typedef struct {
  const tfconv_product *products;
  size_t count, columns;
  // The first of its tasks, and how many there are.
  size_t first, parts;
  // What the parts add up to, each: [part][rows][columns]; for weights that are not transposed.
  float *sums;
} group;

typedef struct {
  const job *j;
  group groups[TFCONV_MOST_PRODUCTS];
  size_t count;
} few_job;

// Rows of x after the first find so many rows of weights in the cache.
#define CACHED_ROWS 4

// How many rows of weights of that depth make a task: about 128 KiB.
static size_t dot_unit(size_t depth) {
  size_t rows = 32768 / depth / CACHED_ROWS * CACHED_ROWS;
  return rows ? rows : CACHED_ROWS;
}

static void finish_few(const tfconv_product *p, size_t m, size_t n0, size_t n1) {
  float *y = p->y + m * p->columns + n0;
  if (p->bias) tfconv_add(y, p->bias + n0, y, n1 - n0);
  apply(p->function, y, y, n1 - n0);
  if (p->residual) tfconv_add(y, p->residual + m * p->columns + n0, y, n1 - n0);
}

// A few rows: each task takes some rows of the weights, sums each, and finishes their elements.
static void few_transposed(const job *j, const tfconv_product *p, size_t part) {
  size_t unit = dot_unit(j->depth), n0 = part * unit, n1 = least(n0 + unit, p->columns);
  size_t range = j->rows > 1 ? CACHED_ROWS : unit;
  for (size_t n = n0; n < n1; n += range) {
    const char *rows = (const char *)p->weights + n * p->leading * size_of(p->type);
    for (size_t m = 0; m < j->rows; m++)
      j->kernels->dot(rows, p->type, p->leading, least(range, n1 - n), j->depth, j->x + m * j->depth,
                      p->y + m * p->columns + n);
  }
  for (size_t m = 0; m < j->rows; m++) finish_few(p, m, n0, n1);
}

// Rows of x after the first find the weights of so many columns in the cache.
#define STRAIGHT_COLUMNS 1024

// A few rows: each task adds up some whole rows of the weights, as they lie in memory one after the other. The parts are
// added up at the end; their number depends on the depth alone.
static void few_straight(const job *j, const group *g, size_t part) {
  const tfconv_product *p = g->products;
  size_t k0 = boundary(0, j->depth, part, g->parts), k1 = boundary(0, j->depth, part + 1, g->parts);
  float *sums = g->sums + part * j->rows * g->columns;
  memset(sums, 0, j->rows * g->columns * sizeof(float));
  size_t range = j->rows > 1 ? STRAIGHT_COLUMNS : g->columns;
  for (size_t n = 0; n < g->columns; n += range) {
    const char *columns = (const char *)p->weights + (k0 * p->leading + n) * size_of(p->type);
    for (size_t m = 0; m < j->rows; m++)
      j->kernels->combine(columns, p->type, p->leading, k1 - k0, least(range, g->columns - n),
                          j->x + m * j->depth + k0, sums + m * g->columns + n);
  }
}

static void few_task(void *context, size_t task) {
  const few_job *f = context;
  size_t i = 0;
  while (i + 1 < f->count && task >= f->groups[i + 1].first) i++;
  const group *g = &f->groups[i];
  if (g->products->transposed)
    few_transposed(f->j, g->products, task - g->first);
  else
    few_straight(f->j, g, task - g->first);
}

// The sums of the parts, as products.
static void finish_straight(const job *j, const group *g) {
  for (size_t m = 0; m < j->rows; m++) {
    const float *sums = g->sums + m * g->columns;
    for (size_t i = 0; i < g->count; sums += g->products[i++].columns) {
      const tfconv_product *p = &g->products[i];
      float *y = p->y + m * p->columns;
      memcpy(y, sums, p->columns * sizeof(float));
      for (size_t part = 1; part < g->parts; part++)
        tfconv_add(y, sums + part * j->rows * g->columns, y, p->columns);
      finish_few(p, m, 0, p->columns);
    }
  }
}

// Whether the weights of a product begin in each row where those of the group end.
static int continues(const group *g, const tfconv_product *p) {
  const tfconv_product *first = g->products;
  return !first->transposed && !p->transposed && p->type == first->type && p->leading == first->leading &&
         p->weights == (const char *)first->weights + g->columns * size_of(p->type);
}

void tfconv_multiply_few_rows(const job *j, const tfconv_product *products, int threads) {
  few_job f = {.j = j};
  size_t tasks = 0, sums = 0;
  for (size_t i = 0; i < j->count; i++) {
    const tfconv_product *p = &products[i];
    group *last = f.count ? &f.groups[f.count - 1] : NULL;
    if (last && continues(last, p)) {
      last->count++;
      last->columns += p->columns;
    } else {
      size_t parts = p->transposed ? ceiling(p->columns, dot_unit(j->depth)) : least(ceiling(j->depth, 96), 8);
      f.groups[f.count++] = (group){p, 1, p->columns, tasks, parts, NULL};
      tasks += parts;
    }
    if (!p->transposed) sums += f.groups[f.count - 1].parts * j->rows * p->columns;
  }
  float *memory = sums ? tfconv_scratch(SCRATCH_CALL, sums) : NULL;
  for (size_t i = 0; i < f.count; i++) {
    f.groups[i].sums = memory;
    if (!f.groups[i].products->transposed) memory += f.groups[i].parts * j->rows * f.groups[i].columns;
  }
  tfconv_parallel(threads, tasks, few_task, &f);
  for (size_t i = 0; i < f.count; i++)
    if (!f.groups[i].products->transposed) finish_straight(j, &f.groups[i]);
}
