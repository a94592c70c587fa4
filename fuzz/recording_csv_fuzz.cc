// Any CSV is a recording or refused; its series and clocks fit together.
#include <cstdint>
#include <cstdlib>

#include "kinemyo/base/error.h"
#include "kinemyo/io/landmarks.h"
#include "kinemyo/io/trial_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinemyo;
  try {
    io::Table table = io::parse_csv({reinterpret_cast<const char*>(data), size}, "fuzz.csv");
    if (io::looks_like_landmarks(table)) {
      (void)io::parse_landmarks(std::move(table));
      return 0;
    }
    const auto joined = io::parse_trial_csv(table);
    std::size_t frames = 0;
    for (const auto& part : io::parse_trial_csvs(table)) {
      if (!part.series.empty()) frames += part.series[0].frames();
    }
    if (!joined.series.empty() && joined.series[0].frames() != frames) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
