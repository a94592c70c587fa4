#pragma once

#include <string>
#include <vector>

#include "kinemyo/dataset/store.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::dataset {

/// Every channel choice of a recipe as names, by what the trials hold: named sets looked up, "common" resolved.
/// "common" markers: the largest known physical set (the original's 42, OpenCap's, Plug-in-Gait's 20) that all trials
/// hold; else every physical marker that all trials hold. Computed points (features::is_computed_point) are in neither,
/// are taken out of named sets, and are refused where a recipe names them.
/// "common" angles: what all trials hold, without translations; where Plug-in-Gait's hips, knees and ankles are
/// among them, these 18. "common" coordinates: what all trials hold. "common" EMG: what any trial holds, since good muscles differ from person
/// to person (the rest is NaN: not learned, not scored).
/// Throws Error naming what is missing in which trial.
model::Recipe resolve_channels(const model::Recipe& recipe, const std::vector<PreparedTrial>& trials);

/// A recipe's choices settled against what the trials hold ("common", named sets): the specification that goes
/// into the model file, without weights, scalers or network widths of zero.
/// Constant and copied target channels become OutputChannel::Source::constant and copy (recipe: drop_constant);
/// they are found on the trials given here, which must be of the training side alone.
/// Throws Error that lists what is missing in which trial, or trials in which 100 % of a muscle is of different kinds (peak,
/// mvc, mean), where it is normalised; computed points never become inputs (tested).
model::Model settle(const model::Recipe& recipe, const std::vector<PreparedTrial>& training);

/// A trial as the network of `model` sees it: recipe.original's Savitzky-Golay filter on its target angles included.
/// Targets that are not measured are NaN.
features::Example make_example(const PreparedTrial& trial, const model::Model& model,
                               const model::Recipe& recipe);

/// The trial's targets by the names that a user gets, constants and copies too, in people's frame (laboratory heading).
/// Shape: frames x model.outputs. Missing: what was not measured is NaN. Units: as OutputChannel::unit says.
/// Throws Error where 100 % of a muscle is of another kind than the model's.
base::Matrix<double> true_outputs(const PreparedTrial& trial, const model::Model& model);

/// The original's ways with whole trials: all cut to the shortest (recipe.original.cut_to_shortest), all joined to one
/// (recipe.original.concatenate). Otherwise the examples as they are. To be called before scalers are fitted.
std::vector<features::Example> arrange(std::vector<features::Example> examples, const model::Recipe& recipe);

/// Zero-padded moving average down each column, as numpy.convolve(column, ones(n) / n, "same") does: what the original
/// does to z-scored targets, trial by trial (recipe.original.smooth_targets). In place.
void smooth_targets(base::MatrixView<float> scaled, int samples);

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
