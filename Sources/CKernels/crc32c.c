// CRC-32C (Castagnoli, RFC 3720 appendix B.4), which TensorFlow's checkpoints use: by the processor's instruction where it
// has one, otherwise by a table of eight bytes at a time.
#include "CKernels.h"
#include "dispatch.h"

#include <string.h>

static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
    table[0][i] = crc;
  }
  for (int k = 1; k < 8; k++)
    for (uint32_t i = 0; i < 256; i++) table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
}

static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t count) {
  for (; count >= 8; count -= 8, p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    word ^= crc;
    crc = 0;
    for (int k = 0; k < 8; k++) crc ^= table[7 - k][word >> 8 * k & 255];
  }
  for (; count > 0; count--, p++) crc = crc >> 8 ^ table[0][(crc ^ *p) & 255];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t count) {
  uint64_t wide = crc;
  for (; count >= 8; count -= 8, p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = (uint32_t)wide;
  for (; count > 0; count--, p++) crc = __builtin_ia32_crc32qi(crc, *p);
  return crc;
}
#endif

uint32_t tfconv_crc32c(uint32_t crc, const void *data, size_t count) {
  crc = ~crc;
#if defined(__x86_64__)
  // Every processor with vectors of 32 bytes has the instruction.
  if (tfconv_vector_bytes() >= 32) return ~by_instruction(crc, data, count);
#endif
  return ~by_table(crc, data, count);
}
