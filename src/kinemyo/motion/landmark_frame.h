#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace kinemyo::motion {

/// MediaPipe Pose's landmarks, in its order (body::mediapipe_landmarks()).
constexpr std::size_t kLandmarks = 33;

using LandmarkPoints = std::array<std::array<double, 3>, kLandmarks>;

/// A value for each landmark.
template <typename T>
constexpr std::array<T, kLandmarks> each_landmark(const T& value) {
  std::array<T, kLandmarks> out{};
  for (auto& one : out) one = value;
  return out;
}

/// All of them missing.
constexpr LandmarkPoints no_landmarks() {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return each_landmark<std::array<double, 3>>({kNone, kNone, kNone});
}

/// What a pose estimator saw in one picture.
/// Units: m, s; the camera's axes: x to the right of the picture, y down, z away from the camera; origin between the hips.
/// Missing: NaN positions; nobody in the picture: all of them.
struct LandmarkFrame {
  double time_s = 0;
  LandmarkPoints points = no_landmarks();
  std::array<double, kLandmarks> visibility = each_landmark(0.0);  ///< 0 to 1
};

/// Frames of one trial, times increasing.
using LandmarkTrial = std::vector<LandmarkFrame>;

/// The landmark on the other side; the nose is its own.
constexpr std::size_t opposite_landmark(std::size_t landmark) {
  if (landmark == 0) return 0;
  if (landmark <= 6) return landmark <= 3 ? landmark + 3 : landmark - 3;
  return landmark % 2 == 1 ? landmark + 1 : landmark - 1;
}

/// Left called right and right called left; nothing moves.
inline LandmarkFrame with_sides_swapped(const LandmarkFrame& frame) {
  LandmarkFrame out = frame;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    out.points[i] = frame.points[opposite_landmark(i)];
    out.visibility[i] = frame.visibility[opposite_landmark(i)];
  }
  return out;
}

/// What the camera itself saw, of a picture that was mirrored left to right before it was looked at.
inline LandmarkFrame unmirrored(const LandmarkFrame& frame) {
  LandmarkFrame out = with_sides_swapped(frame);
  for (auto& point : out.points) point[0] = -point[0];
  return out;
}

inline bool is_seen(const std::array<double, 3>& point) {
  return std::isfinite(point[0]) && std::isfinite(point[1]) && std::isfinite(point[2]);
}

}  // namespace kinemyo::motion
