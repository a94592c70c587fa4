#include "kinemyo/body/inverse_kinematics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <new>
#include <numbers>

#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/marker_fit.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/body/streaming_fit.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace {
std::size_t allocations = 0;
}

// Counts, so that a test can see that step() allocates nothing.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace kinemyo::body {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Model person_with_markers() {
  const auto person = Anthropometry::of_stature(1.75, 70);
  auto model = make_full_body(person);
  add_original_markers(model, person);
  return model;
}

std::vector<double> markers_at(const Model& model, const std::vector<double>& q) {
  auto pose = model.make_pose();
  std::vector<double> out(3 * model.markers().size());
  model.place(q, pose);
  model.place_markers(pose, out);
  return out;
}

// A posture that people take, `at` seconds into a slow dance, far from any gimbal lock.
std::vector<double> dance(const Model& model, double at) {
  auto q = model.neutral();
  for (std::size_t c = 0; c < q.size(); ++c) {
    const auto& coordinate = model.coordinates()[c];
    if (coordinate.locked) continue;
    if (coordinate.name.starts_with("pelvis_t") && coordinate.name != "pelvis_tilt") {
      q[c] += 0.2 * std::sin(at + static_cast<double>(c));
      continue;
    }
    const double low = std::max(coordinate.minimum, -0.5), high = std::min(coordinate.maximum, 0.7);
    q[c] = low + (high - low) * (0.5 + 0.4 * std::sin(2 * at + static_cast<double>(c)));
  }
  model.enforce(q);
  return q;
}

double largest_difference_deg(std::span<const double> a, std::span<const double> b) {
  double largest = 0;
  for (std::size_t c = 0; c < a.size(); ++c) largest = std::max(largest, std::abs(a[c] - b[c]) / kDegree);
  return largest;
}

TEST(InverseKinematics, RecoversPosturesFromScratchAndGoingOn) {
  const auto model = person_with_markers();
  InverseKinematics solver(model, std::vector<double>(model.markers().size(), 1));
  const auto first = dance(model, 0);
  const auto started = solver.start(markers_at(model, first));
  EXPECT_TRUE(started.converged);
  EXPECT_EQ(started.markers, 42u);
  EXPECT_LT(largest_difference_deg(solver.coordinates(), first), 0.01);
  for (int f = 1; f < 200; ++f) {
    const auto truth = dance(model, 0.01 * f);
    const auto solved = solver.step(markers_at(model, truth));
    ASSERT_TRUE(solved.converged) << f;
    ASSERT_LT(largest_difference_deg(solver.coordinates(), truth), 0.01) << f;
  }
}

TEST(InverseKinematics, FindsAPersonWhicheverWayHeFaces) {
  const auto model = person_with_markers();
  InverseKinematics solver(model, std::vector<double>(model.markers().size(), 1));
  const auto turn = *model.find_coordinate("pelvis_rotation"), tilt = *model.find_coordinate("pelvis_tilt");
  for (const double heading : {-170.0, -95.0, 0.0, 60.0, 135.0}) {
    for (const double lean : {-80.0, 0.0, 80.0}) {  // lying on the front, standing, lying on the back
      auto q = dance(model, heading);
      q[turn] = heading * kDegree;
      q[tilt] = lean * kDegree;
      const auto measured = markers_at(model, q);
      const auto solved = solver.start(measured);
      EXPECT_LT(std::sqrt(solved.cost / 42), 1e-4) << heading << " " << lean;
    }
  }
}

TEST(InverseKinematics, IsTheLeastSquaresSolution) {
  const auto model = person_with_markers();
  base::Random random(3);
  std::vector<double> weights;
  for (std::size_t m = 0; m < model.markers().size(); ++m) weights.push_back(random.uniform(0.5, 20));
  IkOptions options;
  options.tolerance = 1e-9;
  options.limits = false;
  InverseKinematics solver(model, weights, options);
  auto measured = markers_at(model, dance(model, 1));
  for (auto& value : measured) value += 0.01 * random.normal();
  solver.start(measured);
  const std::vector<double> best(solver.coordinates().begin(), solver.coordinates().end());
  const auto cost = [&](std::vector<double> q) {
    model.enforce(q);
    const auto placed = markers_at(model, q);
    double sum = 0;
    for (std::size_t i = 0; i < placed.size(); ++i) sum += weights[i / 3] * std::pow(placed[i] - measured[i], 2);
    return sum;
  };
  const double least = cost(best);
  for (std::size_t c = 0; c < best.size(); ++c) {
    if (model.coordinates()[c].locked || model.coordinates()[c].name.ends_with("beta")) continue;
    auto above = best, below = best;
    above[c] += 1e-4;
    below[c] -= 1e-4;
    // At the bottom of a bowl: both ways up, by the same height.
    EXPECT_GT(cost(above), least) << model.coordinates()[c].name;
    EXPECT_NEAR(cost(above) - least, cost(below) - least, 2e-3 * (cost(above) - least)) << model.coordinates()[c].name;
  }
}

