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

// Mixes the bits of an index, as the end of MurmurHash3 does (Appleby, 2011).
INLINE uint32_t mixed(uint32_t bits) {
  bits ^= bits >> 16;
  bits *= 0x85ebca6bu;
  bits ^= bits >> 13;
  bits *= 0xc2b2ae35u;
  return bits ^ bits >> 16;
}

CLONES void tfconv_perturb(const float *x, uint32_t seed, float *y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    // From -1 to 1, times one unit in the last place of a number just above a power of two.
    float part = (float)(int32_t)mixed((uint32_t)i * 0x9e3779b1u + seed) * 0x1p-31f;
    y[i] = x[i] + x[i] * (part * 0x1p-23f);
  }
}
