#include "kinemyo/body/plug_in_gait.h"

#include <gmock/gmock.h>

#include <Eigen/Geometry>
#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/io/c3d.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

namespace fs = std::filesystem;
using Eigen::Vector3d;
using motion::Quantity;
using motion::Series;
using testing::HasSubstr;

constexpr double kDegree = std::numbers::pi / 180;

GaitMeasures adult() {
  GaitMeasures m;
  m.marker_diameter = 0.014;
  m.inter_asis = 0.24;
  m.leg_length = {0.9, 0.9};
  m.knee_width = {0.1, 0.11};
  m.ankle_width = {0.07, 0.08};
  return m;
}

struct Posture {
  double hip, knee, ankle;  // rad
};

// Two legs that bend in sagittal planes; X forward, Y left, Z up. The foot's axis is the shank's turned by the ankle.
Series legs(const std::vector<Sides<Posture>>& postures, const GaitMeasures& m) {
  const std::vector<std::string> names{"LASI", "RASI", "SACR", "LTHI", "LKNE", "LTIB", "LANK", "LHEE", "LTOE",
                                       "RTHI", "RKNE", "RTIB", "RANK", "RHEE", "RTOE"};
  std::vector<motion::Channel> channels;
  for (const auto& name : names) channels.push_back({name, "m"});
  base::Matrix<double> values(postures.size(), 3 * names.size());
  for (std::size_t f = 0; f < postures.size(); ++f) {
    std::vector<Vector3d> points{{0, 0.12, 1}, {0, -0.12, 1}, {-0.2, 0, 1}};
    for (const std::size_t side : {0u, 1u}) {
      const double s = side == 0 ? 1 : -1, radius = m.marker_diameter / 2;
      const auto& [hip, knee, ankle] = postures[f][side];
      const double c = 0.115 * m.leg_length[0] - 0.0153, depth = 0.1288 * m.leg_length[side] - 0.04856 + radius;
      const Vector3d hip_center(c * std::cos(0.5) * std::sin(0.314) - depth * std::cos(0.314), s * (0.12 - c * std::sin(0.5)),
                                1 - c * std::cos(0.5) * std::cos(0.314) - depth * std::sin(0.314));
      const auto down = [](double angle) { return Vector3d(std::sin(angle), 0, -std::cos(angle)); };
      const Vector3d out(0, s, 0);
      const Vector3d knee_center = hip_center + 0.4 * down(hip), ankle_center = knee_center + 0.42 * down(hip - knee);
      const Vector3d toe = ankle_center + 0.15 * down(hip - knee + ankle + std::numbers::pi / 2);
      for (const Vector3d& p : {Vector3d(hip_center + 0.2 * down(hip) + 0.15 * out),
                                Vector3d(knee_center + (m.knee_width[side] / 2 + radius) * out),
                                Vector3d(knee_center + 0.2 * down(hip - knee) + 0.15 * out),
                                Vector3d(ankle_center + (m.ankle_width[side] / 2 + radius) * out),
                                Vector3d(ankle_center + Vector3d(-0.05, 0, -0.03)), toe}) {
        points.push_back(p);
      }
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      for (const int axis : {0, 1, 2}) values(f, 3 * i + static_cast<std::size_t>(axis)) = points[i][axis];
    }
  }
  return {Quantity::position, channels, motion::Clock::uniform(100, 0, postures.size()), values};
}

TEST(PlugInGait, GivesTheAnglesOfALegThatBendsInAPlane) {
  const Posture left{0.5, 0.7, 0.2}, right{-0.2, 0.1, -0.3};
  const auto angles = plug_in_gait_angles(legs({{left, right}}, adult()), adult(), {});
  EXPECT_EQ(angles.names(), (std::vector<std::string>{"LHipAngles", "LKneeAngles", "LAnkleAngles", "RHipAngles", "RKneeAngles",
                                                      "RAnkleAngles"}));
  const std::vector<double> expected{left.hip, left.knee, left.ankle, right.hip, right.knee, right.ankle};
  for (std::size_t c = 0; c < 6; ++c) {
    EXPECT_NEAR(angles.at(0, c, 0), expected[c], 1e-12) << c;
    EXPECT_NEAR(angles.at(0, c, 1), 0, 1e-12) << c;
    EXPECT_NEAR(angles.at(0, c, 2), 0, 1e-12) << c;
  }
}

