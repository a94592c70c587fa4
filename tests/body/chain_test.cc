#include "kinemyo/body/chain.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"

namespace kinemyo::body {
namespace {

using Eigen::Vector3d;

// A slider along X that also lifts by its square, then a hinge about Z on a frame turned about Y.
TEST(Chain, PlacesAKnownMechanism) {
  Model model;
  const auto slide = model.add_coordinate({"slide"});
  const auto turn = model.add_coordinate({"turn"});
  Joint rail{"rail"};
  rail.axes = {
      {Axis::Kind::translation, Vector3d::UnitX(), slide},
      {Axis::Kind::translation, Vector3d::UnitY(), slide, Function::polynomial({0, 0, 1})}};
  const auto cart = model.add_body({"cart"}, 0, rail);
  Joint hinge{"hinge"};
  hinge.on_parent.translation() = Vector3d(0, 1, 0);
  hinge.on_parent.linear() =
      Eigen::AngleAxisd(std::numbers::pi / 2, Vector3d::UnitY()).toRotationMatrix();
  hinge.on_child.translation() = Vector3d(0, 2, 0);
  hinge.axes = {{Axis::Kind::rotation, Vector3d::UnitZ(), turn}};
  const auto arm = model.add_body({"arm"}, cart, hinge);
  model.add_marker({"tip", arm, Vector3d::Zero()});

  auto pose = model.make_pose();
  const double q[] = {3, std::numbers::pi / 2};
  model.place(q, pose);
  double tip[3];
  model.place_markers(pose, tip);
  // Hinge at (3, 10, 0). The tip hangs 2 below it; turned by 90 degrees about the hinge's Z, which
  // is the ground's X, it points along the hinge's X, which is the ground's -Z.
  EXPECT_NEAR(tip[0], 3, 1e-12);
  EXPECT_NEAR(tip[1], 10, 1e-12);
  EXPECT_NEAR(tip[2], -2, 1e-12);
}

TEST(Chain, JacobianIsTheNumericDerivative) {
  auto person = Anthropometry::of_stature(1.75, 70);
  Model model = make_full_body(person);
  add_original_markers(model, person);
  base::Random random(5);
  std::vector<double> q = model.neutral();
  for (auto& value : q) value += random.uniform(-0.5, 0.5);
  auto pose = model.make_pose();
  std::vector<double> above(3 * model.markers().size()), below(above.size());
  std::vector<Eigen::Matrix3Xd> exact(model.markers().size());
  model.place(q, pose);
  for (std::size_t m = 0; m < model.markers().size(); ++m) {
    const auto& marker = model.markers()[m];
    model.jacobian(pose, marker.body, pose.bodies[marker.body] * marker.location, exact[m]);
  }
  const double step = 1e-6;
  for (std::size_t c = 0; c < q.size(); ++c) {
    auto moved = q;
    moved[c] += step;
    model.place(moved, pose);
    model.place_markers(pose, above);
    moved[c] -= 2 * step;
    model.place(moved, pose);
    model.place_markers(pose, below);
    for (std::size_t i = 0; i < above.size(); ++i) {
      const double numeric = (above[i] - below[i]) / (2 * step);
      EXPECT_NEAR(exact[i / 3](static_cast<Eigen::Index>(i % 3), static_cast<Eigen::Index>(c)),
                  numeric, 1e-8)
          << model.coordinates()[c].name << " " << model.markers()[i / 3].name;
    }
  }
}

TEST(Chain, EnforceKeepsLockedAndCoupledCoordinates) {
  const Model model = make_full_body(Anthropometry::of_stature(1.6, 60));
  std::vector<double> q(model.coordinates().size(), 0.7);
  model.enforce(q);
  EXPECT_EQ(q[*model.find_coordinate("mtp_angle_l")], 0);
  EXPECT_EQ(q[*model.find_coordinate("wrist_dev_r")], 0);
  EXPECT_EQ(q[*model.find_coordinate("knee_angle_r_beta")], 0.7);
  EXPECT_EQ(q[*model.find_coordinate("subtalar_angle_r")], 0.7);
}

TEST(Chain, RefusesWhatDoesNotFit) {
  Model model;
  model.add_coordinate({"a"});
  EXPECT_THROW(model.add_coordinate({"a"}), Error);
  EXPECT_THROW(model.add_body({"x"}, 7, {"j"}), std::invalid_argument);
  Joint wrong{"wrong"};
  wrong.axes = {{Axis::Kind::rotation, Vector3d::UnitX(), 0},
                {Axis::Kind::translation, Vector3d::UnitX(), 0}};
  EXPECT_THROW(model.add_body({"x"}, 0, wrong), std::invalid_argument);
  EXPECT_THROW(model.add_marker({"m", 3, Vector3d::Zero()}), std::invalid_argument);
}

TEST(Chain, AnglesComeBackFromRotations) {
  base::Random random(1);
  for (int i = 0; i < 100; ++i) {
    const double z = random.uniform(-3, 3), x = random.uniform(-1.5, 1.5),
                 y = random.uniform(-3, 3);
    const Vector3d angles = zxy_angles(zxy_rotation(z, x, y));
    EXPECT_NEAR(angles.x(), z, 1e-12);
    EXPECT_NEAR(angles.y(), x, 1e-12);
    EXPECT_NEAR(angles.z(), y, 1e-12);
  }
  const auto straight_up = zxy_rotation(0.4, std::numbers::pi / 2, 0.3);
  const Vector3d angles = zxy_angles(straight_up);
  EXPECT_LT((zxy_rotation(angles.x(), angles.y(), angles.z()) - straight_up).norm(), 1e-9);
}

}  // namespace
}  // namespace kinemyo::body
