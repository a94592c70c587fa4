#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::train {

/// A linear network and what there is to say about how it came to be.
struct ClosedForm {
  model::Model model;
  std::vector<std::string> notes;  ///< for people: channels left out, penalties
};

/// Fits a linear network (model::NetworkSpec): ridge regression, its penalties chosen by leaving groups of the recipe's split
/// out; with recipe.near_frames, the mean of it and of kernel ridge regression on that many frames of the training side (OwnFrames). All else comes from the same folds, each group told by the others: channels that go against all others (labels
/// exchanged, electrodes elsewhere) are left out, and said; intervals hold 9 of 10 frames; reach and penalty of an
/// adaptation are those that tell a group's trial best from its other trials.
/// Missing: unseen inputs count as their mean; frames without a target are left out for that target.
/// Throws Error without a known target. Cost: some eigendecompositions of features() columns.
/// Source: Hoerl and Kennard 1970 (Ridge); intervals by residuals of folds: Barber and others 2021, arXiv 1905.02928.
ClosedForm fit_closed_form(const model::Model& blank, const model::Recipe& recipe, std::vector<features::Example> examples);

/// The features of all frames of a scaled example without NaN. Shape: frames x spec.features().
base::Matrix<float> all_features(const model::NetworkSpec& spec, base::MatrixView<const float> x);

}  // namespace kinemyo::train
