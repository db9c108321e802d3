// The activation functions, correctly rounded in all but rare cases: each element is computed in double precision, eight
// to a vector, with relative errors around 1e-10, and rounded once.
#include "CKernels.h"
#include "dispatch.h"

#include <string.h>

// e^x for |x| <= 700: x = n ln 2 + r, a polynomial for e^r, and n added to the exponent. The large constant moves n into
// the low bits of the sum. NaN stays NaN.
INLINE double exponential(double x) {
  double shifted = x * 0x1.71547652b82fep0 + 0x1.8p52;
  double r = x - (shifted - 0x1.8p52) * 0x1.62e42fefa39efp-1;
  double p = 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 1.0 / 2;
  p = p * r + 1.0;
  p = p * r + 1.0;
  uint64_t bits;
  memcpy(&bits, &shifted, 8);
  bits = (bits << 52) + (1023ull << 52);
  double power;
  memcpy(&power, &bits, 8);
  return p * power;
}

INLINE double bounded(double x, double limit) {
  double low = x < -limit ? -limit : x;
  return low > limit ? limit : low;
}

// The probability that a standard normal variable is below -z, for z >= 0, with a relative error below 1e-9 up to z = 14.8,
// where it leaves the range of float32. erfc(y) = t exp(-y^2) P(t) with t = 1 / (1 + y / 2); P interpolates
// exp(y^2) erfc(y) / t at the twelve Chebyshev nodes of 0.16 <= t <= 1.
INLINE double normal_tail(double z) {
  double y = z * 0x1.6a09e667f3bcdp-1;
  double t = 1 / (1 + y * 0.5);
  double p = -0x1.04fb16433df64p-5;
  p = p * t + 0x1.e453c87f62091p-3;
  p = p * t - 0x1.8051c805d3dfep-1;
  p = p * t + 0x1.4a6c7f29d013cp+0;
  p = p * t - 0x1.3e8c3ed6f578cp+0;
  p = p * t + 0x1.502b233f90d46p-1;
  p = p * t - 0x1.30048b1ac684ap-2;
  p = p * t + 0x1.558377c09f2f2p-3;
  p = p * t + 0x1.483ca8044f1a4p-3;
  p = p * t + 0x1.fda136f6cf289p-3;
  p = p * t + 0x1.20b6f38af30fcp-2;
  p = p * t + 0x1.20deb2fab3c4ep-2;
  return 0.5 * t * p * exponential(bounded(-0.5 * z * z, 700));
}

INLINE double relu(double x) { return x > 0 || x != x ? x : 0; }

INLINE double gelu_erf(double x) {
  double tail = normal_tail(x < 0 ? -x : x);
  return x * (x < 0 ? tail : 1 - tail);
}

INLINE double gelu_10(double x) { return bounded(gelu_erf(x), 10); }

INLINE double sigmoid(double x) { return 1 / (1 + exponential(bounded(-x, 700))); }

INLINE double quick_gelu(double x) { return x / (1 + exponential(bounded(-1.702 * x, 700))); }

// tanh(ln(1 + e)) = e (e + 2) / (e (e + 2) + 2) with e = exp(x).
INLINE double mish(double x) {
  double e = exponential(bounded(x, 300)), w = e * (e + 2);
  return x * w / (w + 2);
}

INLINE double relu6(double x) { return x < 0 ? 0 : x > 6 ? 6 : x; }

INLINE double hard_swish(double x) { return x * relu6(x + 3) / 6; }

INLINE double relu2(double x) { return x < 0 ? 0 : x * x; }

INLINE double leaky_relu(double x) { return x < 0 ? 0.01 * x : x; }

INLINE double laplace(double x) {
  double z = (x - 0.707107) / 0.282095;
  double tail = normal_tail(z < 0 ? -z : z);
  return z < 0 ? tail : 1 - tail;
}

INLINE double silu(double x) { return x / (1 + exponential(bounded(-x, 700))); }

// x / 2 (1 + tanh u) = x / (1 + exp(-2u)).
INLINE double gelu_tanh(double x) {
  double u = 0x1.9884533d43651p-1 * (x + 0.044715 * x * x * x);
  return x / (1 + exponential(bounded(-2 * u, 700)));
}

// (1 - q) / (1 + q) with q = exp(-2|x|); its series near zero, where the difference would cancel.
INLINE double hyperbolic_tangent(double x) {
  double magnitude = x < 0 ? -x : x, square = x * x;
  double q = exponential(bounded(-2 * magnitude, 700));
  double quotient = (1 - q) / (1 + q);
  double series = x * (1 + square * (-1.0 / 3 + square * (2.0 / 15 - square * (17.0 / 315))));
  return magnitude < 0.02 ? series : x < 0 ? -quotient : quotient;
}

#define DEFINE_ACTIVATION(NAME, FUNCTION)                                                                              \
  CLONES void tfconv_##NAME(const float *x, float *y, size_t count) {                                                  \
    ELEMENTWISE(8)                                                                                                     \
    for (size_t i = 0; i < count; i++) y[i] = (float)FUNCTION((double)x[i]);                                           \
  }

DEFINE_ACTIVATION(relu, relu)
DEFINE_ACTIVATION(gelu_erf, gelu_erf)
DEFINE_ACTIVATION(gelu_tanh, gelu_tanh)
DEFINE_ACTIVATION(gelu_10, gelu_10)
DEFINE_ACTIVATION(quick_gelu, quick_gelu)
DEFINE_ACTIVATION(silu, silu)
DEFINE_ACTIVATION(mish, mish)
DEFINE_ACTIVATION(hard_swish, hard_swish)
DEFINE_ACTIVATION(relu6, relu6)
DEFINE_ACTIVATION(relu2, relu2)
DEFINE_ACTIVATION(leaky_relu, leaky_relu)
DEFINE_ACTIVATION(tanh, hyperbolic_tangent)
DEFINE_ACTIVATION(sigmoid, sigmoid)
DEFINE_ACTIVATION(laplace, laplace)
