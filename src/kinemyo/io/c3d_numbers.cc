#include "kinemyo/io/c3d_numbers.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace kinemyo::io::c3d {

namespace {

constexpr std::uint32_t kVaxReserved = 0x80000000u;

std::uint32_t byte(const char* bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

// A VAX F-float is 0.1f x 2^(e - 128), IEEE is 1.f x 2^(e - 127): its exponent is larger by 2.
float from_vax(std::uint32_t bits) {
  const std::uint32_t exponent = (bits >> 23) & 0xffu;
  if (exponent == 0) {
    return bits == kVaxReserved ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  }
  if (exponent > 2) return std::bit_cast<float>(bits - (2u << 23));
  const float magnitude =
      std::ldexp(1.0f + static_cast<float>(bits & 0x7fffffu) * 0x1p-23f, static_cast<int>(exponent) - 129);
  return (bits >> 31) != 0 ? -magnitude : magnitude;
}

std::uint32_t to_vax(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t exponent = (bits >> 23) & 0xffu;
  if (exponent >= 254) return kVaxReserved;
  if (exponent > 0) return bits + (2u << 23);
  int power = 0;
  const float fraction = std::frexp(std::fabs(value), &power);  // 0.5 <= fraction < 1
  if (fraction == 0.0f || power + 128 < 1) return 0;
  const auto mantissa = static_cast<std::uint32_t>((fraction * 2.0f - 1.0f) * 0x1p23f);
  return (bits & 0x80000000u) | (static_cast<std::uint32_t>(power + 128) << 23) | mantissa;
}

bool is_native(C3dProcessor processor) {
  return (processor == C3dProcessor::intel && std::endian::native == std::endian::little) ||
         (processor == C3dProcessor::mips && std::endian::native == std::endian::big);
}

}  // namespace

std::uint16_t decode_word(C3dProcessor processor, const char* bytes) {
  const std::size_t low = processor == C3dProcessor::mips ? 1 : 0;
  return static_cast<std::uint16_t>(byte(bytes, low) | (byte(bytes, 1 - low) << 8));
}

float decode_float(C3dProcessor processor, const char* bytes) {
  switch (processor) {
    case C3dProcessor::intel:
      return std::bit_cast<float>(byte(bytes, 0) | byte(bytes, 1) << 8 | byte(bytes, 2) << 16 |
                                  byte(bytes, 3) << 24);
    case C3dProcessor::mips:
      return std::bit_cast<float>(byte(bytes, 3) | byte(bytes, 2) << 8 | byte(bytes, 1) << 16 |
                                  byte(bytes, 0) << 24);
    case C3dProcessor::dec:
      return from_vax(byte(bytes, 2) | byte(bytes, 3) << 8 | byte(bytes, 0) << 16 |
                      byte(bytes, 1) << 24);
  }
  return std::numeric_limits<float>::quiet_NaN();
}

void decode_floats(C3dProcessor processor, const char* bytes, std::size_t count, float* out) {
  if (count == 0) return;
  if (is_native(processor)) {
    std::memcpy(out, bytes, count * sizeof(float));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) out[i] = decode_float(processor, bytes + 4 * i);
}

void decode_integers(C3dProcessor processor, const char* bytes, std::size_t count, bool is_unsigned,
                     float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t word = decode_word(processor, bytes + 2 * i);
    out[i] = is_unsigned ? static_cast<float>(word) : static_cast<float>(static_cast<std::int16_t>(word));
  }
}

void append_word(C3dProcessor processor, std::uint16_t value, std::string& out) {
  const char low = static_cast<char>(value & 0xff);
  const char high = static_cast<char>(value >> 8);
  const bool high_first = processor == C3dProcessor::mips;
  out += high_first ? high : low;
  out += high_first ? low : high;
}

void append_float(C3dProcessor processor, float value, std::string& out) {
  const std::uint32_t bits =
      processor == C3dProcessor::dec ? to_vax(value) : std::bit_cast<std::uint32_t>(value);
  const auto high = static_cast<std::uint16_t>(bits >> 16);
  const auto low = static_cast<std::uint16_t>(bits & 0xffff);
  const bool high_first = processor != C3dProcessor::intel;
  append_word(processor, high_first ? high : low, out);
  append_word(processor, high_first ? low : high, out);
}

}  // namespace kinemyo::io::c3d
