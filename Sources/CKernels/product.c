// Products of a few hundred rows with weights that are used where they lie, whatever their orientation and type, with
// bias, activation and residual in the same pass. Every element is summed in the same order whoever computes it, so that
// results do not depend on the number of threads.
#include "dispatch.h"
#include "product_job.h"
#include "scratch.h"

// At most so many rows of x at a time: as panels, one depth block of them fills half of a 1 MiB L2 cache; as tiles, their
// results with 192 columns do.
#define PANEL_ROWS 384
#define TILE_ROWS 640
// Half of a 1 MiB L2 cache.
#define L2_FLOATS 131072

static void pack_task(void *context, size_t panel) {
  job *j = context;
  size_t width = j->kernels->width, row = panel * width;
  j->kernels->pack_transposed(j->x + row * j->depth, j->depth, least(width, j->rows - row), j->depth,
                              j->panels + row * j->depth);
}

static size_t tile_size(const job *j) {
  return ceiling(j->depth, DEPTH_BLOCK) * j->kernels->height * TILE_STRIDE;
}

static void tile_task(void *context, size_t t) {
  job *j = context;
  size_t m0 = boundary(0, j->rows, t, j->tile_count), m1 = boundary(0, j->rows, t + 1, j->tile_count);
  float *tile = j->tiles + t * tile_size(j);
  for (size_t d = 0; d < j->depth; d += DEPTH_BLOCK, tile += j->kernels->height * TILE_STRIDE)
    for (size_t m = m0; m < m1; m++)
      memcpy(tile + (m - m0) * TILE_STRIDE, j->x + m * j->depth + d, least(DEPTH_BLOCK, j->depth - d) * sizeof(float));
}

// What the sums of a result begin with: the bias of its rows, if the weights are transposed, or else of its columns.
CLONES static void begin_with_bias(const tfconv_product *p, size_t column, size_t rows, size_t width, float *result) {
  for (size_t r = 0; r < rows; r++) {
    float *row = result + r * width;
    if (p->transposed) {
      for (size_t c = 0; c < width; c++) row[c] = p->bias[column + r];
    } else {
      size_t valid = least(width, p->columns - column);
      memcpy(row, p->bias + column, valid * sizeof(float));
      memset(row + valid, 0, (width - valid) * sizeof(float));
    }
  }
}

// How deep a panel block of so many rows of x may be to stay in the L2 cache.
static size_t panel_depth(size_t rows) {
  size_t blocks = L2_FLOATS / (rows * DEPTH_BLOCK);
  return (blocks ? blocks : 1) * DEPTH_BLOCK;
}

// Brings a stretch of y into the cache before it is written, and what is added to it.
static void prefetch_line(const tfconv_product *p, size_t place, size_t count) {
  for (size_t n = 0; n < count; n += 16) {
    __builtin_prefetch(p->y + place + n, 1);
    if (p->residual) __builtin_prefetch(p->residual + place + n);
  }
}

// The rows of the weights are the tiles, the rows of x the panels.
static void transposed_task(const job *j, const tfconv_product *p, size_t n0, size_t n1, size_t m0, size_t m1) {
  const product_kernels *k = j->kernels;
  size_t width = k->width, panels = ceiling(m1 - m0, width), tiles = ceiling(n1 - n0, k->height);
  size_t area = k->height * width, outer = panel_depth(panels * width), line = p->leading * size_of(p->type);
  float *tile = tfconv_scratch(SCRATCH_TASK, k->height * TILE_STRIDE + tiles * panels * area);
  float *results = tile + k->height * TILE_STRIDE;
  for (size_t d0 = 0; d0 < j->depth; d0 += outer)
    for (size_t t = 0; t < tiles; t++) {
      size_t n = boundary(n0, n1, t, tiles), count = boundary(n0, n1, t + 1, tiles) - n;
      for (size_t d = d0; d < least(d0 + outer, j->depth); d += DEPTH_BLOCK) {
        size_t deep = least(DEPTH_BLOCK, j->depth - d);
        for (size_t r = 0; r < count; r++)
          fetch(p->weights, p->type, (n + r) * p->leading + d, deep, tile + r * TILE_STRIDE);
        // The tile after the last is that of the next task, which the same thread is likely to take.
        const char *following = (const char *)p->weights + (n + count) * line + d * size_of(p->type);
        for (size_t i = 0; i < panels; i++) {
          lookahead ahead = {following + least(i, 2) * 4 * line, 16 * (ptrdiff_t)size_of(p->type), (ptrdiff_t)line};
          float *result = results + (t * panels + i) * area;
          if (p->bias && d == 0) begin_with_bias(p, n, count, width, result);
          k->multiply(count, deep, tile, j->panels + (m0 + i * width) * j->depth + d * width, result, width,
                      d > 0 || p->bias, &ahead);
        }
      }
    }
  for (size_t i = 0; i < panels; i++) {
    size_t m = m0 + i * width, valid = least(width, m1 - m);
    for (size_t t = 0; t < tiles; t++) {
      size_t n = boundary(n0, n1, t, tiles), count = boundary(n0, n1, t + 1, tiles) - n;
      float *result = results + (t * panels + i) * area;
      float *place = j->result_panels ? j->result_panels + m * p->columns + n * width : result;
      apply(p->function, result, place, count * width);
    }
    if (j->result_panels) continue;
    // Four rows of y at a time, so that whole cache lines are written; the next four are asked for meanwhile.
    for (size_t column = 0; column < valid; column += 4) {
      for (size_t c = column + 4; c < least(column + 8, valid); c++)
        prefetch_line(p, (m + c) * p->columns + n0, n1 - n0);
      for (size_t t = 0; t < tiles; t++) {
        size_t n = boundary(n0, n1, t, tiles), count = boundary(n0, n1, t + 1, tiles) - n;
        size_t place = (m + column) * p->columns + n;
        k->store_transposed(results + (t * panels + i) * area + column, count, least(4, valid - column),
                            p->residual ? p->residual + place : NULL, p->y + place, p->columns);
      }
    }
  }
}

