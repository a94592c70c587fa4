#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kinemyo/kernels/kernels.h"

// Products of numbers of 16 bits (bf16: the upper half of a float, rounded to the nearest), summed in 32 bits. Two of
// them, of neighbouring inputs, stand in one word: the processor multiplies and adds both at once.
namespace kinemyo::kernels {

using Words = std::vector<std::uint32_t, AtCacheLine<std::uint32_t>>;

/// Weights in panels of kPairPanel outputs: in each, the words of all its outputs for inputs 0 and 1, then 2 and 3, ...
/// An odd last input stands beside a zero.
struct Pairs {
  std::size_t inputs = 0, outputs = 0;
  Words words;
};
inline constexpr std::size_t kPairPanel = 32;
constexpr std::size_t pairs_of(std::size_t inputs) { return (inputs + 1) / 2; }

/// Weight of input i and output o at weights[i * input_step + o * output_step], one of the steps being 1.
/// Reuses the memory of `to`.
void pack_pairs(const float* weights, std::size_t input_step, std::size_t output_step, std::size_t inputs,
                std::size_t outputs, Pairs& to);

/// What is multiplied with them, row by row. Shape: x is rows x inputs, a row every x_stride numbers;
/// to is rows x pairs_of(inputs).
void pair_rows(const float* x, std::size_t x_stride, std::size_t rows, std::size_t inputs, Words& to);
/// The same where x lies input by input. Shape: x is inputs x rows, to is pairs_of(inputs) x rows.
void pair_inputs(const float* x, std::size_t x_stride, std::size_t rows, std::size_t inputs, Words& to);

/// y = start + W x, as Set::multiply. The word of row r and pair p stands at x[r * row_step + p * pair_step].
/// Shape: start and y are rows x padded(w.outputs). Accuracy: of each factor 8 bits; sums in 32 bits.
/// Cost: half the time of Set::multiply on Zen 4 and 5 (avx512_bf16), more than its time on a Xeon with avx512_bf16
/// (docs/benchmarks.md); elsewhere plain loops, far slower than Set::multiply of rounded numbers.
void multiply_pairs(const Pairs& w, const std::uint32_t* x, std::size_t row_step, std::size_t pair_step,
                    std::size_t rows, const float* start, std::size_t start_stride, float* y, std::size_t y_stride);

/// Each number the nearest of 16 bits, as half_of().
void round_to_halves(std::span<float> numbers);

/// Whether this machine multiplies pairs itself, and KINEMYO_KERNELS does not forbid it.
bool has_pairs();

/// multiply_pairs() by plain loops, for all machines; for tests beside the other.
void multiply_pairs_plainly(const Pairs& w, const std::uint32_t* x, std::size_t row_step, std::size_t pair_step,
                            std::size_t rows, const float* start, std::size_t start_stride, float* y,
                            std::size_t y_stride);

}  // namespace kinemyo::kernels
