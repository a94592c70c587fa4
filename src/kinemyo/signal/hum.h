#pragma once

#include <span>
#include <vector>

namespace kinemyo::signal {

/// Line hum in a signal. Units: Hz; `share` is the part of the signal's variance that lies in the
/// lines.
struct Hum {
  double line_hz = 0;                ///< 50 or 60; 0 if neither shows
  std::vector<double> harmonics_hz;  ///< those that show, the fundamental included, below rate / 2
  double share = 0;
};

/// Looks for lines at 50 Hz, 60 Hz and their harmonics: a line shows when its power stands
/// `contrast` times above the median of its neighbourhood. Missing: NaN samples are left out (as 0
/// after the mean is taken off). Needs a second of signal; a shorter one shows no line. Cost:
/// O(samples * harmonics).
Hum find_hum(std::span<const double> x, double rate_hz, double contrast = 10.0);

}  // namespace kinemyo::signal
