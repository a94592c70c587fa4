#include "kinemyo/body/marker_faults.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "body/planting.h"
#include "body/posed.h"
#include "kinemyo/body/marker_fit.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

using testing::HasSubstr;

// A person who bends hips and knees and swings the arms for two seconds; noise in m.
motion::Series moving(const Model& model, double noise = 0.003) {
  return recorded(model, 200, noise, base::Random(5), [&](std::size_t f, std::vector<double>& q) {
    const double phase = std::sin(0.03 * static_cast<double>(f));
    for (const auto* name : {"hip_flexion_r", "knee_angle_r", "arm_flex_l", "elbow_flex_r"}) q[*model.find_coordinate(name)] = 0.4 + 0.4 * phase;
  });
}

double largest_difference(const motion::Series& a, const motion::Series& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.values().flat().size(); ++i) most = std::max(most, std::abs(a.values().flat()[i] - b.values().flat()[i]));
  return most;
}

TEST(MarkerFaults, NoneWhereThereAreNone) {
  const auto model = person();
  const auto markers = moving(model);
  const auto repaired = repair_markers(model, markers);
  EXPECT_TRUE(repaired.faults.empty());
  EXPECT_EQ(largest_difference(repaired.markers, markers), 0);
}

TEST(MarkerFaults, NamesThatChangedPlacesThroughoutArePutRight) {
  const auto model = person();
  const auto clean = moving(model);
  auto markers = clean;
  bench::exchange(markers, *markers.find("R.AnkleLateral"), *markers.find("R.ToeLateral"), 0, 199);
  const auto repaired = repair_markers(model, markers);
  EXPECT_EQ(bench::names(repaired.faults), (std::set<std::string>{"R.AnkleLateral", "R.ToeLateral"}));
  EXPECT_EQ(largest_difference(repaired.markers, clean), 0);
}

TEST(MarkerFaults, NamesThatChangedPlacesForAWhileArePutRight) {
  const auto model = person();
  const auto clean = moving(model);
  auto markers = clean;
  bench::exchange(markers, *markers.find("LASIS"), *markers.find("RASIS"), 50, 109);
  const auto repaired = repair_markers(model, markers);
  ASSERT_EQ(repaired.faults.size(), 1u);
  EXPECT_EQ(bench::names(repaired.faults), (std::set<std::string>{"LASIS", "RASIS"}));
  EXPECT_NEAR(repaired.faults[0].from_s, 0.5, 1e-9);
  EXPECT_NEAR(repaired.faults[0].to_s, 1.09, 1e-9);
  EXPECT_THAT(to_text(repaired.faults[0]), HasSubstr("bear each other's names from 0.50 to 1.09 s"));
  EXPECT_EQ(largest_difference(repaired.markers, clean), 0);
}

TEST(MarkerFaults, AMarkerThatGoesAndComesByTheSameVectorIsMovedBack) {
  const auto model = person();
  const auto clean = moving(model, 0.0003);
  auto markers = clean;
  const auto c = *markers.find("L.Shank");
  for (std::size_t f = 30; f < 90; ++f) markers.at(f, c, 0) += 0.06, markers.at(f, c, 2) -= 0.08;
  const auto repaired = repair_markers(model, markers);
  ASSERT_EQ(repaired.faults.size(), 1u);
  EXPECT_TRUE(repaired.faults[0].put_right);
  EXPECT_THAT(to_text(repaired.faults[0]), HasSubstr("L.Shank is away from its place from 0.30 to 0.89 s"));
  EXPECT_NEAR(repaired.faults[0].distance, 0.1, 0.002);
  EXPECT_LT(largest_difference(repaired.markers, clean), 0.002);
}

// 3 mm of noise hide by how much exactly it jumps.
TEST(MarkerFaults, AMarkerThatJumpsAwayInNoiseIsTakenOut) {
  const auto model = person();
  auto markers = moving(model);
  const auto c = *markers.find("L.Shank");
  for (std::size_t f = 30; f < 90; ++f) markers.at(f, c, 2) += 0.1;
  const auto repaired = repair_markers(model, markers);
  ASSERT_EQ(repaired.faults.size(), 1u);
  EXPECT_FALSE(repaired.faults[0].put_right);
  EXPECT_THAT(to_text(repaired.faults[0]), HasSubstr("L.Shank is away from its place from 0.30 to 0.89 s"));
  EXPECT_NEAR(repaired.faults[0].distance, 0.1, 0.02);
  for (std::size_t f = 0; f < 200; ++f) EXPECT_EQ(repaired.markers.missing(f, c), f >= 30 && f < 90) << f;
}