TEST(InverseKinematics, KeepsCoordinatesInsideTheirRanges) {
  const auto model = person_with_markers();
  const std::vector<double> weights(model.markers().size(), 1);
  const auto knee = *model.find_coordinate("knee_angle_r");
  auto q = model.neutral();
  q[knee] = -8 * kDegree;  // bent the wrong way
  model.enforce(q);
  const auto measured = markers_at(model, q);
  InverseKinematics bound(model, weights);
  bound.start(measured);
  EXPECT_EQ(bound.coordinates()[knee], 0);
  IkOptions free;
  free.limits = false;
  InverseKinematics unbound(model, weights, free);
  unbound.start(measured);
  EXPECT_NEAR(unbound.coordinates()[knee] / kDegree, -8, 0.01);
}

TEST(InverseKinematics, WhatNoMarkerShowsStays) {
  const auto model = person_with_markers();
  InverseKinematics solver(model, std::vector<double>(model.markers().size(), 1));
  solver.start(markers_at(model, dance(model, 0)));
  const auto elbow = *model.find_coordinate("elbow_flex_r"), hip = *model.find_coordinate("hip_flexion_l");
  const double before = solver.coordinates()[elbow];
  for (int f = 1; f < 50; ++f) {
    const auto truth = dance(model, 0.01 * f);
    auto measured = markers_at(model, truth);
    for (std::size_t m = 0; m < model.markers().size(); ++m) {
      const auto& body = model.bodies()[model.markers()[m].body].name;
      if (body == "radius_r" || body == "humerus_r") measured[3 * m] = kNaN;
    }
    const auto solved = solver.step(measured);
    EXPECT_LT(solved.markers, 42u);
    ASSERT_NEAR(solver.coordinates()[hip], truth[hip], 1e-3 * kDegree);
  }
  EXPECT_NEAR(solver.coordinates()[elbow], before, 1e-9);
}

TEST(InverseKinematics, AStepDoesNotAllocate) {
  const auto model = person_with_markers();
  InverseKinematics solver(model, std::vector<double>(model.markers().size(), 1));
  solver.start(markers_at(model, dance(model, 0)));
  std::vector<std::vector<double>> frames;
  for (int f = 1; f < 20; ++f) frames.push_back(markers_at(model, dance(model, 0.05 * f)));
  frames[7][4] = kNaN;
  std::vector<double> distances(model.markers().size());
  const auto before = allocations;
  for (const auto& frame : frames) {
    solver.step(frame);
    solver.distances(frame, distances);
  }
  EXPECT_EQ(allocations, before);
}

TEST(StreamingFit, AStepDoesNotAllocate) {
  const auto model = person_with_markers();
  StreamingFit live(model, std::vector<double>(model.markers().size(), 1));
  live.step(markers_at(model, dance(model, 0)));
  std::vector<std::vector<double>> frames;
  for (int f = 1; f < 20; ++f) frames.push_back(markers_at(model, dance(model, 0.05 * f)));
  frames[7][4] = kNaN;
  const auto before = allocations;
  for (const auto& frame : frames) live.step(frame);
  EXPECT_EQ(allocations, before);
}

TEST(InverseKinematics, RefusesWeightsThatMeanNothing) {
  const auto model = person_with_markers();
  EXPECT_THROW(InverseKinematics(model, {1, 2}), std::invalid_argument);
  EXPECT_THROW(InverseKinematics(model, std::vector<double>(42, 0)), std::invalid_argument);
  EXPECT_THROW(InverseKinematics(model, std::vector<double>(42, -1)), std::invalid_argument);
}

