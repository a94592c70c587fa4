#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kinemyo/base/error.h"

namespace kinemyo::base {

/// Reads numbers and text from bytes; every read is checked against what remains.
/// Throws FormatError (path, byte offset) where fewer bytes remain than are asked for.
class ByteCursor {
 public:
  ByteCursor(std::string path, std::string_view bytes, std::endian order = std::endian::little)
      : path_(std::move(path)), bytes_(bytes), order_(order) {}

  std::size_t offset() const { return offset_; }
  std::size_t size() const { return bytes_.size(); }
  std::size_t remaining() const { return bytes_.size() - offset_; }
  const std::string& path() const { return path_; }
  void set_order(std::endian order) { order_ = order; }

  void seek(std::size_t offset, std::string_view what) {
    if (offset > bytes_.size()) fail_short(offset, what, "offset " + std::to_string(offset));
    offset_ = offset;
  }
  void skip(std::size_t count, std::string_view what) { (void)take(count, what); }

  /// The next `count` bytes; checked before anything is allocated.
  std::string_view take(std::size_t count, std::string_view what) {
    if (count > remaining()) fail_short(offset_, what, std::to_string(count) + " bytes");
    const auto out = bytes_.substr(offset_, count);
    offset_ += count;
    return out;
  }
  /// Refuses early that `count` items of `item_bytes` each are still to come, overflow-safe.
  void expect(std::size_t count, std::size_t item_bytes, std::string_view what) const {
    if (item_bytes != 0 && count > remaining() / item_bytes) {
      fail_short(offset_, what,
                 std::to_string(count) + " items of " + std::to_string(item_bytes) + " bytes");
    }
  }

  std::uint8_t u8(std::string_view what) { return number<std::uint8_t>(what); }
  std::int8_t i8(std::string_view what) { return number<std::int8_t>(what); }
  std::uint16_t u16(std::string_view what) { return number<std::uint16_t>(what); }
  std::int16_t i16(std::string_view what) { return number<std::int16_t>(what); }
  std::uint32_t u32(std::string_view what) { return number<std::uint32_t>(what); }
  std::int32_t i32(std::string_view what) { return number<std::int32_t>(what); }
  std::uint64_t u64(std::string_view what) { return number<std::uint64_t>(what); }
  std::int64_t i64(std::string_view what) { return number<std::int64_t>(what); }
  float f32(std::string_view what) { return std::bit_cast<float>(u32(what)); }
  double f64(std::string_view what) { return std::bit_cast<double>(u64(what)); }

  [[noreturn]] void fail(std::size_t at, std::string what, std::string expected,
                         std::string found) const {
    throw FormatError(path_, Place::byte(at), std::move(what), std::move(expected),
                      std::move(found));
  }

 private:
  template <typename T>
  T number(std::string_view what) {
    const auto raw = take(sizeof(T), what);
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, raw.data(), sizeof(T));
    if (order_ != std::endian::native) {
      for (std::size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
    }
    T out;
    std::memcpy(&out, bytes, sizeof(T));
    return out;
  }
  [[noreturn]] void fail_short(std::size_t at, std::string_view what, std::string asked) const {
    fail(at, std::string(what) + " runs past the end of the file", std::move(asked),
         std::to_string(bytes_.size() - std::min(at, bytes_.size())) + " bytes left");
  }

  std::string path_;
  std::string_view bytes_;
  std::endian order_;
  std::size_t offset_ = 0;
};

}  // namespace kinemyo::base
