// Quantised blocks of ggml into numbers of 32 bits. Each element is computed in float32 in the order that ggml's reference
// code and gguf-py share (ggml-quants.c, quants.py), without contraction, so that all three give the same bits. Blocks may
// lie at any address.
#include "CKernels.h"
#include "block_grids.h"
#include "dispatch.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

INLINE uint16_t u16_at(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

INLINE uint32_t u32_at(const uint8_t *p) { return (uint32_t)u16_at(p) | (uint32_t)u16_at(p + 2) << 16; }

INLINE float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

// The number of 16 bits (IEEE 754 binary16) at p.
INLINE float half_at(const uint8_t *p) {
  uint32_t bits = u16_at(p), sign = (bits & 0x8000) << 16, magnitude = bits & 0x7FFF;
  if (magnitude >= 0x7C00) return float_of(sign | magnitude << 13 | 0x7F800000u);
  if (magnitude < 0x0400) return (sign ? -1.0f : 1.0f) * (float)magnitude * 0x1p-24f;
  return float_of(sign | ((magnitude << 13) + (112u << 23)));
}

// The sixteen values of IQ4_NL and IQ4_XS, and twice those of MXFP4 and NVFP4 (E2M1).
static const int8_t nonlinear[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
static const int8_t e2m1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

INLINE void q4_0(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int j = 0; j < 16; j++) {
    y[j] = (float)((p[2 + j] & 15) - 8) * d;
    y[j + 16] = (float)((p[2 + j] >> 4) - 8) * d;
  }
}

INLINE void q4_1(const uint8_t *p, float *y) {
  float d = half_at(p), m = half_at(p + 2);
  for (int j = 0; j < 16; j++) {
    y[j] = (float)(p[4 + j] & 15) * d + m;
    y[j + 16] = (float)(p[4 + j] >> 4) * d + m;
  }
}

INLINE void q5_0(const uint8_t *p, float *y) {
  float d = half_at(p);
  uint32_t high = u32_at(p + 2);
  for (int j = 0; j < 16; j++) {
    y[j] = (float)((int)((p[6 + j] & 15) | (high >> j & 1) << 4) - 16) * d;
    y[j + 16] = (float)((int)((p[6 + j] >> 4) | (high >> (j + 16) & 1) << 4) - 16) * d;
  }
}

INLINE void q5_1(const uint8_t *p, float *y) {
  float d = half_at(p), m = half_at(p + 2);
  uint32_t high = u32_at(p + 4);
  for (int j = 0; j < 16; j++) {
    y[j] = (float)((p[8 + j] & 15) | (high >> j & 1) << 4) * d + m;
    y[j + 16] = (float)((p[8 + j] >> 4) | (high >> (j + 16) & 1) << 4) * d + m;
  }
}

INLINE void q8_0(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int j = 0; j < 32; j++) y[j] = (float)(int8_t)p[2 + j] * d;
}

INLINE void iq4_nl(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int j = 0; j < 16; j++) {
    y[j] = (float)nonlinear[p[2 + j] & 15] * d;
    y[j + 16] = (float)nonlinear[p[2 + j] >> 4] * d;
  }
}

INLINE void mxfp4(const uint8_t *p, float *y) {
  // 2^(e - 128); the two smallest are subnormal.
  float d = float_of(p[0] < 2 ? 0x00200000u << p[0] : (uint32_t)(p[0] - 1) << 23);
  for (int j = 0; j < 16; j++) {
    y[j] = (float)e2m1[p[1 + j] & 15] * d;
    y[j + 16] = (float)e2m1[p[1 + j] >> 4] * d;
  }
}

INLINE void nvfp4(const uint8_t *p, float *y) {
  for (int part = 0; part < 4; part++, y += 16) {
    // An unsigned E4M3 scale, halved because the table holds twice the values.
    uint32_t exponent = p[part] >> 3 & 15, mantissa = p[part] & 7;
    float scale = exponent == 0 ? (float)mantissa * 0x1p-9f : float_of((exponent + 120) << 23 | mantissa << 20);
    if (p[part] == 0 || p[part] == 0x7F) scale = 0;
    float d = scale * 0.5f;
    const uint8_t *q = p + 4 + 8 * part;
    for (int j = 0; j < 8; j++) {
      y[j] = (float)e2m1[q[j] & 15] * d;
      y[j + 8] = (float)e2m1[q[j] >> 4] * d;
    }
  }
}

