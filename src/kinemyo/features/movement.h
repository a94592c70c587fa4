#pragma once

#include <span>

#include "kinemyo/base/matrix.h"
#include "kinemyo/model/model.h"

namespace kinemyo::features {

/// How points go together within a fifth of a second, learned of recordings of the training side: principal components of
/// the points of five frames, in a frame that goes with the pelvis, less the recording's mean. Empty where too few frames tell.
/// Shape: raw frames as raw_frames() gives them. Units: m, Y up. Missing: moments with a point hidden teach nothing; points that
/// are never seen are no part of it. Throws Error unless the markers tell where the pelvis is.
model::Movement learn_movement(std::span<const base::Matrix<double>> raw, const model::InputSpec& spec, double rate_hz);

/// Puts points that are hidden where spec.movement says: the best linear estimate from what is seen within the moments
/// around, also at a recording's ends, moved so that it meets the point's own path at the gap's edges. In place.
/// `points` has gaps filled some way, which tells where the pelvis is; `seen` has them as NaN. What is NaN in both stays.
/// Source: Gløersen and Federolf 2016, doi 10.1371/journal.pone.0152616 (principal components of recordings' own frames).
/// Shape: both frames x (3 a marker, then scalars). Cost: some hundred microseconds a frame near a gap.
void fill_by_movement(base::Matrix<double>& points, const base::Matrix<double>& seen, const model::InputSpec& spec, double rate_hz);

}  // namespace kinemyo::features
