// The C interface of package plan; plan.go says what it does.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct aep_plan aep_plan;

enum {
  AEP_GROUP = 16,     // images that are computed side by side
  AEP_MAX_CHAINS = 8, // sums of gradients that a step keeps apart
};

enum {
  AEP_CONV,           // also linear layers, as convolutions whose kernel covers the map
  AEP_CONV_TRANSPOSE,
  AEP_RELU,
  AEP_SIGMOID,
  AEP_MAX_POOL,
  AEP_MEAN,           // over all pixels
  AEP_MAXIMUM,        // over all pixels
};

enum { AEP_BCE_EXACT, AEP_BCE_CLAMPED, AEP_L1, AEP_MSE, AEP_L1_SIGMOID, AEP_MSE_SIGMOID, AEP_CROSS_ENTROPY };

// A parameter's memory and Adam's for it; weights is null where there is none,
// average where it is not trained.
typedef struct {
  float *weights, *average, *square;
  int64_t size;
} aep_parameter;

typedef struct {
  int kind;
  int input;                    // the map it reads: 0 are the examples, i + 1 is what layer i gives
  int channels, height, width;  // of what it gives
  int kernel_height, kernel_width, stride, padding;
  int relu;                     // of a product: its ReLU follows
  int detached;                 // no gradient goes on to the map it reads
  aep_parameter weight, bias;
  // Where the weight's element for an output and an input channel and a tap lies
  // (for a transposed convolution, too).
  int64_t out_stride, in_stride, tap_stride;
} aep_layer;

typedef struct {
  int kind, map;
  double weight;
} aep_loss;

// Examples are images, [pictures][channels][height][width] bytes, which become
// shares of 255, or floats of that shape; the other one is null. Example i is the
// picture index[i], or i where index is null.
typedef struct {
  const uint8_t *bytes;
  const float *floats;
  int64_t pictures;
  const int64_t *index;  // [count], or null
  const int64_t *labels; // [count], or null
  int64_t count;
  int channels, height, width;
} aep_examples;

typedef struct {
  int batch, threads;
  int narrow; // AVX2 where AVX-512 is there, too
  double learning_rate;
  float *adam_step; // the number of steps so far
} aep_training;

// Where the processor has AVX2 and FMA.
int aep_plan_supported(void);

// A message is to be freed. What the arguments point to must outlive the plan;
// the arrays of layers and losses themselves need not.
char *aep_plan_new(const aep_examples *, const aep_layer *, int layers, const aep_loss *, int losses,
                   const aep_training *, aep_plan **out);
void aep_plan_free(aep_plan *);

// Steps on the batches from first to before end of order, [examples]; the loss of
// step i becomes losses[i]. Begin checks the order, as far as it is read; then every thread calls work
// once with its number, all at the same time.
char *aep_plan_begin(aep_plan *, const int64_t *order, int64_t examples, int64_t first, int64_t end, float *losses);
void aep_plan_work(aep_plan *, int thread);
void aep_plan_set_learning_rate(aep_plan *, double rate);
// By a plan for batches of 0, which can do nothing else: the sums of each loss
// over the examples from first to before end, and, if out is not null, the given
// map of each, [channels, pixels]. Every thread calls work, then one of them sums,
// into room for every loss.
char *aep_plan_evaluate(aep_plan *, int64_t first, int64_t end, int map, float *out);
void aep_plan_evaluate_work(aep_plan *, int thread);
void aep_plan_sums(const aep_plan *, double *sums);

// Gradients of the last step, as the parameter lies in memory; for tests.
const float *aep_plan_gradient(const aep_plan *, int layer, int bias);

#ifdef __cplusplus
}
#endif
