#include "aeprobe_torch.h"
#include "conv.h"

#include <dlfcn.h>
#include <malloc.h>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include "guard.h"
#include "images.h"
#include "losses.h"
#include "optimizers.h"
#include "processor.h"

namespace {

at::Tensor &tensor(aep_tensor t) { return *static_cast<at::Tensor *>(t); }

// An undefined tensor stands for one that there is not.
at::Tensor optional(aep_tensor t) { return t == nullptr ? at::Tensor() : tensor(t); }

at::Generator &generator(aep_generator g) { return *static_cast<at::Generator *>(g); }

aep_tensor give(at::Tensor t) { return new at::Tensor(std::move(t)); }

aeprobe::Optimizer &optimizer(aep_optimizer o) { return *static_cast<aeprobe::Optimizer *>(o); }

std::vector<at::Tensor> tensors(aep_tensor *all, size_t count) {
  std::vector<at::Tensor> made;
  for (size_t i = 0; i < count; i++) made.push_back(tensor(all[i]));
  return made;
}

} // namespace

extern "C" {

const char *aep_version(void) { return TORCH_VERSION; }

char *aep_set_threads(int threads) {
  return guard([&] { at::set_num_threads(threads); });
}

int aep_flush_denormals(void) { return at::globalContext().setFlushDenormal(true); }

// What a step frees, the next one takes again: a batch of 128 images some 12 MB, in
// ResNet-20 half a gigabyte. 32 MB is as much as glibc takes from the heap.
void aep_keep_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void aep_give_memory_back(void) { malloc_trim(0); }

int aep_set_grad_enabled(int enabled) {
  bool was = at::GradMode::is_enabled();
  at::GradMode::set_enabled(enabled);
  return was;
}

char *aep_capability(void) { return strdup(at::get_cpu_capability().c_str()); }

char *aep_capabilities(void) { return strdup(aeprobe::capabilities().c_str()); }

char *aep_load_library(const char *path) {
  if (dlopen(path, RTLD_NOW | RTLD_GLOBAL) != nullptr) return nullptr;
  const char *why = dlerror();
  return strdup(why ? why : "unknown reason");
}

// Without the CUDA backend loaded there are no hooks, and the count is 0.
int aep_cuda_device_count(void) {
  try {
    return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
  } catch (...) {
    return 0;
  }
}

void aep_set_tf32(int on) {
  at::globalContext().setAllowTF32CuDNN(on);
  at::globalContext().setAllowTF32CuBLAS(on);
}

void aep_deterministic_cudnn(void) { at::globalContext().setDeterministicCuDNN(true); }

char *aep_generator_new(uint64_t seed, aep_generator *out) {
  return guard([&] { *out = new at::Generator(at::detail::createCPUGenerator(seed)); });
}

void aep_generator_free(aep_generator g) { delete static_cast<at::Generator *>(g); }

char *aep_generator_state_size(aep_generator g, size_t *size) {
  return guard([&] { *size = generator(g).get_state().numel(); });
}

char *aep_generator_state(aep_generator g, uint8_t *state, size_t size) {
  return guard([&] {
    at::Tensor now = generator(g).get_state();
    if (static_cast<size_t>(now.numel()) != size) throw std::invalid_argument("generator state has another size");
    std::memcpy(state, now.data_ptr<uint8_t>(), size);
  });
}

char *aep_generator_set_state(aep_generator g, const uint8_t *state, size_t size) {
  return guard([&] {
    at::Tensor next = at::empty({static_cast<int64_t>(size)}, at::kByte);
    std::memcpy(next.data_ptr<uint8_t>(), state, size);
    generator(g).set_state(next);
  });
}

char *aep_random_int64(aep_generator g, int64_t *out) {
  return guard([&] { *out = at::empty({}, at::kLong).random_(generator(g)).item<int64_t>(); });
}

char *aep_uniform(aep_generator g, aep_tensor t, double low, double high) {
  return guard([&] {
    at::NoGradGuard no_grad;
    tensor(t).uniform_(low, high, generator(g));
  });
}

char *aep_normal(aep_generator g, aep_tensor t, double deviation) {
  return guard([&] {
    at::NoGradGuard no_grad;
    tensor(t).normal_(0, deviation, generator(g));
  });
}

char *aep_randperm(aep_generator g, int64_t n, aep_tensor *out) {
  return guard([&] { *out = give(at::randperm(n, generator(g), at::TensorOptions(at::kLong))); });
}

char *aep_channels_last(aep_tensor t, aep_tensor *out) {
  return guard([&] { *out = give(tensor(t).contiguous(at::MemoryFormat::ChannelsLast)); });
}

char *aep_contiguous(aep_tensor t, aep_tensor *out) {
  return guard([&] { *out = give(tensor(t).contiguous()); });
}

char *aep_share(void *bytes, const int64_t *shape, size_t dims, aep_tensor *out) {
  return guard([&] { *out = give(at::from_blob(bytes, at::IntArrayRef(shape, dims), at::TensorOptions(at::kByte))); });
}

char *aep_images(aep_tensor pixels, aep_tensor index, aep_tensor *out) {
  return guard([&] { *out = give(aeprobe::images(tensor(pixels), tensor(index))); });
}

char *aep_conv2d(aep_tensor input, aep_tensor weight, aep_tensor bias, int64_t stride, int64_t padding,
                 int relu, aep_tensor *out) {
  return guard([&] {
    *out = give(aeprobe::conv2d(tensor(input), tensor(weight), optional(bias), stride, padding, relu));
  });
}

char *aep_conv_transpose2d(aep_tensor input, aep_tensor weight, aep_tensor bias, int64_t stride, int64_t padding,
                           int64_t output_padding, int relu, aep_tensor *out) {
  return guard([&] {
    *out = give(aeprobe::conv_transpose2d(tensor(input), tensor(weight), optional(bias), stride, padding,
                                          output_padding, relu));
  });
}

char *aep_binary_cross_entropy(aep_tensor logits, aep_tensor targets, int clamped, aep_tensor *out) {
  return guard([&] { *out = give(aeprobe::binary_cross_entropy(tensor(logits), tensor(targets), clamped)); });
}

char *aep_linear_cross_entropy(aep_tensor features, aep_tensor weight, aep_tensor bias, aep_tensor labels,
                               aep_tensor *out) {
  return guard([&] {
    *out = give(aeprobe::linear_cross_entropy(tensor(features), tensor(weight), tensor(bias), tensor(labels)));
  });
}

char *aep_record(aep_tensor into, int64_t at, aep_tensor value) {
  return guard([&] {
    at::NoGradGuard no_grad;
    tensor(into).select(0, at).copy_(tensor(value), /*non_blocking=*/true);
  });
}

char *aep_store(aep_tensor into, int64_t at, double value) {
  return guard([&] {
    at::NoGradGuard no_grad;
    tensor(into).select(0, at).fill_(value);
  });
}

char *aep_parameter(aep_tensor t) {
  return guard([&] { tensor(t).requires_grad_(true); });
}

char *aep_copy(aep_tensor into, aep_tensor from) {
  return guard([&] {
    at::NoGradGuard no_grad;
    tensor(into).copy_(tensor(from));
  });
}

// Parameters that the loss does not depend on have a gradient of 0.
char *aep_gradient(aep_tensor loss, aep_tensor *parameters, size_t count, aep_tensor *out) {
  return guard([&] {
    std::vector<at::Tensor> by;
    for (size_t i = 0; i < count; i++) by.push_back(tensor(parameters[i]));
    std::vector<at::Tensor> gradients =
        torch::autograd::grad({tensor(loss)}, by, {}, /*retain_graph=*/true, /*create_graph=*/false, /*allow_unused=*/true);
    at::NoGradGuard no_grad;
    for (size_t i = 0; i < count; i++)
      gradients[i] = gradients[i].defined() ? gradients[i].reshape(-1) : at::zeros_like(by[i]).reshape(-1);
    *out = give(at::cat(gradients));
  });
}

char *aep_adam_new(const aep_optimizer_settings *s, int decoupled, aep_optimizer *out) {
  return guard([&] {
    *out = static_cast<aeprobe::Optimizer *>(new aeprobe::Adam(tensors(s->parameters, s->count), s->learning_rate, s->parts,
                                                               {s->weight_decay, s->spare_vectors != 0}, decoupled));
  });
}

char *aep_sgd_new(const aep_optimizer_settings *s, double momentum, int nesterov, aep_optimizer *out) {
  return guard([&] {
    *out = static_cast<aeprobe::Optimizer *>(new aeprobe::SGD(tensors(s->parameters, s->count), s->learning_rate, s->parts,
                                                              {s->weight_decay, s->spare_vectors != 0}, momentum, nesterov));
  });
}

void aep_optimizer_free(aep_optimizer o) { delete static_cast<aeprobe::Optimizer *>(o); }

void aep_optimizer_set_learning_rate(aep_optimizer o, double rate) { optimizer(o).learning_rate = rate; }

char *aep_optimizer_back_propagate(aep_optimizer o, size_t part, aep_tensor loss, double share) {
  return guard([&] { optimizer(o).back_propagate(part, tensor(loss), share); });
}

char *aep_optimizer_update(aep_optimizer o, size_t parts) {
  return guard([&] { optimizer(o).update(parts); });
}

char *aep_optimizer_state(aep_optimizer o, size_t kind, size_t index, aep_tensor *out) {
  return guard([&] { *out = give(optimizer(o).states.at(kind).at(index)); });
}

char *aep_adam_steps(aep_optimizer o, aep_tensor *steps) {
  return guard([&] { *steps = give(dynamic_cast<aeprobe::Adam &>(optimizer(o)).steps); });
}

} // extern "C"
