// What the versions of the product kernels for different vector widths share.
#ifndef TFCONV_PRODUCT_H
#define TFCONV_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

// How many numbers of the summed axis a block of a product takes: a tile of that depth lies in the L1 cache.
#define DEPTH_BLOCK 384
// The rows of a tile lie so far apart that they do not share their cache sets.
#define TILE_STRIDE (DEPTH_BLOCK + 16)

// What a multiplication brings into the cache meanwhile: four lines, `minor` bytes apart, for each sixteen steps in depth,
// after which it moves on by `major` bytes.
typedef struct {
  const char *start;
  ptrdiff_t major, minor;
} lookahead;

// In bytes.
#define PAGE 4096

// The kernels of one vector width. A panel is `width` columns that lie side by side for each number of the summed axis; a
// tile is up to `height` rows.
typedef struct {
  size_t height, width;
  // result[rows][leading] (+)= tile[rows][TILE_STRIDE] panel[depth][width], for 1 <= rows <= height.
  void (*multiply)(size_t rows, size_t depth, const float *tile, const float *panel, float *result, size_t leading,
                   int accumulate, const lookahead *ahead);
  // panel[depth][width] = the first `columns` rows of x as columns, zero behind them.
  void (*pack_transposed)(const float *x, size_t leading, size_t columns, size_t depth, float *panel);
  // y[column * leading + row] = result[row][column] + residual[column * leading + row], at most four columns.
  void (*store_transposed)(const float *result, size_t rows, size_t columns, const float *residual, float *y,
                           size_t leading);
  // y[row] = the sum of x[column] weights[row * leading + column].
  void (*dot)(const void *weights, int type, size_t leading, size_t rows, size_t columns, const float *x, float *y);
  // y[column] += the sum of x[row] weights[row * leading + column].
  void (*combine)(const void *weights, int type, size_t leading, size_t rows, size_t columns, const float *x,
                  float *y);
} product_kernels;

// The kernels for a vector width of 64, 32 or 16 bytes.
const product_kernels *tfconv_product_kernels(int vector_bytes);

#endif
