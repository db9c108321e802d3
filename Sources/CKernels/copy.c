// Strided copies: rows that lie together move as they are, transpositions go through square blocks in registers.
#include "CKernels.h"
#include "dispatch.h"

#include <string.h>

// Copies element by element, in blocks small enough for the first-level cache.
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

// Sixteen elements in one or more registers.
typedef uint16_t lanes_uint16_t __attribute__((vector_size(32)));
typedef uint32_t lanes_uint32_t __attribute__((vector_size(64)));
#define SIDE 16
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// A transposition: the source is dense along the rows (sr = 1), the destination along the columns (dc = 1). Interleaving
// the first half of sixteen registers with the second four times transposes them. What does not fill a square is copied
// element by element.
#define DEFINE_TRANSPOSE(TYPE)                                                                                         \
  CLONES static void transpose_##TYPE(const TYPE *source, ptrdiff_t sc, TYPE *destination, ptrdiff_t dr, size_t rows,  \
                                      size_t columns) {                                                                \
    size_t whole_rows = rows - rows % SIDE, whole_columns = columns - columns % SIDE;                                  \
    for (size_t c = 0; c < whole_columns; c += SIDE) {                                                                 \
      for (size_t r = 0; r < whole_rows; r += SIDE) {                                                                  \
        lanes_##TYPE a[SIDE], b[SIDE];                                                                                 \
        for (size_t i = 0; i < SIDE; i++)                                                                              \
          memcpy(&a[i], (const char *)(source + (ptrdiff_t)(c + i) * sc + (ptrdiff_t)r), sizeof a[i]);                 \
        for (size_t pass = 0; pass < 2; pass++) {                                                                      \
          for (size_t i = 0; i < SIDE / 2; i++) {                                                                      \
            b[2 * i] = LOW(a[i], a[i + SIDE / 2]);                                                                     \
            b[2 * i + 1] = HIGH(a[i], a[i + SIDE / 2]);                                                                \
          }                                                                                                            \
          for (size_t i = 0; i < SIDE / 2; i++) {                                                                      \
            a[2 * i] = LOW(b[i], b[i + SIDE / 2]);                                                                     \
            a[2 * i + 1] = HIGH(b[i], b[i + SIDE / 2]);                                                                \
          }                                                                                                            \
        }                                                                                                              \
        for (size_t i = 0; i < SIDE; i++)                                                                              \
          memcpy((char *)(destination + (ptrdiff_t)(r + i) * dr + (ptrdiff_t)c), &a[i], sizeof a[i]);                  \
      }                                                                                                                \
    }                                                                                                                  \
    copy_##TYPE(source + whole_rows, 1, sc, destination + (ptrdiff_t)whole_rows * dr, dr, 1, rows - whole_rows,        \
                columns);                                                                                              \
    copy_##TYPE(source + (ptrdiff_t)whole_columns * sc, 1, sc, destination + whole_columns, dr, 1, whole_rows,         \
                columns - whole_columns);                                                                              \
  }

DEFINE_TRANSPOSE(uint16_t)
DEFINE_TRANSPOSE(uint32_t)

void tfconv_copy_2d(const void *source, ptrdiff_t source_row, ptrdiff_t source_column, void *destination,
                    ptrdiff_t destination_row, ptrdiff_t destination_column, size_t rows, size_t columns,
                    size_t width) {
  if (source_column == 1 && destination_column == 1) {
    for (size_t r = 0; r < rows; r++)
      memcpy((char *)destination + (ptrdiff_t)r * destination_row * (ptrdiff_t)width,
             (const char *)source + (ptrdiff_t)r * source_row * (ptrdiff_t)width, columns * width);
    return;
  }
  if (source_row == 1 && destination_column == 1 && width == 4) {
    transpose_uint32_t(source, source_column, destination, destination_row, rows, columns);
    return;
  }
  if (source_row == 1 && destination_column == 1 && width == 2) {
    transpose_uint16_t(source, source_column, destination, destination_row, rows, columns);
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
