#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/model/recipe.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::study {

/// What is kept together on one side of a split.
enum class By { subject, activity, trial };

/// Throws Error on another word.
By parse_by(std::string_view word);

/// The group of a trial: its subject, its activity, or the trial itself.
std::string group_of(const motion::TrialKey& key, By by);

/// Which trials train, stop training early, and test. Positions in the list of keys.
struct Fold {
  std::string name;  ///< of the test groups
  std::vector<std::size_t> training, validation, test;
};

/// Each group is tested once, by networks that did not see it. `folds` 0: one a group, at most 10; else groups are
/// dealt out to so many folds in an order drawn from `seed`. A share `validation` of the training groups (at least
/// one, where there are two; trials, where there is one group) is kept for early stopping.
/// Throws Error when there are fewer than two groups or more folds than groups.
std::vector<Fold> make_folds(const std::vector<motion::TrialKey>& keys, By by, std::size_t folds, double validation,
                             std::uint64_t seed);

/// The one split of a training run (recipe.split). Throws Error on a test group that there is not, naming the nearest,
/// and when nothing is left to train on.
Fold make_split(const std::vector<motion::TrialKey>& keys, const model::Recipe::Split& split, std::uint64_t seed);

/// Throws Error naming what stands on both sides: a trial in two parts of the fold, or a group of the test part in
/// training or validation.
void check_leak(const std::vector<motion::TrialKey>& keys, const Fold& fold, By by);

}  // namespace kinemyo::study
