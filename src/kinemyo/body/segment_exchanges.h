#pragma once

#include <cstddef>
#include <vector>

#include "kinemyo/body/exchanges.h"
#include "kinemyo/body/marker_track.h"

// Exchanges of names between two segments that are worth trying, told without a posture, which wrong names lead astray.
namespace kinemyo::body {

/// Exchanges of two markers of a segment with two of another after which the distances within both segments are the
/// model's: the most promising first, at most `most`. Whether a body can stand so has to be asked afterwards.
/// Shape: `sample` has frames of the track. Missing: distances of markers that are not seen together tell nothing.
/// Cost: the fourth power of the markers on a segment, some hundred thousand additions for a whole body.
std::vector<std::vector<Exchange>> exchanges_by_distances(const MarkerTrack& track, const std::vector<std::size_t>& sample,
                                                          std::size_t most);

/// All markers of a segment with those of the other side's, one exchange a segment that has two of them or more. Missing: markers
/// that are not seen in `frame` are left out.
std::vector<std::vector<Exchange>> exchanges_with_mirror(const MarkerTrack& track, std::size_t frame);

}  // namespace kinemyo::body
