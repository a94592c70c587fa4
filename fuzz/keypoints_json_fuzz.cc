// Any text is read or refused; what was read has frames and points.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/keypoints_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)io::looks_like_keypoints_json(text);
    const auto recording = io::parse_keypoints_json(text, "fuzz.json", {"mm", 30});
    if (recording.series.empty() || recording.series[0].frames() == 0) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
