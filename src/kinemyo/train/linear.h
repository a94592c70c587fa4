#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"

namespace kinemyo::train {

/// The linear part of a network, fixed before the rest is trained. Shape: weight is outputs x inputs, bias outputs.
struct Linear {
  model::Tensor weight;
  model::Tensor bias;
};

/// Ridge regression (Ridge) of scaled targets on the scaled inputs of the same frame; its penalties are chosen by
/// leaving groups of these examples out: what `by` keeps together, or single trials where that is one group.
/// Missing: unseen inputs count as their mean; frames without a target are left out for that target.
Linear fit_linear(std::vector<features::Example> scaled_targets, const model::Scaler& inputs, std::string_view by);

}  // namespace kinemyo::train
