// Conversions between floating-point types, by integer arithmetic on the bits so that every machine agrees. Elements may
// lie at any address.
#include "CKernels.h"
#include "dispatch.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

static inline float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

CLONES void tfconv_bf16_to_f32(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, (const uint16_t *)source + i, 2);
    float result = float_of((uint32_t)half << 16);
    memcpy((float *)destination + i, &result, 4);
  }
}

// IEEE 754 binary16. Normal numbers move by a shift and an exponent offset; subnormal ones are scaled exactly by the
// floating-point unit; the all-ones exponent stays all ones.
CLONES void tfconv_f16_to_f32(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, (const uint16_t *)source + i, 2);
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7FFF;
    uint32_t normal = (magnitude << 13) + (112u << 23);
    uint32_t special = (magnitude << 13) | 0x7F800000u;
    uint32_t subnormal = bits_of((float)(int32_t)magnitude * 0x1p-24f);
    uint32_t bits = magnitude >= 0x7C00 ? special : magnitude < 0x0400 ? subnormal : normal;
    float result = float_of(sign | bits);
    memcpy((float *)destination + i, &result, 4);
  }
}

CLONES void tfconv_f32_to_bf16(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, (const float *)source + i, 4);
    uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
    uint32_t quiet = (bits >> 16) | 0x0040u;
    uint16_t half = (uint16_t)((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded);
    memcpy((uint16_t *)destination + i, &half, 2);
  }
}

#if defined(__x86_64__)
// The instruction rounds as the integer arithmetic below does, and keeps the same bits of a NaN. Returns how many numbers
// it has converted; fewer than eight are left.
__attribute__((target("avx,f16c"))) static size_t f32_to_f16_by_instruction(const void *source, void *destination,
                                                                            size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm_storeu_si128((__m128i_u *)((uint16_t *)destination + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps((const float *)source + i), _MM_FROUND_TO_NEAREST_INT));
  return i;
}
#endif

CLONES static void f32_to_f16_by_bits(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, (const float *)source + i, 4);
    uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
    // Normal results: drop 13 bits, ties to even, by adding just under half a unit and the last kept bit.
    uint32_t normal = (magnitude - (112u << 23) + 0x0FFFu + ((magnitude >> 13) & 1u)) >> 13;
    // Subnormal results: adding 0.5 lets the floating-point unit shift and round to a multiple of 2^-24.
    uint32_t subnormal = bits_of(float_of(magnitude < 0x38800000u ? magnitude : 0) + 0.5f) - 0x3F000000u;
    uint32_t nan = 0x7E00u | ((magnitude >> 13) & 0x03FFu);
    uint32_t half = magnitude > 0x7F800000u   ? nan
                    : magnitude >= 0x477FF000u ? 0x7C00u
                    : magnitude < 0x38800000u  ? subnormal
                                               : normal;
    uint16_t result = (uint16_t)(sign | half);
    memcpy((uint16_t *)destination + i, &result, 2);
  }
}

void tfconv_f32_to_f16(const void *source, void *destination, size_t count) {
  size_t done = 0;
#if defined(__x86_64__)
  if (tfconv_vector_bytes() >= 32) done = f32_to_f16_by_instruction(source, destination, count);
#endif
  f32_to_f16_by_bits((const float *)source + done, (uint16_t *)destination + done, count - done);
}

CLONES void tfconv_f32_to_f64(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float value;
    memcpy(&value, (const float *)source + i, 4);
    double result = (double)value;
    memcpy((double *)destination + i, &result, 8);
  }
}

CLONES void tfconv_f64_to_f32(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double value;
    memcpy(&value, (const double *)source + i, 8);
    float result = (float)value;
    memcpy((float *)destination + i, &result, 4);
  }
}

CLONES void tfconv_f64_to_f32_odd(const void *source, void *destination, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double value;
    memcpy(&value, (const double *)source + i, 8);
    float nearest = (float)value;
    uint32_t bits = bits_of(nearest);
    if (value == value && (double)nearest != value) {
      // Step back to the neighbour towards zero, then set the last bit: the mark of an inexact result.
      double magnitude = value < 0 ? -value : value;
      double rounded = nearest < 0 ? -(double)nearest : (double)nearest;
      if (rounded > magnitude) bits -= 1;
      bits |= 1u;
    }
    float result = float_of(bits);
    memcpy((float *)destination + i, &result, 4);
  }
}

CLONES void tfconv_count_f32_outside(const float *values, size_t count, uint32_t lower, uint32_t upper, size_t *small,
                                     size_t *large) {
  size_t below = 0, above = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t magnitude = bits_of(values[i]) & 0x7FFFFFFFu;
    below += magnitude != 0 && magnitude < lower;
    above += magnitude >= upper && magnitude < 0x7F800000u;
  }
  *small += below;
  *large += above;
}
