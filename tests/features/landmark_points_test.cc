// Landmarks that are made of markers stand where the body's own stand.
#include "kinemyo/features/landmark_points.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "kinemyo/body/full_body.h"
#include "kinemyo/features/features.h"

namespace kinemyo::features {
namespace {

using Points = std::map<std::string, std::array<double, 3>>;

// A body bent at hips, knees and ankles.
Points placed(bool landmarks, double stature_m) {
  const auto size = body::Anthropometry::of_stature(stature_m, 70);
  auto model = body::make_full_body(size);
  landmarks ? body::add_mediapipe_landmarks(model, size) : body::add_original_markers(model, size);
  auto q = model.neutral();
  for (const auto& [name, deg] : {std::pair{"hip_flexion_r", 40.0}, {"knee_angle_r", 60.0}, {"ankle_angle_r", 15.0}, {"ankle_angle_l", -20.0}, {"pelvis_tilt", -10.0}})
    q.at(model.find_coordinate(name).value()) = deg * 0.017453292519943295;
  model.enforce(q);
  auto pose = model.make_pose();
  model.place(q, pose);
  Points out;
  for (const auto& marker : model.markers()) {
    const Eigen::Vector3d p = pose.bodies[marker.body] * marker.location;
    out[marker.name] = {p.x(), p.y(), p.z()};
  }
  return out;
}

motion::Recording recording_of(const Points& points) {
  std::vector<motion::Channel> channels;
  base::Matrix<double> values(1, 3 * points.size());
  for (const auto& [name, at] : points) {
    for (std::size_t c = 0; c < 3; ++c) values(0, 3 * channels.size() + c) = at[c];
    channels.push_back({name, "m"});
  }
  motion::Recording out;
  out.series.emplace_back(motion::Quantity::position, channels, motion::Clock::uniform(100, 0, 1), std::move(values));
  return out;
}

double apart_mm(const base::Matrix<double>& raw, std::size_t channel, const std::array<double, 3>& truth) {
  return 1000 * std::hypot(raw(0, 3 * channel) - truth[0], raw(0, 3 * channel + 1) - truth[1], raw(0, 3 * channel + 2) - truth[2]);
}

TEST(LandmarkPoints, MarkersGiveTheLandmarksThatACameraSees) {
  for (const double stature_m : {1.55, 1.75, 1.95}) {
    const auto truth = placed(true, stature_m);
    model::InputSpec spec;
    spec.markers = {"LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE", "LEFT_ANKLE", "LEFT_HEEL", "RIGHT_HEEL", "LEFT_FOOT_INDEX", "RIGHT_FOOT_INDEX"};
    const auto raw = raw_frames(recording_of(placed(false, stature_m)), spec);
    for (std::size_t i = 0; i < spec.markers.size(); ++i) {
      // Harrington's hips of people and our body's after Bell differ by a centimetre or two.
      EXPECT_LT(apart_mm(raw, i, truth.at(spec.markers[i])), spec.markers[i].ends_with("HIP") ? 25 : 12) << spec.markers[i] << " at " << stature_m;
    }
  }
}

TEST(LandmarkPoints, InTheLaboratoryFrameTheyAreTheOriginalsMeans) {
  const auto markers = placed(false, 1.75);
  model::InputSpec spec;
  spec.frame = model::Frame::laboratory;
  spec.scale = model::BodyScale::none;
  spec.markers = {"LEFT_HIP"};
  const auto raw = raw_frames(recording_of(markers), spec);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_DOUBLE_EQ(raw(0, c), 0.5 * (markers.at("LASIS")[c] + markers.at("LPSIS")[c]));
}

TEST(LandmarkPoints, AHiddenSpineLeavesTheHipsMissing) {
  auto markers = placed(false, 1.75);
  markers["LASIS"][0] = std::nan("");
  model::InputSpec spec;
  spec.markers = {"LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE"};
  const auto raw = raw_frames(recording_of(markers), spec);
  EXPECT_TRUE(std::isnan(raw(0, 0)));
  EXPECT_TRUE(std::isnan(raw(0, 3)));
  EXPECT_FALSE(std::isnan(raw(0, 6)));
}

TEST(LandmarkPoints, WithoutSpinesInTheBackTheSacrumServes) {
  auto markers = placed(false, 1.75);
  std::array<double, 3> sacrum;
  for (std::size_t c = 0; c < 3; ++c) sacrum[c] = 0.5 * (markers.at("LPSIS")[c] + markers.at("RPSIS")[c]);
  model::InputSpec spec;
  spec.markers = {"LEFT_HIP"};
  const auto whole = raw_frames(recording_of(markers), spec);
  markers.erase("LPSIS");
  markers.erase("RPSIS");
  markers["SACR"] = sacrum;
  const auto raw = raw_frames(recording_of(markers), spec);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(raw(0, c), whole(0, c), 1e-12);
}

}  // namespace
}  // namespace kinemyo::features