TEST(PlugInGait, DoesNotDependOnPlaceAndHeadingOfTheLaboratory) {
  base::Random random(3);
  auto markers = legs({{Posture{0.5, 0.7, 0.2}, Posture{-0.2, 0.1, -0.3}}}, adult());
  for (auto& v : markers.values().flat()) v += 0.01 * random.normal();  // out of the planes
  const auto before = plug_in_gait_angles(markers, adult(), {});
  const Eigen::Matrix3d turn = Eigen::AngleAxisd(2.1, Vector3d(1, -2, 0.5).normalized()).toRotationMatrix();
  for (std::size_t c = 0; c < markers.channels().size(); ++c) {
    const Vector3d moved = turn * Vector3d(markers.at(0, c, 0), markers.at(0, c, 1), markers.at(0, c, 2)) + Vector3d(3, -1, 2);
    for (const int axis : {0, 1, 2}) markers.at(0, c, static_cast<std::size_t>(axis)) = moved[axis];
  }
  const auto after = plug_in_gait_angles(markers, adult(), {});
  for (std::size_t i = 0; i < 18; ++i) EXPECT_NEAR(after.values().flat()[i], before.values().flat()[i], 1e-12);
}

TEST(PlugInGait, FootOffsetMakesAFlatFootsAngleThatOfItsSole) {
  // Standing straight, the sole level: whatever the axis from toe to ankle does, the ankle's angle is 0.
  auto standing = legs({{Posture{0, 0, -0.3}, Posture{0, 0, -0.5}}}, adult());
  const Vector3d up = Vector3d::UnitZ();
  const auto offsets = fit_foot_offsets(standing, up, adult());
  EXPECT_NEAR(offsets[0].plantarflexion, -0.3, 1e-12);
  EXPECT_NEAR(offsets[1].plantarflexion, -0.5, 1e-12);
  const auto angles = plug_in_gait_angles(standing, adult(), offsets);
  EXPECT_NEAR(angles.at(0, 2, 0), 0, 1e-12);
  EXPECT_NEAR(angles.at(0, 5, 0), 0, 1e-12);
}

TEST(PlugInGait, FootWithoutHeelMarkerGetsTheOthersOffsetMirrored) {
  auto standing = legs({{Posture{0, 0, -0.3}, Posture{0, 0, -0.3}}}, adult());
  standing.at(0, *standing.find("LTOE"), 1) += 0.02;
  auto names = standing.names();
  std::erase(names, "RHEE");
  const auto offsets = fit_foot_offsets(standing.select(names), Vector3d::UnitZ(), adult());
  EXPECT_NE(offsets[0].rotation, 0);
  EXPECT_EQ(offsets[1].rotation, -offsets[0].rotation);
  EXPECT_EQ(offsets[1].plantarflexion, offsets[0].plantarflexion);
}

TEST(PlugInGait, MissingMarkerTakesOnlyWhatItServes) {
  auto markers = legs({{Posture{0.5, 0.7, 0.2}, Posture{-0.2, 0.1, -0.3}}}, adult());
  markers.at(0, *markers.find("LTIB"), 1) = GaitMeasures::kUnknown;
  const auto angles = plug_in_gait_angles(markers, adult(), {});
  EXPECT_TRUE(std::isfinite(angles.at(0, 0)));
  EXPECT_TRUE(std::isnan(angles.at(0, 1)));
  EXPECT_TRUE(std::isnan(angles.at(0, 2)));
  for (const std::size_t c : {3u, 4u, 5u}) EXPECT_TRUE(std::isfinite(angles.at(0, c)));
}

TEST(PlugInGait, SaysWhatIsAbsent) {
  const auto markers = legs({{Posture{}, Posture{}}}, adult());
  try {
    plug_in_gait_angles(markers.select({"LASI", "RASI", "SACR", "LTHI", "LKNE", "LTIB", "LANK", "LHEE", "LTOE", "RKNE", "RANK",
                                        "RHEE", "RTOE"}),
                        adult(), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("markers that are not there: RTHI, RTIB"));
  }
  auto measures = adult();
  measures.knee_width[1] = GaitMeasures::kUnknown;
  EXPECT_THROW(plug_in_gait_angles(markers, measures, {}), std::invalid_argument);
  auto unseen = markers;
  for (int axis = 0; axis < 3; ++axis) unseen.at(0, *markers.find("RTOE"), static_cast<std::size_t>(axis)) = GaitMeasures::kUnknown;
  EXPECT_THROW(fit_foot_offsets(unseen, Vector3d::UnitZ(), adult()), Error);
}

