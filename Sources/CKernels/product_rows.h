// Products of one row with rows of weights, for one vector width: a part of product_kernels.h.

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

// The sum of the rest of a row, behind `sum`.
INLINE TARGET float NAME(rest)(const void *weights, int type, size_t place, size_t count, const float *x, float sum) {
  for (size_t i = 0; i < count; i++) sum += number(weights, type, place + i) * x[i];
  return sum;
}

// Rows are read one after the other, as one stream that the processor follows by itself. The loads of a turn each train
// it on every fourth vector, so that it fetches further ahead than for one load of all.
INLINE TARGET void NAME(dot_row)(const void *weights, int type, size_t start, size_t columns, const float *x, float *y) {
  VECTOR parts[4] = {{0}, {0}, {0}, {0}};
  size_t c = 0;
  for (; c + 4 * LANE_COUNT <= columns; c += 4 * LANE_COUNT)
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
      size_t column = c + i * LANE_COUNT;
      parts[i] += NAME(load)(weights, type, start + column) * LOAD(x + column);
    }
  for (; c + LANE_COUNT <= columns; c += LANE_COUNT) parts[0] += NAME(load)(weights, type, start + c) * LOAD(x + c);
  float sum = NAME(sum)((parts[0] + parts[1]) + (parts[2] + parts[3]));
  *y = NAME(rest)(weights, type, start + c, columns - c, x + c, sum);
}

// Adds a row times its number to y, which stays in the cache.
INLINE TARGET void NAME(add_row)(const void *weights, int type, size_t start, size_t columns, float factor, float *y) {
  size_t c = 0;
  for (; c + LANE_COUNT <= columns; c += LANE_COUNT)
    STORE(y + c, LOAD(y + c) + factor * NAME(load)(weights, type, start + c));
  for (; c < columns; c++) y[c] += factor * number(weights, type, start + c);
}

// The same for four rows, `apart` numbers from each other: each belongs to a stream that goes on in the next row. The
// processor stops at the end of a page unless a line of the next one is asked for.
INLINE TARGET void NAME(add_four)(const void *weights, int type, size_t start, size_t apart, size_t columns,
                                  const float *x, size_t distance, float *y) {
  size_t c = 0;
  while (c + LANE_COUNT <= columns) {
    size_t page = PAGE / size_of(type), end = least(c + page, columns);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++)
      __builtin_prefetch((const char *)weights + (start + i * apart + c + page) * size_of(type));
    for (; c + LANE_COUNT <= end; c += LANE_COUNT) {
      VECTOR sum = LOAD(y + c);
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 4; i++) sum += x[i * distance] * NAME(load)(weights, type, start + i * apart + c);
      STORE(y + c, sum);
    }
  }
  for (; c < columns; c++)
    for (size_t i = 0; i < 4; i++) y[c] += x[i * distance] * number(weights, type, start + i * apart + c);
}

// The body of a function in loops of their own for each type.
#define FOR_TYPES(LOOPS)                                                                                               \
  switch (type) {                                                                                                      \
    case TFCONV_F32: LOOPS(TFCONV_F32) break;                                                                          \
    case TFCONV_F16: LOOPS(TFCONV_F16) break;                                                                          \
    case TFCONV_BF16: LOOPS(TFCONV_BF16) break;                                                                        \
  }

TARGET static void NAME(dot)(const void *weights, int type, size_t leading, size_t rows, size_t columns, const float *x,
                             float *y) {
#define LOOPS(TYPE)                                                                                                    \
  for (size_t row = 0; row < rows; row++) NAME(dot_row)(weights, TYPE, row * leading, columns, x, y + row);
  FOR_TYPES(LOOPS)
#undef LOOPS
}

TARGET static void NAME(combine)(const void *weights, int type, size_t leading, size_t rows, size_t columns,
                                 const float *x, float *y) {
  size_t quarter = rows / 4;
#define LOOPS(TYPE)                                                                                                    \
  for (size_t row = 0; row < quarter; row++)                                                                           \
    NAME(add_four)(weights, TYPE, row * leading, quarter * leading, columns, x + row, quarter, y);                     \
  for (size_t row = 4 * quarter; row < rows; row++) NAME(add_row)(weights, TYPE, row * leading, columns, x[row], y);
  FOR_TYPES(LOOPS)
#undef LOOPS
}

#undef FOR_TYPES
