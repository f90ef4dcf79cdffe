// Losses that are computed faster than libtorch does where this file's
// functions find their case, and by libtorch elsewhere.
#pragma once

#include <ATen/core/Tensor.h>

namespace aeprobe {

// As at::binary_cross_entropy_with_logits, the mean, with autograd.
at::Tensor binary_cross_entropy_with_logits(const at::Tensor &logits, const at::Tensor &targets);

} // namespace aeprobe
