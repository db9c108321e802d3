// The inner loops of products for one vector width: included once for each, with LANE_COUNT, HEIGHT, NAME and
// TARGET, and WIDENS_F16 where the processor has an instruction for it.

// Four numbers, in every width: blocks of four by four are transposed.
typedef float NAME(four) __attribute__((vector_size(16), aligned(4)));
#define FOUR NAME(four)

typedef float NAME(vector) __attribute__((vector_size(4 * LANE_COUNT), aligned(4)));
#define VECTOR NAME(vector)
#define WIDTH (2 * LANE_COUNT)

#define LOAD(ADDRESS) (*(const VECTOR *)(ADDRESS))
#define STORE(ADDRESS, VALUE) (*(VECTOR *)(ADDRESS) = (VALUE))

TARGET static inline __attribute__((always_inline)) void NAME(tile)(size_t rows, size_t depth, const float *tile,
                                                                    const float *panel, float *result,
                                                                    size_t leading, int accumulate,
                                                                    const lookahead *ahead) {
  VECTOR low[HEIGHT], high[HEIGHT];
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++) {
    low[r] = accumulate ? LOAD(result + r * leading) : (VECTOR){0};
    high[r] = accumulate ? LOAD(result + r * leading + LANE_COUNT) : (VECTOR){0};
  }
  const char *next = ahead->start;
  for (size_t block = 0; block < depth; block += 16, next += ahead->major) {
    __builtin_prefetch(next);
    __builtin_prefetch(next + ahead->minor);
    __builtin_prefetch(next + 2 * ahead->minor);
    __builtin_prefetch(next + 3 * ahead->minor);
    size_t end = block + 16 < depth ? block + 16 : depth;
    for (size_t k = block; k < end; k++) {
      VECTOR first = LOAD(panel + k * WIDTH), second = LOAD(panel + k * WIDTH + LANE_COUNT);
      // The hardware's own prefetching ends at each page.
      __builtin_prefetch(panel + (k + 16) * WIDTH);
      __builtin_prefetch(panel + (k + 16) * WIDTH + LANE_COUNT);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < rows; r++) {
        float factor = tile[r * TILE_STRIDE + k];
        low[r] += factor * first;
        high[r] += factor * second;
      }
    }
  }
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++) {
    STORE(result + r * leading, low[r]);
    STORE(result + r * leading + LANE_COUNT, high[r]);
  }
}

#define TILE_CASE(ROWS)                                                                                                \
  case ROWS: return NAME(tile)(ROWS, depth, tile, panel, result, leading, accumulate, ahead);

TARGET static void NAME(multiply)(size_t rows, size_t depth, const float *tile, const float *panel, float *result,
                                  size_t leading, int accumulate, const lookahead *ahead) {
  switch (rows) {
    TILE_CASE(1)
    TILE_CASE(2)
    TILE_CASE(3)
    TILE_CASE(4)
    TILE_CASE(5)
    TILE_CASE(6)
#if HEIGHT > 6
    TILE_CASE(7)
    TILE_CASE(8)
    TILE_CASE(9)
    TILE_CASE(10)
    TILE_CASE(11)
    TILE_CASE(12)
#endif
  }
}

// Four rows of four numbers become four columns.
#define TRANSPOSE4(A, B, C, D)                                                                                         \
  {                                                                                                                    \
    FOUR ab0 = __builtin_shufflevector(A, B, 0, 4, 1, 5), ab1 = __builtin_shufflevector(A, B, 2, 6, 3, 7);             \
    FOUR cd0 = __builtin_shufflevector(C, D, 0, 4, 1, 5), cd1 = __builtin_shufflevector(C, D, 2, 6, 3, 7);             \
    A = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);                                                                 \
    B = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);                                                                 \
    C = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);                                                                 \
    D = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);                                                                 \
  }

TARGET static void NAME(pack_transposed)(const float *x, size_t leading, size_t columns, size_t depth, float *panel) {
  size_t column = 0;
  for (; column + 4 <= columns; column += 4) {
    const float *rows = x + column * leading;
    size_t k = 0;
    for (; k + 4 <= depth; k += 4) {
      FOUR a = *(const FOUR *)(rows + k), b = *(const FOUR *)(rows + leading + k);
      FOUR c = *(const FOUR *)(rows + 2 * leading + k), d = *(const FOUR *)(rows + 3 * leading + k);
      TRANSPOSE4(a, b, c, d)
      float *place = panel + k * WIDTH + column;
      *(FOUR *)place = a;
      *(FOUR *)(place + WIDTH) = b;
      *(FOUR *)(place + 2 * WIDTH) = c;
      *(FOUR *)(place + 3 * WIDTH) = d;
    }
    for (; k < depth; k++)
      for (size_t c = 0; c < 4; c++) panel[k * WIDTH + column + c] = rows[c * leading + k];
  }
  for (; column < WIDTH; column++)
    for (size_t k = 0; k < depth; k++) panel[k * WIDTH + column] = column < columns ? x[column * leading + k] : 0;
}

TARGET static void NAME(store_transposed)(const float *result, size_t rows, size_t columns, const float *residual,
                                          float *y, size_t leading) {
  size_t r = 0;
  for (; columns == 4 && r + 4 <= rows; r += 4) {
    FOUR v[4];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) v[i] = *(const FOUR *)(result + (r + i) * WIDTH);
    TRANSPOSE4(v[0], v[1], v[2], v[3])
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
      size_t place = i * leading + r;
      *(FOUR *)(y + place) = residual ? v[i] + *(const FOUR *)(residual + place) : v[i];
    }
  }
  for (; r < rows; r++)
    for (size_t column = 0; column < columns; column++) {
      size_t place = column * leading + r;
      y[place] = result[r * WIDTH + column] + (residual ? residual[place] : 0);
    }
}

#include "product_rows.h"

static const product_kernels NAME(kernels) = {
    HEIGHT, WIDTH, NAME(multiply), NAME(pack_transposed), NAME(store_transposed), NAME(dot), NAME(combine),
};

#undef FOUR
#undef VECTOR
#undef WIDTH
#undef LOAD
#undef STORE
#undef TILE_CASE
#undef TRANSPOSE4
#undef NAME
#undef TARGET
#undef LANE_COUNT
#undef WIDENS_F16
#undef HEIGHT
