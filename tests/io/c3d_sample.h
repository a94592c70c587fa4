#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "kinemyo/base/matrix.h"
#include "kinemyo/io/c3d.h"

// A small recording with everything that a C3D file can hold.
namespace kinemyo::io {

inline constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

inline base::Matrix<double> wave(std::size_t rows, std::size_t columns, double size) {
  base::Matrix<double> out(rows, columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      out(r, c) = size * std::sin(0.37 * static_cast<double>(r) + 1.1 * static_cast<double>(c) + 0.5);
    }
  }
  return out;
}

/// 6 frames at 50 Hz from 0.08 s (frame 5), 4 analog samples a frame.
inline motion::Recording sample_recording() {
  using motion::Clock;
  using motion::Quantity;
  motion::Recording out;
  out.up = motion::UpAxis::z;
  const auto frames = Clock::uniform(50, 0.08, 6);
  const auto samples = Clock::uniform(200, 0.08, 24);
  auto positions = wave(6, 9, 1.25);
  for (std::size_t c = 3; c < 6; ++c) positions(2, c) = kGap;
  motion::Series markers(Quantity::position, {{"LASI", "m"}, {"RASI", "m"}, {"Tom:C7", "m"}}, frames, positions);
  base::Matrix<float> residuals(6, 3, 0.0f);
  for (std::size_t f = 0; f < 6; ++f) {
    residuals(f, 0) = 0.0005f * static_cast<float>(f + 1);
    residuals(f, 1) = 0.0015f;
  }
  residuals(2, 1) = std::numeric_limits<float>::quiet_NaN();
  markers.set_residuals(residuals);
  out.series.push_back(std::move(markers));
  out.series.emplace_back(Quantity::angle3, std::vector<motion::Channel>{{"LKneeAngles", "rad"}}, frames, wave(6, 3, 0.9));
  out.series.emplace_back(Quantity::force3, std::vector<motion::Channel>{{"LKneeForce", "N"}}, frames, wave(6, 3, 700));
  out.series.emplace_back(Quantity::moment3, std::vector<motion::Channel>{{"LKneeMoment", "N m"}}, frames, wave(6, 3, 0.8));
  out.series.emplace_back(Quantity::vector3,
                          std::vector<motion::Channel>{{"LKneePower", "W"}, {"LArchIndex", "m"}}, frames, wave(6, 6, 0.2));
  out.series.emplace_back(Quantity::emg, std::vector<motion::Channel>{{"L Rect", "V"}, {"R Rect", "V"}}, samples,
                          wave(24, 2, 0.0012));
  out.series.emplace_back(Quantity::analog,
                          std::vector<motion::Channel>{{"Fz1", "N"}, {"Mx1", "N m"}, {"Sync", "V"}}, samples, wave(24, 3, 5));
  out.events = {{"Foot Strike", "Left", 0.1}, {"Foot Off", "Right", 75.125}, {"", "", 0.15}};
  out.measures = {{"LLegLength", 0.83}, {"Bodymass", 71.5}, {"A_Height_mm", 1.61}};
  return out;
}

/// Rotations at twice the frame rate.
inline motion::Series sample_rotations() {
  auto values = wave(12, 32, 1.0);
  for (std::size_t i = 0; i < 16; ++i) values(3, i) = kGap;
  return {motion::Quantity::rotation, {{"pelvis_4X4", "m"}, {"thigh_4X4", "m"}},
          motion::Clock::uniform(100, 0.08, 12), values};
}

}  // namespace kinemyo::io
