#pragma once

#include <vector>

namespace kinemyo::base {

/// The value in the middle, or the mean of the two there; NaN of none. The values may hold no NaN. Cost: O(n).
double median(std::vector<double> values);

/// How far values lie from `center`: 1.4826 times the median distance, which is the standard deviation of normally
/// distributed values, whatever outliers there are. NaN of none.
double robust_spread(std::vector<double> values, double center);

}  // namespace kinemyo::base
