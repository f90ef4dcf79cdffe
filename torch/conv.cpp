#include "conv.h"
#include "conv_shape.h"
#include "processor.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const conv_kernels *kernels() {
#if defined(__x86_64__)
  static const conv_kernels *here = aeprobe::for_processor(&conv_avx2, &conv_avx512);
  return here;
#else
  return nullptr;
#endif
}

int whole_vectors(int floats) { return (floats + kernels()->lanes - 1) / kernels()->lanes * kernels()->lanes; }

// A convolution's geometry, with what its kernels need of it.
struct Geometry : conv_shape {
  std::vector<int> offsets;

  // fine and coarse are [N, C, H, W].
  Geometry(const Tensor &fine, const Tensor &coarse, const Tensor &weight, int64_t stride_, int64_t padding_) {
    fine_channels = fine.size(1), fine_height = fine.size(2), fine_width = fine.size(3);
    coarse_channels = coarse.size(1), coarse_height = coarse.size(2), coarse_width = coarse.size(3);
    kernel = weight.size(2), stride = stride_, padding = padding_;
    pixels = coarse_height * coarse_width;
    run = kernel * fine_channels;
    // Where the stride leaves no patch for the last pixels, they still have a
    // place.
    padded_height = std::max(padding + fine_height, (coarse_height - 1) * stride + kernel);
    padded_pitch = std::max(padding + fine_width, (coarse_width - 1) * stride + kernel) * fine_channels;
    run_pitch = whole_vectors(run);
    coarse_pitch = whole_vectors(coarse_channels);
    offsets.reserve(pixels);
    for (int y = 0; y < coarse_height; y++)
      for (int x = 0; x < coarse_width; x++) offsets.push_back(y * stride * padded_pitch + x * stride * fine_channels);
  }

  int fine_size() const { return fine_height * fine_width * fine_channels; }
  int coarse_size() const { return pixels * coarse_channels; }
  int gradient_size() const { return coarse_channels * kernel * run_pitch; }
  int row_size() const { return fine_width * fine_channels; }

  // A padded image of zeros, and room for the last vector.
  std::vector<float> padded() const {
    return std::vector<float>(static_cast<size_t>(padded_height) * padded_pitch + kernels()->lanes);
  }
  const float *row(const std::vector<float> &padded, int y) const {
    return padded.data() + (padding + y) * padded_pitch + padding * fine_channels;
  }
  float *row(std::vector<float> &padded, int y) const {
    return padded.data() + (padding + y) * padded_pitch + padding * fine_channels;
  }

  void pad(const float *image, std::vector<float> &padded) const {
    for (int y = 0; y < fine_height; y++)
      std::memcpy(row(padded, y), image + y * row_size(), row_size() * sizeof(float));
  }

  // crop adds bias, a row of pixels long, to every row.
  void crop(const std::vector<float> &padded, const std::vector<float> &bias, float *image) const {
    for (int y = 0; y < fine_height; y++) {
      const float *from = row(padded, y);
      for (int i = 0; i < row_size(); i++) image[y * row_size() + i] = from[i] + bias[i];
    }
  }
};

// The weights as gather wants them, [kernel * run, coarse_pitch].
std::vector<float> gather_weights(const Geometry &g, const Tensor &weight) {
  const int patch = g.kernel * g.run;
  std::vector<float> packed(static_cast<size_t>(patch) * g.coarse_pitch);
  const float *from = weight.const_data_ptr<float>();
  for (int i = 0; i < patch; i++)
    for (int c = 0; c < g.coarse_channels; c++) packed[i * g.coarse_pitch + c] = from[c * patch + i];
  return packed;
}

// The weights as scatter wants them, [coarse_channels, kernel, run_pitch].
std::vector<float> scatter_weights(const Geometry &g, const Tensor &weight) {
  std::vector<float> packed(g.gradient_size());
  const float *from = weight.const_data_ptr<float>();
  for (int i = 0; i < g.coarse_channels * g.kernel; i++)
    std::memcpy(packed.data() + i * g.run_pitch, from + i * g.run, g.run * sizeof(float));
  return packed;
}