// A depth block of the weights as panels.
static void pack_weights(const tfconv_product *p, size_t d, size_t deep, size_t n0, size_t n1, size_t width,
                         float *packed) {
  size_t size = size_of(p->type);
  for (size_t r = 0; r < deep; r++) {
    const char *coming = (const char *)p->weights + ((d + least(r + 16, deep - 1)) * p->leading + n0) * size;
    for (size_t byte = 0; byte < (n1 - n0) * size; byte += 64) __builtin_prefetch(coming + byte);
    for (size_t n = n0; n < n1; n += width) {
      float *place = packed + (n - n0) * DEPTH_BLOCK + r * width;
      size_t valid = least(width, n1 - n);
      fetch(p->weights, p->type, (d + r) * p->leading + n, valid, place);
      if (valid < width) memset(place + valid, 0, (width - valid) * sizeof(float));
    }
  }
}

// The rows of x are the tiles, the columns of the weights the panels.
static void straight_task(const job *j, const tfconv_product *p, size_t n0, size_t n1, size_t t0, size_t t1) {
  const product_kernels *k = j->kernels;
  size_t width = k->width, panels = ceiling(n1 - n0, width), tiles = t1 - t0;
  size_t area = k->height * width, line = p->leading * size_of(p->type);
  size_t lines = ceiling((n1 - n0) * size_of(p->type), 64);
  float *packed = tfconv_scratch(SCRATCH_TASK, panels * width * DEPTH_BLOCK + tiles * panels * area);
  float *results = packed + panels * width * DEPTH_BLOCK;
  for (size_t d = 0; d < j->depth; d += DEPTH_BLOCK) {
    size_t deep = least(DEPTH_BLOCK, j->depth - d), call = 0;
    pack_weights(p, d, deep, n0, n1, width, packed);
    // The block after the last is the first of the next task.
    const char *following = (const char *)p->weights + n0 * size_of(p->type) + (d + deep) * line;
    if (d + deep == j->depth) following = (const char *)p->weights + n1 * size_of(p->type);
    for (size_t t = 0; t < tiles; t++) {
      const float *tile = j->tiles + (t0 + t) * tile_size(j) + d / DEPTH_BLOCK * k->height * TILE_STRIDE;
      size_t count = boundary(0, j->rows, t0 + t + 1, j->tile_count) - boundary(0, j->rows, t0 + t, j->tile_count);
      for (size_t i = 0; i < panels; i++, call++) {
        lookahead ahead = {following + call % 4 * (DEPTH_BLOCK / 4) * line + least(call / 4, lines) * 64,
                           4 * (ptrdiff_t)line, (ptrdiff_t)line};
        float *result = results + (t * panels + i) * area;
        if (p->bias && d == 0) begin_with_bias(p, n0 + i * width, count, width, result);
        k->multiply(count, deep, tile, packed + i * width * DEPTH_BLOCK, result, width, d > 0 || p->bias, &ahead);
      }
    }
  }
  for (size_t t = 0; t < tiles; t++)
    for (size_t i = 0; i < panels; i++) {
      size_t m = boundary(0, j->rows, t0 + t, j->tile_count);
      size_t count = boundary(0, j->rows, t0 + t + 1, j->tile_count) - m;
      size_t n = n0 + i * width, valid = least(width, n1 - n);
      float *result = results + (t * panels + i) * area;
      apply(p->function, result, result, count * width);
      for (size_t r = 0; r < count; r++) {
        size_t place = (m + r) * p->columns + n;
        if (p->residual)
          for (size_t c = 0; c < valid; c++) p->y[place + c] = result[r * width + c] + p->residual[place + c];
        else
          copy(result + r * width, valid, p->y + place);
      }
    }
}

