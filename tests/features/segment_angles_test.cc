#include "kinemyo/features/segment_angles.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "kinemyo/features/angle_names.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/names.h"
#include "kinemyo/body/plug_in_gait.h"

namespace kinemyo::features {
namespace {

using testing::Contains;
using testing::Not;
using Angles = std::map<std::string, double>;
constexpr double kDegree = 3.14159265358979 / 180;

class Standing {
 public:
  explicit Standing(void (*add_markers)(body::Model&, const body::Anthropometry&)) {
    const auto person = body::Anthropometry::of_stature(1.75, 70);
    model_ = body::make_full_body(person);
    add_markers(model_, person);
  }
  std::vector<std::string> names() const { return model_.marker_names(); }
  std::vector<double> markers(const Angles& deg) const {
    auto q = model_.neutral();
    for (const auto& [name, value] : deg) q[*model_.find_coordinate(name)] = value * kDegree;
    model_.enforce(q);
    auto pose = model_.make_pose();
    model_.place(q, pose);
    std::vector<double> out(3 * model_.markers().size());
    model_.place_markers(pose, out);
    return out;
  }
  // Of a first frame, deg.
  Angles angles(const std::vector<double>& markers) const {
    SegmentAngles geometry(names(), 1);
    std::vector<double> out(geometry.names().size());
    geometry.step(markers, 0, out);
    Angles by_name;
    for (std::size_t i = 0; i < out.size(); ++i) by_name[geometry.names()[i]] = out[i] / kDegree;
    return by_name;
  }

 private:
  body::Model model_;
};

// What a posture adds to the angles of standing straight is what its coordinates say, whatever markers' places add.
TEST(SegmentAngles, FollowTheCoordinatesOfABody) {
  const Standing person(body::add_original_markers);
  const auto straight = person.angles(person.markers({}));
  // The original's markers have no right heel, and so no right ankle.
  const Angles posture = {{"hip_flexion_r", 40}, {"knee_angle_r", 60}, {"ankle_angle_l", -15}, {"hip_flexion_l", -10}, {"knee_angle_l", 20},
                          {"lumbar_extension", -20}, {"pelvis_tilt", -10}, {"arm_flex_r", 50}, {"elbow_flex_l", 70}};
  const auto bent = person.angles(person.markers(posture));
  for (const auto& [name, degrees] : posture) {
    // The chest is seen from between the hips, which lie below the lumbar joint: about three quarters of its angle.
    const double share = name.starts_with("lumbar") ? 0.75 : 1;
    EXPECT_NEAR(bent.at(name) - straight.at(name), share * degrees, 0.12 * std::abs(degrees) + 1) << name;
  }
  EXPECT_NEAR(bent.at("hip_adduction_r") - straight.at("hip_adduction_r"), 0, 3);
}

TEST(SegmentAngles, AreTheSameOnBothSides) {
  const Standing person(body::add_original_markers);
  const auto right = person.angles(person.markers({{"hip_flexion_r", 30}, {"hip_adduction_r", 10}, {"hip_rotation_r", 15}, {"knee_angle_r", 50}}));
  const auto left = person.angles(person.markers({{"hip_flexion_l", 30}, {"hip_adduction_l", 10}, {"hip_rotation_l", 15}, {"knee_angle_l", 50}}));
  for (const std::string name : {"hip_flexion_", "hip_adduction_", "hip_rotation_", "knee_angle_", "knee_rotation_"}) {
    EXPECT_NEAR(right.at(name + "r"), left.at(name + "l"), 1e-6) << name;
  }
}

// The same frame through body::plug_in_gait_angles with the lengths that geometry takes: hip and knee agree.
TEST(SegmentAngles, OfPlugInGaitsMarkersAreItsAngles) {
  const Standing person(body::add_plug_in_gait_markers);
  const auto raw = person.markers({{"hip_flexion_l", 25}, {"hip_rotation_r", 12}, {"knee_angle_l", 40}, {"knee_angle_r", 15}, {"ankle_angle_r", 10}});
  std::vector<motion::Channel> channels;
  for (const auto& name : person.names()) channels.push_back({name, "m"});
  const motion::Series series(motion::Quantity::position, channels, motion::Clock::uniform(100, 0, 1), base::Matrix<double>(1, raw.size(), raw));
  std::vector<std::string> estimated;
  const auto measures = body::complete_measures({}, series, estimated);
  const auto wanted = body::plug_in_gait_angles(series, measures, {});
  const auto got = person.angles(raw);
  for (const auto& channel : wanted.channels()) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::string output = channel.name + "_" + "xyz"[axis];
      EXPECT_NEAR(got.at(*geometric_name(output)), wanted.at(0, *wanted.find(channel.name), axis) / kDegree, 1e-6) << output;
    }
  }
}

TEST(SegmentAngles, OfKeypointsBendAsJointsDo) {
  const Standing person(body::add_mediapipe_landmarks);
  const auto straight = person.angles(person.markers({}));
  const auto bent = person.angles(person.markers({{"hip_flexion_l", 35}, {"knee_angle_l", 55}, {"ankle_angle_r", 12}}));
  EXPECT_NEAR(bent.at("hip_flexion_l") - straight.at("hip_flexion_l"), 35, 4);
  EXPECT_NEAR(bent.at("knee_angle_l") - straight.at("knee_angle_l"), 55, 5);
  EXPECT_NEAR(bent.at("ankle_angle_r") - straight.at("ankle_angle_r"), 12, 3);
  EXPECT_FALSE(straight.contains("pelvis_tilt"));  // hips alone do not tell it
}

TEST(SegmentAngles, AHiddenMarkerHidesWhatNeedsIt) {
  const Standing person(body::add_original_markers);
  auto raw = person.markers({});
  const auto names = person.names();
  const auto knee = static_cast<std::size_t>(std::find(names.begin(), names.end(), "R.KneeMedial") - names.begin());
  raw[3 * knee + 1] = std::nan("");
  const auto found = person.angles(raw);
  EXPECT_TRUE(std::isnan(found.at("knee_angle_r")));
  EXPECT_TRUE(std::isnan(found.at("hip_flexion_r")));
  EXPECT_TRUE(std::isfinite(found.at("knee_angle_l")));
  EXPECT_TRUE(std::isfinite(found.at("lumbar_bending")));
}

TEST(SegmentAngles, WithoutAPelvisThereAreNone) {
  EXPECT_TRUE(SegmentAngles(std::vector<std::string>{"R.KneeLateral", "R.AnkleLateral"}, 10).names().empty());
}

}  // namespace
}  // namespace kinemyo::features
