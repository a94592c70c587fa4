#include "kinemyo/train/schedule.h"

#include <cmath>
#include <numbers>

namespace kinemyo::train {

double Schedule::rate(int epoch) const {
  const int warmup = training_.warmup_epochs;
  const double full = training_.learning_rate;
  if (epoch <= warmup) return full * epoch / (warmup + 1.0);
  const int passed = epoch - 1 - warmup;
  if (training_.schedule == "cosine") {
    const double length = std::max(1, training_.epochs - warmup);
    return full * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, passed / length)));
  }
  if (training_.schedule == "plateau") return full * state_.factor;
  const int falls = training_.step_every_epochs > 0 ? passed / training_.step_every_epochs : 0;
  return full * std::pow(training_.step_factor, falls);
}

void Schedule::saw(double loss) {
  if (training_.schedule != "plateau") return;
  if (!state_.any || loss < state_.best * (1 - 1e-4)) {
    state_.any = true;
    state_.best = loss;
    state_.since_best = 0;
  } else if (++state_.since_best > training_.plateau_epochs) {
    state_.factor *= training_.step_factor;
    state_.since_best = 0;
  }
}

}  // namespace kinemyo::train