static void product_task(void *context, size_t task) {
  const job *j = context;
  size_t i = 0;
  while (i + 1 < j->count && task >= j->cuts[i + 1].first) i++;
  const cut *c = &j->cuts[i];
  const tfconv_product *p = c->product;
  task -= c->first;
  size_t chunk = task % c->chunks, part = task / c->chunks;
  size_t unit = p->transposed ? j->kernels->height : j->kernels->width, units = ceiling(p->columns, unit);
  size_t n0 = units * part / c->parts * unit, n1 = least(units * (part + 1) / c->parts * unit, p->columns);
  if (!p->transposed)
    return straight_task(j, p, n0, n1, boundary(0, j->tile_count, chunk, c->chunks),
                         boundary(0, j->tile_count, chunk + 1, c->chunks));
  size_t width = j->kernels->width, panels = ceiling(j->rows, width);
  transposed_task(j, p, n0, n1, boundary(0, panels, chunk, c->chunks) * width,
                  least(boundary(0, panels, chunk + 1, c->chunks) * width, j->rows));
}

static void multiply_many_rows(job *j, const tfconv_product *products, int threads) {
  size_t rows = j->rows, tasks = 0, width = j->kernels->width, transposed = 0;
  size_t sharers = threads > 1 ? (size_t)threads : 1;
  for (size_t i = 0; i < j->count; i++) {
    const tfconv_product *p = &products[i];
    size_t chunks = ceiling(rows, p->transposed ? PANEL_ROWS : TILE_ROWS);
    size_t units = ceiling(p->columns, p->transposed ? j->kernels->height : width);
    size_t parts = least(ceiling(p->columns, rows < 256 ? 96 : 192), units);
    if (parts * chunks < 2 * sharers) parts = least(2 * sharers, units);
    j->cuts[i] = (cut){p, tasks, parts, chunks};
    tasks += parts * chunks;
    transposed += p->transposed != 0;
  }
  int packs = transposed && !j->panels;
  size_t panels = ceiling(rows, width), panel_size = packs ? panels * width * j->depth : 0;
  j->tile_count = ceiling(rows, j->kernels->height);
  float *memory = tfconv_scratch(SCRATCH_CALL, panel_size + (transposed < j->count ? j->tile_count * tile_size(j) : 0));
  j->tiles = memory + panel_size;
  if (packs) {
    j->panels = memory;
    tfconv_parallel(threads, panels, pack_task, j);
  }
  if (transposed < j->count) tfconv_parallel(threads, j->tile_count, tile_task, j);
  tfconv_parallel(threads, tasks, product_task, j);
}

void tfconv_multiply_rows(const float *x, size_t rows, size_t depth, const tfconv_product *products, size_t count,
                          int threads, int vector_bytes) {
  job j = {.kernels = tfconv_product_kernels(vector_bytes), .x = x, .rows = rows, .depth = depth, .count = count};
  if (rows <= FEW_ROWS)
    tfconv_multiply_few_rows(&j, products, threads);
  else
    multiply_many_rows(&j, products, threads);
}

// Panels are at most 32 rows wide.
size_t tfconv_rows_between(size_t rows) { return ceiling(rows, 32) * 32; }

void tfconv_multiply_twice(const float *x, size_t rows, size_t depth, const tfconv_product *first,
                           const tfconv_product *second, int threads, int vector_bytes) {
  if (rows <= FEW_ROWS || !first->transposed || !second->transposed) {
    tfconv_multiply_rows(x, rows, depth, first, 1, threads, vector_bytes);
    return tfconv_multiply_rows(first->y, rows, first->columns, second, 1, threads, vector_bytes);
  }
  const product_kernels *kernels = tfconv_product_kernels(vector_bytes);
  job one = {.kernels = kernels, .x = x, .rows = rows, .depth = depth, .result_panels = first->y, .count = 1};
  multiply_many_rows(&one, first, threads);
  job two = {.kernels = kernels, .rows = rows, .depth = first->columns, .panels = first->y, .count = 1};
  multiply_many_rows(&two, second, threads);
}