INLINE void tq1_0(const uint8_t *p, float *y) {
  static const uint8_t powers[5] = {1, 3, 9, 27, 81};
  float d = half_at(p + 52);
  int start = 0;
  for (int width = 32; width >= 16; width /= 2) {
    for (int n = 0; n < 5; n++)
      for (int j = 0; j < width; j++) *y++ = (float)(((uint8_t)(p[start + j] * powers[n]) * 3 >> 8) - 1) * d;
    start += width;
  }
  for (int n = 0; n < 4; n++)
    for (int j = 0; j < 4; j++) *y++ = (float)(((uint8_t)(p[48 + j] * powers[n]) * 3 >> 8) - 1) * d;
}

INLINE void tq2_0(const uint8_t *p, float *y) {
  float d = half_at(p + 64);
  for (int start = 0; start < 64; start += 32)
    for (int shift = 0; shift < 8; shift += 2)
      for (int j = 0; j < 32; j++) *y++ = (float)((p[start + j] >> shift & 3) - 1) * d;
}

INLINE void q2_k(const uint8_t *p, float *y) {
  float d = half_at(p + 80), dmin = half_at(p + 82);
  const uint8_t *scale = p;
  for (const uint8_t *q = p + 16; q < p + 80; q += 32)
    for (int shift = 0; shift < 8; shift += 2)
      for (int part = 0; part < 32; part += 16, scale++) {
        float step = d * (float)(*scale & 15), least = dmin * (float)(*scale >> 4);
        for (int j = 0; j < 16; j++) *y++ = step * (float)(q[part + j] >> shift & 3) - least;
      }
}

INLINE void q3_k(const uint8_t *p, float *y) {
  float d = half_at(p + 108);
  const uint8_t *scales = p + 96;
  int index = 0;
  uint8_t mask = 1;
  for (const uint8_t *q = p + 32; q < p + 96; q += 32)
    for (int shift = 0; shift < 8; shift += 2, mask = (uint8_t)(mask << 1))
      for (int part = 0; part < 32; part += 16, index++) {
        int low = index < 8 ? scales[index] & 15 : scales[index - 8] >> 4;
        int high = scales[8 + index % 4] >> 2 * (index / 4) & 3;
        float step = d * (float)((low | high << 4) - 32);
        for (int j = part; j < part + 16; j++) *y++ = step * (float)((q[j] >> shift & 3) - (p[j] & mask ? 0 : 4));
      }
}

// The j-th of eight pairs of a scale and a minimum, six bits each, of Q4_K and Q5_K.
INLINE void scale_and_minimum(const uint8_t *s, int j, int *scale, int *minimum) {
  if (j < 4) {
    *scale = s[j] & 63;
    *minimum = s[j + 4] & 63;
  } else {
    *scale = (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    *minimum = s[j + 4] >> 4 | (s[j] >> 6) << 4;
  }
}

INLINE void q4_k(const uint8_t *p, float *y) {
  float d = half_at(p), dmin = half_at(p + 2);
  for (int pair = 0; pair < 8; pair++) {
    int scale, minimum;
    scale_and_minimum(p + 4, pair, &scale, &minimum);
    float step = d * (float)scale, least = dmin * (float)minimum;
    const uint8_t *q = p + 16 + 32 * (pair / 2);
    for (int j = 0; j < 32; j++) *y++ = step * (float)(q[j] >> 4 * (pair & 1) & 15) - least;
  }
}

INLINE void q5_k(const uint8_t *p, float *y) {
  float d = half_at(p), dmin = half_at(p + 2);
  for (int pair = 0; pair < 8; pair++) {
    int scale, minimum;
    scale_and_minimum(p + 4, pair, &scale, &minimum);
    float step = d * (float)scale, least = dmin * (float)minimum;
    const uint8_t *q = p + 48 + 32 * (pair / 2), *high = p + 16;
    for (int j = 0; j < 32; j++)
      *y++ = step * (float)((q[j] >> 4 * (pair & 1) & 15) | (high[j] >> pair & 1) << 4) - least;
  }
}

INLINE void q6_k(const uint8_t *p, float *y) {
  float d = half_at(p + 208);
  for (int half = 0; half < 2; half++)
    for (int quarter = 0; quarter < 4; quarter++)
      for (int part = 0; part < 2; part++) {
        float step = d * (float)(int8_t)p[192 + 8 * half + 2 * quarter + part];
        const uint8_t *low = p + 64 * half + 32 * (quarter & 1) + 16 * part, *high = p + 128 + 32 * half + 16 * part;
        for (int j = 0; j < 16; j++) {
          int q = (low[j] >> 4 * (quarter >> 1) & 15) | (high[j] >> 2 * quarter & 3) << 4;
          *y++ = step * (float)(q - 32);
        }
      }
}

INLINE void iq4_xs(const uint8_t *p, float *y) {
  float d = half_at(p);
  uint32_t high = u16_at(p + 2);
  for (int part = 0; part < 8; part++, y += 32) {
    int scale = (p[4 + part / 2] >> 4 * (part & 1) & 15) | (int)(high >> 2 * part & 3) << 4;
    float step = d * (float)(scale - 32);
    const uint8_t *q = p + 8 + 16 * part;
    for (int j = 0; j < 16; j++) {
      y[j] = step * (float)nonlinear[q[j] & 15];
      y[j + 16] = step * (float)nonlinear[q[j] >> 4];
    }
  }
}

INLINE void q1_0(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int j = 0; j < 128; j++) y[j] = p[2 + j / 8] >> j % 8 & 1 ? d : -d;
}