// count floats of values over and over, and zeros up to size; all zeros where
// there are no values.
std::vector<float> repeated(const Tensor &values, int count, int size) {
  std::vector<float> out(size);
  if (values.defined())
    for (int i = 0; i < count; i++) out[i] = values.const_data_ptr<float>()[i % values.size(0)];
  return out;
}

// ReLU, in place. What is not a number stays what it is.
void rectify(float *values, int count) {
  for (int i = 0; i < count; i++) values[i] = values[i] < 0 ? 0 : values[i];
}

// The gradient of what a ReLU was given, from that of its output.
Tensor rectified_gradient(const Tensor &gradient, const Tensor &output) {
  Tensor out = at::empty_like(gradient);
  const float *from = gradient.const_data_ptr<float>(), *sign = output.const_data_ptr<float>();
  float *to = out.mutable_data_ptr<float>();
  for (int64_t i = 0; i < gradient.numel(); i++) to[i] = sign[i] <= 0 ? 0 : from[i];
  return out;
}

void gather_images(const Geometry &g, const Tensor &fine, const Tensor &weight, const Tensor &bias, bool relu,
                   Tensor &coarse) {
  const std::vector<float> weights = gather_weights(g, weight);
  const std::vector<float> biases = repeated(bias, g.coarse_channels, g.coarse_pitch);
  const float *from = fine.const_data_ptr<float>();
  float *to = coarse.mutable_data_ptr<float>();
  std::vector<float> padded = g.padded();
  // Where whole vectors are not the map's channels, they need a place.
  std::vector<float> wide(g.coarse_pitch == g.coarse_channels ? 0 : static_cast<size_t>(g.pixels) * g.coarse_pitch);
  for (int64_t n = 0; n < fine.size(0); n++, to += g.coarse_size()) {
    g.pad(from + n * g.fine_size(), padded);
    kernels()->gather(g, g.offsets.data(), padded.data(), weights.data(), biases.data(),
                      wide.empty() ? to : wide.data());
    for (int i = 0; i < g.pixels && !wide.empty(); i++)
      std::memcpy(to + i * g.coarse_channels, wide.data() + i * g.coarse_pitch, g.coarse_channels * sizeof(float));
    if (relu) rectify(to, g.coarse_size());
  }
}

void scatter_images(const Geometry &g, const Tensor &coarse, const Tensor &weight, const Tensor &bias, bool relu,
                    Tensor &fine) {
  const std::vector<float> weights = scatter_weights(g, weight);
  const std::vector<float> biases = repeated(bias, g.row_size(), g.row_size());
  const float *from = coarse.const_data_ptr<float>();
  float *to = fine.mutable_data_ptr<float>();
  std::vector<float> padded = g.padded();
  for (int64_t n = 0; n < coarse.size(0); n++, to += g.fine_size()) {
    std::fill(padded.begin(), padded.end(), 0.0f);
    kernels()->scatter(g, g.offsets.data(), from + n * g.coarse_size(), weights.data(), padded.data());
    g.crop(padded, biases, to);
    if (relu) rectify(to, g.fine_size());
  }
}

// The weight's gradient, in its layout.
Tensor weight_gradient(const Geometry &g, const Tensor &fine, const Tensor &coarse, const Tensor &weight) {
  const float *image = fine.const_data_ptr<float>();
  const float *map = coarse.const_data_ptr<float>();
  std::vector<float> sum(g.gradient_size());
  std::vector<float> padded = g.padded();
  for (int64_t n = 0; n < fine.size(0); n++) {
    g.pad(image + n * g.fine_size(), padded);
    kernels()->weight_gradient(g, g.offsets.data(), padded.data(), map + n * g.coarse_size(), sum.data());
  }
  Tensor gradient = at::empty_like(weight);
  float *to = gradient.mutable_data_ptr<float>();
  for (int row = 0; row < g.coarse_channels * g.kernel; row++)
    std::memcpy(to + row * g.run, sum.data() + row * g.run_pitch, g.run * sizeof(float));
  return gradient;
}

