#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "kinemyo/dataset/examples.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::train {

/// One epoch, for the progress bar, the log beside the model and the report's curves.
struct Epoch {
  int number = 0;  ///< from 1
  double training_loss = 0;    ///< mean squared error of scaled outputs, as the original counts it
  double validation_loss = 0;  ///< NaN without a validation part
  double learning_rate = 0;
  double seconds = 0;
  bool best = false;
};

struct Options {
  int threads = 0;  ///< 0: as many as there are cores
  std::string device = "auto";  ///< auto, cpu, cuda
  /// Called after every batch (epoch, batches done, batches in all, loss); for the progress bar.
  std::function<void(int epoch, std::size_t done, std::size_t total, double loss)> on_batch;
  std::function<void(const Epoch&)> on_epoch;
  const std::atomic<bool>* stop = nullptr;  ///< Ctrl-C: ends after the batch; the best model so far is returned
  /// Called with every new best model, so that a killed run leaves one.
  std::function<void(const model::Model&)> on_best;
  const model::Weights* initial = nullptr;  ///< start from these weights (peers, adapt)
};

struct Result {
  model::Model model;  ///< with weights and scalers
  std::vector<Epoch> epochs;
  bool stopped = false;
};

/// Trains the network of `blank` (from dataset::settle) on examples. Scalers are fitted on `training` alone.
/// The same seed, threads and data give the same weights.
Result train(const model::Model& blank, const model::Recipe& recipe,
             std::vector<features::Example> training, std::vector<features::Example> validation,
             const Options& options);

}  // namespace kinemyo::train
