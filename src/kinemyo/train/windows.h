#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::train {

/// What one side of a split gives the network: examples with scaled targets, and the windows on
/// them. Inputs stay unscaled until a batch is made, so that augmentation knows metres and missing
/// values.
struct Side {
  std::vector<features::Example> examples;
  std::vector<dataset::Window> windows;
};

/// Scales and, where the recipe says so, smooths the targets of arranged examples
/// (dataset::arrange), and lays windows. Missing: NaN targets stay NaN.
Side make_side(std::vector<features::Example> examples, const model::Scaler& outputs,
               const model::Recipe& recipe);

/// Changes a window of unscaled training inputs as the recipe asks: white noise on markers (and,
/// through it, on their velocities and accelerations), a turn about the vertical. Shape: window is
/// frames x inputs; placements has as many frames.
void augment(base::MatrixView<float> window, std::span<const features::Placement> placements,
             double rate_hz, const model::InputSpec& spec, const model::Recipe::Inputs& recipe,
             base::Random& random);

/// Adds what augment() adds to the spread of marker positions to an input scaler, so that a column in which people hardly
/// differ is not blown up into the one that tells them apart.
void widen(model::Scaler& scaler, std::span<const features::Example> examples, const model::InputSpec& spec,
           const model::Recipe::Inputs& recipe);

/// Throws Error when a turn would make targets wrong (angles of the pelvis in the laboratory's
/// frame).
void check_augmentation(const model::Model& model, const model::Recipe& recipe);

/// A batch as the network takes it. Shape: x is window_frames x windows x inputs, y the same x
/// outputs. A trial shorter than a window is padded: inputs at the mean, targets NaN.
struct Batch {
  std::vector<float> x, y;
  std::int64_t known = 0;  ///< targets that are not NaN
};

/// Cost: O(size of the batch), on `threads` threads where nothing is drawn. `random` null: no augmentation.
void fill_batch(const Side& side, std::span<const std::int64_t> windows, const model::Model& model,
                const model::Recipe& recipe, base::Random* random, int threads, Batch& batch);

}  // namespace kinemyo::train
