#pragma once

#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"

namespace kinemyo::train {

/// Ridge regression of scaled targets on scaled inputs, without an intercept (both sides have mean 0); the penalty is
/// 1e-3 of the number of frames. Shape: outputs x inputs.
/// Missing: unseen inputs count as their mean, frames without a target are left out for that target.
/// Cost: O(frames * inputs^2) once, and once more for every target that is missing somewhere.
/// Source: Hoerl and Kennard 1970, doi 10.1080/00401706.1970.10488634.
model::Tensor fit_linear(const std::vector<features::Example>& scaled_targets, const model::Scaler& inputs);

}  // namespace kinemyo::train
