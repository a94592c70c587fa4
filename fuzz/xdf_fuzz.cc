// Any bytes are read or refused; series and clocks of what was read fit together.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/xdf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    const auto file = io::parse_xdf({reinterpret_cast<const char*>(data), size}, "fuzz.xdf");
    const auto recording = io::to_recording("fuzz.xdf", file);
    for (const auto& series : recording.series) {
      if (series.frames() == 0) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