TEST(MarkerFit, ReadsWeightsOfTaskSetsAndLines) {
  const auto model = person_with_markers();
  const auto at = [&](const std::vector<double>& weights, const std::string& name) {
    for (std::size_t m = 0; m < weights.size(); ++m) {
      if (model.markers()[m].name == name) return weights[m];
    }
    return kNaN;
  };
  const auto lines = parse_weights("marker,weight\nC7,3\nLASIS,25\n", "w.csv", model);
  EXPECT_EQ(at(lines, "C7"), 3);
  EXPECT_EQ(at(lines, "RASIS"), 0);
  const auto tasks = parse_weights(
      "<OpenSimDocument><IKTaskSet><objects><IKMarkerTask name=\"C7\"><apply>true</apply><weight>2.5</weight></IKMarkerTask>"
      "<IKMarkerTask name=\"CLAV\"><apply>false</apply><weight>9</weight></IKMarkerTask></objects></IKTaskSet></OpenSimDocument>",
      "tasks.xml", model);
  EXPECT_EQ(at(tasks, "C7"), 2.5);
  EXPECT_EQ(at(tasks, "CLAV"), 0);
  try {
    parse_weights("C7,1\nLASSIS,25\n", "w.csv", model);
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_THAT(problem.what(), testing::HasSubstr("w.csv:line 2: no marker of the model has that name; expected perhaps LASIS, found \"LASSIS\""));
  }
  EXPECT_THROW(parse_weights("C7,-1\n", "w.csv", model), FormatError);
  EXPECT_THROW(parse_weights("<a", "w.xml", model), FormatError);
  EXPECT_THROW(parse_weights("<a/>", "w.xml", model), FormatError);
}

// Beside OpenSim's own results with the same weights: docs of the recordings. DJ3 is left out, its .mot jumps by 50 degrees.
TEST(MarkerFit, AgreesWithOpenSimOnARealPersonAndFitsBetter) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto model = read_osim(folder / "hand_scaled.osim").model;
  const auto weights = task_weights(model);
  std::map<std::string, std::pair<double, double>> squares;
  std::size_t trials = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".mot" || entry.path().stem() == "DJ3") continue;
    ++trials;
    const auto trial = entry.path().stem().string();
    const auto trc = io::read_trc(folder / (trial + ".trc"));
    const auto mot = io::read_sto(entry.path());
    const auto& points = *trc.find(motion::Quantity::position);
    const auto& theirs = *mot.find(motion::Quantity::coordinate);
    InverseKinematics solver(model, weights);
    const auto fit = fit_markers(solver, points);
    EXPECT_EQ(fit.not_converged, 0u) << trial;
    double ours_cost = 0, theirs_cost = 0;
    std::vector<double> q(model.coordinates().size()), frame(3 * weights.size()), distances(weights.size());
    const auto cost_at = [&](const std::vector<double>& posture) {
      solver.set_coordinates(posture);
      solver.distances(frame, distances);
      double sum = 0;
      for (std::size_t m = 0; m < weights.size(); ++m) {
        if (weights[m] > 0 && std::isfinite(distances[m])) sum += weights[m] * distances[m] * distances[m];
      }
      return sum;
    };
    for (std::size_t t = 0; t < theirs.frames(); ++t) {
      const auto f = static_cast<std::size_t>(std::lround((theirs.clock().time_s(t) - points.clock().start_s()) * points.clock().rate_hz()));
      for (std::size_t m = 0; m < weights.size(); ++m) {
        const auto channel = points.find(model.markers()[m].name);
        for (std::size_t k = 0; k < 3; ++k) frame[3 * m + k] = channel ? points.at(f, *channel, k) : kNaN;
      }
      const auto row = fit.coordinates.values().row(f);
      ours_cost += cost_at({row.begin(), row.end()});
      for (std::size_t c = 0; c < q.size(); ++c) q[c] = theirs.at(t, *theirs.find(model.coordinates()[c].name));
      theirs_cost += cost_at(q);
      for (std::size_t c = 0; c < q.size(); ++c) {
        auto& [sum, count] = squares[model.coordinates()[c].name];
        sum += std::pow((row[c] - q[c]) / kDegree, 2);
        ++count;
        if (t == 0 || model.coordinates()[c].name.starts_with("pro_sup")) continue;
        const double jump = std::abs(row[c] - fit.coordinates.at(f - 1, c)) / kDegree;
        const double their_jump = std::abs(q[c] - theirs.at(t - 1, *theirs.find(model.coordinates()[c].name))) / kDegree;
        EXPECT_LT(jump, std::max(10.0, their_jump + 10)) << trial << " " << model.coordinates()[c].name << " " << t;
      }
    }
    EXPECT_LE(ours_cost, theirs_cost) << trial;
  }
  EXPECT_EQ(trials, 24u);
  for (const auto& [name, square] : squares) {
    const double rms = std::sqrt(square.first / square.second);
    for (const auto* joint : {"pelvis_", "hip_", "knee_", "ankle_", "lumbar_", "subtalar_"}) {
      if (name.starts_with(joint)) {
        EXPECT_LT(rms, 0.6) << name;
      }
    }
    for (const auto* joint : {"arm_flex", "arm_add"}) {
      if (name.starts_with(joint)) {
        EXPECT_LT(rms, 0.5) << name;
      }
    }
  }
}

}  // namespace
}  // namespace kinemyo::body
