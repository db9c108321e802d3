// Finds OpenBLAS when the first product is asked for, and chooses its kernels before it starts.
#include "CBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef void (*sgemm_function)(int, int, int, int, int, int, float, const float *, int, const float *, int, float,
                               float *, int);
typedef void (*sgemv_function)(int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

static struct {
  sgemm_function sgemm;
  sgemv_function sgemv;
  void (*set_threads)(int);
  char *(*core)(void);
  const char *name;
  char failure[512];
} blas;

static pthread_once_t once = PTHREAD_ONCE_INIT;

// OpenBLAS 0.3.21 falls back to its Haswell kernels on CPUs that it does not know, even where AVX-512 exists; naming the
// SkylakeX family, which needs no more than these features, doubles the speed of its products.
static void choose_kernels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
#endif
}

static void load(void) {
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libblas.so.3"};
  choose_kernels();
  const char *reason = NULL;
  char first[256] = "";
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) {
      blas.sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
      blas.sgemv = (sgemv_function)dlsym(library, "cblas_sgemv");
      if (blas.sgemm && blas.sgemv) {
        blas.set_threads = (void (*)(int))dlsym(library, "openblas_set_num_threads");
        blas.core = (char *(*)(void))dlsym(library, "openblas_get_corename");
        blas.name = names[i];
        return;
      }
      dlclose(library);
      reason = "the library has no cblas_sgemm and cblas_sgemv";
    } else {
      reason = dlerror();
    }
    if (!first[0]) snprintf(first, sizeof first, "%s", reason ? reason : "unknown reason");
  }
  snprintf(blas.failure, sizeof blas.failure,
           "OpenBLAS, which multiplies float32 matrices, cannot be loaded: %s; install it (Debian: apt-get install "
           "libopenblas0-pthread) or use float64 precision, which does not need it",
           first);
}

const char *tfconv_blas_load(void) {
  pthread_once(&once, load);
  return blas.name ? NULL : blas.failure;
}

const char *tfconv_blas_library(void) { return blas.name ? blas.name : ""; }

const char *tfconv_blas_core(void) { return blas.core ? blas.core() : ""; }

void tfconv_blas_set_threads(int threads) {
  if (blas.set_threads) blas.set_threads(threads);
}

void tfconv_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc) {
  blas.sgemm(TFCONV_ROW_MAJOR, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void tfconv_sgemv(int transpose, int m, int n, float alpha, const float *a, int lda, const float *x, float beta,
                  float *y) {
  blas.sgemv(TFCONV_ROW_MAJOR, transpose, m, n, alpha, a, lda, x, 1, beta, y, 1);
}
