#include "conv.h"
#include "conv_products.h"

#include <vector>

#include <torch/csrc/autograd/custom_function.h>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using namespace aeprobe;

Tensor channels_last(const Tensor &t) { return t.contiguous(at::MemoryFormat::ChannelsLast); }

Tensor images_like(const Tensor &t, int64_t channels, int64_t height, int64_t width) {
  return at::empty({t.size(0), channels, height, width}, t.options().memory_format(at::MemoryFormat::ChannelsLast));
}

// What backward needs: an input and the weight in channels_last order, and
// with a ReLU its output.
void save(AutogradContext *ctx, const Tensor &input, const Tensor &weight, const Tensor &output, int64_t stride,
          int64_t padding, bool relu) {
  ctx->save_for_backward(relu ? variable_list{input, weight, output} : variable_list{input, weight});
  ctx->saved_data["stride"] = stride, ctx->saved_data["padding"] = padding;
}

// The gradient of what the convolution itself put out, image by image: where
// there is a ReLU, the gradient of what that was given.
class OutputGradient {
public:
  OutputGradient(const variable_list &saved, const variable_list &gradients)
      : all(channels_last(gradients[0])), output(saved.size() == 3 ? saved[2] : Tensor()),
        one(output.defined() ? all.numel() / all.size(0) : 0) {}

  const Tensor &like() const { return all; }

  const float *operator[](int64_t n) {
    if (!output.defined()) return image(all, n);
    kernels()->relu_gradient(one.size(), image(output, n), image(all, n), one.data());
    return one.data();
  }

private:
  const Tensor all, output;
  std::vector<float> one;
};

struct Conv2d : torch::autograd::Function<Conv2d> {
  static Tensor forward(AutogradContext *ctx, const Tensor &input, const Tensor &weight_, const Tensor &bias,
                        int64_t stride, int64_t padding, bool relu) {
    const Tensor fine = channels_last(input), weight = channels_last(weight_);
    const int64_t kernel = weight.size(2);
    Tensor coarse = images_like(fine, weight.size(0), (fine.size(2) + 2 * padding - kernel) / stride + 1,
                                (fine.size(3) + 2 * padding - kernel) / stride + 1);
    const Geometry g(fine, coarse, weight, stride, padding);
    Padded padded(g);
    Gather gather(g, weight, bias, relu);
    for (int64_t n = 0; n < fine.size(0); n++) gather(padded(image(fine, n)), image(coarse, n));
    save(ctx, fine, weight, coarse, stride, padding, relu);
    return coarse;
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &fine = saved[0], &weight = saved[1];
    OutputGradient coarse(saved, gradients);
    const Geometry g(fine, coarse.like(), weight, ctx->saved_data["stride"].toInt(),
                     ctx->saved_data["padding"].toInt());
    const bool want_input = ctx->needs_input_grad(0), want_weight = ctx->needs_input_grad(1),
               want_bias = ctx->needs_input_grad(2);
    Tensor input_gradient = want_input ? at::empty_like(fine) : Tensor();
    Padded padded(g);
    Scatter scatter(g, weight);
    WeightGradient weight_gradient(g);
    BiasGradient bias_gradient(g.coarse_width, g.coarse_channels);
    for (int64_t n = 0; n < fine.size(0); n++) {
      const float *map = coarse[n];
      if (want_input) scatter(map, image(input_gradient, n));
      if (want_weight) weight_gradient.add(padded(image(fine, n)), map);
      if (want_bias) bias_gradient.add(map, g.coarse_height);
    }
    return {input_gradient, want_weight ? weight_gradient.like(weight) : Tensor(),
            want_bias ? bias_gradient.tensor() : Tensor(), {}, {}, {}};
  }
};

struct ConvTranspose2d : torch::autograd::Function<ConvTranspose2d> {
  static Tensor forward(AutogradContext *ctx, const Tensor &input, const Tensor &weight_, const Tensor &bias,
                        int64_t stride, int64_t padding, int64_t output_padding, bool relu) {
    const Tensor coarse = channels_last(input), weight = channels_last(weight_);
    const int64_t more = weight.size(2) + output_padding - 2 * padding;
    Tensor fine = images_like(coarse, weight.size(1), (coarse.size(2) - 1) * stride + more,
                              (coarse.size(3) - 1) * stride + more);
    const Geometry g(fine, coarse, weight, stride, padding);
    Scatter scatter(g, weight, bias, relu);
    for (int64_t n = 0; n < coarse.size(0); n++) scatter(image(coarse, n), image(fine, n));
    save(ctx, coarse, weight, fine, stride, padding, relu);
    return fine;
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &coarse = saved[0], &weight = saved[1];
    OutputGradient fine(saved, gradients);
    const Geometry g(fine.like(), coarse, weight, ctx->saved_data["stride"].toInt(),
                     ctx->saved_data["padding"].toInt());
    const bool want_input = ctx->needs_input_grad(0), want_weight = ctx->needs_input_grad(1),
               want_bias = ctx->needs_input_grad(2);
    Tensor input_gradient = want_input ? at::empty_like(coarse) : Tensor();
    Padded padded(g);
    Gather gather(g, weight);
    WeightGradient weight_gradient(g);
    BiasGradient bias_gradient(g.fine_width, g.fine_channels);
    for (int64_t n = 0; n < coarse.size(0); n++) {
      const float *one = fine[n], *patches = padded(one);
      if (want_input) gather(patches, image(input_gradient, n));
      if (want_weight) weight_gradient.add(patches, image(coarse, n));
      if (want_bias) bias_gradient.add(one, g.fine_height);
    }
    return {input_gradient, want_weight ? weight_gradient.like(weight) : Tensor(),
            want_bias ? bias_gradient.tensor() : Tensor(), {}, {}, {}, {}};
  }
};

