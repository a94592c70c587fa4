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

/// Looks for lines at 50 Hz, 60 Hz (within 0.2 Hz) and their harmonics in windows of 4 s, or of the
/// whole signal where it is shorter. A line shows when its power stands above the median of its
/// neighbourhood by `contrast` and by more than chance gives in so few windows: noise alone, in
/// bursts or steady, shows a line about once in a thousand signals of any length.
/// Missing: NaN samples are left out (as 0 after the mean is taken off). Needs a second of signal
/// and a rate of 150 Hz; less shows no line. Cost: O(n log n).
Hum find_hum(std::span<const double> x, double rate_hz, double contrast = 10.0);

/// Takes a line out by a notch of that quality, forward and backward, for which the line goes on beyond both ends as it is
/// near them (frequency of the whole signal, amplitude and phase of the second at each end, by least squares): a notch that
/// starts at an end rings there for half a second. Missing: a NaN spoils everything. Cost: O(n).
std::vector<double> remove_line(std::span<const double> x, double line_hz, double quality, double rate_hz);

/// The part of a signal that repeats itself, whatever its period from 20 to 450 Hz: hum, a display,
/// a motor, a stimulator. It is the correlation of the signal with itself that is still there after
/// 50, 100, 150 and 200 ms (the least of the four ranges), by when a muscle's own is gone.
/// Expects what lies under 20 Hz to be taken off. Range: 0 to 1; 0 for less than a second.
/// Missing: a NaN spoils it. Cost: O(n log n).
double periodic_share(std::span<const double> x, double rate_hz);

}  // namespace kinemyo::signal
