#pragma once

#include <string>
#include <vector>

#include "kinemyo/dataset/store.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::dataset {

/// A recipe's choices settled against what the trials hold ("common", named sets): the specification that goes
/// into the model file, without weights, scalers or network widths of zero.
/// Constant and copied target channels become OutputChannel::Source::constant and copy (recipe: drop_constant);
/// they are found on the trials given here, which must be of the training side alone.
/// Throws Error that lists what is missing in which trial; computed points never become inputs (tested).
model::Model settle(const model::Recipe& recipe, const std::vector<PreparedTrial>& training);

/// A trial as the network of `model` sees it. Targets that are not measured are NaN.
features::Example make_example(const PreparedTrial& trial, const model::Model& model,
                               const model::Recipe& recipe);

/// A stretch of one example (or, for the original's recipes, of joined examples).
struct Window {
  std::size_t example = 0;
  std::size_t first = 0;
};

/// Windows inside trials: starts 0, stride, ...; and one that ends with the last frame, so that none is lost.
/// Trials shorter than a window give one window that the trainer pads and masks.
/// recipe.original.windows: range(0, T - L, L), shorter trials give none.
std::vector<Window> make_windows(const std::vector<features::Example>& examples,
                                 const model::Recipe& recipe);

}  // namespace kinemyo::dataset
