#include "losses.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// softmax_loss returns the mean cross-entropy of logits [N, classes], which
// become its derivatives by them.
double softmax_loss(Tensor &logits, const Tensor &labels) {
  const int64_t n = logits.size(0), classes = logits.size(1);
  float *row = logits.mutable_data_ptr<float>();
  const int64_t *label = labels.const_data_ptr<int64_t>();
  double loss = 0;
  for (int64_t i = 0; i < n; i++, row += classes) {
    TORCH_CHECK_INDEX(label[i] >= 0 && label[i] < classes, "Target ", label[i], " is out of bounds.");
    const float greatest = *std::max_element(row, row + classes), own = row[label[i]];
    float sum = 0;
    for (int64_t c = 0; c < classes; c++) sum += row[c] = std::exp(row[c] - greatest);
    loss += std::log(sum) + greatest - own;
    for (int64_t c = 0; c < classes; c++) row[c] /= sum * n;
    row[label[i]] -= 1.0f / n;
  }
  return loss / n;
}

// One node of back-propagation for the layer, the softmax and the loss: for as
// small a classifier, what autograd does around each costs more than the
// computing.
struct LinearCrossEntropy : torch::autograd::Function<LinearCrossEntropy> {
  static Tensor forward(AutogradContext *ctx, const Tensor &features, const Tensor &weight, const Tensor &bias,
                        const Tensor &labels) {
    const at::AutoDispatchBelowADInplaceOrView below;
    Tensor logits = at::addmm(bias, features, weight.t());
    const double loss = softmax_loss(logits, labels);
    ctx->save_for_backward({features, weight, logits});
    return at::scalar_tensor(loss, features.options());
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &features = saved[0], &weight = saved[1];
    const float outside = gradients[0].item<float>();
    const Tensor by_logits = outside == 1 ? saved[2] : saved[2] * outside;
    return {ctx->needs_input_grad(0) ? at::mm(by_logits, weight) : Tensor(),
            ctx->needs_input_grad(1) ? at::mm(by_logits.t(), features) : Tensor(),
            ctx->needs_input_grad(2) ? by_logits.sum(0) : Tensor(), {}};
  }
};

} // namespace

namespace aeprobe {

Tensor linear_cross_entropy(const Tensor &features, const Tensor &weight, const Tensor &bias, const Tensor &labels) {
  const auto plain = [](const Tensor &t, int64_t dimensions, at::ScalarType type) {
    return t.device().is_cpu() && t.scalar_type() == type && t.dim() == dimensions && t.numel() > 0;
  };
  const bool sound = plain(features, 2, at::kFloat) && plain(weight, 2, at::kFloat) && plain(bias, 1, at::kFloat) &&
                     plain(labels, 1, at::kLong) && labels.is_contiguous() && features.size(1) == weight.size(1) &&
                     bias.size(0) == weight.size(0) && labels.size(0) == features.size(0);
  if (sound) return LinearCrossEntropy::apply(features, weight, bias, labels);
  return at::cross_entropy_loss(at::linear(features, weight, bias), labels);
}

} // namespace aeprobe
