// Looks for numbers that are not finite, by their bits alone: a block that holds none costs one comparison an element.
#include "CKernels.h"
#include "dispatch.h"

#include <string.h>

#define BLOCK 8192

#define MARKED(BITS)                                                                                                   \
  CLONES static uint##BITS##_t greatest_##BITS(const unsigned char *source, size_t count, uint##BITS##_t flip,         \
                                               uint##BITS##_t mask) {                                                  \
    uint##BITS##_t greatest = 0;                                                                                       \
    for (size_t i = 0; i < count; i++) {                                                                               \
      uint##BITS##_t bits;                                                                                             \
      memcpy(&bits, source + i * sizeof bits, sizeof bits);                                                            \
      bits = (bits ^ flip) & mask;                                                                                     \
      greatest = bits > greatest ? bits : greatest;                                                                    \
    }                                                                                                                  \
    return greatest;                                                                                                   \
  }                                                                                                                    \
  static size_t count_##BITS(const unsigned char *source, size_t count, uint##BITS##_t flip, uint##BITS##_t mask,      \
                             uint##BITS##_t least, size_t *first) {                                                    \
    size_t total = 0;                                                                                                  \
    for (size_t start = 0; start < count; start += BLOCK) {                                                            \
      size_t size = count - start < BLOCK ? count - start : BLOCK;                                                     \
      if (greatest_##BITS(source + start * (BITS / 8), size, flip, mask) < least) continue;                            \
      for (size_t i = start; i < start + size; i++) {                                                                  \
        if (greatest_##BITS(source + i * (BITS / 8), 1, flip, mask) < least) continue;                                 \
        if (total == 0) *first = i;                                                                                    \
        total++;                                                                                                       \
      }                                                                                                                \
    }                                                                                                                  \
    return total;                                                                                                      \
  }

MARKED(8)
MARKED(16)
MARKED(32)
MARKED(64)

size_t tfconv_count_marked(const void *source, size_t count, size_t width, uint64_t flip, uint64_t mask, uint64_t least,
                           size_t *first) {
  switch (width) {
  case 1: return count_8(source, count, (uint8_t)flip, (uint8_t)mask, (uint8_t)least, first);
  case 2: return count_16(source, count, (uint16_t)flip, (uint16_t)mask, (uint16_t)least, first);
  case 4: return count_32(source, count, (uint32_t)flip, (uint32_t)mask, (uint32_t)least, first);
  default: return count_64(source, count, flip, mask, least, first);
  }
}
