#pragma once

#include <span>
#include <vector>

namespace kinemyo::signal {

/// A signal whose spectrum is made even from low_hz to high_hz, and zero outside, without a shift in time: noise that is
/// coloured becomes noise of more independent numbers a second, so that its strength is told more surely. What stands as strong
/// in the quietest tenth of the recording is taken for noise of the amplifier and not raised, where that tenth has less than a
/// quarter of the mean square; what stands below a thousandth of the strongest part is raised no
/// further than that would be. The mean square stays.
/// Shape: as x. Missing: none may be (NaN spoils all). A signal of less than ten windows of 0.125 s comes back as it is.
/// Cost: O(n log n). Source: Hogan and Mann 1980, doi 10.1109/TBME.1980.326652; limited as by Clancy and Farry 2000,
/// doi 10.1109/10.844217.
std::vector<double> whitened(std::span<const double> x, double rate_hz, double low_hz, double high_hz);

}  // namespace kinemyo::signal
