// The few OpenBLAS entry points that the runtime uses. The library is loaded on first use, so that commands that do not
// multiply matrices do not pay for it and the choice of its kernels can be made before it starts.
#ifndef TFCONV_CBLAS_H
#define TFCONV_CBLAS_H

// The integers of the CBLAS standard's enumerations CBLAS_ORDER and CBLAS_TRANSPOSE.
enum { TFCONV_ROW_MAJOR = 101, TFCONV_COLUMN_MAJOR = 102, TFCONV_NO_TRANSPOSE = 111, TFCONV_TRANSPOSE = 112 };

// Loads the library once. Returns NULL, or a sentence that says why it cannot be loaded and what to do. Thread-safe; the
// functions below may be called only after it has returned NULL.
const char *tfconv_blas_load(void);

// The file name under which the library was found.
const char *tfconv_blas_library(void);

// The CPU family whose kernels OpenBLAS uses, such as "SkylakeX"; an empty string if the library does not tell.
const char *tfconv_blas_core(void);

// Sets the number of threads of later products; does nothing if the library has no such call.
void tfconv_blas_set_threads(int threads);

// C = alpha op(A) op(B) + beta C, row-major, op(A) m x k and op(B) k x n: cblas_sgemm.
void tfconv_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc);

// y = alpha op(A) x + beta y, row-major, A m x n as stored: cblas_sgemv with increments of one.
void tfconv_sgemv(int transpose, int m, int n, float alpha, const float *a, int lda, const float *x, float beta,
                  float *y);

#endif
