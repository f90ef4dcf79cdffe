// Every function of aeprobe_torch.h, for make memcheck: built with the
// package's C++ files under AddressSanitizer and UndefinedBehaviorSanitizer,
// it trains a small auto-encoder for a few steps, convolves odd shapes, and
// provokes errors. It exits with 0 where nothing was found, and where the
// processor lacks the ATEN_CPU_CAPABILITY that is asked for.
#include "aeprobe_torch.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <torch/torch.h>

namespace {

int checks = 0;

void must(bool holds, const char *what) {
  checks++;
  if (holds) return;
  std::fprintf(stderr, "memcheck: %s\n", what);
  std::exit(1);
}

void ok(char *message) {
  must(message == nullptr, message);
}

void fails(char *message) {
  must(message != nullptr, "expected an error");
  std::free(message);
}

torch::Tensor &of(aep_tensor t) { return *static_cast<torch::Tensor *>(t); }

// take frees a result's handle, as its Go owner does.
torch::Tensor take(aep_tensor t) {
  torch::Tensor taken = of(t);
  delete &of(t);
  return taken;
}

// Calls of the C functions with tensors for results.
torch::Tensor conv2d(torch::Tensor x, torch::Tensor w, torch::Tensor b, int64_t stride, int64_t padding,
                     bool relu = false) {
  aep_tensor out;
  ok(aep_conv2d(&x, &w, &b, stride, padding, relu, &out));
  return take(out);
}

torch::Tensor conv_transpose2d(torch::Tensor x, torch::Tensor w, torch::Tensor b, int64_t stride, int64_t padding,
                               int64_t output_padding, bool relu = false) {
  aep_tensor out;
  ok(aep_conv_transpose2d(&x, &w, &b, stride, padding, output_padding, relu, &out));
  return take(out);
}

torch::Tensor channels_last(torch::Tensor x) {
  aep_tensor out;
  ok(aep_channels_last(&x, &out));
  return take(out);
}

// The report's auto-encoder, on random images.
struct Autoencoder {
  std::vector<torch::Tensor> weights; // weight, bias, weight, ...

  explicit Autoencoder(aep_generator generator) {
    const int64_t channels[] = {3, 12, 24, 48};
    for (int i = 0; i < 3; i++) layer(generator, {channels[i + 1], channels[i], 4, 4}, channels[i + 1]);
    for (int i = 3; i > 0; i--) layer(generator, {channels[i], channels[i - 1], 4, 4}, channels[i - 1]);
  }

  void layer(aep_generator generator, at::IntArrayRef shape, int64_t out) {
    weights.push_back(channels_last(torch::empty(shape)));
    weights.push_back(torch::empty({out}));
    ok(aep_uniform(generator, &weights[weights.size() - 2], -0.1, 0.1));
    ok(aep_uniform(generator, &weights.back(), -0.1, 0.1));
  }

