// Any bytes are read or refused; the variables of what was read become series that fit together, or are refused.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/mat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)io::looks_like_mat(text);
    std::vector<std::string> notes;
    const auto variables = io::parse_mat(text, "fuzz.mat", notes);
    const auto recording = io::to_recording("fuzz.mat", "MATLAB 5", variables, {.position_unit = "mm", .emg_unit = "V", .rate_hz = 100, .part = ""});
    if (recording.series.empty()) std::abort();
    for (const auto& series : recording.series) {
      if (series.frames() != series.values().rows() || series.channels().empty()) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
