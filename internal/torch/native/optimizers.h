// Optimizers, as in torch.optim: all parameters are updated by one call of a
// fused kernel, or by two where some are spared from weight decay.
//
// An update works on the device alone, and reads nothing from there, so that a
// GPU can record it. The learning rate is recorded as it is at that time.
#pragma once

#include <memory>
#include <vector>

#include <ATen/ATen.h>

namespace aeprobe {

// Decay takes a share of each weight off it, times the learning rate. It spares
// parameters of one dimension, if spare is set: biases, and the weights of norms.
struct Decay {
  double rate;
  bool spare;
};

class Optimizer {
public:
  // states is how many tensors the next step depends on for each parameter.
  Optimizer(std::vector<at::Tensor> parameters, double learning_rate, size_t parts, Decay, size_t states);
  virtual ~Optimizer() = default;

  // back_propagate computes the gradient of share * loss for a part of the next
  // step's loss. Parts may run on several threads at once.
  void back_propagate(size_t part, const at::Tensor &loss, double share);
  // update takes a step along the sum of the first parts' gradients.
  void update(size_t parts);

  double learning_rate;
  // states by kind, then by parameter; zeros at first.
  std::vector<std::vector<at::Tensor>> states;

protected:
  using Tensors = std::vector<at::Tensor>;
  std::vector<at::Tensor> parameters;

private:
  // A group has one weight decay; members are places among the parameters.
  struct Group {
    double weight_decay;
    std::vector<size_t> members;
    Tensors of(const Tensors &all) const;
  };
  std::vector<Group> groups;
  std::vector<Tensors> gradients; // of each part of the next step's loss

  virtual void begin() {}
  // step updates some of the parameters, given their states by kind.
  virtual void step(Tensors parameters, Tensors gradients, std::vector<Tensors> states, double weight_decay) = 0;
};

// Adam has PyTorch's defaults: beta 0.9 and 0.999, epsilon 1e-8. Its states are
// the running averages of the gradient and of its square. Weight decay is L2, or
// decoupled, as in AdamW.
class Adam : public Optimizer {
public:
  Adam(std::vector<at::Tensor> parameters, double learning_rate, size_t parts, Decay, bool decoupled);

  at::Tensor steps; // taken so far, a float32 scalar

private:
  bool decoupled;
  void begin() override;
  void step(Tensors parameters, Tensors gradients, std::vector<Tensors> states, double weight_decay) override;
};

// SGD's state, if it has momentum, is the velocity. Weight decay is L2.
class SGD : public Optimizer {
public:
  SGD(std::vector<at::Tensor> parameters, double learning_rate, size_t parts, Decay, double momentum, bool nesterov);

private:
  double momentum;
  bool nesterov;
  void step(Tensors parameters, Tensors gradients, std::vector<Tensors> states, double weight_decay) override;
};

} // namespace aeprobe
