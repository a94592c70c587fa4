#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What every benchmark program shares: the clock, and the JSON line that bench/run.py reads.
namespace kinemyo::bench {

inline double now_s() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Median seconds of one call: once to warm up, then until `at_least_s` and three calls have passed.
template <typename Call>
double median_seconds(Call call, double at_least_s = 0.3) {
  call();
  std::vector<double> times;
  const double begin = now_s();
  while (times.size() < 3 || now_s() - begin < at_least_s) {
    const double start = now_s();
    call();
    times.push_back(now_s() - start);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

/// Prints {"name", "value", "unit", ...more} as one line.
inline void print_line(const std::string& name, double value, const std::string& unit,
                       nlohmann::json more = nlohmann::json::object()) {
  more["name"] = name;
  more["value"] = value;
  more["unit"] = unit;
  std::printf("%s\n", more.dump().c_str());
  std::fflush(stdout);
}

}  // namespace kinemyo::bench
