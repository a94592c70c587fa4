#include "kinemyo/serve/latency.h"

#include <algorithm>
#include <cmath>

namespace kinemyo::serve {

namespace {
constexpr double kFirst_s = 1e-6, kStep = 1.05;
}

void Latency::add(std::chrono::steady_clock::duration took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const double step = std::ceil(std::log(std::max(seconds, kFirst_s) / kFirst_s) / std::log(kStep));
  ++steps_[static_cast<std::size_t>(std::min(step, static_cast<double>(steps_.size() - 1)))];
  ++count_;
  worst_s_ = std::max(worst_s_, seconds);
}

double Latency::quantile_s(double part) const {
  if (count_ == 0) return 0;
  const double wanted = part * static_cast<double>(count_);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    sum += steps_[i];
    if (static_cast<double>(sum) >= wanted) return std::min(worst_s_, kFirst_s * std::pow(kStep, static_cast<double>(i)));
  }
  return worst_s_;
}

}  // namespace kinemyo::serve
