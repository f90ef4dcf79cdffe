// The C face of aeprobe_torch.cpp. A function that can fail returns an error
// message that the caller frees, or NULL. Tensors are torch::Tensor*, as in
// gotch; the caller owns those it is given back.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void *aep_tensor;
typedef void *aep_generator;
typedef void *aep_optimizer;

const char *aep_version(void);

char *aep_set_threads(int threads);
int aep_flush_denormals(void);
void aep_keep_memory(void);
void aep_give_memory_back(void);
int aep_set_grad_enabled(int enabled);
char *aep_capability(void);
char *aep_capabilities(void);

char *aep_load_library(const char *path);
int aep_cuda_device_count(void);
void aep_set_tf32(int on);
void aep_deterministic_cudnn(void);

char *aep_generator_new(uint64_t seed, aep_generator *out);
void aep_generator_free(aep_generator generator);
char *aep_generator_state_size(aep_generator generator, size_t *size);
char *aep_generator_state(aep_generator generator, uint8_t *state, size_t size);
char *aep_generator_set_state(aep_generator generator, const uint8_t *state, size_t size);
char *aep_random_int64(aep_generator generator, int64_t *out);
char *aep_uniform(aep_generator generator, aep_tensor tensor, double low, double high);
char *aep_normal(aep_generator g, aep_tensor t, double deviation);
char *aep_randperm(aep_generator generator, int64_t n, aep_tensor *out);

char *aep_channels_last(aep_tensor tensor, aep_tensor *out);
char *aep_contiguous(aep_tensor tensor, aep_tensor *out);
char *aep_share(void *bytes, const int64_t *shape, size_t dims, aep_tensor *out);
char *aep_images(aep_tensor pixels, aep_tensor index, aep_tensor *out);
// The bias of a convolution may be NULL.
char *aep_conv2d(aep_tensor input, aep_tensor weight, aep_tensor bias, int64_t stride, int64_t padding,
                 int relu, aep_tensor *out);
char *aep_conv_transpose2d(aep_tensor input, aep_tensor weight, aep_tensor bias, int64_t stride, int64_t padding,
                           int64_t output_padding, int relu, aep_tensor *out);

char *aep_binary_cross_entropy(aep_tensor logits, aep_tensor targets, int clamped, aep_tensor *out);
char *aep_linear_cross_entropy(aep_tensor features, aep_tensor weight, aep_tensor bias, aep_tensor labels,
                               aep_tensor *out);

char *aep_record(aep_tensor into, int64_t at, aep_tensor value);
char *aep_store(aep_tensor into, int64_t at, double value);
char *aep_parameter(aep_tensor tensor);
char *aep_copy(aep_tensor into, aep_tensor from);
char *aep_gradient(aep_tensor loss, aep_tensor *parameters, size_t count, aep_tensor *out);

typedef struct {
  aep_tensor *parameters;
  size_t count;
  double learning_rate;
  size_t parts; // of a step's loss, at most
  double weight_decay;
  int spare_vectors; // from weight decay
} aep_optimizer_settings;

char *aep_adam_new(const aep_optimizer_settings *settings, int decoupled, aep_optimizer *out);
char *aep_sgd_new(const aep_optimizer_settings *settings, double momentum, int nesterov, aep_optimizer *out);
void aep_optimizer_free(aep_optimizer optimizer);
void aep_optimizer_set_learning_rate(aep_optimizer optimizer, double rate);
char *aep_optimizer_back_propagate(aep_optimizer optimizer, size_t part, aep_tensor loss, double share);
char *aep_optimizer_update(aep_optimizer optimizer, size_t parts);
char *aep_optimizer_state(aep_optimizer optimizer, size_t kind, size_t index, aep_tensor *out);
char *aep_adam_steps(aep_optimizer optimizer, aep_tensor *steps);

#ifdef __cplusplus
}
#endif
