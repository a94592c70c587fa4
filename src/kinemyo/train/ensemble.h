#pragma once

#include <span>
#include <vector>

#include "kinemyo/train/train.h"

namespace kinemyo::train {

/// One network whose outputs are the mean of several: their hidden states stand side by side, and no weight leads from one to
/// another; it has as many hidden units as they have together. Linear part, scalers and all else are of the first; `metrics` tell how many
/// they are and what each measured. Shape: recurrent members of one specification, 1 or more; one alone stays as it is.
/// Cost: a step takes as long as that of a network of this width, so more than all members one by one.
model::Model mean_of(std::span<const model::Model> members);

/// train() of each of `recipe.training.members` networks, one after the other, and their mean. Everything else as train() says.
Result train_members(const model::Model& blank, const model::Recipe& recipe, const std::vector<features::Example>& training,
                     const std::vector<features::Example>& validation, const Options& options);

}  // namespace kinemyo::train
