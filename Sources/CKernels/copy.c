// Strided copies: rows that lie together move as they are, transpositions go through small square blocks.
#include "CKernels.h"
#include "dispatch.h"

#include <string.h>

#define BLOCK 32

#define DEFINE_COPY(TYPE)                                                                                              \
  CLONES static void copy_##TYPE(const TYPE *source, ptrdiff_t sr, ptrdiff_t sc, TYPE *destination, ptrdiff_t dr,      \
                                 ptrdiff_t dc, size_t rows, size_t columns) {                                          \
    for (size_t r0 = 0; r0 < rows; r0 += BLOCK) {                                                                      \
      size_t r1 = r0 + BLOCK < rows ? r0 + BLOCK : rows;                                                               \
      for (size_t c0 = 0; c0 < columns; c0 += BLOCK) {                                                                 \
        size_t c1 = c0 + BLOCK < columns ? c0 + BLOCK : columns;                                                       \
        for (size_t r = r0; r < r1; r++)                                                                               \
          for (size_t c = c0; c < c1; c++)                                                                             \
            memcpy((char *)(destination + (ptrdiff_t)r * dr + (ptrdiff_t)c * dc),                                      \
                   (const char *)(source + (ptrdiff_t)r * sr + (ptrdiff_t)c * sc), sizeof(TYPE));                      \
      }                                                                                                                \
    }                                                                                                                  \
  }

DEFINE_COPY(uint8_t)
DEFINE_COPY(uint16_t)
DEFINE_COPY(uint32_t)
DEFINE_COPY(uint64_t)

void tfconv_copy_2d(const void *source, ptrdiff_t source_row, ptrdiff_t source_column, void *destination,
                    ptrdiff_t destination_row, ptrdiff_t destination_column, size_t rows, size_t columns,
                    size_t width) {
  if (source_column == 1 && destination_column == 1) {
    for (size_t r = 0; r < rows; r++)
      memcpy((char *)destination + (ptrdiff_t)r * destination_row * (ptrdiff_t)width,
             (const char *)source + (ptrdiff_t)r * source_row * (ptrdiff_t)width, columns * width);
    return;
  }
#define CASE(BYTES, TYPE)                                                                                              \
  case BYTES:                                                                                                          \
    copy_##TYPE(source, source_row, source_column, destination, destination_row, destination_column, rows, columns);   \
    break;
  switch (width) {
    CASE(1, uint8_t)
    CASE(2, uint16_t)
    CASE(4, uint32_t)
    CASE(8, uint64_t)
  }
}
