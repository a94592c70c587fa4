#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::dataset {

/// What a split by subject, activity or trial keeps together: "S1", "NormalSquat",
/// "S1/NormalSquat/1". `none` groups as trial does. Throws std::invalid_argument on another word.
std::string group_of(const motion::TrialKey& key, std::string_view by);

/// Trials of a training run, each in the order given.
struct Sides {
  std::vector<motion::TrialKey> training;
  std::vector<motion::TrialKey> validation;  ///< for early stopping; its groups are not in training
  std::vector<motion::TrialKey> test;        ///< not to be seen at all
  std::string validation_by;  ///< what validation's groups are; finer than asked when there was one
                              ///< group only
};

/// Takes the named subjects, activities or trials ("S1", "NormalSquat", "S1/NormalSquat/1") out for
/// the test, and of the other groups a share for validation, drawn by seed: at least one group when
/// the share is above 0. A single group (one subject) is split by trial. Throws Error naming what
/// `test` asks for and no trial has, or when nothing is left to train on.
Sides split(const std::vector<motion::TrialKey>& keys, const std::string& by,
            const std::vector<std::string>& test, double validation_share, std::uint64_t seed);

}  // namespace kinemyo::dataset