  torch::Tensor forward(torch::Tensor x) const {
    for (int i = 0; i < 6; i += 2) x = conv2d(x, weights[i], weights[i + 1], 2, 1, true);
    for (int i = 6; i < 10; i += 2) x = conv_transpose2d(x, weights[i], weights[i + 1], 2, 1, 0, true);
    return conv_transpose2d(x, weights[10], weights[11], 2, 1, 0).sigmoid();
  }
};

// Cross-entropies of odd sizes, with all their gradients.
void cross_entropies() {
  for (int64_t n = 1; n < 40; n++) {
    torch::Tensor logits = torch::randn({n}).mul_(40).requires_grad_(), targets = torch::rand({n});
    aep_tensor out;
    for (int clamped : {0, 1}) {
      ok(aep_binary_cross_entropy(&logits, &targets, clamped, &out));
      take(out).backward();
      must(logits.grad().isfinite().all().item<bool>(), "a gradient of the binary cross-entropy is not finite");
    }
    torch::Tensor features = torch::randn({n, 5}).requires_grad_(), weight = torch::randn({3, 5}).requires_grad_(),
                  bias = torch::randn({3}).requires_grad_(), labels = torch::randint(0, 3, {n});
    ok(aep_linear_cross_entropy(&features, &weight, &bias, &labels, &out));
    (take(out) * 2).backward();
    must(bias.grad().isfinite().all().item<bool>(), "a gradient of the cross-entropy is not finite");
    labels[n - 1] = 3;
    fails(aep_linear_cross_entropy(&features, &weight, &bias, &labels, &out));
  }
}

void train(aep_generator generator) {
  const int64_t examples = 40, batch = 16, steps = 3;
  Autoencoder network(generator);
  std::vector<aep_tensor> handles;
  for (torch::Tensor &w : network.weights) {
    ok(aep_parameter(&w));
    handles.push_back(&w);
  }
  aep_optimizer adam;
  aep_optimizer_settings settings{handles.data(), handles.size(), 1e-3, 2, 0, 0};
  ok(aep_adam_new(&settings, 0, &adam));
  torch::Tensor pixels = torch::randint(0, 256, {examples, 3, 32, 32}, torch::kByte);
  torch::Tensor losses = torch::zeros({steps});
  aep_tensor order;
  ok(aep_randperm(generator, examples, &order));
  for (int64_t step = 0; step < steps; step++) { // the last batch is smaller
    torch::Tensor index = of(order).slice(0, step * batch, std::min(examples, (step + 1) * batch));
    aep_tensor images;
    ok(aep_images(&pixels, &index, &images));
    torch::Tensor loss = torch::binary_cross_entropy(network.forward(of(images)), of(images));
    take(images);
    ok(aep_record(&losses, step, &loss));
    ok(aep_optimizer_back_propagate(adam, 0, &loss, 1));
    ok(aep_optimizer_update(adam, 1));
  }
  torch::Tensor halves[] = {torch::arange(0, 8), torch::arange(8, 16)};
  for (int part = 0; part < 2; part++) {
    aep_tensor images;
    ok(aep_images(&pixels, &halves[part], &images));
    torch::Tensor loss = torch::binary_cross_entropy(network.forward(of(images)), of(images));
    take(images);
    ok(aep_optimizer_back_propagate(adam, part, &loss, 0.5));
  }
  ok(aep_optimizer_update(adam, 2));
  fails(aep_optimizer_back_propagate(adam, 2, &losses, 1));
  ok(aep_store(&losses, 0, 1.5));
  fails(aep_store(&losses, steps, 1.5));
  take(order);
  cross_entropies();
  must(losses.isfinite().all().item<bool>() && losses.gt(0).all().item<bool>(), "a loss is not finite");

  aep_tensor average, square, taken;
  ok(aep_optimizer_state(adam, 0, 0, &average));
  ok(aep_optimizer_state(adam, 1, 0, &square));
  ok(aep_copy(average, square));
  take(average), take(square);
  fails(aep_optimizer_state(adam, 0, handles.size(), &average));
  fails(aep_optimizer_state(adam, 2, 0, &average));
  ok(aep_adam_steps(adam, &taken));
  must(take(taken).item<float>() == steps + 1, "Adam counted other steps");
  aep_optimizer_free(adam);

  settings.weight_decay = 0.1;
  for (int spare : {0, 1})
    for (double momentum : {0.0, 0.9}) {
      settings.spare_vectors = spare;
      aep_optimizer adamw, sgd;
      ok(aep_adam_new(&settings, 1, &adamw));
      ok(aep_sgd_new(&settings, momentum, momentum != 0, &sgd));
      for (aep_optimizer o : {adamw, sgd}) {
        torch::Tensor loss = network.forward(torch::rand({2, 3, 32, 32})).sum();
        ok(aep_optimizer_back_propagate(o, 0, &loss, 1));
        aep_optimizer_set_learning_rate(o, 1e-4);
        ok(aep_optimizer_update(o, 1));
      }
      fails(aep_adam_steps(sgd, &taken));
      if (momentum == 0) fails(aep_optimizer_state(sgd, 0, 0, &average));
      aep_optimizer_free(adamw), aep_optimizer_free(sgd);
    }
}

// Shapes whose channels fill no vector, strides that leave pixels over,
// paddings wider than the image; forwards and backwards.
void convolve() {
  for (int64_t in : {1, 3, 7, 17, 130})
    for (int64_t out : {1, 5, 16, 33})
      for (int64_t kernel : {1, 3, 4})
        for (int64_t stride : {1, 2, 3})
          for (int64_t padding : {0, 1, 5}) {
            torch::Tensor x = torch::rand({2, in, 5, 7}, torch::requires_grad());
            torch::Tensor w = torch::rand({out, in, kernel, kernel}, torch::requires_grad());
            torch::Tensor v = torch::rand({in, out, kernel, kernel}, torch::requires_grad());
            torch::Tensor b = torch::rand({out}, torch::requires_grad());
            conv2d(x, w, b, stride, padding, stride == 2).sum().backward();
            if (4 * stride - 2 * padding + kernel > 0)
              conv_transpose2d(x, v, b, stride, padding, stride - 1, stride == 2).sum().backward();
          }
}

void refuse() {
  torch::Tensor x = torch::rand({1, 3, 8, 8}), w = torch::rand({4, 2, 3, 3}), b = torch::rand({4}), none;
  aep_tensor out;
  fails(aep_conv2d(&x, &w, &b, 1, 0, 0, &out));
  fails(aep_conv_transpose2d(&x, &w, &b, 1, 0, 0, 0, &out));
  fails(aep_channels_last(&b, &out));
  torch::Tensor pixels = torch::zeros({2, 3, 4, 4}, torch::kByte), beyond = torch::full({1}, 2, torch::kLong),
                before = torch::full({1}, -1, torch::kLong), fractions = torch::zeros({1});
  for (torch::Tensor *index : {&beyond, &before, &fractions}) fails(aep_images(&pixels, index, &out));
  fails(aep_images(&x, &beyond, &out));
  std::vector<uint8_t> bytes(2 * 3 * 4 * 4);
  int64_t shape[] = {2, 3, 4, 4}, negative[] = {-1};
  fails(aep_share(bytes.data(), negative, 1, &out));
  ok(aep_share(bytes.data(), shape, 4, &out));
  must(take(out).data_ptr() == bytes.data(), "shared bytes were copied");
  fails(aep_copy(&x, &w));
  fails(aep_record(&b, 4, &x));
  fails(aep_load_library("/nowhere/at-all.so"));
  aep_optimizer adam;
  aep_optimizer_settings nothing{nullptr, 0, 1e-3, 1, 0, 0};
  fails(aep_adam_new(&nothing, 0, &adam));
  aep_tensor unused = &w;
  ok(aep_parameter(&w));
  aep_optimizer_settings one{&unused, 1, 1e-3, 1, 0, 0};
  ok(aep_adam_new(&one, 0, &adam));
  torch::Tensor apart = torch::rand({}, torch::requires_grad());
  fails(aep_optimizer_back_propagate(adam, 0, &apart, 1));
  aep_optimizer_free(adam);
}

void generate(aep_generator generator) {
  size_t size;
  ok(aep_generator_state_size(generator, &size));
  std::vector<uint8_t> state(size);
  ok(aep_generator_state(generator, state.data(), size));
  int64_t first, again;
  ok(aep_random_int64(generator, &first));
  ok(aep_generator_set_state(generator, state.data(), size));
  ok(aep_random_int64(generator, &again));
  must(first == again, "a generator's state does not bring its numbers back");
  fails(aep_generator_state(generator, state.data(), size - 1));
  fails(aep_generator_set_state(generator, state.data(), 3));
}

} // namespace

int main() {
  char *here = aep_capabilities();
  const char *asked = std::getenv("ATEN_CPU_CAPABILITY");
  const bool lacks = asked != nullptr && std::strstr(here, asked) == nullptr;
  if (lacks) std::printf("not under %s: this processor has %s\n", asked, here);
  std::free(here);
  if (lacks) return 0;
  const int was = aep_set_grad_enabled(1);
  ok(aep_set_threads(2));
  aep_flush_denormals();
  aep_give_memory_back();
  aep_set_tf32(0);
  aep_deterministic_cudnn();
  aep_cuda_device_count();
  char *capability = aep_capability();
  aep_generator generator;
  ok(aep_generator_new(87, &generator));
  generate(generator);
  train(generator);
  convolve();
  refuse();
  aep_generator_free(generator);
  aep_set_grad_enabled(was);
  std::printf("libtorch %s, %s: %d checks, nothing found\n", aep_version(), capability, checks);
  std::free(capability);
}