INLINE void q2_0(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int j = 0; j < 64; j++) y[j] = (float)((p[2 + j / 4] >> 2 * (j % 4) & 3) - 1) * d;
}

// The grid types: groups of eight or four magnitudes come from a code book, signs and scales beside it. A sign byte of seven
// bits has an even number of ones, so that the eighth follows.

INLINE uint8_t eight_signs(uint32_t seven) {
  uint32_t parity = seven ^ seven >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return (uint8_t)(seven | (parity & 1) << 7);
}

// Eight values of an entry with indices of two bits.
INLINE void grid_of_eight(const int8_t *values, uint32_t entry, uint8_t signs, float scale, float *y) {
  for (int j = 0; j < 8; j++) {
    float value = scale * (float)values[entry >> 2 * j & 3];
    y[j] = signs >> j & 1 ? -value : value;
  }
}

// Four values of an entry with indices of four bits; the signs are the lowest four.
INLINE void grid_of_four(const int8_t *values, uint32_t entry, uint32_t signs, float scale, float *y) {
  for (int j = 0; j < 4; j++) {
    float value = scale * (float)values[entry >> 4 * j & 15];
    y[j] = signs >> j & 1 ? -value : value;
  }
}

INLINE void iq2_xxs(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int part = 0; part < 8; part++) {
    const uint8_t *q = p + 2 + 8 * part;
    uint32_t rest = u32_at(q + 4);
    float scale = d * (0.5f + (float)(rest >> 28)) * 0.25f;
    for (int j = 0; j < 4; j++, y += 8)
      grid_of_eight(iq2_xxs_values, iq2_xxs_grid[q[j]], eight_signs(rest >> 7 * j & 127), scale, y);
  }
}

INLINE void iq2_xs(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int group = 0; group < 32; group++, y += 8) {
    uint32_t q = u16_at(p + 2 + 2 * group);
    float scale = d * (0.5f + (float)(p[66 + group / 4] >> 4 * (group / 2 & 1) & 15)) * 0.25f;
    grid_of_eight(iq2_xs_values, iq2_xs_grid[q & 511], eight_signs(q >> 9), scale, y);
  }
}

INLINE void iq2_s(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int group = 0; group < 32; group++, y += 8) {
    uint32_t q = p[2 + group] | (uint32_t)(p[66 + group / 4] >> 2 * (group % 4) & 3) << 8;
    float scale = d * (0.5f + (float)(p[74 + group / 4] >> 4 * (group / 2 & 1) & 15)) * 0.25f;
    grid_of_eight(iq2_s_values, iq2_s_grid[q], p[34 + group], scale, y);
  }
}

