#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kinemyo::base {

/// FNV-1a, 64 bits: says whether data changed, not who changed it.
/// Source: Fowler, Noll, Vo; draft-eastlake-fnv-17, offset basis and prime of section 5.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  std::uint64_t value() const { return value_; }
  std::string hex() const {
    std::string out(16, '0');
    for (int i = 0; i < 16; ++i) out[15 - i] = "0123456789abcdef"[(value_ >> (4 * i)) & 15];
    return out;
  }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace kinemyo::base
