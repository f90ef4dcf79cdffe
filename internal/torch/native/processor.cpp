#include "processor.h"

#include <ATen/Version.h>

namespace aeprobe {

Capability capability() {
  static const Capability here = [] {
    const std::string name = at::get_cpu_capability();
    if (name == "AVX512") return Capability::avx512;
    return name == "AVX2" ? Capability::avx2 : Capability::plain;
  }();
  return here;
}

// libtorch asks for the same, and for the same instructions: more of AVX-512
// than our kernels use.
std::string capabilities() {
  std::string all = "default";
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return all;
  all += " avx2";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq"))
    all += " avx512";
#endif
  return all;
}

} // namespace aeprobe
