// Any bytes are read or refused; series and clocks of what was read fit together.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/edf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)io::looks_like_edf(text);
    const auto recording = io::parse_edf(text, "fuzz.edf");
    if (recording.series.empty() && recording.events.empty()) std::abort();
    for (const auto& series : recording.series) {
      if (series.frames() == 0) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
