// What products of many and of few rows share.
#ifndef TFCONV_PRODUCT_JOB_H
#define TFCONV_PRODUCT_JOB_H

#include "CKernels.h"
#include "product.h"

#include <string.h>

// Up to so many rows, the time is that of reading the weights.
#define FEW_ROWS 4

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

static inline size_t ceiling(size_t a, size_t b) { return (a + b - 1) / b; }

// Where the range that is cut into `count` nearly equal parts has its part `index`.
static inline size_t boundary(size_t start, size_t end, size_t index, size_t count) {
  return start + (end - start) * index / count;
}

// A row of a panel of the widest kernels is copied in place; calling for so little costs more than the copy.
static inline void copy(const void *source, size_t count, float *destination) {
  if (count == 32)
    memcpy(destination, source, 32 * sizeof(float));
  else
    memcpy(destination, source, count * sizeof(float));
}

static inline void fetch(const void *source, int type, size_t offset, size_t count, float *destination) {
  switch (type) {
    case TFCONV_F16: tfconv_f16_to_f32((const char *)source + offset * 2, destination, count); break;
    case TFCONV_BF16: tfconv_bf16_to_f32((const char *)source + offset * 2, destination, count); break;
    default: copy((const char *)source + offset * 4, count, destination);
  }
}

// y = function(x), which may be the same place.
static inline void apply(int function, const float *x, float *y, size_t count) {
  switch (function) {
    case TFCONV_RELU: tfconv_relu(x, y, count); break;
    case TFCONV_GELU_ERF: tfconv_gelu_erf(x, y, count); break;
    case TFCONV_GELU_TANH: tfconv_gelu_tanh(x, y, count); break;
    case TFCONV_GELU_10: tfconv_gelu_10(x, y, count); break;
    case TFCONV_QUICK_GELU: tfconv_quick_gelu(x, y, count); break;
    case TFCONV_SILU: tfconv_silu(x, y, count); break;
    case TFCONV_MISH: tfconv_mish(x, y, count); break;
    case TFCONV_HARD_SWISH: tfconv_hard_swish(x, y, count); break;
    case TFCONV_RELU6: tfconv_relu6(x, y, count); break;
    case TFCONV_RELU2: tfconv_relu2(x, y, count); break;
    case TFCONV_LEAKY_RELU: tfconv_leaky_relu(x, y, count); break;
    case TFCONV_TANH: tfconv_tanh(x, y, count); break;
    case TFCONV_SIGMOID: tfconv_sigmoid(x, y, count); break;
    case TFCONV_LAPLACE: tfconv_laplace(x, y, count); break;
    default:
      if (x != y) memcpy(y, x, count * sizeof(float));
  }
}

// One product cut into tasks: ranges of the produced columns, each for one chunk of rows.
typedef struct {
  const tfconv_product *product;
  size_t first;
  size_t parts, chunks;
} cut;

typedef struct {
  const product_kernels *kernels;
  const float *x;
  size_t rows, depth;
  // The rows of x as panels, for products with transposed weights: [panel][depth][width].
  float *panels;
  // Where the result goes if it is wanted in that form, as the next product reads it: [panel][columns][width]; or NULL.
  float *result_panels;
  // The rows of x as tiles, for the others: [tile][depth block][height][TILE_STRIDE].
  float *tiles;
  size_t tile_count;
  cut cuts[TFCONV_MOST_PRODUCTS];
  size_t count;
} job;

static inline size_t size_of(int type) { return type == TFCONV_F32 ? 4 : 2; }

// The products of few rows.
void tfconv_multiply_few_rows(const job *j, const tfconv_product *products, int threads);

#endif
