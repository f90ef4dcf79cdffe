// The geometry of a convolution, and the products that it is made of.
#pragma once

// A conv_shape is a convolution between a fine image and a coarse map, seen
// from either side: a convolution goes from fine to coarse, a transposed one
// from coarse to fine. Both lie as [height, width, channels], the weights as
// [coarse channels, kernel, kernel, fine channels].
struct conv_shape {
  int fine_height, fine_width, fine_channels;
  int coarse_height, coarse_width, coarse_channels;
  int kernel, stride, padding;

  int pixels;                // of the coarse map
  int run;                   // kernel * fine_channels: neighbouring floats in a patch
  int padded_height;         // rows of the fine image with its padding
  int padded_pitch;          // floats in such a row
  int run_pitch;             // run, in whole vectors
  int coarse_pitch;          // coarse_channels, in whole vectors
};

// conv_kernels are the products for one kind of processor, each for one image.
// Where relu is set, what is negative becomes 0; what is not a number stays.
// padded is the padded fine image, with room for a vector after its end;
// offsets says where in it each coarse pixel's patch begins.
struct conv_kernels {
  int lanes; // floats in a vector

  // coarse [pixels, coarse_pitch] is made from weights [kernel * run,
  // coarse_pitch] and bias [coarse_pitch].
  void (*gather)(const conv_shape &, const int *offsets, const float *padded, const float *weights,
                 const float *bias, bool relu, float *coarse);

  // padded is added to from coarse [pixels, coarse_channels] and weights
  // [coarse_channels, kernel, run_pitch].
  void (*scatter)(const conv_shape &, const int *offsets, const float *coarse, const float *weights,
                  float *padded);

  // gradient [coarse_channels, kernel, run_pitch] is added to from coarse
  // [pixels, coarse_channels]. What lies beyond each run is without meaning.
  void (*weight_gradient)(const conv_shape &, const int *offsets, const float *padded, const float *coarse,
                          float *gradient);

  // fine is made from padded and bias [fine_width, fine_channels].
  void (*crop)(const conv_shape &, const float *padded, const float *bias, bool relu, float *fine);

  // input_gradient is a ReLU's, for size numbers.
  void (*relu_gradient)(int size, const float *output, const float *gradient, float *input_gradient);
};

extern const conv_kernels conv_default;
#if defined(__x86_64__)
extern const conv_kernels conv_avx2, conv_avx512;
#endif
