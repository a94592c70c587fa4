// Any bytes are read or refused; what was read is written and reads back as the same text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kinemyo/io/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  std::string once;
  try {
    once = io::format_csv(io::parse_csv({reinterpret_cast<const char*>(data), size}, "fuzz.csv"));
  } catch (const Error&) {
    return 0;
  }
  if (io::format_csv(io::parse_csv(once, "again.csv")) != once) std::abort();
  return 0;
}
