#pragma once

#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"

namespace kinemyo::study {

/// Notes in the model's `metrics` how far each network output is off on examples that it did not learn from, as live use tells
/// people: "validation_loss_of", mean squared errors of scaled outputs. Without examples, or of an output that none knows:
/// nothing is noted.
void note_output_errors(model::Model& model, const std::vector<features::Example>& validation);

}  // namespace kinemyo::study
