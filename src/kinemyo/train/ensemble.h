#pragma once

#include <span>

#include "kinemyo/model/model.h"

namespace kinemyo::train {

/// One network whose outputs are the mean of several: their hidden states stand side by side, and no weight leads from one to
/// another. It has as many hidden units as they have together, which is all that `spec` and running it show of them. Linear part,
/// scalers and all else are of the first. Shape: recurrent members of one specification, 1 or more.
/// Cost: a step takes as long as that of a network of this width, so more than all members one by one.
model::Model mean_of(std::span<const model::Model> members);

}  // namespace kinemyo::train
