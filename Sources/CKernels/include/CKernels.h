// SIMD loops that Swift cannot dispatch at run time. Every function is plain C over whole arrays.
#ifndef TFCONV_CKERNELS_H
#define TFCONV_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Copies a rows x columns window of elements of `width` bytes (1, 2, 4 or 8); strides are in elements.
void tfconv_copy_2d(const void *source, ptrdiff_t source_row, ptrdiff_t source_column, void *destination,
                    ptrdiff_t destination_row, ptrdiff_t destination_column, size_t rows, size_t columns, size_t width);

// Conversions round to nearest, ties to even; values that are too large become infinite; NaN stays NaN.
// Elements may lie at any address.
void tfconv_f16_to_f32(const void *source, void *destination, size_t count);
void tfconv_bf16_to_f32(const void *source, void *destination, size_t count);
void tfconv_f32_to_f16(const void *source, void *destination, size_t count);
void tfconv_f32_to_bf16(const void *source, void *destination, size_t count);
// Rounds to odd, so that a second rounding to a narrower type gives the correctly rounded result.
void tfconv_f64_to_f32_odd(const void *source, void *destination, size_t count);
void tfconv_f32_to_f64(const void *source, void *destination, size_t count);
void tfconv_f64_to_f32(const void *source, void *destination, size_t count);

// Counts finite values by the bits of their magnitudes: not zero and less than `lower`, and `upper` or more.
void tfconv_count_f32_outside(const float *values, size_t count, uint32_t lower, uint32_t upper, size_t *small,
                              size_t *large);

// Takes 64-byte blocks into the state of a SHA-256; `plain` leaves the processor's own instructions out.
void tfconv_sha256_blocks(uint32_t state[8], const void *data, size_t blocks, int plain);

// Activation functions, element by element; x and y may be the same memory.
void tfconv_relu(const float *x, float *y, size_t count);
// x times the normal distribution function: x / 2 (1 + erf(x / sqrt 2)).
void tfconv_gelu_erf(const float *x, float *y, size_t count);
// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
void tfconv_gelu_tanh(const float *x, float *y, size_t count);
// x / (1 + exp(-x)).
void tfconv_silu(const float *x, float *y, size_t count);
void tfconv_tanh(const float *x, float *y, size_t count);

// Each row: (x - mean) / sqrt(variance + epsilon) * gain + bias; bias may be NULL. x and y may be the same memory.
void tfconv_layer_norm(const float *x, const float *gain, const float *bias, float *y, size_t rows, size_t columns,
                       double epsilon);
// Each row: x / sqrt(mean of squares + epsilon) * gain.
void tfconv_rms_norm(const float *x, const float *gain, float *y, size_t rows, size_t columns, double epsilon);
// Each row in place: exp(x - max) / sum.
void tfconv_softmax(float *x, size_t rows, size_t columns);

// Sums and products, element by element; y may be one of the operands.
void tfconv_add(const float *a, const float *b, float *y, size_t count);
void tfconv_multiply(const float *a, const float *b, float *y, size_t count);
void tfconv_scale(const float *x, float factor, float *y, size_t count);
// Adds the bias to each row in place.
void tfconv_add_bias(float *x, const float *bias, size_t rows, size_t columns);
// Moves each element at random by up to 2^-23 of itself, the same way for the same seed; y may be x.
void tfconv_perturb(const float *x, uint32_t seed, float *y, size_t count);

#endif
