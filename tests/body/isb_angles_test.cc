#include "kinemyo/body/isb_angles.h"

#include <gmock/gmock.h>

#include <Eigen/Geometry>
#include <cmath>
#include <map>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/chain.h"

namespace kinemyo::body {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

// Landmarks of a person whose segments are turned as one asks, placed by the definitions of the ISB
// alone.
class Person {
 public:
  Matrix3d pelvis = Matrix3d::Identity();
  Matrix3d thorax = Matrix3d::Identity();  // in the pelvis
  struct Side {
    Matrix3d hip = Matrix3d::Identity(), knee = hip, ankle = hip, shoulder = hip, elbow = hip;
  };
  Side right, left;

  motion::Series markers() const {
    std::map<std::string, Vector3d> at;
    const Vector3d origin(0.3, 1, -0.2);
    for (const double side : {-1.0, 1.0}) {
      const std::string s = side > 0 ? "R" : "L";
      at[s + "ASIS"] = origin + pelvis * Vector3d(0, 0, side * 0.12);
      at[s + "PSIS"] = origin + pelvis * Vector3d(-0.15, 0, side * 0.05);
    }
    const Matrix3d trunk = pelvis * thorax;
    const Vector3d below = origin + pelvis * Vector3d(-0.1, 0.25, 0);
    at["STRN"] = below + trunk * Vector3d(0.1, 0, 0);
    at["T10"] = below - trunk * Vector3d(0.1, 0, 0);
    at["CLAV"] = below + trunk * Vector3d(0.07, 0.2, 0);
    at["C7"] = below + trunk * Vector3d(-0.07, 0.2, 0);
    for (const double z : {-1.0, 1.0}) {
      const auto& joints = z > 0 ? right : left;
      const std::string s = z > 0 ? "R." : "L.";
      const auto pair = [&](const std::string& name, const Vector3d& middle, const Matrix3d& turn,
                            double half) {
        at[s + name + "Lateral"] = middle + turn * Vector3d(0, 0, z * half);
        at[s + name + "Medial"] = middle - turn * Vector3d(0, 0, z * half);
      };
      const Matrix3d thigh = pelvis * joints.hip, shank = thigh * joints.knee,
                     foot = shank * joints.ankle;
      const Vector3d hip = origin + pelvis * (0.24 * Vector3d(-0.19, -0.30, z * 0.36));
      const Vector3d knee = hip - thigh * Vector3d(0, 0.42, 0),
                     ankle = knee - shank * Vector3d(0, 0.4, 0);
      pair("Knee", knee, thigh, 0.05);
      pair("Ankle", ankle, shank, 0.04);
      pair("Toe", ankle + foot * Vector3d(0.15, -0.05, 0), foot, 0.045);
      at[s + "FootHeel"] = ankle + foot * Vector3d(-0.05, -0.05, 0);
      const Matrix3d arm = trunk * joints.shoulder, forearm = arm * joints.elbow;
      const Vector3d head = below + trunk * Vector3d(0, 0.2, z * 0.18),
                     elbow = head - arm * Vector3d(0, 0.3, 0);
      at[s + "ShoulderFront"] = head + trunk * Vector3d(0.05, 0.01, 0);
      at[s + "ShoulderRear"] = head - trunk * Vector3d(0.05, 0.01, 0);
      pair("LowerArm", elbow, arm, 0.035);
      const Vector3d ulna = elbow - forearm * Vector3d(0, 0.25, 0);
      at[s + "WristMedial"] = ulna;
      at[s + "WristLateral"] = ulna + forearm * Vector3d(0, 0, z * 0.05);
    }
    std::vector<motion::Channel> channels;
    base::Matrix<double> values(1, 3 * at.size());
    for (const auto& [name, place] : at) {
      for (std::size_t k = 0; k < 3; ++k)
        values(0, 3 * channels.size() + k) = place[static_cast<Eigen::Index>(k)];
      channels.push_back({name, "m"});
    }
    return {motion::Quantity::position, channels, motion::Clock::uniform(100, 0, 1), values};
  }
};

void expect_angles(const motion::Series& angles, const std::string& joint,
                   const Vector3d& expected) {
  const auto c = angles.find(joint);
  ASSERT_TRUE(c) << joint;
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(angles.at(0, *c, k), expected[static_cast<Eigen::Index>(k)], 1e-9)
        << joint << " " << k;
}

// The same turn of a left limb, in a mirror.
Matrix3d mirrored(const Matrix3d& turn) {
  const Eigen::DiagonalMatrix<double, 3> mirror(1, 1, -1);
  return mirror * turn * mirror;
}

TEST(IsbAngles, AreThoseThatThePostureWasMadeWith) {
  Person person;
  person.pelvis = zxy_rotation(0.1, 0.2, 1.9);
  person.thorax = zxy_rotation(-0.2, 0.1, 0.3);
  person.right = {zxy_rotation(0.6, 0.15, -0.1), zxy_rotation(-0.9, 0.03, 0.05),
                  zxy_rotation(0.2, 0.1, -0.07), Matrix3d::Identity(), zxy_rotation(1.2, 0.1, 0.4)};
  // Lifted forward by 60 degrees, turned inwards by 20.
  person.right.shoulder =
      (Eigen::AngleAxisd(1.5, Vector3d::UnitY()) * Eigen::AngleAxisd(-1.05, Vector3d::UnitX()) *
       Eigen::AngleAxisd(-1.2, Vector3d::UnitY()))
          .toRotationMatrix();
  for (auto joint : {&Person::Side::hip, &Person::Side::knee, &Person::Side::ankle,
                     &Person::Side::shoulder, &Person::Side::elbow}) {
    person.left.*joint = mirrored(person.right.*joint);
  }
  Person standing;
  const auto found = isb_angles(person.markers(), standing.markers());
  EXPECT_TRUE(found.left_out.empty());
  for (const std::string side : {"L", "R"}) {
    expect_angles(found.angles, side + "Hip", {0.6, 0.15, -0.1});
    expect_angles(found.angles, side + "Knee", {0.9, 0.03, 0.05});
    expect_angles(found.angles, side + "Ankle", {0.2, 0.1, -0.07});
    expect_angles(found.angles, side + "Shoulder", {1.5, -1.05, -1.2});
    expect_angles(found.angles, side + "Elbow", {1.2, 0.1, 0.4});
  }
  expect_angles(found.angles, "Thorax", {-0.2, 0.1, 0.3});
}

TEST(IsbAngles, OfAStandingPersonAreZero) {
  const auto found = isb_angles(Person().markers());
  for (const auto* joint : {"LHip", "RKnee", "LAnkle", "RElbow", "Thorax"})
    expect_angles(found.angles, joint, Vector3d::Zero());
}

TEST(IsbAngles, AJointIsMissingWhereALandmarkIsAndLeftOutWhereItIsNeverThere) {
  auto markers = Person().markers();
  markers.at(0, *markers.find("R.KneeMedial")) = std::nan("");
  auto names = markers.names();
  std::erase(names, "STRN");
  const auto found = isb_angles(markers.select(names));
  EXPECT_TRUE(found.angles.missing(0, *found.angles.find("RKnee")));
  EXPECT_TRUE(found.angles.missing(0, *found.angles.find("RHip")));
  EXPECT_FALSE(found.angles.missing(0, *found.angles.find("LKnee")));
  EXPECT_THAT(found.left_out,
              testing::ElementsAre("LShoulder (STRN)", "RShoulder (STRN)", "Thorax (STRN)"));
  EXPECT_THROW(isb_angles(markers.select({"STRN", "C7"})), Error);
}

TEST(YxyAngles, GiveTheRotationBack) {
  base::Random random(4);
  for (int n = 0; n < 100; ++n) {
    const Vector3d angles(random.uniform(-3, 3), random.uniform(-3.1, -0.05),
                          random.uniform(-3, 3));
    const Matrix3d turn = (Eigen::AngleAxisd(angles[0], Vector3d::UnitY()) *
                           Eigen::AngleAxisd(angles[1], Vector3d::UnitX()) *
                           Eigen::AngleAxisd(angles[2], Vector3d::UnitY()))
                              .toRotationMatrix();
    EXPECT_LT((yxy_angles(turn) - angles).norm(), 1e-9);
  }
}

}  // namespace
}  // namespace kinemyo::body
