// SIMD loops that Swift cannot dispatch at run time. Every function is plain C over whole arrays.
#ifndef TFCONV_CKERNELS_H
#define TFCONV_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Copies a rows x columns window of elements of `width` bytes (1, 2, 4 or 8); strides are in elements.
void tfconv_copy_2d(const void *source, ptrdiff_t source_row, ptrdiff_t source_column, void *destination,
                    ptrdiff_t destination_row, ptrdiff_t destination_column, size_t rows, size_t columns, size_t width);

// Conversions round to nearest, ties to even; values that are too large become infinite; NaN stays NaN.
void tfconv_f16_to_f32(const uint16_t *source, float *destination, size_t count);
void tfconv_bf16_to_f32(const uint16_t *source, float *destination, size_t count);
void tfconv_f32_to_f16(const float *source, uint16_t *destination, size_t count);
void tfconv_f32_to_bf16(const float *source, uint16_t *destination, size_t count);
// Rounds to odd, so that a second rounding to a narrower type gives the correctly rounded result.
void tfconv_f64_to_f32_odd(const double *source, float *destination, size_t count);

#endif
