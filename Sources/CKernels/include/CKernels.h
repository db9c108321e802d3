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

// Counts the elements of `width` bytes (1, 2, 4 or 8) whose bits, with `flip` turned and `mask` kept, make a number of
// `least` or more: with the right constants those that are not finite. `first` gets the index of the first, if any.
size_t tfconv_count_marked(const void *source, size_t count, size_t width, uint64_t flip, uint64_t mask, uint64_t least,
                           size_t *first);
// Quantised blocks of ggml into float32, `blocks` of them; named for their types. Blocks may lie at any address.
void tfconv_decode_q4_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_q4_1(const void *source, float *destination, size_t blocks);
void tfconv_decode_q5_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_q5_1(const void *source, float *destination, size_t blocks);
void tfconv_decode_q8_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq4_nl(const void *source, float *destination, size_t blocks);
void tfconv_decode_mxfp4(const void *source, float *destination, size_t blocks);
void tfconv_decode_nvfp4(const void *source, float *destination, size_t blocks);
void tfconv_decode_tq1_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_tq2_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_q2_k(const void *source, float *destination, size_t blocks);
void tfconv_decode_q3_k(const void *source, float *destination, size_t blocks);
void tfconv_decode_q4_k(const void *source, float *destination, size_t blocks);
void tfconv_decode_q5_k(const void *source, float *destination, size_t blocks);
void tfconv_decode_q6_k(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq4_xs(const void *source, float *destination, size_t blocks);
void tfconv_decode_q1_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_q2_0(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq2_xxs(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq2_xs(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq2_s(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq3_xxs(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq3_s(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq1_s(const void *source, float *destination, size_t blocks);
void tfconv_decode_iq1_m(const void *source, float *destination, size_t blocks);

// The CRC-32C of `count` more bytes after those whose checksum is `crc`; 0 is that of none.
uint32_t tfconv_crc32c(uint32_t crc, const void *data, size_t count);

// Takes 64-byte blocks into the state of a SHA-256; `plain` leaves the processor's own instructions out.
void tfconv_sha256_blocks(uint32_t state[8], const void *data, size_t blocks, int plain);

// Activation functions, element by element; x and y may be the same memory.
void tfconv_relu(const float *x, float *y, size_t count);
// x times the normal distribution function: x / 2 (1 + erf(x / sqrt 2)).
void tfconv_gelu_erf(const float *x, float *y, size_t count);
// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
void tfconv_gelu_tanh(const float *x, float *y, size_t count);
// gelu_erf, not below -10 and not above 10.
void tfconv_gelu_10(const float *x, float *y, size_t count);
// x / (1 + exp(-1.702 x)).
void tfconv_quick_gelu(const float *x, float *y, size_t count);
// x / (1 + exp(-x)).
void tfconv_silu(const float *x, float *y, size_t count);
// x tanh(ln(1 + exp(x))).
void tfconv_mish(const float *x, float *y, size_t count);
// x min(max(x + 3, 0), 6) / 6.
void tfconv_hard_swish(const float *x, float *y, size_t count);
// min(max(x, 0), 6).
void tfconv_relu6(const float *x, float *y, size_t count);
// max(x, 0)^2.
void tfconv_relu2(const float *x, float *y, size_t count);
// x, or 0.01 x where that is negative.
void tfconv_leaky_relu(const float *x, float *y, size_t count);
void tfconv_tanh(const float *x, float *y, size_t count);
// 1 / (1 + exp(-x)).
void tfconv_sigmoid(const float *x, float *y, size_t count);
// The normal distribution function of (x - 0.707107) / 0.282095.
void tfconv_laplace(const float *x, float *y, size_t count);

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

// Threads. Calls `body` once for each task, on up to `threads` threads of one pool, and returns when all are done. A call
// from inside a task, or while another thread has the pool, runs its tasks one after the other.
void tfconv_parallel(int threads, size_t tasks, void (*body)(void *context, size_t task), void *context);

// The widest vectors, in bytes, for which this machine has kernels of the products below: 64 (AVX-512), 32 (AVX2) or 16.
int tfconv_vector_bytes(void);

// Types of weights.
enum { TFCONV_F32, TFCONV_F16, TFCONV_BF16 };
// Functions of a product's elements.
enum {
  TFCONV_IDENTITY,
  TFCONV_RELU,
  TFCONV_GELU_ERF,
  TFCONV_GELU_TANH,
  TFCONV_GELU_10,
  TFCONV_QUICK_GELU,
  TFCONV_SILU,
  TFCONV_MISH,
  TFCONV_HARD_SWISH,
  TFCONV_RELU6,
  TFCONV_RELU2,
  TFCONV_LEAKY_RELU,
  TFCONV_TANH,
  TFCONV_SIGMOID,
  TFCONV_LAPLACE
};

// y = function(x weights + bias) + residual. The weights are used where they lie.
typedef struct {
  // depth x columns numbers, or columns x depth if `transposed`; f32 must be aligned.
  const void *weights;
  int type;
  int transposed;
  // The distance between rows of the weights, in elements.
  size_t leading;
  size_t columns;
  // One number for each column, or NULL.
  const float *bias;
  int function;
  // Like y, or NULL.
  const float *residual;
  // rows x columns, row-major.
  float *y;
} tfconv_product;

#define TFCONV_MOST_PRODUCTS 4

// Up to TFCONV_MOST_PRODUCTS products of the same x, rows x depth and row-major, depth > 0. The bits of the result do not
// depend on the number of threads. `vector_bytes` chooses the kernels; at most what tfconv_vector_bytes returns.
void tfconv_multiply_rows(const float *x, size_t rows, size_t depth, const tfconv_product *products, size_t count,
                          int threads, int vector_bytes);

// How many rows of memory a product of so many rows needs between two products.
size_t tfconv_rows_between(size_t rows);

// The second product of what the first gives. The first has no residual; its y has tfconv_rows_between(rows) rows, and
// holds nothing of use afterwards. The bits are those of two calls.
void tfconv_multiply_twice(const float *x, size_t rows, size_t depth, const tfconv_product *first,
                           const tfconv_product *second, int threads, int vector_bytes);

// Keys or values: the numbers of a head lie side by side, the others so many numbers apart.
typedef struct {
  const float *start;
  size_t sequence, position, head;
} tfconv_positions;

// softmax(scale q k' + bias) v for each head of each sequence.
typedef struct {
  // batch x queries x heads x head, row-major.
  const float *q;
  tfconv_positions k, v;
  size_t batch, queries, keys, heads, head;
  // batch x keys, 1 for a key that is hidden; or NULL.
  const unsigned char *hidden;
  // heads x queries x keys, or NULL.
  const float *bias;
  float scale;
  // Whether a query sees only the keys up to its own position; the queries are the last of the keys.
  int causal;
  // Like q. A query that sees no key gives the mean of all values.
  float *y;
} tfconv_attention;

// There must be keys. The bits of the result do not depend on the number of threads.
void tfconv_attend(const tfconv_attention *attention, int threads, int vector_bytes);

#endif
