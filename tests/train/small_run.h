#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/recipe.h"
#include "train/wave.h"

namespace kinemyo::train {

// Eleven trials of 20 frames, as tests/golden/train/make_golden.py has them.
constexpr std::size_t kInputs = 5, kOutputs = 3, kFrames = 20, kTrials = 11;

inline std::vector<features::Example> trials(bool missing = false, std::size_t count = kTrials) {
  auto x = wave(kTrials * kFrames * kInputs, 0.1);
  auto y = wave(kTrials * kFrames * kOutputs, 0.2);
  for (auto& v : x) v = 3 + 2 * v;
  for (auto& v : y) v = -1 + 0.5 * v;
  if (missing) {
    for (std::size_t i = 0; i < y.size(); i += 7) y[i] = std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<features::Example> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].rate_hz = 100;
    out[i].placements.resize(kFrames);
    out[i].x = {kFrames, kInputs};
    out[i].y = {kFrames, kOutputs};
    for (std::size_t k = 0; k < out[i].x.flat().size(); ++k) {
      out[i].x.flat()[k] = static_cast<float>(x[i * kFrames * kInputs + k]);
    }
    for (std::size_t k = 0; k < out[i].y.flat().size(); ++k) {
      out[i].y.flat()[k] = static_cast<float>(y[i * kFrames * kOutputs + k]);
    }
  }
  return out;
}

inline model::Model network(const std::string& kind = "lstm", int layers = 2, double dropout = 0,
                            bool both = false) {
  model::Model out;
  out.network = {kind, kInputs, kOutputs, layers, 8, dropout, both};
  out.rate_hz = 100;
  return out;
}

inline model::Recipe recipe(int epochs = 4) {
  model::Recipe out;
  out.training.window_frames = out.training.stride_frames = kFrames;
  out.training.batch = 4;
  out.training.epochs = epochs;
  out.training.clip_norm = 0;
  out.training.seed = 3;
  return out;
}

}  // namespace kinemyo::train
