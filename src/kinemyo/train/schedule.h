#pragma once

#include "kinemyo/model/recipe.h"

namespace kinemyo::train {

/// The learning rate, epoch by epoch, as the recipe says.
/// step: multiplied by step_factor every step_every_epochs. cosine: half a cosine down towards 0 over the epochs. plateau:
/// multiplied by step_factor when the loss has not fallen by one part in 10,000 for more than plateau_epochs epochs.
/// Each may start with warmup_epochs of a straight rise.
/// Source: checked against PyTorch's StepLR, CosineAnnealingLR and ReduceLROnPlateau.
class Schedule {
 public:
  explicit Schedule(const model::Recipe::Training& training) : training_(training) {}

  /// Of an epoch, from 1.
  double rate(int epoch) const;
  /// What the epoch gave: the validation loss, or the training loss where there is none.
  void saw(double loss);

  /// What it remembers of losses.
  struct State {
    double factor = 1;
    double best = 0;  ///< lowest loss, once there is one
    bool any = false;
    int since_best = 0;
    bool operator==(const State&) const = default;
  };
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  model::Recipe::Training training_;
  State state_;
};

}  // namespace kinemyo::train
