#pragma once

#include <cstddef>

#include "kinemyo/kernels/kernels.h"

// Weights of 16 and 8 bits on processors that multiply and add pairs of such numbers themselves.
namespace kinemyo::kernels {

/// What is multiplied is rounded once for all outputs, into memory that is taken for so many inputs and rows.
inline constexpr std::size_t kMostNarrowInputs = 4096, kNarrowRows = 12;

/// What multiplies weights so kept in pairs with this set on this machine. Null: nothing does, as for fp32.
MultiplyPaired paired_multiply(const Set& set, Storage storage, std::size_t inputs);

/// Lays out `packed`, whose set, sizes, storage and scales are told, in pairs. Shape: as pack().
void pack_in_pairs(const float* weights, Packed& packed);

}  // namespace kinemyo::kernels
