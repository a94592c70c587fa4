#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kinemyo/body/names.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"

namespace kinemyo::study {

/// A trial whose two angles are linear in marker positions, with the person's own offset on one of them.
inline dataset::PreparedTrial walking_trial(const std::string& subject, const std::string& activity, const std::string& number,
                                            double offset_rad, std::size_t frames = 120) {
  dataset::PreparedTrial out;
  out.key = {subject, activity, number};
  out.rate_hz = 100;
  const auto clock = motion::Clock::uniform(100, 0, frames);
  const auto& names = body::plug_in_gait_markers();
  std::vector<motion::Channel> markers;
  for (const auto& name : names) markers.push_back({name, "m"});
  base::Matrix<double> positions(frames, 3 * names.size()), angles(frames, 3);
  const double phase = static_cast<double>(subject.back() + 3 * number.back());
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = 0.05 * static_cast<double>(f) + phase;
    for (std::size_t m = 0; m < names.size(); ++m) {
      const auto side = names[m][0] == 'L' ? -0.1 : 0.1;
      positions(f, 3 * m) = 0.05 * std::sin(t + static_cast<double>(m));
      positions(f, 3 * m + 1) = 1.0 - 0.05 * static_cast<double>(m);
      positions(f, 3 * m + 2) = side;
    }
    // Ankles under their knees, so that the body length stays, and angles are exactly linear in what a network sees.
    for (const char* side : {"L", "R"}) {
      const auto of = [&](const char* part) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), side + std::string(part)) - names.begin());
      };
      positions(f, 3 * of("ANK")) = positions(f, 3 * of("KNE"));
    }
    // A rigid pelvis, so that the canonical frame stands still; LTHI (3) and LKNE (4) move.
    for (const std::size_t m : {0u, 1u, 2u}) positions(f, 3 * m) = m == 2 ? -0.2 : 0.0;
    positions(f, 7) = 1.0;
    positions(f, 8) = 0.0;
    angles(f, 0) = 4 * positions(f, 9) + 0.3;
    angles(f, 1) = 4 * positions(f, 12) + offset_rad;
    angles(f, 2) = 0.25;
  }
  base::Matrix<std::uint8_t> marker_marks(frames, names.size(), 1), angle_marks(frames, 3, 1);
  out.markers = {motion::Series(motion::Quantity::position, markers, clock, positions), marker_marks};
  out.angles = {motion::Series(motion::Quantity::coordinate,
                               {{"hip_flexion_r", "rad"}, {"knee_angle_r", "rad"}, {"mtp_angle_r", "rad"}}, clock, angles),
                angle_marks};
  return out;
}

inline std::vector<dataset::PreparedTrial> walking_people(int people, int trials) {
  std::vector<dataset::PreparedTrial> out;
  for (int p = 1; p <= people; ++p) {
    for (int t = 1; t <= trials; ++t) {
      out.push_back(walking_trial("S" + std::to_string(p), t % 2 == 1 ? "Walk" : "Turn", std::to_string(t), 0.02 * p));
    }
  }
  return out;
}

/// A one-layer LSTM that gives back two of its inputs (as tanh of a thousandth of them, multiplied by a thousand).
inline void give_back(model::Model& model, std::size_t first, std::size_t second) {
  constexpr float kSmall = 1e-3f;
  auto& network = model.network;
  network.kind = "lstm";
  network.layers = 1;
  network.hidden = 2;
  network.outputs = 2;
  const auto inputs = static_cast<std::size_t>(network.inputs);
  model::Tensor w_ih{{8, network.inputs}, std::vector<float>(8 * inputs, 0.0f)};
  w_ih.values[4 * inputs + first] = kSmall;   // the cell's input; gates i f g o, two rows each
  w_ih.values[5 * inputs + second] = kSmall;
  model.weights["lstm.weight_ih_l0"] = w_ih;
  model.weights["lstm.weight_hh_l0"] = {{8, 2}, std::vector<float>(16, 0.0f)};
  model.weights["lstm.bias_ih_l0"] = {{8}, {40, 40, -40, -40, 0, 0, 40, 40}};
  model.weights["lstm.bias_hh_l0"] = {{8}, std::vector<float>(8, 0.0f)};
  model.weights["fc.weight"] = {{2, 2}, {1 / kSmall, 0, 0, 1 / kSmall}};
  model.weights["fc.bias"] = {{2}, {0, 0}};
}

}  // namespace kinemyo::study
