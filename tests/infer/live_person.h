#pragma once

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "infer/random_model.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/names.h"
#include "kinemyo/motion/landmark_frame.h"

namespace kinemyo::testing_live {

constexpr double kRadPerDeg = std::numbers::pi / 180;

/// A jointed person before a camera.
class Person {
 public:
  explicit Person(double stature_m = 1.75) : model_(make(stature_m)), pose_(model_.make_pose()) {}

  /// As a camera sees it that the person faces; turned by `turn_deg` about the vertical, the camera tilted by `tilt_deg`.
  motion::LandmarkFrame frame(double time_s, const std::vector<std::pair<std::string, double>>& degrees = {}, double turn_deg = 0,
                              double tilt_deg = 0) {
    auto q = model_.neutral();
    for (const auto& [name, value] : degrees) q.at(model_.find_coordinate(name).value()) = value * kRadPerDeg;
    model_.enforce(q);
    model_.place(q, pose_);
    std::vector<double> points(3 * model_.markers().size());
    model_.place_markers(pose_, points);
    const auto names = model_.marker_names();
    motion::LandmarkFrame out;
    out.time_s = time_s;
    // X forward, Y up, Z right to the camera's x right, y down, z away, of a camera that looks along -X.
    Eigen::Matrix3d axes;
    axes << 0, 0, -1, 0, -1, 0, -1, 0, 0;
    const Eigen::Matrix3d tilt = Eigen::AngleAxisd(tilt_deg * kRadPerDeg, Eigen::Vector3d::UnitX()).toRotationMatrix();
    const Eigen::Matrix3d turned = tilt * axes * Eigen::AngleAxisd(turn_deg * kRadPerDeg, Eigen::Vector3d::UnitY()).toRotationMatrix();
    Eigen::Vector3d hips = Eigen::Vector3d::Zero();
    const auto at = [&](const std::string& name) {
      const auto i = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
      return Eigen::Vector3d(points[3 * i], points[3 * i + 1], points[3 * i + 2]);
    };
    hips = 0.5 * (at("LEFT_HIP") + at("RIGHT_HIP"));
    for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
      const Eigen::Vector3d p = turned * (at(body::mediapipe_landmarks()[i]) - hips);
      out.points[i] = {p.x(), p.y(), p.z()};
      out.visibility[i] = 0.99;
    }
    return out;
  }

  /// Stands still for two seconds and a half, then bends the knees again and again; 30 pictures a second.
  motion::LandmarkTrial squats(double seconds) {
    motion::LandmarkTrial trial;
    for (int f = 0; f < static_cast<int>(seconds * 30); ++f) {
      const double t = f / 30.0;
      const double deg = t < 2.5 ? 0 : 40 * (1 - std::cos(2 * (t - 2.5)));
      trial.push_back(frame(t, {{"hip_flexion_r", deg}, {"hip_flexion_l", deg}, {"knee_angle_r", deg}, {"knee_angle_l", deg}}));
    }
    return trial;
  }

 private:
  static body::Model make(double stature_m) {
    const auto size = body::Anthropometry::of_stature(stature_m, 70);
    auto model = body::make_full_body(size);
    body::add_mediapipe_landmarks(model, size);
    return model;
  }
  body::Model model_;
  body::Pose pose_;
};

/// A network of random weights that takes what recipe "keypoints" takes: four angles and a translation.
inline model::Model keypoint_model(double rate_hz = 50, std::uint64_t seed = 3) {
  model::Model model;
  model.input.markers = body::body_keypoints();
  model.network = {"lstm", static_cast<int>(model::input_width(model.input)), 5, 2, 16, 0, false};
  model.weights = infer::random_weights(model.network, seed);
  base::Random random(seed);
  for (int i = 0; i < model.network.inputs; ++i) {
    model.input_scaler.mean.push_back(0.3 * random.normal());
    model.input_scaler.scale.push_back(random.uniform(0.5, 1.5));
  }
  model.output_scaler = {{0.1, 0.2, 0.3, 0.1, 0}, {0.5, 0.4, 0.3, 0.2, 0.1}};
  using Source = model::OutputChannel::Source;
  model.outputs = {{"knee_angle_r", "rad", Source::network, 0},    {"knee_angle_l", "rad", Source::network, 1},
                   {"pelvis_tx", "m", Source::network, 4},         {"hip_flexion_r", "rad", Source::network, 2},
                   {"knee_angle_r_beta", "rad", Source::copy, 0},  {"pelvis_rotation", "rad", Source::network, 3, 0, true}};
  model.rate_hz = rate_hz;
  model.metrics = R"({"validation_loss": 0.04})";
  model::check_model(model);
  return model;
}

/// Muscles of angles, as recipe "emg" has them.
inline model::Model muscle_model(double rate_hz = 50) {
  model::Model model;
  model.input.scalars = {"knee_angle_r", "hip_flexion_r"};
  model.input.derivatives = 2;
  model.network = {"lstm", static_cast<int>(model::input_width(model.input)), 2, 1, 12, 0, false};
  model.weights = infer::random_weights(model.network, 9);
  model.input_scaler = {std::vector<double>(6, 0.1), {1, 1, 10, 10, 100, 100}};
  model.output_scaler = {{0.3, 0.2}, {0.2, 0.1}};
  using Source = model::OutputChannel::Source;
  model.outputs = {{"Rectus Femoris", "1", Source::network, 0}, {"Biceps Femoris", "V", Source::network, 1}};
  model.rate_hz = rate_hz;
  model::check_model(model);
  return model;
}

}  // namespace kinemyo::testing_live
