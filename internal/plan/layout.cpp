#include "layout.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace plan {

typedef std::vector<std::pair<int32_t, int32_t>> Taps; // offset, tap

// block_of is how many output channels a tile takes: as many as divide their
// number and leave room for whole pixels.
static int block_of(int channels, int sums) {
  for (int block : {12, 8, 6, 4, 3, 2})
    if (sums % block == 0 && channels % block == 0) return block;
  return 1;
}

// taps_at are those of an output pixel that fall on the input, from the input
// pixel base.
static Taps taps_at(const Window &w, bool gather, int y, int x, int32_t *base) {
  Taps taps;
  if (gather) {
    const int top = y * w.stride - w.padding, left = x * w.stride - w.padding;
    *base = top * w.fine_width + left;
    for (int ky = 0; ky < w.kernel_height; ky++)
      for (int kx = 0; kx < w.kernel_width; kx++)
        if (w.has_fine(top + ky, left + kx)) taps.push_back({ky * w.fine_width + kx, ky * w.kernel_width + kx});
    return taps;
  }
  const int by = (y + w.padding) / w.stride, bx = (x + w.padding) / w.stride;
  *base = by * w.coarse_width + bx;
  for (int ky = 0; ky < w.kernel_height; ky++)
    for (int kx = 0; kx < w.kernel_width; kx++) {
      const int sy = y + w.padding - ky, sx = x + w.padding - kx;
      if (sy < 0 || sx < 0 || sy % w.stride != 0 || sx % w.stride != 0) continue;
      const int cy = sy / w.stride, cx = sx / w.stride;
      if (cy < w.coarse_height && cx < w.coarse_width)
        taps.push_back({(cy - by) * w.coarse_width + cx - bx, ky * w.kernel_width + kx});
    }
  return taps;
}

ProductLayout::ProductLayout(const Window &w, bool gather, int in_channels, int out_channels, int sums, int threads) {
  product = {in_channels, out_channels, w.kernel_height * w.kernel_width, block_of(out_channels, sums), 0, nullptr};
  product.count = sums / product.block;
  struct Pixels { std::vector<int32_t> in, out; };
  std::map<Taps, Pixels> classes;
  const int height = gather ? w.coarse_height : w.fine_height, width = gather ? w.coarse_width : w.fine_width;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      int32_t base;
      Pixels &same = classes[taps_at(w, gather, y, x, &base)];
      same.in.push_back(base), same.out.push_back(y * width + x);
    }
  size_t ntaps = 0;
  for (const auto &it : classes) ntaps += it.first.size();
  taps.reserve(ntaps), in.reserve(height * width), out.reserve(height * width); // tiles point into them
  for (const auto &[offsets, pixels] : classes) {
    const Tap *first = taps.data() + taps.size();
    for (const auto &[offset, tap] : offsets) taps.push_back({offset, tap});
    const int32_t *from = in.data() + in.size(), *to = out.data() + out.size();
    in.insert(in.end(), pixels.in.begin(), pixels.in.end());
    out.insert(out.end(), pixels.out.begin(), pixels.out.end());
    const int count = pixels.in.size();
    for (int block = 0; block < out_channels / product.block; block++)
      for (int i = 0; i < count; i += product.count)
        tiles.push_back({first, from + i, to + i, static_cast<int>(offsets.size()), std::min(product.count, count - i), block});
  }
  product.tiles = tiles.data();
  share(threads);
}

// share cuts the tiles into a range for each thread, of about the same work.
void ProductLayout::share(int threads) {
  double work = 0, done = 0;
  const auto cost = [](const Tile &t) { return static_cast<double>(t.ntaps + 1) * t.count; };
  for (const Tile &t : tiles) work += cost(t);
  shares.assign(1, 0);
  for (size_t i = 0; i < tiles.size(); i++) {
    while (static_cast<int>(shares.size()) < threads && done >= work * shares.size() / threads) shares.push_back(i);
    done += cost(tiles[i]);
  }
  shares.resize(threads + 1, tiles.size());
}

