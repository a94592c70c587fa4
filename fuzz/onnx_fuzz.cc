// Bytes of any kind are read as an ONNX network or refused with an Error; nothing else may happen.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kinemyo/base/error.h"
#include "kinemyo/exchange/onnx/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)kinemyo::exchange::parse_onnx("fuzz", std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const kinemyo::Error&) {
  }
  return 0;
}
