#pragma once

#include <string>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/train/linear_part.h"
#include "kinemyo/train/ridge.h"

namespace kinemyo::train {

/// Where ridge regression of a model's outputs begins: an angle that geometry gives among the inputs counts as itself.
/// Shape: weights for inputs and outputs scaled by the model's scalers.
std::vector<Ridge::Settings::Start> linear_start(const model::Model& model);

/// Ridge regression (Ridge) of scaled targets on the scaled inputs of the same frame, from linear_start(); its penalties are
/// chosen by leaving groups of these examples out: what the recipe's split keeps together, or single trials where that is one
/// group. recipe.linear_sees "joint": an angle sees the geometry of its own joint alone, whatever else went with it in training;
/// "best": that, or all inputs for an output of which they leave a fifth less squared error in the groups left out.
/// Missing: unseen inputs count as their mean; frames without a target are left out for that target.
Linear fit_linear(std::vector<features::Example> scaled_targets, const model::Model& model, const model::Recipe& recipe);

}  // namespace kinemyo::train