template <int BLOCK>
static void pack_block(const Product &p, const float *from, int64_t out_stride, int64_t in_stride, int64_t tap_stride, float *to) {
  for (int t = 0; t < p.ntaps; t++)
    for (int i = 0; i < p.in_channels; i++, to += BLOCK) {
      const float *at = from + t * tap_stride + i * in_stride;
      if (out_stride == 1)
        std::memcpy(to, at, BLOCK * sizeof *to);
      else
        for (int k = 0; k < BLOCK; k++) to[k] = at[k * out_stride];
    }
}

void ProductLayout::pack(const float *weights, int64_t out_stride, int64_t in_stride, int64_t tap_stride, int block,
                         float *to) const {
  const int m = product.block;
  const float *from = weights + block * m * out_stride;
  to += static_cast<size_t>(block) * product.ntaps * product.in_channels * m;
  switch (m) {
  case 1: return pack_block<1>(product, from, out_stride, in_stride, tap_stride, to);
  case 2: return pack_block<2>(product, from, out_stride, in_stride, tap_stride, to);
  case 3: return pack_block<3>(product, from, out_stride, in_stride, tap_stride, to);
  case 4: return pack_block<4>(product, from, out_stride, in_stride, tap_stride, to);
  case 6: return pack_block<6>(product, from, out_stride, in_stride, tap_stride, to);
  case 8: return pack_block<8>(product, from, out_stride, in_stride, tap_stride, to);
  case 12: return pack_block<12>(product, from, out_stride, in_stride, tap_stride, to);
  default: __builtin_trap();
  }
}

static int padded(int channels) { return (channels + 7) / 8 * 8; }

static int largest_divisor(int n, int most) {
  while (n % most != 0) most--;
  return most;
}

WeightSumLayout::WeightSumLayout(const Window &w, int fine_channels, int coarse_channels, int64_t fine_stride,
                                 int64_t coarse_stride, int64_t tap_stride) {
  // The map whose channels fill vectors better, or else the smaller one.
  const double fine_waste = padded(fine_channels) / static_cast<double>(fine_channels);
  const double coarse_waste = padded(coarse_channels) / static_cast<double>(coarse_channels);
  turns_fine = fine_waste < coarse_waste;
  sum.lanes_channels = turns_fine ? fine_channels : coarse_channels;
  sum.other_channels = turns_fine ? coarse_channels : fine_channels;
  sum.lanes_stride = turns_fine ? fine_stride : coarse_stride;
  sum.other_stride = turns_fine ? coarse_stride : fine_stride;
  sum.tap_stride = tap_stride;
  sum.padded = padded(sum.lanes_channels);
  // Choosing otherwise may change bits: see weight_sums.
  sum.vectors = largest_divisor(sum.padded / 8, 3);
  sum.others = largest_divisor(sum.other_channels, 4);
  // Two vectors are a cache line, of which then nothing is read twice.
  if (sum.padded % 16 == 0 && sum.other_channels % 12 == 0) sum.vectors = 2, sum.others = 6;
  sum.ntaps = w.kernel_height * w.kernel_width;
  for (int ky = 0; ky < w.kernel_height; ky++)
    for (int kx = 0; kx < w.kernel_width; kx++) {
      first.push_back(pairs.size());
      for (int y = 0; y < w.coarse_height; y++)
        for (int x = 0; x < w.coarse_width; x++) {
          const int fy = y * w.stride - w.padding + ky, fx = x * w.stride - w.padding + kx;
          if (!w.has_fine(fy, fx)) continue;
          const int32_t fine = fy * w.fine_width + fx, coarse = y * w.coarse_width + x;
          pairs.push_back(turns_fine ? Pair{fine, coarse} : Pair{coarse, fine});
        }
    }
  first.push_back(pairs.size());
  sum.pairs = pairs.data(), sum.first = first.data();
  sum.jobs = sum.ntaps * (sum.padded / 8 / sum.vectors) * (sum.other_channels / sum.others);
  turned_pixels = turns_fine ? w.fine_height * w.fine_width : w.coarse_height * w.coarse_width;
}

} // namespace plan
