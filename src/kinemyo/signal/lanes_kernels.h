#pragma once

#include <cstddef>

// Lanes::kCount numbers a row. Products and sums are rounded one by one (no fused multiply-add), so that all
// instruction sets agree with the plain loop to the last bit.
namespace kinemyo::signal {

/// Transposed direct form II over the rows, forward or backward, in place. `state` has taps - 1 rows.
/// Shape: b and a have `taps` numbers, a[0] = 1.
void run_lanes(const double* b, const double* a, std::size_t taps, double* state, double* x,
               std::size_t rows, bool backward);
/// out[i] = x[i] + x[i + 1] + ... + x[i + width - 1], added in this order; x has rows + width - 1 rows.
void sum_lanes(const double* x, std::size_t width, double* out, std::size_t rows);

}  // namespace kinemyo::signal
