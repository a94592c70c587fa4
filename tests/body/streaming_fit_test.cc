#include "kinemyo/body/streaming_fit.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/body/coordinate_jumps.h"
#include "kinemyo/body/marker_fit.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kDegree = std::numbers::pi / 180;

class RealWalk : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = testing_data::real_data("opencap_expert1");
    if (!found) GTEST_SKIP() << "real recordings 'opencap_expert1' are not at $KINEMYO_DATA";
    model = read_osim(*found / "hand_scaled.osim").model;
    weights = task_weights(model);
    markers = *io::read_trc(*found / "walking2.trc").find(motion::Quantity::position);
  }
  void hide(const std::string& marker, std::size_t first, std::size_t last) {
    for (std::size_t f = first; f <= last; ++f) markers.at(f, *markers.find(marker)) = kNaN;
  }
  motion::Series fit(const FitOptions& options) {
    InverseKinematics solver(model, weights);
    return fit_markers(solver, markers, options).coordinates;
  }
  static double largest_step_deg(const motion::Series& a, std::size_t frame) {
    double most = 0;
    for (std::size_t c = 0; c < a.channels().size(); ++c) {
      if (a.channels()[c].unit == "rad" && !a.channels()[c].name.starts_with("pro_sup")) most = std::max(most, std::abs(a.at(frame, c) - a.at(frame - 1, c)) / kDegree);
    }
    return most;
  }
  Model model;
  std::vector<double> weights;
  motion::Series markers;
};

TEST_F(RealWalk, FrameByFrameEqualsOfflineBitForBit) {
  hide("r_knee", 20, 50);
  hide("L_calc", 0, 10);
  for (const auto* marker : {"r.ASIS", "L.ASIS", "r.PSIS"}) hide(marker, 70, 75);
  FitOptions options;
  options.causal = true;
  const auto offline = fit(options);
  StreamingFit live(model, weights);
  std::vector<double> frame(3 * model.markers().size());
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    for (std::size_t m = 0; m < model.markers().size(); ++m) {
      const auto c = markers.find(model.markers()[m].name);
      for (std::size_t k = 0; k < 3; ++k) frame[3 * m + k] = c && !markers.missing(f, *c) ? markers.at(f, *c, k) : kNaN;
    }
    live.step(frame);
    ASSERT_TRUE(live.found());
    for (std::size_t c = 0; c < offline.channels().size(); ++c) ASSERT_EQ(live.coordinates()[c], offline.at(f, c)) << f << " " << offline.channels()[c].name;
  }
}

TEST_F(RealWalk, NothingIsFoundBeforeHalfOfTheMarkersAreSeen) {
  StreamingFit live(model, weights);
  std::vector<double> frame(3 * model.markers().size(), kNaN);
  live.step(frame);
  EXPECT_FALSE(live.found());
  for (std::size_t i = 0; i < 12; ++i) frame[i] = 0.1;
  live.step(frame);
  EXPECT_FALSE(live.found());
  EXPECT_THROW(live.step({}), std::invalid_argument);
}

TEST_F(RealWalk, BridgedGapsMakeNoJumps) {
  const auto whole = fit({});
  hide("r_knee", 40, 69);
  hide("L.ASIS", 80, 99);
  FitOptions as_they_are;
  as_they_are.bridge = false;
  const auto bridged = fit({}), unbridged = fit(as_they_are);
  for (const std::size_t edge : {40u, 70u, 80u, 100u}) EXPECT_LT(largest_step_deg(bridged, edge), largest_step_deg(whole, edge) + 0.3) << edge;
  double most = 0, most_unbridged = 0;
  for (std::size_t f = 0; f < whole.frames(); ++f) {
    for (const auto* name : {"pelvis_tilt", "hip_flexion_r", "knee_angle_r", "hip_flexion_l", "ankle_angle_r"}) {
      most = std::max(most, std::abs(whole.at(f, *whole.find(name)) - bridged.at(f, *bridged.find(name))) / kDegree);
      most_unbridged = std::max(most_unbridged, std::abs(whole.at(f, *whole.find(name)) - unbridged.at(f, *unbridged.find(name))) / kDegree);
    }
  }
  EXPECT_LT(most, 1.5);
  EXPECT_LT(most, 0.6 * most_unbridged);
}

TEST_F(RealWalk, ALimbThatNothingShowsGoesSmoothlyFromBeforeToAfter) {
  for (const auto* marker : {"R_elbow_med", "R_elbow_lat", "R_wrist_radius", "R_wrist_ulna"}) hide(marker, 40, 69);
  for (const auto* marker : {"R_humerus", "R_forearm"}) {
    if (markers.find(marker)) hide(marker, 40, 69);
  }
  InverseKinematics solver(model, weights);
  const auto found = fit_markers(solver, markers);
  const auto& bridged = found.coordinates;
  const auto c = *bridged.find("arm_flex_r");
  for (std::size_t f = 40; f <= 70; ++f) {
    EXPECT_GE(bridged.at(f, c), std::min(bridged.at(39, c), bridged.at(70, c)) - 1e-9);
    EXPECT_LE(bridged.at(f, c), std::max(bridged.at(39, c), bridged.at(70, c)) + 1e-9);
  }
  // They are told: these, and no other limb's.
  EXPECT_THAT(found.bridged, testing::Contains(testing::Pair("arm_flex_r", 30u)));
  EXPECT_THAT(found.bridged, testing::Each(testing::Key(testing::EndsWith("_r"))));
}

TEST(CoordinateJumps, AreLeapsAmongSmallSteps) {
  base::Matrix<double> values(60, 3);
  for (std::size_t f = 0; f < 60; ++f) {
    values(f, 0) = 0.3 * static_cast<double>(f);                        // turns fast, evenly
    values(f, 1) = (f < 30 ? 0.0 : 50 * kDegree) + 0.01 * static_cast<double>(f);
    values(f, 2) = f < 30 ? 0 : 1;                                      // a way
  }
  values(10, 1) = kNaN;
  const motion::Series series(motion::Quantity::coordinate, {{"turn", "rad"}, {"arm_add_l", "rad"}, {"pelvis_tx", "m"}}, motion::Clock::uniform(100, 0, 60), values);
  const auto jumps = find_jumps(series);
  ASSERT_EQ(jumps.size(), 1u);
  EXPECT_EQ(jumps[0].coordinate, "arm_add_l");
  EXPECT_NEAR(jumps[0].time_s, 0.30, 1e-12);
  EXPECT_NEAR(jumps[0].change / kDegree, 50, 1);
}

TEST(CoordinateJumps, AreInTheAnglesThatCameWithDj3) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto jumps = find_jumps(*io::read_sto(folder / "DJ3.mot").find(motion::Quantity::coordinate));
  EXPECT_TRUE(std::any_of(jumps.begin(), jumps.end(), [](const auto& jump) { return jump.coordinate == "arm_add_l" && std::abs(jump.change) > 30 * kDegree; }));
  EXPECT_TRUE(find_jumps(*io::read_sto(folder / "walking2.mot").find(motion::Quantity::coordinate)).empty());
}

}  // namespace
}  // namespace kinemyo::body
