#include "kinemyo/report/ticks.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "kinemyo/base/error.h"

namespace kinemyo::report {

double nice_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power;
  for (const double multiple : {2.0, 5.0, 10.0}) {
    if (std::abs(std::log(multiple * power / rough)) < std::abs(std::log(step / rough)))
      step = multiple * power;
  }
  return step;
}

std::vector<double> multiples(double low, double high, double step) {
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double k = first; k <= last && ticks.size() < 1000; ++k)
    ticks.push_back(k == 0 ? 0 : k * step);
  return ticks;
}

std::vector<double> nice_ticks(double low, double high, std::size_t count) {
  require(std::isfinite(low) && std::isfinite(high) && low < high && count > 0,
          "nice_ticks: needs two finite numbers in order");
  return multiples(low, high, nice_step((high - low) / static_cast<double>(count)));
}

std::vector<std::string> tick_labels(const std::vector<double>& ticks) {
  double largest = 0;
  for (const double t : ticks) largest = std::max(largest, std::abs(t));
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : largest;
  const bool plain = largest == 0 || (largest < 1e6 && step >= 1e-5);
  const int digits =
      step > 0 ? std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 8) : 0;
  std::vector<std::string> out;
  for (const double t : ticks) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, plain ? "%.*f" : "%.*g", plain ? digits : 6, t);
    std::string text(buffer);
    if (text.starts_with('-')) text.replace(0, 1, "\u2212");
    out.push_back(text);
  }
  return out;
}

}  // namespace kinemyo::report
