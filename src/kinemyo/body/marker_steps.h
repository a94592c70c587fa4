#pragma once

#include "kinemyo/body/marker_track.h"

// What markers' own paths tell of faults, without a body: a path that breaks off and goes on elsewhere.
namespace kinemyo::body {

inline constexpr double kDisplaced = 0.050;  ///< m: what counts as away

/// Whether marker m jumps to frame f by `least` (m) or more, and goes on as it went before.
bool steps(const MarkerTrack& track, std::size_t m, std::size_t f, double least);

/// Finds pairs of markers of which each goes on where the other came from, and later back again, and exchanges them in the
/// track meanwhile. What lasts for more than half of the trial is left to whoever knows the body: the names may be wrong
/// before and after.
std::vector<MarkerFault> exchange_by_paths(MarkerTrack& track);

/// Moves markers back that step away by kDisplaced or more and later back by the same vector, within a tenth of it. They have to
/// be seen for three frames on both sides of both steps, so steadily that the steps are known to within 8 mm, and not to be
/// away for more than half of the trial.
std::vector<MarkerFault> move_back_by_paths(MarkerTrack& track);

}  // namespace kinemyo::body
