#pragma once

#include <string>
#include <vector>

#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"

namespace kinemyo::dataset {

/// What the muscles that a model learns are worth in some trials: how many channels, how many were left out, their scores
/// (signal/quality.h), the poorest by name, what 100 % is, and where envelopes lean on padding. One line for people;
/// empty where the model has no muscle, or the trials were not judged.
std::string describe_emg(const std::vector<PreparedTrial>& trials, const model::Model& model);

}  // namespace kinemyo::dataset