TEST(MarkerFaults, AMarkerThatComesBackFromAnotherSideIsTakenOut) {
  const auto model = person();
  auto markers = moving(model, 0.0003);
  const auto c = *markers.find("L.Shank");
  for (std::size_t f = 30; f < 90; ++f) {
    const double angle = 0.03 * static_cast<double>(f - 30);
    markers.at(f, c, 0) += 0.1 * std::sin(angle), markers.at(f, c, 2) += 0.1 * std::cos(angle);
  }
  const auto repaired = repair_markers(model, markers);
  ASSERT_EQ(repaired.faults.size(), 1u);
  EXPECT_FALSE(repaired.faults[0].put_right);
  for (std::size_t f = 0; f < 200; ++f) EXPECT_EQ(repaired.markers.missing(f, c), f >= 30 && f < 90) << f;
}

// No posture tells them apart: the torso has lost its markers, and so has the thigh.
TEST(MarkerFaults, WholeSegmentsThatChangedNamesForAWhileArePutRightByTheirPaths) {
  const auto model = person();
  const auto clean = moving(model, 0.0003);
  auto markers = clean;
  const std::vector<std::pair<const char*, const char*>> pairs{{"LASIS", "L.KneeLateral"}, {"RASIS", "L.KneeMedial"}, {"LPSIS", "L.Shank"}};
  for (const auto& [a, b] : pairs) bench::exchange(markers, *markers.find(a), *markers.find(b), 40, 110);
  const auto repaired = repair_markers(model, markers);
  EXPECT_EQ(repaired.faults.size(), pairs.size());
  for (const auto& fault : repaired.faults) {
    EXPECT_EQ(fault.kind, MarkerFault::Kind::exchanged);
    EXPECT_TRUE(fault.put_right);
    EXPECT_NEAR(fault.from_s, 0.4, 1e-9);
    EXPECT_NEAR(fault.to_s, 1.1, 1e-9);
  }
  EXPECT_EQ(largest_difference(repaired.markers, clean), 0);
}

// The arm is led astray by wrong names and no marker of it is near the place where it belongs.
TEST(MarkerFaults, TwoMarkersOfASegmentExchangedWithTwoOfAnotherThroughoutArePutRight) {
  const auto model = person();
  const auto clean = moving(model);
  for (const auto& pairs : {std::vector<std::pair<const char*, const char*>>{{"L.WristMedial", "R.ShoulderFront"}, {"L.WristLateral", "R.ShoulderRear"}},
                            {{"R.LowerArmMedial", "L.KneeMedial"}, {"R.LowerArmLateral", "L.KneeLateral"}}}) {
    auto markers = clean;
    for (const auto& [a, b] : pairs) bench::exchange(markers, *markers.find(a), *markers.find(b), 0, 199);
    const auto repaired = repair_markers(model, markers);
    EXPECT_EQ(repaired.faults.size(), 2u);
    EXPECT_EQ(largest_difference(repaired.markers, clean), 0) << pairs[0].first;
  }
}

TEST(MarkerFaults, AMarkerThatStandsElsewhereThanTheModelHasItIsNone) {
  const auto model = person();
  auto markers = moving(model);
  const auto c = *markers.find("R.Thigh");
  for (std::size_t f = 0; f < 200; ++f) markers.at(f, c, 1) += 0.06;
  EXPECT_TRUE(repair_markers(model, markers).faults.empty());
}

class RealFaults : public testing::Test {
 protected:
  static motion::Series markers(const std::filesystem::path& trc) { return *io::read_trc(trc).find(motion::Quantity::position); }
};

TEST_F(RealFaults, ThighClustersOfWalking1BearWrongNames) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto model = read_osim(folder / "hand_scaled.osim").model;
  const auto recorded = markers(folder / "walking1.trc");
  const auto repaired = repair_markers(model, recorded);
  EXPECT_EQ(bench::names(repaired.faults), (std::set<std::string>{"L_thigh1", "L_thigh2", "L_thigh3", "L_thigh4"}));
  InverseKinematics before(model, task_weights(model)), after(model, task_weights(model));
  EXPECT_GT(fit_markers(before, recorded).rms, 0.035);
  EXPECT_LT(fit_markers(after, repaired.markers).rms, 0.017);
}

TEST_F(RealFaults, PlantedOnesAreFoundAndNamedAndNoneIsClaimedOnCleanTrials) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto model = read_osim(folder / "hand_scaled.osim").model;
  base::Random random(29);
  for (const auto* trial : {"walking2", "walkingTI1", "DJAsym1", "walkingTS3", "STSFast1"}) {
    const auto clean = markers(folder / (std::string(trial) + ".trc"));
    EXPECT_TRUE(repair_markers(model, clean).faults.empty()) << trial;
    for (int n = 0; n < 2; ++n) {
      auto planted_in = clean;
      const auto planted = bench::plant(model, planted_in, random);
      EXPECT_EQ(bench::names(repair_markers(model, planted_in).faults), planted.names) << trial << ": " << planted.text;
    }
  }
}

}  // namespace
}  // namespace kinemyo::body
