#pragma once

#include <bit>
#include <cstdint>

namespace kinemyo::kernels {

/// The nearest number of 16 bits (bf16: the upper half of a float); of two equally near, the even one.
/// Missing: a NaN stays one. The same as the processor's own vcvtneps2bf16 but for numbers below the normal ones, which
/// that takes as zero.
inline std::uint16_t half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return static_cast<std::uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : rounded);
}

inline float of_half(std::uint16_t half) { return std::bit_cast<float>(std::uint32_t{half} << 16); }

}  // namespace kinemyo::kernels
