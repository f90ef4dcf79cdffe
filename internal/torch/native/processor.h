// Which form of a kernel computes. The rules:
//
// ATEN_CPU_CAPABILITY, libtorch's own variable, chooses the form of libtorch's
// kernels and of ours: default, avx2 or avx512. Where it is not set, it is the
// widest that the processor has. It is read once in a process; processor.go
// refuses a value that is misspelt or that the processor does not have.
//
// Our convolutions and binary cross-entropy have each form, compiled from one
// source that knows no instructions, only vectors (vectors.h):
//
//   default  4 floats, of what every x86-64 processor has
//   avx2     8 floats, of AVX2 and FMA
//   avx512   16 floats, of AVX-512F
//
// So nothing here falls back on libtorch's kernels for want of instructions.
// Other architectures have the first alone. What has no vectors (images.cpp,
// cross_entropy.cpp) is compiled once, for every processor.
//
// oneDNN and MKL, within libtorch, have variables of their own, which
// processor.go sets to what this one says.
#pragma once

#include <string>

namespace aeprobe {

enum class Capability { plain, avx2, avx512 };

// capability is the one in force.
Capability capability();

// capabilities are the values of ATEN_CPU_CAPABILITY that this processor has,
// the narrowest first, with a space between them.
std::string capabilities();

template <typename T> const T *of_capability(const T *plain, const T *avx2, const T *avx512) {
  switch (capability()) {
  case Capability::avx512: return avx512;
  case Capability::avx2: return avx2;
  default: return plain;
  }
}

} // namespace aeprobe

// OF_CAPABILITY(name) is name_default, name_avx2 or name_avx512's address.
#if defined(__x86_64__)
#define OF_CAPABILITY(name) aeprobe::of_capability(&name##_default, &name##_avx2, &name##_avx512)
#else
#define OF_CAPABILITY(name) (&name##_default)
#endif