TEST(GaitMeasures, AreFoundInAnyCaseAndCompletedFromMarkers) {
  auto measures = gait_measures({{"LLEGLENGTH", 0.88}, {"RLegLength", 0.9}, {"interasisdistance", 0.22}, {"LKneeWidth", 0.1}});
  EXPECT_EQ(measures.leg_length[0], 0.88);
  EXPECT_EQ(measures.inter_asis, 0.22);
  EXPECT_TRUE(std::isnan(measures.knee_width[1]));
  std::vector<std::string> estimated;
  measures = complete_measures(measures, legs({{Posture{}, Posture{}}}, adult()), estimated);
  EXPECT_EQ(estimated, (std::vector<std::string>{"MarkerDiameter", "LAnkleWidth", "RKneeWidth", "RAnkleWidth"}));
  EXPECT_NEAR(measures.knee_width[1], 0.12 * 0.89, 1e-12);
  EXPECT_EQ(measures.knee_width[0], 0.1);
}

// Real people: Nexus' own angles stand in the same files.
class WalkingPeople : public testing::Test {
 protected:
  struct Walk {
    std::string name;
    motion::Recording standing, walking;
  };
  static std::vector<Walk> read(const fs::path& root) {
    std::vector<Walk> out;
    for (const auto& person : fs::directory_iterator(root)) {
      if (!fs::is_directory(person.path() / "Static")) continue;
      const auto standing = io::read_c3d(fs::directory_iterator(person.path() / "Static")->path());
      for (const char* activity : {"Straight", "Turn"}) {
        for (const auto& file : fs::directory_iterator(person.path() / activity)) {
          out.push_back({file.path().filename().string(), standing, io::read_c3d(file.path())});
        }
      }
    }
    return out;
  }
  static const Series& markers(const motion::Recording& r) { return *r.find(Quantity::position); }
  static Vector3d up(const motion::Recording& r) {
    return r.up == motion::UpAxis::y ? Vector3d::UnitY() : r.up == motion::UpAxis::x ? Vector3d::UnitX() : Vector3d::UnitZ();
  }
  // RMS difference in degrees of channel and plane.
  static double rms(const Series& got, const Series& wanted, const std::string& channel, std::size_t plane) {
    const auto a = *got.find(channel), b = *wanted.find(channel);
    double sum = 0, count = 0;
    for (std::size_t f = 0; f < got.frames(); ++f) {
      const double d = std::remainder(got.at(f, a, plane) - wanted.at(f, b, plane), 2 * std::numbers::pi);
      if (!std::isfinite(d)) continue;
      sum += d * d;
      ++count;
    }
    EXPECT_GT(count, 20) << channel;
    return std::sqrt(sum / count) / kDegree;
  }
  static double sagittal(const Series& got, const motion::Recording& walk) {
    double sum = 0;
    for (const char* channel : {"LHipAngles", "LKneeAngles", "LAnkleAngles", "RHipAngles", "RKneeAngles", "RAnkleAngles"}) {
      sum += rms(got, *walk.find(Quantity::angle3), channel, 0) / 6;
    }
    return sum;
  }
};

TEST_F(WalkingPeople, AnglesWithTapeAndStaticTrialEqualNexusInEveryPlane) {
  KINEMYO_REAL_DATA(root, "biomechzoo");
  const auto walks = read(root);
  ASSERT_EQ(walks.size(), 18u);
  for (const auto& walk : walks) {
    const auto offsets = fit_foot_offsets(markers(walk.standing), up(walk.standing), gait_measures(walk.standing.measures));
    const auto got = plug_in_gait_angles(markers(walk.walking), gait_measures(walk.walking.measures), offsets);
    for (const auto& channel : got.names()) {
      for (const std::size_t plane : {0u, 1u, 2u}) {
        EXPECT_LT(rms(got, *walk.walking.find(Quantity::angle3), channel, plane), 1e-3) << walk.name << " " << channel << plane;
      }
    }
  }
}

TEST_F(WalkingPeople, AnglesWithoutTapeStayWithinADegree) {
  KINEMYO_REAL_DATA(root, "biomechzoo");
  double without_static = 0, with_static = 0;
  const auto walks = read(root);
  for (const auto& walk : walks) {
    std::vector<std::string> estimated;
    const auto& moving = markers(walk.walking);
    auto measures = complete_measures({}, moving, estimated);
    without_static += sagittal(plug_in_gait_angles(moving, measures, estimate_foot_offsets(moving, up(walk.walking), measures)),
                               walk.walking);
    measures = complete_measures({}, markers(walk.standing), estimated);
    with_static += sagittal(
        plug_in_gait_angles(moving, measures, fit_foot_offsets(markers(walk.standing), up(walk.standing), measures)),
        walk.walking);
  }
  RecordProperty("without_static_deg", std::to_string(without_static / 18));
  RecordProperty("with_static_deg", std::to_string(with_static / 18));
  EXPECT_LT(without_static / static_cast<double>(walks.size()), 0.5);
  EXPECT_LT(with_static / static_cast<double>(walks.size()), 0.35);
}

}  // namespace
}  // namespace kinemyo::body
