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

// A vector of an array of that type, widened to single precision.
INLINE TARGET VECTOR NAME(load)(const void *array, int type, size_t place) {
  if (type == TFCONV_F32) return LOAD((const float *)array + place);
  const uint16_t *halves = (const uint16_t *)array + place;
  if (type == TFCONV_BF16) {
    typedef uint16_t stored __attribute__((vector_size(2 * LANE_COUNT), aligned(2)));
    typedef uint32_t widened __attribute__((vector_size(4 * LANE_COUNT)));
    return (VECTOR)(__builtin_convertvector(*(const stored *)halves, widened) << 16);
  }
#if WIDENS_F16
  typedef _Float16 stored __attribute__((vector_size(2 * LANE_COUNT), aligned(2)));
  return __builtin_convertvector(*(const stored *)halves, VECTOR);
#else
  VECTOR widened;
  tfconv_f16_to_f32(halves, &widened, LANE_COUNT);
  return widened;
#endif
}

// The sum of a vector: halves are added until one number is left.
INLINE TARGET float NAME(sum)(VECTOR v) {
  float lanes[LANE_COUNT];
  memcpy(lanes, &v, sizeof lanes);
#pragma clang loop unroll(full)
  for (size_t half = LANE_COUNT / 2; half; half /= 2)
    for (size_t l = 0; l < half; l++) lanes[l] += lanes[l + half];
  return lanes[0];
}

INLINE TARGET void NAME(ask)(const void *weights, int type, size_t place) {
  __builtin_prefetch((const char *)weights + place * size_of(type));
}

// The sum of the rest of a row, behind `sum`.
INLINE TARGET float NAME(rest)(const void *weights, int type, size_t place, size_t count, const float *x, float sum) {
  for (size_t i = 0; i < count; i++) sum += number(weights, type, place + i) * x[i];
  return sum;
}

INLINE TARGET void NAME(dot_row)(const void *weights, int type, size_t leading, size_t row, size_t columns, size_t ahead,
                                 const float *x, float *y) {
  VECTOR parts[4] = {{0}, {0}, {0}, {0}};
  size_t c = 0, start = row * leading;
  for (; c + 4 * LANE_COUNT <= columns; c += 4 * LANE_COUNT)
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
      size_t column = c + i * LANE_COUNT;
      NAME(ask)(weights, type, start + ahead * leading + column);
      parts[i] += NAME(load)(weights, type, start + column) * LOAD(x + column);
    }
  float sum = NAME(sum)((parts[0] + parts[1]) + (parts[2] + parts[3]));
  y[row] = NAME(rest)(weights, type, start + c, columns - c, x + c, sum);
}

INLINE TARGET void NAME(dot_four)(const void *weights, int type, size_t leading, size_t row, size_t columns,
                                  size_t ahead, const float *x, float *y) {
  VECTOR parts[4] = {{0}, {0}, {0}, {0}};
  size_t c = 0, start = row * leading;
  while (c + LANE_COUNT <= columns) {
    size_t end = least(c + PAGE / size_of(type), columns);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 4; r++) NAME(ask)(weights, type, start + (ahead + r) * leading + c);
    for (; c + LANE_COUNT <= end; c += LANE_COUNT)
#pragma clang loop unroll(full)
      for (size_t r = 0; r < 4; r++) parts[r] += NAME(load)(weights, type, start + r * leading + c) * LOAD(x + c);
  }
#pragma clang loop unroll(full)
  for (size_t r = 0; r < 4; r++)
    y[row + r] = NAME(rest)(weights, type, start + r * leading + c, columns - c, x + c, NAME(sum)(parts[r]));
}

// Adds a row times its number to y, which stays in the cache.
INLINE TARGET void NAME(add_row)(const void *weights, int type, size_t leading, size_t row, size_t columns, size_t ahead,
                                 const float *x, float *y) {
  size_t c = 0, start = row * leading;
  for (; c + LANE_COUNT <= columns; c += LANE_COUNT) {
    NAME(ask)(weights, type, start + ahead * leading + c);
    STORE(y + c, LOAD(y + c) + x[row] * NAME(load)(weights, type, start + c));
  }
  for (; c < columns; c++) y[c] += x[row] * number(weights, type, start + c);
}

INLINE TARGET void NAME(add_four)(const void *weights, int type, size_t leading, size_t row, size_t columns,
                                  size_t ahead, const float *x, float *y) {
  size_t c = 0, start = row * leading;
  while (c + LANE_COUNT <= columns) {
    size_t end = least(c + PAGE / size_of(type), columns);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 4; r++) NAME(ask)(weights, type, start + (ahead + r) * leading + c);
    for (; c + LANE_COUNT <= end; c += LANE_COUNT) {
      VECTOR sum = LOAD(y + c);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < 4; r++) sum += x[row + r] * NAME(load)(weights, type, start + r * leading + c);
      STORE(y + c, sum);
    }
  }
  for (; c < columns; c++)
    for (size_t r = 0; r < 4; r++) y[c] += x[row + r] * number(weights, type, start + r * leading + c);
}

// In loops of their own for each type.
#define FOR_ROWS(FOUR, ONE, TYPE)                                                                                      \
  case TYPE:                                                                                                           \
    for (; how.by_four && row + 4 <= rows; row += 4) FOUR(weights, TYPE, leading, row, columns, how.ahead, x, y);      \
    for (; row < rows; row++) ONE(weights, TYPE, leading, row, columns, how.ahead, x, y);                              \
    break;

TARGET static void NAME(dot)(const void *weights, int type, size_t leading, size_t rows, size_t columns, reading how,
                             const float *x, float *y) {
  size_t row = 0;
  switch (type) {
    FOR_ROWS(NAME(dot_four), NAME(dot_row), TFCONV_F32)
    FOR_ROWS(NAME(dot_four), NAME(dot_row), TFCONV_F16)
    FOR_ROWS(NAME(dot_four), NAME(dot_row), TFCONV_BF16)
  }
}

TARGET static void NAME(combine)(const void *weights, int type, size_t leading, size_t rows, size_t columns, reading how,
                                 const float *x, float *y) {
  size_t row = 0;
  switch (type) {
    FOR_ROWS(NAME(add_four), NAME(add_row), TFCONV_F32)
    FOR_ROWS(NAME(add_four), NAME(add_row), TFCONV_F16)
    FOR_ROWS(NAME(add_four), NAME(add_row), TFCONV_BF16)
  }
}

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
#undef FOR_ROWS
#undef NAME
#undef TARGET
#undef LANE_COUNT
#undef WIDENS_F16
#undef HEIGHT
