#pragma once

#include <cstddef>
#include <vector>

#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::study {

/// The original's own metric. Units: those of the outputs for people (deg, mV); mse squared. Every channel counts,
/// constant ones too (1 if exact, else 0, in r2).
struct OriginalScore {
  std::size_t windows = 0;
  double mse = 0;
  double mae = 0;
  double r2 = 0;
};

/// Windows as the original lays them over the trials given, each from the zero state, against targets treated as in its
/// training (Savitzky-Golay, smoothing). On the trials of the training it is a score on windows seen in training.
/// Throws Error when no trial fills a window.
OriginalScore score_as_original(const model::Model& model, const model::Recipe& recipe,
                                const std::vector<dataset::PreparedTrial>& trials);

/// Metrics over stacked windows, in the original's way: uniform means over channels.
OriginalScore original_metrics(base::MatrixView<const double> truth, base::MatrixView<const double> predicted);

}  // namespace kinemyo::study
