// Any bytes are read or refused, whatever happens to HDF5 in its child process; shared_counters.cc shows the fuzzer where it went.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/io/hdf5_variables.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)io::looks_like_hdf5(text);
    std::vector<std::string> notes;
    const auto variables = io::parse_hdf5(text, "fuzz.h5", notes);
    if (io::to_recording("fuzz.h5", "HDF5", variables, {.position_unit = "mm", .emg_unit = "V", .rate_hz = 100, .part = ""}).series.empty()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