// The sum over images and pixels of images, [N, C, H, W] in channels_last
// order. Sums run along whole rows, of which vectors can be made, and only
// then over a row's pixels.
Tensor channel_sums(const Tensor &images) {
  const int64_t channels = images.size(1), row = images.size(3) * channels;
  std::vector<float> sums(row);
  const float *from = images.const_data_ptr<float>();
  for (int64_t y = 0; y < images.size(0) * images.size(2); y++)
    for (int64_t i = 0; i < row; i++) sums[i] += from[y * row + i];
  Tensor out = at::zeros({channels}, images.options());
  for (int64_t i = 0; i < row; i++) out.mutable_data_ptr<float>()[i % channels] += sums[i];
  return out;
}

Tensor channels_last(const Tensor &t) { return t.contiguous(at::MemoryFormat::ChannelsLast); }

Tensor images_like(const Tensor &t, int64_t channels, int64_t height, int64_t width) {
  return at::empty({t.size(0), channels, height, width}, t.options().memory_format(at::MemoryFormat::ChannelsLast));
}

// The gradient of the convolution's own output, of which the saved tensors have
// the ReLU's where there is one.
Tensor output_gradient(const variable_list &saved, const variable_list &gradients) {
  const Tensor gradient = channels_last(gradients[0]);
  return saved.size() == 3 ? rectified_gradient(gradient, saved[2]) : gradient;
}

// What backward needs: an input and the weight in channels_last order, and
// with a ReLU its output.
void save(AutogradContext *ctx, const Tensor &input, const Tensor &weight, const Tensor &output, int64_t stride,
          int64_t padding, bool relu) {
  ctx->save_for_backward(relu ? variable_list{input, weight, output} : variable_list{input, weight});
  ctx->saved_data["stride"] = stride, ctx->saved_data["padding"] = padding;
}

struct Conv2d : torch::autograd::Function<Conv2d> {
  static Tensor forward(AutogradContext *ctx, const Tensor &input, const Tensor &weight_, const Tensor &bias,
                        int64_t stride, int64_t padding, bool relu) {
    const Tensor fine = channels_last(input), weight = channels_last(weight_);
    const int64_t kernel = weight.size(2);
    Tensor coarse = images_like(fine, weight.size(0), (fine.size(2) + 2 * padding - kernel) / stride + 1,
                                (fine.size(3) + 2 * padding - kernel) / stride + 1);
    gather_images(Geometry(fine, coarse, weight, stride, padding), fine, weight, bias, relu, coarse);
    save(ctx, fine, weight, coarse, stride, padding, relu);
    return coarse;
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &fine = saved[0], &weight = saved[1], coarse = output_gradient(saved, gradients);
    const Geometry g(fine, coarse, weight, ctx->saved_data["stride"].toInt(), ctx->saved_data["padding"].toInt());
    Tensor input_gradient;
    if (ctx->needs_input_grad(0)) {
      input_gradient = at::empty_like(fine);
      scatter_images(g, coarse, weight, {}, false, input_gradient);
    }
    return {input_gradient, ctx->needs_input_grad(1) ? weight_gradient(g, fine, coarse, weight) : Tensor(),
            ctx->needs_input_grad(2) ? channel_sums(coarse) : Tensor(), {}, {}, {}};
  }
};

