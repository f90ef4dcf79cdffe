// Batches of images, of pixels that lie plane by plane.
#pragma once

#include <ATen/core/Tensor.h>

namespace aeprobe {

// The images that index, int64 [B], picks of pixels, uint8 [N, C, H, W]:
// float32 from 0 to 1, [B, C, H, W] in channels_last order. Both are on the
// same device.
at::Tensor images(const at::Tensor &pixels, const at::Tensor &index);

} // namespace aeprobe