INLINE void iq3_xxs(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int part = 0; part < 8; part++) {
    uint32_t rest = u32_at(p + 66 + 4 * part);
    float scale = d * (0.5f + (float)(rest >> 28)) * 0.5f;
    for (int j = 0; j < 8; j++, y += 4) {
      uint32_t signs = (uint32_t)eight_signs(rest >> 7 * (j / 2) & 127) >> 4 * (j & 1);
      grid_of_four(iq3_xxs_values, iq3_xxs_grid[p[2 + 8 * part + j]], signs, scale, y);
    }
  }
}

INLINE void iq3_s(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int group = 0; group < 64; group++, y += 4) {
    uint32_t q = p[2 + group] | (uint32_t)(p[66 + group / 8] >> group % 8 & 1) << 8;
    float scale = d * (float)(1 + 2 * (p[106 + group / 16] >> 4 * (group / 8 & 1) & 15));
    grid_of_four(iq3_s_values, iq3_s_grid[q], (uint32_t)p[74 + group / 2] >> 4 * (group & 1), scale, y);
  }
}

// Eight values of an entry of IQ1, moved by an eighth.
INLINE void grid_of_thirds(uint32_t entry, float delta, float scale, float *y) {
  for (int j = 0; j < 8; j++) y[j] = scale * ((float)iq1_values[entry >> 2 * j & 3] + delta);
}

INLINE void iq1_s(const uint8_t *p, float *y) {
  float d = half_at(p);
  for (int group = 0; group < 32; group++, y += 8) {
    uint32_t high = u16_at(p + 34 + 2 * (group / 4));
    uint32_t q = p[2 + group] | (high >> 3 * (group % 4) & 7) << 8;
    float scale = d * (float)(2 * (high >> 12 & 7) + 1);
    grid_of_thirds(iq1_grid[q], high & 0x8000 ? -0.125f : 0.125f, scale, y);
  }
}

INLINE void iq1_m(const uint8_t *p, float *y) {
  const uint8_t *scales = p + 48;
  // The scale of the block lies in the highest four bits of its four words of scales.
  uint8_t half[2] = {(uint8_t)(scales[1] >> 4 | (scales[3] & 0xF0)), (uint8_t)(scales[5] >> 4 | (scales[7] & 0xF0))};
  float d = half_at(half);
  for (int group = 0; group < 32; group++, y += 8) {
    uint32_t high = p[32 + group / 2] >> 4 * (group & 1) & 15;
    uint32_t q = p[group] | (high & 7) << 8;
    float scale = d * (float)(2 * (u16_at(scales + 2 * (group / 8)) >> 3 * (group / 2 % 4) & 7) + 1);
    grid_of_thirds(iq1_grid[q], high & 8 ? -0.125f : 0.125f, scale, y);
  }
}

#define DECODER(NAME, BYTES, ELEMENTS)                                                \
  CLONES void tfconv_decode_##NAME(const void *source, float *destination, size_t blocks) { \
    const uint8_t *p = source;                                                        \
    for (size_t i = 0; i < blocks; i++) NAME(p + i * BYTES, destination + i * ELEMENTS); \
  }

DECODER(q4_0, 18, 32)
DECODER(q4_1, 20, 32)
DECODER(q5_0, 22, 32)
DECODER(q5_1, 24, 32)
DECODER(q8_0, 34, 32)
DECODER(iq4_nl, 18, 32)
DECODER(mxfp4, 17, 32)
DECODER(nvfp4, 36, 64)
DECODER(tq1_0, 54, 256)
DECODER(tq2_0, 66, 256)
DECODER(q2_k, 84, 256)
DECODER(q3_k, 110, 256)
DECODER(q4_k, 144, 256)
DECODER(q5_k, 176, 256)
DECODER(q6_k, 210, 256)
DECODER(iq4_xs, 136, 256)
DECODER(q1_0, 18, 128)
DECODER(q2_0, 18, 64)
DECODER(iq2_xxs, 66, 256)
DECODER(iq2_xs, 74, 256)
DECODER(iq2_s, 82, 256)
DECODER(iq3_xxs, 98, 256)
DECODER(iq3_s, 110, 256)
DECODER(iq1_s, 50, 256)
DECODER(iq1_m, 56, 256)
