#include "kinemyo/base/median.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kinemyo::base {

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double robust_spread(std::vector<double> values, double center) {
  for (double& value : values) value = std::abs(value - center);
  return 1.4826 * median(std::move(values));
}

}  // namespace kinemyo::base
