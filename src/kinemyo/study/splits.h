#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::study {

/// Which trials train, stop training early, and test. Positions in the list of keys.
struct Fold {
  std::string name;  ///< of the test groups
  std::vector<std::size_t> training, validation, test;
};

/// Each group (by: subject, activity or trial) is tested once, by networks that did not see it. `folds` 0: one a group,
/// at most 10; else groups are dealt out to so many folds in an order drawn from `seed`. A share `validation` of the
/// other groups is kept for early stopping, as dataset::split does.
/// Throws Error when there are fewer than two groups or more folds than groups.
std::vector<Fold> make_folds(const std::vector<motion::TrialKey>& keys, const std::string& by, std::size_t folds,
                             double validation, std::uint64_t seed);

/// Throws Error naming what stands on both sides: a trial in two parts of the fold, or a group of the test part in
/// training or validation.
void check_leak(const std::vector<motion::TrialKey>& keys, const Fold& fold, const std::string& by);

}  // namespace kinemyo::study
