// Convolutions that are faster than oneDNN's on a CPU where the channels are
// few, and libtorch's own everywhere else.
#pragma once

#include <ATen/core/Tensor.h>

namespace aeprobe {

// As at::conv2d and at::conv_transpose2d, with autograd, and with a ReLU after
// them if relu is set. An undefined bias is none. They throw what those throw.
at::Tensor conv2d(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, int64_t stride,
                  int64_t padding, bool relu);
at::Tensor conv_transpose2d(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, int64_t stride,
                            int64_t padding, int64_t output_padding, bool relu);

} // namespace aeprobe
