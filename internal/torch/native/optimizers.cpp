#include "optimizers.h"

#include <utility>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

namespace aeprobe {

Optimizer::Optimizer(std::vector<at::Tensor> all, double learning_rate, size_t parts, Decay decay, size_t kinds)
    : learning_rate(learning_rate), states(kinds), parameters(std::move(all)), gradients(parts) {
  Group decayed{decay.rate, {}}, spared{0, {}};
  for (size_t i = 0; i < parameters.size(); i++) {
    const bool spare = decay.rate != 0 && decay.spare && parameters[i].dim() < 2;
    (spare ? spared : decayed).members.push_back(i);
    for (Tensors &kind : states) kind.push_back(at::zeros_like(parameters[i], at::MemoryFormat::Preserve).detach());
  }
  if (!decayed.members.empty()) groups.push_back(decayed);
  if (!spared.members.empty()) groups.push_back(spared);
}

Optimizer::Tensors Optimizer::Group::of(const Tensors &all) const {
  Tensors some;
  some.reserve(members.size());
  for (size_t i : members) some.push_back(all[i]);
  return some;
}

void Optimizer::back_propagate(size_t part, const at::Tensor &loss, double share) {
  Tensors outside;
  if (share != 1) outside.push_back(at::full_like(loss, share));
  Tensors now = torch::autograd::grad({loss}, parameters, outside);
  at::NoGradGuard no_grad;
  // The fused kernels walk raw memory: a gradient laid out in another order than
  // its parameter would be applied to the wrong weights.
  for (size_t i = 0; i < now.size(); i++) {
    if (now[i].strides() != parameters[i].strides()) now[i] = at::empty_like(parameters[i]).copy_(now[i]);
  }
  gradients.at(part) = std::move(now);
}

void Optimizer::update(size_t parts) {
  at::NoGradGuard no_grad;
  Tensors sum = std::move(gradients.at(0));
  for (size_t part = 1; part < parts; part++) at::_foreach_add_(sum, gradients.at(part));
  begin();
  for (const Group &g : groups) {
    std::vector<Tensors> of_group;
    for (const Tensors &kind : states) of_group.push_back(g.of(kind));
    step(g.of(parameters), g.of(sum), std::move(of_group), g.weight_decay);
  }
}

Adam::Adam(std::vector<at::Tensor> all, double learning_rate, size_t parts, Decay decay, bool decoupled)
    : Optimizer(std::move(all), learning_rate, parts, decay, 2), decoupled(decoupled) {
  // All parameters are updated together, so they share one count of steps.
  steps = at::zeros({}, at::TensorOptions(at::kFloat).device(parameters.at(0).device()));
}

void Adam::begin() { steps.add_(1); }

void Adam::step(Tensors some, Tensors along, std::vector<Tensors> moments, double weight_decay) {
  const Tensors counts(some.size(), steps);
  const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  if (decoupled)
    at::_fused_adamw_(some, along, moments[0], moments[1], {}, counts, learning_rate, beta1, beta2, weight_decay, epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  else
    at::_fused_adam_(some, along, moments[0], moments[1], {}, counts, learning_rate, beta1, beta2, weight_decay, epsilon,
                     /*amsgrad=*/false, /*maximize=*/false);
}

SGD::SGD(std::vector<at::Tensor> all, double learning_rate, size_t parts, Decay decay, double momentum, bool nesterov)
    : Optimizer(std::move(all), learning_rate, parts, decay, momentum != 0), momentum(momentum), nesterov(nesterov) {}

// PyTorch's first velocity is the gradient, which is what one of zero becomes: no
// step needs to know that it is the first.
void SGD::step(Tensors some, Tensors along, std::vector<Tensors> velocities, double weight_decay) {
  at::_fused_sgd_(some, along, momentum != 0 ? velocities[0] : Tensors(), weight_decay, momentum, learning_rate,
                  /*dampening=*/0, nesterov, /*maximize=*/false, /*is_first_step=*/false);
}

} // namespace aeprobe
