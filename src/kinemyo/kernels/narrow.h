#pragma once

#include <cstddef>

#include "kinemyo/kernels/kernels.h"

// Weights of 16 and 8 bits on processors that multiply and add pairs of such numbers themselves.
namespace kinemyo::kernels {

/// What is multiplied is rounded once for all outputs, into memory that is taken for so many inputs and rows.
inline constexpr std::size_t kMostNarrowInputs = 4096, kNarrowRows = 12;

/// Whether this set, on this machine, takes weights so kept in pairs. Never for fp32.
bool takes_pairs(const Set& set, Storage storage, std::size_t inputs);

/// Lays out `packed`, whose set, sizes, storage and scales are told, in pairs. Shape: as pack().
void pack_in_pairs(const float* weights, Packed& packed);

/// y = start + W x, as Set::multiply, of paired weights. Shape: the number of input i and row r stands at
/// x[r * row_step + i * input_step]. Missing: a NaN in a row of x gives NaN in all of that row of y that it weighs in on.
void multiply_narrow(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                     const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept;

}  // namespace kinemyo::kernels
