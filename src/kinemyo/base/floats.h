#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

/// The bytes of a value that lies anywhere, in the machine's order.
template <typename T>
T from_bytes(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// How files keep floating-point numbers, little-endian; 64 bits are rounded to 32.
struct FloatType {
  std::size_t bytes;
  float (*read)(const char*);
};
static_assert(std::endian::native == std::endian::little, "numbers are copied as little-endian");
inline constexpr FloatType kFloat32{4, from_bytes<float>};
inline constexpr FloatType kFloat64{8, [](const char* p) { return static_cast<float>(from_bytes<double>(p)); }};
inline constexpr FloatType kFloat16{2, [](const char* p) { return from_half(from_bytes<std::uint16_t>(p)); }};
inline constexpr FloatType kBfloat16{2, [](const char* p) { return from_bfloat16(from_bytes<std::uint16_t>(p)); }};

}  // namespace kinemyo::base
