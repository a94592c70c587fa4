// Any bytes are read or refused; what was read can be placed.
#include <cstdint>

#include "kinemyo/base/error.h"
#include "kinemyo/body/osim.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    const auto read = body::parse_osim({reinterpret_cast<const char*>(data), size}, "fuzz.osim");
    auto pose = read.model.make_pose();
    read.model.place(read.model.neutral(), pose);
  } catch (const Error&) {
  }
  return 0;
}
