#pragma once

#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::dataset {

/// A trial whose markers are off by exactly these levels (standard deviation of each axis), its labels untouched: placement
/// moves a marker with the segment on which it moves least, for the whole trial; smooth noise is white noise through a
/// Gaussian of 100 ms, brought back to its level; a hidden marker is NaN for stretches of 0.2 s. Computed points, which would
/// tell where the markers were, are left out.
PreparedTrial with_noise(const PreparedTrial& trial, const model::Recipe::Copies& levels, base::Random& random);

/// The same movement `pace` times as fast: markers, angles and envelopes between their frames by a cubic spline. The clock's rate stays; raw EMG, events and marks are left out. Missing: NaN where one of the two frames next to it is.
/// Throws std::invalid_argument unless pace is above 0.
PreparedTrial at_pace(const PreparedTrial& trial, double pace);

/// make_example() of every trial, and of recipe.copies of it, each with levels drawn from 0 to the recipe's. Of a model that sees keypoints in the
/// canonical frame the keypoints err, not the markers that they are made of. The copies have their trial's key: they stand on its side of every split.
std::vector<features::Example> make_training_examples(const std::vector<PreparedTrial>& trials, const model::Model& model,
                                                      const model::Recipe& recipe);

}  // namespace kinemyo::dataset
