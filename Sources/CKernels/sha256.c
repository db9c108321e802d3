// The block function of SHA-256 (NIST FIPS 180-4, sections 4.1.2, 4.2.2 and 6.2.2), in plain C and, where the processor
// has them, with the SHA instructions of x86-64 (Intel, "Intel SHA Extensions", 2013).
#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#endif

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t round_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1,
    0x923F82A4, 0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3,
    0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786,
    0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147,
    0x06CA6351, 0x14292967, 0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13,
    0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85, 0xA2BFE8A1, 0xA81A664B,
    0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A,
    0x5B9CCA4F, 0x682E6FF3, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208,
    0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static inline uint32_t rotated(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

static void plain_blocks(uint32_t state[8], const uint8_t *data, size_t blocks) {
  for (; blocks > 0; blocks--, data += 64) {
    uint32_t w[64];
    for (int t = 0; t < 16; t++) {
      uint32_t word;
      memcpy(&word, data + 4 * t, 4);
      w[t] = __builtin_bswap32(word);
    }
    for (int t = 16; t < 64; t++) {
      uint32_t x = w[t - 15], y = w[t - 2];
      uint32_t sigma0 = rotated(x, 7) ^ rotated(x, 18) ^ x >> 3;
      uint32_t sigma1 = rotated(y, 17) ^ rotated(y, 19) ^ y >> 10;
      w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
      uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
      uint32_t sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      uint32_t sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      uint32_t t1 = h + sum1 + choice + round_constants[t] + w[t];
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + sum0 + majority;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

#if defined(__x86_64__) && defined(__linux__)
// The instructions keep the state as (A, B, E, F) and (C, D, G, H), highest lane first, and do two rounds each.
__attribute__((target("sha,sse4.1"))) static void sha_blocks(uint32_t state[8], const uint8_t *data, size_t blocks) {
  const __m128i swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  __m128i abef = _mm_set_epi32((int)state[0], (int)state[1], (int)state[4], (int)state[5]);
  __m128i cdgh = _mm_set_epi32((int)state[2], (int)state[3], (int)state[6], (int)state[7]);
  for (; blocks > 0; blocks--, data += 64) {
    __m128i w[4], first = abef, second = cdgh;
    for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)data + i), swap);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      __m128i k = _mm_add_epi32(w[i & 3], _mm_loadu_si128((const __m128i *)round_constants + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0E));
      if (i >= 12) continue;
      // The words t + 16 to t + 19 take the place of t to t + 3.
      __m128i sum = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
      sum = _mm_add_epi32(sum, _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4));
      w[i & 3] = _mm_sha256msg2_epu32(sum, w[(i + 3) & 3]);
    }
    abef = _mm_add_epi32(abef, first);
    cdgh = _mm_add_epi32(cdgh, second);
  }
  uint32_t words[8];
  _mm_storeu_si128((__m128i *)words, abef);
  _mm_storeu_si128((__m128i *)words + 1, cdgh);
  state[0] = words[3], state[1] = words[2], state[2] = words[7], state[3] = words[6];
  state[4] = words[1], state[5] = words[0], state[6] = words[5], state[7] = words[4];
}
#endif

void tfconv_sha256_blocks(uint32_t state[8], const void *data, size_t blocks, int plain) {
#if defined(__x86_64__) && defined(__linux__)
  if (!plain && __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1")) {
    sha_blocks(state, data, blocks);
    return;
  }
#endif
  plain_blocks(state, data, blocks);
}
