#pragma once

#include <string>
#include <vector>

#include "kinemyo/model/model.h"

namespace kinemyo::features {

// A model that sees joint angles alone and tells one muscle, for tests of how inputs are laid out and mirrored.
inline model::Model angle_model(const std::vector<std::string>& angles, int derivatives) {
  model::Model out;
  out.input.scalars = angles;
  out.input.frame = model::Frame::laboratory;
  out.input.scale = model::BodyScale::none;
  out.input.derivatives = derivatives;
  out.network.outputs = 1;
  out.outputs = {{"Pelvis", "V"}};
  return out;
}

}  // namespace kinemyo::features
