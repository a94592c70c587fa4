#pragma once

#include <cstddef>
#include <vector>

#include "kinemyo/body/exchanges.h"
#include "kinemyo/body/marker_track.h"

namespace kinemyo::body {

/// Exchanges of two markers of a segment with two of another after which the distances within both segments are the
/// model's: the most promising first, at most `most`. They need no posture, which wrong names lead astray; whether a body
/// can stand so has to be asked afterwards.
/// Shape: `sample` has frames of the track. Missing: distances of markers that are not seen together tell nothing.
/// Cost: the fourth power of the markers on a segment, some ten thousand additions for a whole body.
std::vector<std::vector<Exchange>> exchanges_by_distances(const MarkerTrack& track, const std::vector<std::size_t>& sample,
                                                          std::size_t most);

}  // namespace kinemyo::body
