#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kinemyo::signal {

/// How strong noise is at each moment.
struct Strength {
  std::vector<double> values;  ///< standard deviation, the signal's unit, at its rate
  double half_hz = 0;          ///< what goes faster than this is smoothed to less than half
};

/// The smooth course of a noise's strength under which its samples are likeliest: the logarithm of its variance in parts of 5 ms,
/// bends penalised; how much, between half_hz of 0.5 and 16, is what the samples themselves make likeliest (marginal likelihood,
/// by Laplace's method). A part that holds more than six times what its surroundings let expect weighs as if it held six times.
/// Shape: both as x. Missing: samples with 0 in `measured` weigh nothing. Expects an even spectrum within a band and mean 0.
/// Where every sample is 0, so is the strength. Throws std::invalid_argument unless the rate is above 0, shapes agree and there is
/// more than 10 ms. Cost: O(n); a minute at 2 kHz in less than 100 ms.
/// Source: penalised likelihood, Green and Silverman 1994, chapter 5; strength of EMG by likelihood, Hogan and Mann 1980,
/// doi 10.1109/TBME.1980.326652. Checked against a dense solution in NumPy.
Strength likeliest_strength(std::span<const double> x, double rate_hz, std::span<const std::uint8_t> measured);

}  // namespace kinemyo::signal
