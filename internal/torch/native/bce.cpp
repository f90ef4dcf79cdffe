#include "bce.h"
#include "losses.h"
#include "processor.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// mean_loss is the mean of the losses; gradient, where it is defined, gets its
// derivatives by the logits.
Tensor mean_loss(const Tensor &logits, const Tensor &targets, bool clamped, const Tensor &gradient) {
  static const bce_kernels *const here = OF_CAPABILITY(bce);
  bce_kernel *const kernel = clamped ? here->clamped : here->exact;
  const int64_t n = logits.numel();
  const double sum = kernel(n, logits.const_data_ptr<float>(), targets.const_data_ptr<float>(), 1.0f / n,
                            gradient.defined() ? gradient.mutable_data_ptr<float>() : nullptr);
  return at::scalar_tensor(sum / n, logits.options());
}

// The gradient is computed with the loss, for which most of its work is done.
struct BinaryCrossEntropy : torch::autograd::Function<BinaryCrossEntropy> {
  static Tensor forward(AutogradContext *ctx, const Tensor &logits, const Tensor &targets, bool clamped) {
    Tensor gradient = at::empty_like(logits);
    ctx->saved_data["gradient"] = gradient;
    return mean_loss(logits, targets, clamped, gradient);
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const Tensor gradient = ctx->saved_data["gradient"].toTensor();
    const float outside = gradients[0].item<float>();
    return {outside == 1 ? gradient : gradient * outside, {}, {}};
  }
};

} // namespace

namespace aeprobe {

Tensor binary_cross_entropy(const Tensor &logits, const Tensor &targets, bool clamped) {
  const auto plain = [](const Tensor &t) {
    return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.is_non_overlapping_and_dense();
  };
  const bool same = plain(logits) && plain(targets) && logits.numel() > 0 &&
                    logits.sizes() == targets.sizes() && logits.strides() == targets.strides() &&
                    !targets.requires_grad();
  if (!same && clamped) return at::binary_cross_entropy(logits.sigmoid(), targets);
  if (!same) return at::binary_cross_entropy_with_logits(logits, targets);
  if (at::GradMode::is_enabled() && logits.requires_grad()) return BinaryCrossEntropy::apply(logits, targets, clamped);
  return mean_loss(logits, targets, clamped, {});
}

} // namespace aeprobe
