// How products and their weights' gradients go over two maps, worked out once.
#pragma once

#include <vector>

#include "barrier.h"
#include "shape.h"

namespace plan {

// Who works on a group: thread number of count, which meet at the barrier.
struct Crew {
  int number, count;
  Barrier *barrier;
  int begin(long n) const { return n * number / count; }
  int end(long n) const { return n * (number + 1) / count; }
  void wait() const { barrier->wait(); }
};

// A coarse map whose pixels each have a window on a fine one: a convolution goes
// from fine to coarse (it gathers), a transposed one from coarse to fine.
struct Window {
  int fine_height, fine_width, coarse_height, coarse_width;
  int kernel_height, kernel_width, stride, padding;

  bool has_fine(int y, int x) const { return 0 <= y && y < fine_height && 0 <= x && x < fine_width; }
};

class ProductLayout {
public:
  ProductLayout(const Window &, bool gather, int in_channels, int out_channels, int sums, int threads);
  ProductLayout(const ProductLayout &) = delete;

  Product product;
  // The tiles of a thread alone, or in a crew of all threads.
  int begin(const Crew &c) const { return c.count == 1 ? 0 : shares[c.number]; }
  int end(const Crew &c) const { return c.count == 1 ? tiles.size() : shares[c.number + 1]; }
  int blocks() const { return product.out_channels / product.block; }
  size_t weights() const { return static_cast<size_t>(product.ntaps) * product.in_channels * product.out_channels; }
  // pack puts a block's weights in the order in which tiles read them.
  void pack(const float *weights, int64_t out_stride, int64_t in_stride, int64_t tap_stride, int block, float *to) const;

private:
  void share(int threads);

  std::vector<int> shares; // [threads + 1]
  std::vector<Tap> taps;
  std::vector<int32_t> in, out;
  std::vector<Tile> tiles;
};

class WeightSumLayout {
public:
  WeightSumLayout(const Window &, int fine_channels, int coarse_channels, int64_t fine_stride, int64_t coarse_stride,
                  int64_t tap_stride);
  WeightSumLayout(const WeightSumLayout &) = delete;

  WeightSum sum;
  bool turns_fine;
  int turned_pixels;
  size_t turned() const { return static_cast<size_t>(turned_pixels) * sum.padded * GROUP; }

private:
  std::vector<Pair> pairs;
  std::vector<int32_t> first;
};

} // namespace plan
