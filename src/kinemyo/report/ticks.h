#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kinemyo::report {

/// The 1, 2 or 5 times a power of ten that is nearest to `rough`, by ratio.
double nice_step(double rough);

/// The multiples of `step` from `low` to `high`, at most 1000.
std::vector<double> multiples(double low, double high, double step);

/// Round numbers from at or above `low` to at or below `high`, about `count` of them.
/// Throws std::invalid_argument unless both are finite and in order.
std::vector<double> nice_ticks(double low, double high, std::size_t count);

/// Ticks as text, with the digits that tell them apart.
std::vector<std::string> tick_labels(const std::vector<double>& ticks);

}  // namespace kinemyo::report
