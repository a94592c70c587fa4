#pragma once

#include <optional>
#include <vector>

#include "kinemyo/body/inverse_kinematics.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// Solves the frames with gaps again, so that postures do not jump when a marker goes and comes. Each marker is taken to wander
/// on its body evenly from where it was before to where it is after; where the others stand then says where the body is,
/// and a missing marker is put on it. Coordinates that no marker shows go smoothly from before to after.
/// In gaps at the ends of the trial markers hold where they stand on their bodies at the nearer edge. Shape: `channels` one a marker of the model (none: not recorded); `postures` frames x
/// coordinates, as solved without, NaN where nothing is seen.
/// Returns, for each coordinate, in how many frames nothing showed it between two in which something did.
std::vector<std::size_t> bridge_gaps(InverseKinematics& solver, const std::vector<std::optional<std::size_t>>& channels,
                                     const motion::Series& markers, base::Matrix<double>& postures);

/// For each body of a model, the channels on it and further out that weigh something: what shows the coordinates of its joint.
std::vector<std::vector<std::size_t>> channels_that_show(const InverseKinematics& solver,
                                                         const std::vector<std::optional<std::size_t>>& channels);

}  // namespace kinemyo::body
