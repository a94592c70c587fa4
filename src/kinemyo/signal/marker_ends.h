#pragma once

#include "kinemyo/base/matrix.h"

namespace kinemyo::signal {

/// Fills gaps of markers before the first and after the last frame that is seen, where fill_markers() (marker_gaps.h) has no
/// second edge: ridge regression of the marker's place among the markers that are seen throughout the gap, over the frames in
/// which all are, tied to where the marker is next measured. In place.
/// Shape: frames x (markers * 3). Units: m, Hz. Missing: as fill_markers(); gaps longer than `longest_s` stay, and where fewer than 3
/// others, or less than twice the gap's length of frames, tell.
/// Throws std::invalid_argument unless the columns are triples and the rate is above 0.
void fill_marker_ends(base::Matrix<double>& positions, double rate_hz, double longest_s);

}  // namespace kinemyo::signal
