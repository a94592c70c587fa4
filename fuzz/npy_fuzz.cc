// Any bytes are read or refused; what was read is written and reads back the same.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "kinemyo/base/error.h"
#include "kinemyo/io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  io::NpyArray once;
  try {
    once = io::parse_npy({reinterpret_cast<const char*>(data), size}, "fuzz.npy");
  } catch (const Error&) {
    return 0;
  }
  const auto again = io::parse_npy(io::format_npy(once.shape, once.values, io::NpyType::f8), "again.npy");
  if (again.shape != once.shape || again.values.size() != once.values.size()) std::abort();
  if (!once.values.empty() && std::memcmp(again.values.data(), once.values.data(), once.values.size() * 8) != 0) std::abort();
  return 0;
}