struct ConvTranspose2d : torch::autograd::Function<ConvTranspose2d> {
  static Tensor forward(AutogradContext *ctx, const Tensor &input, const Tensor &weight_, const Tensor &bias,
                        int64_t stride, int64_t padding, int64_t output_padding, bool relu) {
    const Tensor coarse = channels_last(input), weight = channels_last(weight_);
    const int64_t more = weight.size(2) + output_padding - 2 * padding;
    Tensor fine = images_like(coarse, weight.size(1), (coarse.size(2) - 1) * stride + more,
                              (coarse.size(3) - 1) * stride + more);
    scatter_images(Geometry(fine, coarse, weight, stride, padding), coarse, weight, bias, relu, fine);
    save(ctx, coarse, weight, fine, stride, padding, relu);
    return fine;
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &coarse = saved[0], &weight = saved[1], fine = output_gradient(saved, gradients);
    const Geometry g(fine, coarse, weight, ctx->saved_data["stride"].toInt(), ctx->saved_data["padding"].toInt());
    Tensor input_gradient;
    if (ctx->needs_input_grad(0)) {
      input_gradient = at::empty_like(coarse);
      gather_images(g, fine, weight, {}, false, input_gradient);
    }
    return {input_gradient, ctx->needs_input_grad(1) ? weight_gradient(g, fine, coarse, weight) : Tensor(),
            ctx->needs_input_grad(2) ? channel_sums(fine) : Tensor(), {}, {}, {}, {}};
  }
};

// oneDNN is the faster where channels are many.
constexpr int64_t most_channels = 128;
// A padded image's floats are counted in an int.
constexpr int64_t longest_side = 1024;

// small reports whether the convolution is one of those that the kernels are
// made for, or one that oneDNN must not have: where strides leave pixels out
// of a 1x1 convolution of 2 to 2 or of 16 to 3 channels, its backward pass
// writes past its memory's end (libtorch 2.11.0, AVX2). What makes no sense is
// left to libtorch, which says so.
bool small(const Tensor &input, const Tensor &weight, const Tensor &bias, int64_t stride) {
  const auto plain = [](const Tensor &t, int64_t dimensions) {
    return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.dim() == dimensions && t.numel() > 0;
  };
  return kernels() != nullptr && plain(input, 4) && plain(weight, 4) && plain(bias, 1) &&
         weight.size(2) == weight.size(3) && weight.size(2) <= longest_side && input.size(2) <= longest_side &&
         input.size(3) <= longest_side &&
         ((weight.size(0) <= most_channels && weight.size(1) <= most_channels) || (weight.size(2) == 1 && stride > 1));
}

} // namespace

namespace aeprobe {

Tensor conv2d(const Tensor &input, const Tensor &weight, const Tensor &bias, int64_t stride, int64_t padding,
              bool relu) {
  const bool sound = small(input, weight, bias, stride) && stride > 0 && stride <= longest_side && padding >= 0 &&
                     padding <= longest_side && input.size(1) == weight.size(1) && bias.size(0) == weight.size(0) &&
                     input.size(2) + 2 * padding >= weight.size(2) && input.size(3) + 2 * padding >= weight.size(2);
  if (sound) return Conv2d::apply(input, weight, bias.contiguous(), stride, padding, relu);
  const Tensor out = at::conv2d(input, weight, bias, stride, padding);
  return relu ? out.relu() : out;
}

Tensor conv_transpose2d(const Tensor &input, const Tensor &weight, const Tensor &bias, int64_t stride, int64_t padding,
                        int64_t output_padding, bool relu) {
  const auto length = [&](int64_t in) {
    return (in - 1) * stride - 2 * padding + weight.size(2) + output_padding;
  };
  const bool sound = small(input, weight, bias, stride) && stride > 0 && padding >= 0 && output_padding >= 0 &&
                     output_padding < stride && input.size(1) == weight.size(0) && bias.size(0) == weight.size(1) &&
                     length(input.size(2)) > 0 && length(input.size(3)) > 0 &&
                     length(input.size(2)) <= longest_side && length(input.size(3)) <= longest_side;
  if (sound) return ConvTranspose2d::apply(input, weight, bias.contiguous(), stride, padding, output_padding, relu);
  const Tensor out = at::conv_transpose2d(input, weight, bias, stride, padding, output_padding);
  return relu ? out.relu() : out;
}

} // namespace aeprobe
