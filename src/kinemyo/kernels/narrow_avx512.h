#pragma once

#include "kinemyo/kernels/narrow.h"
#include "kinemyo/kernels/pairs.h"

// For processors with avx512_bf16 (of int8: avx512_vnni); to be called on those alone.
namespace kinemyo::kernels {

/// MultiplyPaired of bf16 and of int8.
void multiply_bf16_avx512(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                          const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept;
void multiply_int8_avx512(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                          const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept;

/// As multiply_pairs().
void multiply_pairs_avx512(const Pairs& w, const std::uint32_t* x, std::size_t row_step, std::size_t pair_step,
                           std::size_t rows, const float* start, std::size_t start_stride, float* y,
                           std::size_t y_stride);
/// Words of neighbouring numbers: of 2 k and 2 k + 1. Numbers too small for their exponent become zero.
void pair_row_avx512(const float* x, std::size_t pairs, std::uint32_t* to);
/// Words of what stands below each other.
void pair_columns_avx512(const float* one, const float* other, std::size_t count, std::uint32_t* to);

}  // namespace kinemyo::kernels
