#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kinemyo::base {

/// IEEE 754 binary16 to binary32, exact: exponent bias 15 to 127, subnormals by scaling.
inline float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VALF : std::numeric_limits<float>::quiet_NaN();
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

/// bfloat16 to binary32, exact: its upper half.
inline float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace kinemyo::base
