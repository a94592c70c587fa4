#include "kinemyo/signal/turns.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kinemyo::signal {

double wrap(double angle) { return std::remainder(angle, 2 * std::numbers::pi); }

bool unwrap(std::vector<double>& angle) {
  double turns = 0, last = std::nan("");
  auto out = angle;
  for (double& value : out) {
    if (std::isnan(value)) continue;
    if (std::abs(value) > std::numbers::pi + 1e-4) return false;
    const double raw = value;
    if (std::abs(raw - last) > std::numbers::pi) turns -= raw > last ? 1 : -1;
    last = raw;
    value = raw + turns * 2 * std::numbers::pi;
  }
  const bool jumped = !std::equal(out.begin(), out.end(), angle.begin(), [](double x, double y) {
    return x == y || (std::isnan(x) && std::isnan(y));
  });
  if (jumped) angle = std::move(out);
  return jumped;
}

}  // namespace kinemyo::signal
