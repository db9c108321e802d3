// Elementwise sums and products of float32 arrays.
#include "CKernels.h"
#include "dispatch.h"

CLONES void tfconv_add(const float *a, const float *b, float *y, size_t count) {
  ELEMENTWISE(16)
  for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

CLONES void tfconv_multiply(const float *a, const float *b, float *y, size_t count) {
  ELEMENTWISE(16)
  for (size_t i = 0; i < count; i++) y[i] = a[i] * b[i];
}

CLONES void tfconv_scale(const float *x, float factor, float *y, size_t count) {
  ELEMENTWISE(16)
  for (size_t i = 0; i < count; i++) y[i] = x[i] * factor;
}

CLONES void tfconv_add_bias(float *x, const float *bias, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns)
    for (size_t c = 0; c < columns; c++) x[c] += bias[c];
}
