// The product kernels in the vector widths that this kind of machine may have, and the choice among them.
#include "CKernels.h"
#include "dispatch.h"
#include "product_job.h"

static float number(const void *array, int type, size_t place) {
  float value;
  fetch(array, type, place, 1, &value);
  return value;
}

#define NAME(X) X##_16
#define TARGET
#define LANE_COUNT 4
#if defined(__aarch64__)
#define WIDENS_F16 1
#endif
#define HEIGHT 6
#include "product_kernels.h"

#if defined(__x86_64__)
#define NAME(X) X##_32
#define TARGET __attribute__((target("avx,avx2,fma,f16c,bmi,bmi2"), min_vector_width(256)))
#define LANE_COUNT 8
#define WIDENS_F16 1
#define HEIGHT 6
#include "product_kernels.h"

// Named feature by feature: the target x86-64-v4 would make the compiler prefer vectors of half the width.
#define NAME(X) X##_64
#define TARGET                                                                                                         \
  __attribute__((target("avx,avx2,fma,f16c,bmi,bmi2,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"), min_vector_width(512)))
#define LANE_COUNT 16
#define WIDENS_F16 1
#define HEIGHT 12
#include "product_kernels.h"
#endif

int tfconv_vector_bytes(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 64;
  if (__builtin_cpu_supports("x86-64-v3")) return 32;
#endif
  return 16;
}

const product_kernels *tfconv_product_kernels(int vector_bytes) {
#if defined(__x86_64__)
  if (vector_bytes >= 64) return &kernels_64;
  if (vector_bytes >= 32) return &kernels_32;
#endif
  return &kernels_16;
}
