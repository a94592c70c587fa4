#pragma once

#include "kinemyo/model/model.h"

namespace kinemyo::train {

/// The linear part of a network, fixed before the rest is trained. Shape: weight is outputs x inputs, bias outputs.
struct Linear {
  model::Tensor weight;
  model::Tensor bias;
};

}  // namespace kinemyo::train
