#include "images.h"

#include <array>

#include <ATen/ATen.h>

namespace aeprobe {
namespace {

// What each value of a pixel becomes: the same bits as a division's.
std::array<float, 256> shares_of_255() {
  std::array<float, 256> all;
  for (size_t value = 0; value < all.size(); value++) all[value] = static_cast<float>(value) / 255;
  return all;
}

// libtorch would make a copy of the picked bytes, cast them one by one as it
// changes their order, and then divide: three times as long.
void interleave(const uint8_t *planes, int64_t channels, int64_t size, float *out) {
  static const std::array<float, 256> share = shares_of_255();
  if (channels == 3) { // in a loop that the compiler knows the length of
    const uint8_t *red = planes, *green = planes + size, *blue = planes + 2 * size;
    for (int64_t at = 0; at < size; at++, out += 3) {
      out[0] = share[red[at]];
      out[1] = share[green[at]];
      out[2] = share[blue[at]];
    }
    return;
  }
  for (int64_t at = 0; at < size; at++)
    for (int64_t c = 0; c < channels; c++) *out++ = share[planes[c * size + at]];
}

} // namespace

at::Tensor images(const at::Tensor &pixels, const at::Tensor &index) {
  TORCH_CHECK(pixels.dim() == 4 && pixels.scalar_type() == at::kByte, "images of pixels of shape ", pixels.sizes(),
              " and type ", pixels.scalar_type());
  if (!pixels.is_cpu() || !pixels.is_contiguous())
    return pixels.index_select(0, index)
        .to(at::kFloat, /*non_blocking=*/false, /*copy=*/false, at::MemoryFormat::ChannelsLast)
        .div_(255);
  TORCH_CHECK(index.is_cpu() && index.dim() == 1 && index.scalar_type() == at::kLong, "indices of images of shape ",
              index.sizes(), " and type ", index.scalar_type());
  const at::Tensor indices = index.contiguous();
  const int64_t channels = pixels.size(1), size = pixels.size(2) * pixels.size(3);
  at::Tensor out = at::empty({indices.numel(), channels, pixels.size(2), pixels.size(3)}, at::TensorOptions(at::kFloat),
                             at::MemoryFormat::ChannelsLast);
  const uint8_t *from = pixels.const_data_ptr<uint8_t>();
  float *to = out.mutable_data_ptr<float>();
  for (int64_t k = 0; k < indices.numel(); k++, to += channels * size) {
    const int64_t i = indices.const_data_ptr<int64_t>()[k];
    TORCH_CHECK_INDEX(0 <= i && i < pixels.size(0), "image ", i, " of ", pixels.size(0));
    interleave(from + i * channels * size, channels, size, to);
  }
  return out;
}

} // namespace aeprobe
