// Which of the kernels that are compiled for several kinds of processors to use.
#pragma once

#include <string>

#include <ATen/Version.h>

namespace aeprobe {

// for_processor is the one for this processor as libtorch sees it, which
// ATEN_CPU_CAPABILITY can narrow; null where there is none.
template <typename T> T for_processor(T avx2, T avx512) {
#if defined(__x86_64__)
  const std::string capability = at::get_cpu_capability();
  if (capability == "AVX512") return avx512;
  if (capability == "AVX2") return avx2;
#endif
  return nullptr;
}

} // namespace aeprobe
