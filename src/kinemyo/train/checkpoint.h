#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/model/model.h"
#include "kinemyo/train/schedule.h"
#include "kinemyo/train/train.h"

namespace kinemyo::train {

/// All that a run needs to go on after an epoch as if it had never ended. docs/formats/checkpoint.md.
struct Checkpoint {
  std::string path;  ///< where it was read, for messages
  /// What the run was told and saw ("recipe", "data", "threads" ...): it goes on only where all of it is the same.
  std::map<std::string, std::string> run;
  std::vector<Epoch> epochs;  ///< the finished ones
  Epoch best;                 ///< what `best_weights` are of; number 0: of the start
  int since_best = 0;
  Schedule::State schedule;
  base::Random::State augmentation;
  std::string generator;  ///< LibTorch's own state, bytes
  std::int64_t steps = 0;
  model::Weights weights, means, squares;  ///< the network's, and Adam's memory of gradients
  model::Weights best_weights;
};

/// Throws FormatError: another version, a missing or damaged part (a hash over all of it).
Checkpoint parse_checkpoint(const std::string& path, std::string_view bytes);
std::string format_checkpoint(const Checkpoint& checkpoint);

/// Throws Error that says what of the run is not what the checkpoint's run had.
void check_same_run(const Checkpoint& checkpoint, const std::map<std::string, std::string>& now);

}  // namespace kinemyo::train
