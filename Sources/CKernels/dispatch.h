// Run-time dispatch of the SIMD loops: on x86-64 each marked function is compiled three times and the machine's best
// version is chosen when the program starts; elsewhere the compiler's base line is already SIMD.
#ifndef TFCONV_DISPATCH_H
#define TFCONV_DISPATCH_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
// The versions are chosen before a sanitizer's run-time library is ready, and its calls in the choosing code crash.
#define TFCONV_SANITIZED
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(TFCONV_SANITIZED)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

// Before a loop whose iterations each read and write one place, which may be the same: without it, a loop that works in
// place would run element by element. The number is that of elements in the widest vectors; the compiler on its own would
// keep to half of it.
#define ELEMENTWISE(COUNT) _Pragma(ELEMENTWISE_TEXT(clang loop vectorize(assume_safety) vectorize_width(COUNT)))
#define ELEMENTWISE_TEXT(TEXT) #TEXT

// For the small functions that the marked loops call: they must become part of each version.
#define INLINE static inline __attribute__((always_inline))

// Independent partial sums of a reduction. The order of additions is fixed by this number, not by the machine.
#define LANES 16

#endif
