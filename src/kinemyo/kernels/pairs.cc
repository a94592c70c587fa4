#include "kinemyo/kernels/pairs.h"

#include <algorithm>
#include <bit>

#include "kinemyo/kernels/half.h"
#include "kinemyo/kernels/narrow_avx512.h"

namespace kinemyo::kernels {

namespace {

std::uint32_t pair_of(float first, float second) { return half_of(first) | std::uint32_t{half_of(second)} << 16; }

float first_of(std::uint32_t word) { return std::bit_cast<float>(word << 16); }
float second_of(std::uint32_t word) { return std::bit_cast<float>(word & 0xffff0000u); }

void pair_row(const float* x, std::size_t pairs, std::uint32_t* to) {
#if defined(__x86_64__)
  if (has_pairs()) return pair_row_avx512(x, pairs, to);
#endif
  for (std::size_t p = 0; p < pairs; ++p) to[p] = pair_of(x[2 * p], x[2 * p + 1]);
}

void pair_columns(const float* one, const float* other, std::size_t count, std::uint32_t* to) {
#if defined(__x86_64__)
  if (has_pairs()) return pair_columns_avx512(one, other, count, to);
#endif
  for (std::size_t k = 0; k < count; ++k) to[k] = pair_of(one[k], other[k]);
}

}  // namespace

void pack_pairs(const float* weights, std::size_t input_step, std::size_t output_step, std::size_t inputs,
                std::size_t outputs, Pairs& to) {
  const std::size_t pairs = pairs_of(inputs), columns = padded(outputs);
  to.inputs = inputs;
  to.outputs = outputs;
  to.words.resize(pairs * columns);
  if (columns != outputs) std::fill(to.words.begin(), to.words.end(), 0u);
  for (std::size_t first = 0; first < outputs; first += kPairPanel) {
    const std::size_t width = std::min(kPairPanel, columns - first), count = std::min(width, outputs - first);
    std::uint32_t* panel = to.words.data() + first * pairs;
    const float* from = weights + first * output_step;
    const auto even = inputs / 2;
    if (output_step == 1) {
      for (std::size_t p = 0; p < even; ++p) {
        const float *one = from + 2 * p * input_step, *other = one + input_step;
        pair_columns(one, other, count, panel + p * width);
      }
    } else {
      for (std::size_t o = 0; o < count; ++o) {
        const float* row = from + o * output_step;
        for (std::size_t p = 0; p < even; ++p)
          panel[p * width + o] = pair_of(row[2 * p * input_step], row[(2 * p + 1) * input_step]);
      }
    }
    for (std::size_t o = 0; o < count && even < pairs; ++o)
      panel[even * width + o] = half_of(from[(inputs - 1) * input_step + o * output_step]);
  }
}

void pair_rows(const float* x, std::size_t x_stride, std::size_t rows, std::size_t inputs, Words& to) {
  const std::size_t pairs = pairs_of(inputs), even = inputs / 2;
  to.resize(std::max(to.size(), rows * pairs));
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = x + r * x_stride;
    std::uint32_t* out = to.data() + r * pairs;
    pair_row(row, even, out);
    if (even < pairs) out[even] = half_of(row[inputs - 1]);
  }
}

void pair_inputs(const float* x, std::size_t x_stride, std::size_t rows, std::size_t inputs, Words& to) {
  const std::size_t pairs = pairs_of(inputs), even = inputs / 2;
  to.resize(std::max(to.size(), rows * pairs));
  for (std::size_t p = 0; p < even; ++p) {
    pair_columns(x + 2 * p * x_stride, x + (2 * p + 1) * x_stride, rows, to.data() + p * rows);
  }
  for (std::size_t r = 0; r < rows && even < pairs; ++r)
    to[even * rows + r] = half_of(x[(inputs - 1) * x_stride + r]);
}

void multiply_pairs_plainly(const Pairs& w, const std::uint32_t* x, std::size_t row_step, std::size_t pair_step,
                            std::size_t rows, const float* start, std::size_t start_stride, float* y,
                            std::size_t y_stride) {
  const std::size_t pairs = pairs_of(w.inputs), columns = padded(w.outputs);
  for (std::size_t first = 0; first < columns; first += kPairPanel) {
    const std::size_t width = std::min(kPairPanel, columns - first);
    const std::uint32_t* panel = w.words.data() + first * pairs;
    for (std::size_t r = 0; r < rows; ++r) {
      float sums[kPairPanel];
      std::copy_n(start + r * start_stride + first, width, sums);
      for (std::size_t p = 0; p < pairs; ++p) {
        const std::uint32_t both = x[r * row_step + p * pair_step];
        const float one = first_of(both), other = second_of(both);
        for (std::size_t o = 0; o < width; ++o) {
          const std::uint32_t weight = panel[p * width + o];
          sums[o] += first_of(weight) * one + second_of(weight) * other;
        }
      }
      std::copy_n(sums, width, y + r * y_stride + first);
    }
  }
}

void round_to_halves(std::span<float> numbers) {
  for (float& number : numbers) number = of_half(half_of(number));
}

bool has_pairs() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16") &&
                          chosen().name == "avx512";
  return has;
#else
  return false;
#endif
}

void multiply_pairs(const Pairs& w, const std::uint32_t* x, std::size_t row_step, std::size_t pair_step,
                    std::size_t rows, const float* start, std::size_t start_stride, float* y, std::size_t y_stride) {
#if defined(__x86_64__)
  if (has_pairs()) return multiply_pairs_avx512(w, x, row_step, pair_step, rows, start, start_stride, y, y_stride);
#endif
  multiply_pairs_plainly(w, x, row_step, pair_step, rows, start, start_stride, y, y_stride);
}

}  // namespace kinemyo::kernels
