#pragma once

#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/motion/series.h"

// Our own body with the original's markers, and recordings of it.
namespace kinemyo::body {

inline Model person() {
  const auto size = Anthropometry::of_stature(1.75, 70);
  auto model = make_full_body(size);
  add_original_markers(model, size);
  return model;
}

/// At 100 Hz. `pose(f, q)` changes a neutral posture; noise in m.
template <typename PoseOf>
motion::Series recorded(const Model& model, std::size_t frames, double noise, base::Random random, PoseOf pose_of) {
  std::vector<motion::Channel> channels;
  for (const auto& marker : model.markers()) channels.push_back({marker.name, "m"});
  base::Matrix<double> values(frames, 3 * channels.size());
  auto pose = model.make_pose();
  for (std::size_t f = 0; f < frames; ++f) {
    auto q = model.neutral();
    pose_of(f, q);
    model.enforce(q);
    model.place(q, pose);
    model.place_markers(pose, values.row(f));
    for (auto& v : values.row(f)) v += noise * random.normal();
  }
  return {motion::Quantity::position, channels, motion::Clock::uniform(100, 0, frames), values};
}

}  // namespace kinemyo::body