// oneDNN is the faster where channels are many.
constexpr int64_t most_channels = 128;
// A padded image's floats are counted in an int.
constexpr int64_t longest_side = 1024;

// blocked reports whether oneDNN's own kernels fit a convolution: 3x3 without a
// stride, channels in whole blocks of 16, or an image's 3. There it takes half the
// time at 16 channels, and as long at 64 (libtorch 2.11.0, AVX2).
bool blocked(const Tensor &weight, int64_t stride) {
  return weight.size(2) == 3 && stride == 1 && weight.size(0) % 16 == 0 &&
         (weight.size(1) % 16 == 0 || weight.size(1) == 3);
}

// small reports whether the convolution is one of those that the kernels are
// made for, or one that oneDNN must not have: where strides leave pixels out
// of a 1x1 convolution of 2 to 2 or of 16 to 3 channels, its backward pass
// writes past its memory's end (libtorch 2.11.0, AVX2). What makes no sense is
// left to libtorch, which says so.
bool small(const Tensor &input, const Tensor &weight, const Tensor &bias, int64_t stride) {
  const auto plain = [](const Tensor &t, int64_t dimensions) {
    return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.dim() == dimensions && t.numel() > 0;
  };
  return plain(input, 4) && plain(weight, 4) && (!bias.defined() || plain(bias, 1)) &&
         weight.size(2) == weight.size(3) && weight.size(2) <= longest_side && input.size(2) <= longest_side &&
         input.size(3) <= longest_side &&
         ((weight.size(0) <= most_channels && weight.size(1) <= most_channels) || (weight.size(2) == 1 && stride > 1));
}

// A bias may be undefined: there is none then. autograd's functions have no word
// for that, so they are given one of zeros.
bool fits(const Tensor &bias, int64_t channels) { return !bias.defined() || bias.size(0) == channels; }
Tensor or_zeros(const Tensor &bias, int64_t channels) {
  return bias.defined() ? bias.contiguous() : at::zeros({channels});
}

} // namespace

namespace aeprobe {

Tensor conv2d(const Tensor &input, const Tensor &weight, const Tensor &bias, int64_t stride, int64_t padding,
              bool relu) {
  const bool sound = small(input, weight, bias, stride) && !blocked(weight, stride) && stride > 0 && stride <= longest_side && padding >= 0 &&
                     padding <= longest_side && input.size(1) == weight.size(1) && fits(bias, weight.size(0)) &&
                     input.size(2) + 2 * padding >= weight.size(2) && input.size(3) + 2 * padding >= weight.size(2);
  if (sound) return Conv2d::apply(input, weight, or_zeros(bias, weight.size(0)), stride, padding, relu);
  const Tensor out = at::conv2d(input, weight, bias, stride, padding);
  return relu ? out.relu() : out;
}

Tensor conv_transpose2d(const Tensor &input, const Tensor &weight, const Tensor &bias, int64_t stride, int64_t padding,
                        int64_t output_padding, bool relu) {
  const auto length = [&](int64_t in) {
    return (in - 1) * stride - 2 * padding + weight.size(2) + output_padding;
  };
  const bool sound = small(input, weight, bias, stride) && stride > 0 && padding >= 0 && output_padding >= 0 &&
                     output_padding < stride && input.size(1) == weight.size(0) && fits(bias, weight.size(1)) &&
                     length(input.size(2)) > 0 && length(input.size(3)) > 0 &&
                     length(input.size(2)) <= longest_side && length(input.size(3)) <= longest_side;
  if (sound)
    return ConvTranspose2d::apply(input, weight, or_zeros(bias, weight.size(1)), stride, padding, output_padding, relu);
  const Tensor out = at::conv_transpose2d(input, weight, bias, stride, padding, output_padding);
  return relu ? out.relu() : out;
}

} // namespace aeprobe
