#pragma once

#include <cmath>
#include <string>

#include "kinemyo/base/text.h"
#include "kinemyo/motion/landmark_frame.h"

namespace kinemyo::testing_serve {

constexpr const char* kToken = "0123456789abcdef0123456789abcdef";

inline std::string hello(const std::string& role, const std::string& name = "Phone", const std::string& token = kToken) {
  return R"({"type":"hello","version":1,"role":")" + role + R"(","name":")" + name + R"(","token":")" + token + "\"}";
}

/// As a camera's page sends them.
inline std::string landmarks(std::uint64_t seq, const motion::LandmarkFrame& frame, const std::string& more = "") {
  std::string out = R"({"type":"landmarks","seq":)" + std::to_string(seq) + ",\"t\":" + base::to_text(frame.time_s) + more + ",\"world\":[";
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
    if (i > 0) out += ',';
    if (!motion::is_seen(frame.points[i])) {
      out += "null";
      continue;
    }
    out += '[';
    for (const double v : frame.points[i]) out += base::to_text(v) + ",";
    out += base::to_text(frame.visibility[i]) + "]";
  }
  return out + "]}";
}

}  // namespace kinemyo::testing_serve
