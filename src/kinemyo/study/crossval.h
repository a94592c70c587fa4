#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "kinemyo/study/evaluation.h"
#include "kinemyo/train/train.h"

namespace kinemyo::study {

struct CrossvalOptions {
  std::string by = "subject";  ///< subject, activity or trial
  std::size_t folds = 0;  ///< 0: one a group, at most 10
  std::vector<std::string> only;  ///< groups: folds that test none of them are passed over; empty: all folds
  bool network = true;    ///< false: baselines alone
  std::vector<TestNoise> noises;  ///< test trials are scored clean, and once more under each of these
  int threads = 0;
  std::string device = "auto";
  const std::atomic<bool>* stop = nullptr;  ///< ends after the batch; results so far are kept
  /// Before a fold: its number from 1, of how many, and its name.
  std::function<void(std::size_t fold, std::size_t folds, const Fold&)> on_fold;
  std::function<void(std::size_t fold, const train::Epoch&)> on_epoch;
  std::function<void(int epoch, std::size_t done, std::size_t total, double loss)> on_batch;
  /// After a fold, with everything so far.
  std::function<void(const Evaluation&)> on_result;
};

struct CrossvalResult {
  Evaluation evaluation;
  std::vector<Evaluation> noisy;  ///< one a noise
  std::size_t folds = 0, folds_done = 0;
  std::vector<std::vector<train::Epoch>> epochs;  ///< one list a fold done
};

/// Trains and tests once a fold, everything fitted on the fold's training side alone (scalers, constant channels,
/// ridge's penalty), the network's early stopping on its validation part.
/// The original's recipes are run as they are, their windows and scalers included; their scores are on unseen groups.
/// Throws what make_folds, dataset::settle, dataset::make_example and train::train throw.
CrossvalResult crossvalidate(const std::vector<dataset::PreparedTrial>& trials, const model::Recipe& recipe,
                             const CrossvalOptions& options);

}  // namespace kinemyo::study
