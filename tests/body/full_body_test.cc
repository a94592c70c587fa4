#include "kinemyo/body/full_body.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/base/random.h"
#include "kinemyo/body/names.h"

namespace kinemyo::body {
namespace {

using Eigen::Vector3d;
constexpr double kDegree = std::numbers::pi / 180;

struct Person {
  explicit Person(double stature = 1.75) : size(Anthropometry::of_stature(stature, 70)) {
    model = make_full_body(size);
    add_original_markers(model, size);
    q = model.neutral();
    pose = model.make_pose();
  }
  void set(const std::string& name, double degrees) {
    q[*model.find_coordinate(name)] = degrees * kDegree;
  }
  Vector3d marker(const std::string& name) {
    model.place(q, pose);
    for (const auto& marker : model.markers()) {
      if (marker.name == name) return pose.bodies[marker.body] * marker.location;
    }
    throw std::out_of_range(name);
  }
  Vector3d origin(const std::string& body) {
    model.place(q, pose);
    return pose.bodies[*model.find_body(body)].translation();
  }
  Anthropometry size;
  Model model;
  std::vector<double> q;
  Pose pose;
};

TEST(FullBody, HasTheNamesThatAllRoomsAgreeOn) {
  Person person;
  std::vector<std::string> coordinates;
  for (const auto& coordinate : person.model.coordinates()) coordinates.push_back(coordinate.name);
  EXPECT_EQ(coordinates, rajagopal_coordinates());
  EXPECT_EQ(person.model.marker_names(), original_markers());
  person.model.clear_markers();
  add_plug_in_gait_markers(person.model, person.size);
  EXPECT_EQ(person.model.marker_names(), plug_in_gait_markers());
  person.model.clear_markers();
  add_mediapipe_landmarks(person.model, person.size);
  EXPECT_THAT(person.model.marker_names(),
              testing::UnorderedElementsAreArray(mediapipe_landmarks()));
}

TEST(FullBody, StandsOnTheFloorAsTallAsItsStature) {
  for (const double stature : {1.5, 1.95}) {
    Person person(stature);
    EXPECT_NEAR(person.marker("Head_Top").y(), stature, 1e-9);
    person.model.place(person.q, person.pose);
    for (const auto& point : sole_points(person.model, person.size)) {
      EXPECT_NEAR((person.pose.bodies[point.body] * point.location).y(), 0, 1e-9) << point.name;
    }
    // Winter 2009, figure 4.1: knee and trochanter heights.
    EXPECT_NEAR(person.origin("tibia_r").y(), 0.285 * stature, 1e-9);
    EXPECT_NEAR(person.origin("femur_l").y(), 0.530 * stature, 1e-9);
  }
}

TEST(FullBody, MassesAddUpToThePerson) {
  Person person;
  double sum = 0;
  for (const auto& body : person.model.bodies()) sum += body.mass_kg;
  EXPECT_NEAR(sum, 70, 0.5);
}

TEST(FullBody, JointsBendAsOpenSimsSignsSay) {
  Person person;
  const Vector3d knee = person.marker("R.KneeLateral");
  const Vector3d toe = person.marker("R.ToeMedial");
  const Vector3d edge = toe - person.marker("R.ToeLateral");
  const Vector3d heel = person.origin("calcn_r");
  const Vector3d left_toe = person.marker("L.ToeMedial");
  const Vector3d wrist = person.marker("R.WristLateral");
  const Vector3d head = person.marker("Head_Top");

  person.set("hip_flexion_r", 30);
  EXPECT_GT(person.marker("R.KneeLateral").x(), knee.x() + 0.1) << "the thigh comes forward";
  person.set("hip_flexion_r", 0);
  person.set("knee_angle_r", 60);
  EXPECT_LT(person.origin("calcn_r").x(), heel.x() - 0.2) << "the foot goes back";
  EXPECT_GT(person.origin("calcn_r").y(), heel.y() + 0.1) << "and up";
  person.set("knee_angle_r", 0);
  person.set("ankle_angle_r", 20);
  EXPECT_GT(person.marker("R.ToeMedial").y(), toe.y() + 0.01) << "toes up";
  person.set("ankle_angle_r", 0);
  person.set("hip_adduction_r", -20);
  EXPECT_GT(person.marker("R.KneeLateral").z(), knee.z() + 0.05) << "abduction: outwards";
  person.set("hip_adduction_r", 0);
  person.set("hip_rotation_r", 20);
  EXPECT_LT(person.marker("R.ToeMedial").z(), toe.z() - 0.01) << "internal: toes inwards";
  person.set("hip_rotation_r", 0);
  person.set("hip_rotation_l", 20);
  EXPECT_GT(person.marker("L.ToeMedial").z(), left_toe.z() + 0.01) << "internal: toes inwards";
  person.set("hip_rotation_l", 0);
  person.set("subtalar_angle_r", 15);
  EXPECT_GT(person.marker("R.ToeMedial").y() - person.marker("R.ToeLateral").y(), edge.y() + 0.005)
      << "inversion: the inner edge rises over the outer";
  person.set("subtalar_angle_r", 0);
  person.set("pelvis_tilt", -20);
  EXPECT_GT(person.marker("Head_Top").x(), head.x() + 0.1) << "anterior tilt: trunk forward";
  person.set("pelvis_tilt", 0);
  person.set("lumbar_extension", -20);
  EXPECT_GT(person.marker("Head_Top").x(), head.x() + 0.1) << "flexion: trunk forward";
  person.set("lumbar_extension", 0);
  person.set("lumbar_bending", 20);
  EXPECT_GT(person.marker("Head_Top").z(), head.z() + 0.1) << "to the right";
  person.set("lumbar_bending", 0);
  person.set("arm_flex_r", 60);
  EXPECT_GT(person.marker("R.WristLateral").x(), wrist.x() + 0.3) << "arm forward";
  person.set("arm_flex_r", 0);
  person.set("arm_add_r", -60);
  EXPECT_GT(person.marker("R.WristLateral").z(), wrist.z() + 0.3) << "arm sideways";
  person.set("arm_add_r", 0);
  person.set("elbow_flex_r", 90);
  EXPECT_GT(person.marker("R.WristLateral").x(), wrist.x() + 0.2) << "forearm forward";
  person.set("elbow_flex_r", 0);
  person.set("pro_sup_r", 90);
  EXPECT_GT(person.marker("R.WristLateral").x(), wrist.x() + 0.02) << "pronation: thumb forward";
}

TEST(FullBody, LeftMirrorsRight) {
  Person person;
  base::Random random(3);
  for (const auto& name : rajagopal_coordinates()) {
    double& value = person.q[*person.model.find_coordinate(name)];
    const bool in_plane = name == "pelvis_tilt" || name == "pelvis_tx" || name == "pelvis_ty" ||
                          name == "lumbar_extension";
    if (in_plane) value += random.uniform(-0.3, 0.3);
    const auto side = name.ends_with("_r_beta") ? name.size() - 6 : name.size() - 2;
    if (name.substr(side, 2) != "_r") continue;
    std::string left = name;
    left[side + 1] = 'l';
    value = person.q[*person.model.find_coordinate(left)] = random.uniform(-0.5, 0.5);
  }
  for (const auto& name : original_markers()) {
    std::string other = name;
    if (name.front() == 'R')
      other.front() = 'L';
    else if (name.front() == 'L')
      other.front() = 'R';
    if (other == "R.FootHeel") continue;
    const Vector3d a = person.marker(name);
    const Vector3d b = person.marker(other);
    EXPECT_NEAR(a.x(), b.x(), 1e-12) << name;
    EXPECT_NEAR(a.y(), b.y(), 1e-12) << name;
    EXPECT_NEAR(a.z(), -b.z(), 1e-12) << name;
  }
}

TEST(FullBody, SegmentsKeepTheirLengthsInAnyPosture) {
  Person person;
  base::Random random(9);
  const double thigh = person.size.thigh, forearm = person.size.forearm;
  for (int i = 0; i < 20; ++i) {
    for (auto& value : person.q) value = random.uniform(-1, 1);
    EXPECT_NEAR((person.origin("tibia_l") - person.origin("femur_l")).norm(), thigh, 1e-12);
    EXPECT_NEAR((person.origin("hand_r") - person.origin("ulna_r")).norm(), forearm, 1e-12);
    EXPECT_NEAR((person.marker("LASIS") - person.marker("RASIS")).norm(), person.size.pelvis_width,
                1e-12);
  }
}

TEST(FullBody, RefusesImpossiblePeople) {
  EXPECT_THROW(Anthropometry::of_stature(175, 70), std::invalid_argument);
  EXPECT_THROW(Anthropometry::of_stature(1.75, 0), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::body
