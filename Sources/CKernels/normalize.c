// Normalisations of rows: layer norm, root-mean-square norm and softmax. Sums run in double precision in a fixed order.
#include "CKernels.h"
#include "dispatch.h"

#include <math.h>
#include <string.h>

INLINE double sum_of_lanes(const double *lanes) {
  double sum = 0;
  for (size_t l = 0; l < LANES; l++) sum += lanes[l];
  return sum;
}

// The sum over the row of (x - centre)^2, or of x alone when `squared` is 0.
INLINE double reduce(const float *x, size_t count, double centre, int squared) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES)
    for (size_t l = 0; l < LANES; l++) {
      double value = (double)x[i + l] - centre;
      lanes[l] += squared ? value * value : value;
    }
  for (size_t l = 0; i + l < count; l++) {
    double value = (double)x[i + l] - centre;
    lanes[l] += squared ? value * value : value;
  }
  return sum_of_lanes(lanes);
}

CLONES void tfconv_layer_norm(const float *x, const float *gain, const float *bias, float *y, size_t rows,
                              size_t columns, double epsilon) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    double mean = reduce(x, columns, 0, 0) / (double)columns;
    double variance = reduce(x, columns, mean, 1) / (double)columns;
    double scale = 1 / sqrt(variance + epsilon);
    if (bias)
      ELEMENTWISE(8)
      for (size_t c = 0; c < columns; c++) y[c] = (float)(((double)x[c] - mean) * scale) * gain[c] + bias[c];
    else
      ELEMENTWISE(8)
      for (size_t c = 0; c < columns; c++) y[c] = (float)(((double)x[c] - mean) * scale) * gain[c];
  }
}

CLONES void tfconv_rms_norm(const float *x, const float *gain, float *y, size_t rows, size_t columns, double epsilon) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    double scale = 1 / sqrt(reduce(x, columns, 0, 1) / (double)columns + epsilon);
    ELEMENTWISE(8)
    for (size_t c = 0; c < columns; c++) y[c] = (float)((double)x[c] * scale) * gain[c];
  }
}

// e^x for x <= 0 in single precision, about one unit in the last place; values below the smallest normal number are 0.
// ln 2 is split so that n times its first part is exact.
INLINE float exponential(float x) {
  float shifted = x * 0x1.715476p0f + 0x1.8p23f;
  float n = shifted - 0x1.8p23f;
  float r = (x - n * 0x1.62e400p-1f) - n * 0x1.7f7d1cp-20f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r * r + r;
  uint32_t bits;
  memcpy(&bits, &shifted, 4);
  bits = (bits << 23) + (127u << 23);
  float power;
  memcpy(&power, &bits, 4);
  float value = p * power + power;
  return x < -87.3f ? 0 : value;
}

CLONES void tfconv_softmax(float *x, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns) {
    float lanes[LANES];
    for (size_t l = 0; l < LANES; l++) lanes[l] = -INFINITY;
    size_t i = 0;
    for (; i + LANES <= columns; i += LANES)
      for (size_t l = 0; l < LANES; l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
    float largest = -INFINITY;
    for (; i < columns; i++) largest = x[i] > largest ? x[i] : largest;
    for (size_t l = 0; l < LANES; l++) largest = lanes[l] > largest ? lanes[l] : largest;
    ELEMENTWISE(16)
    for (size_t c = 0; c < columns; c++) x[c] = exponential(x[c] - largest);
    float scale = (float)(1 / reduce(x, columns, 0, 0));
    for (size_t c = 0; c < columns; c++) x[c] *= scale;
  }
}
