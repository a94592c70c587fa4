// Any bytes are read or refused with an Error; what was read can be written, and reads back with the same shape.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kinemyo/io/c3d.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  io::C3dFile stored;
  try {
    const auto first = io::to_recording(
        "fuzz", io::parse_c3d("fuzz", {reinterpret_cast<const char*>(data), size}), {.point_unit = "mm"});
    std::size_t numbers = 0;
    for (const auto& series : first.series) numbers += series.values().flat().size();
    if (numbers == 0 || numbers > 100'000) return 0;
    stored = io::from_recording(first);
  } catch (const Error&) {
    return 0;
  }
  std::string bytes;
  try {
    bytes = io::format_c3d(stored);
  } catch (const Error&) {
    return 0;  // more than C3D can hold
  }
  const auto again = io::parse_c3d("again", bytes);
  if (again.frames() != stored.frames() || again.point_count() != stored.point_count() ||
      again.analogs.flat().size() != stored.analogs.flat().size()) {
    std::abort();
  }
  (void)io::to_recording("again", again);
  return 0;
}
