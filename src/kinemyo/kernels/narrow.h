#pragma once

#include <cstddef>
#include <cstdint>

#include "kinemyo/kernels/kernels.h"

// Weights of 16 and 8 bits on processors that multiply and add pairs of such numbers themselves.
namespace kinemyo::kernels {

/// What is multiplied is rounded once for all outputs, into memory that is taken for so many inputs and rows.
inline constexpr std::size_t kMostNarrowInputs = 4096, kNarrowRows = 12;

/// Rounded rows, in words of two neighbouring numbers, and by how much each row was divided.
struct NarrowRows {
  /// Words from row to row: a cache line more than a row has, else all would meet in the same few sets of the cache.
  static constexpr std::size_t kStep = kMostNarrowInputs / 2 + 16;
  alignas(64) std::uint32_t words[kNarrowRows * kStep];
  float scales[kNarrowRows];
};

/// Rounds a row and gives by how much it was divided; an odd last number stands beside a zero. Up to 16 words beyond the
/// row may be overwritten.
using RoundRow = float (*)(const float* x, std::size_t inputs, std::uint32_t* words);

/// Rounds up to kNarrowRows rows. Shape: x as MultiplyPaired takes it.
void round_rows(RoundRow round, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                std::size_t inputs, NarrowRows& to);

/// Where sums begin and where they end: a row every so many numbers.
struct NarrowSums {
  const float* start;
  std::size_t start_stride;
  float* y;
  std::size_t y_stride;
  NarrowSums below(std::size_t rows) const { return {start + rows * start_stride, start_stride, y + rows * y_stride, y_stride}; }
  NarrowSums right(std::size_t columns) const { return {start + columns, start_stride, y + columns, y_stride}; }
};

/// What multiplies weights so kept in pairs with this set on this machine. Null: nothing does, as for fp32.
MultiplyPaired paired_multiply(const Set& set, Storage storage, std::size_t inputs);

/// Lays out `packed`, whose set, sizes, storage and scales are told, in pairs. Shape: as pack().
void pack_in_pairs(const float* weights, Packed& packed);

}  // namespace kinemyo::kernels
