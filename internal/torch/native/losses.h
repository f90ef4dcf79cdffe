// Losses that are computed faster than libtorch does where this file's
// functions find their case, and by libtorch elsewhere.
#pragma once

#include <ATen/core/Tensor.h>

namespace aeprobe {

// As at::binary_cross_entropy of the logits' sigmoid where clamped is set, and
// as at::binary_cross_entropy_with_logits where it is not: the mean, with
// autograd.
at::Tensor binary_cross_entropy(const at::Tensor &logits, const at::Tensor &targets, bool clamped);

// As at::cross_entropy_loss of at::linear, the mean, with autograd: features
// are [N, in], weight [out, in], bias [out], labels int64 [N].
at::Tensor linear_cross_entropy(const at::Tensor &features, const at::Tensor &weight, const at::Tensor &bias,
                                const at::Tensor &labels);

} // namespace aeprobe
