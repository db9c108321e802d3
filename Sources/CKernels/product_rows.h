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
  for (; c + LANE_COUNT <= columns; c += LANE_COUNT) {
    NAME(ask)(weights, type, start + ahead * leading + c);
    parts[0] += NAME(load)(weights, type, start + c) * LOAD(x + c);
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

#undef FOR_ROWS
