#include "kinemyo/body/scaling.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/marker_fit.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/body/osim_scale.h"
#include "kinemyo/body/osim_write.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

Model person(double stature) {
  const auto size = Anthropometry::of_stature(stature, 70);
  auto model = make_full_body(size);
  add_original_markers(model, size);
  return model;
}

motion::Series standing(const Model& model, const std::vector<double>& q, double noise_m = 0, std::size_t frames = 5) {
  std::vector<motion::Channel> channels;
  for (const auto& marker : model.markers()) channels.push_back({marker.name, "m"});
  base::Matrix<double> values(frames, 3 * channels.size());
  auto pose = model.make_pose();
  model.place(q, pose);
  base::Random random(1);
  for (std::size_t f = 0; f < frames; ++f) {
    model.place_markers(pose, values.row(f));
    for (auto& v : values.row(f)) v += noise_m * random.normal();
  }
  return {motion::Quantity::position, channels, motion::Clock::uniform(100, 0, frames), values};
}

std::vector<double> places(const Model& model, const std::vector<double>& q) {
  auto pose = model.make_pose();
  model.place(q, pose);
  std::vector<double> out(3 * model.markers().size());
  model.place_markers(pose, out);
  return out;
}

TEST(Scaling, FindsThatAPersonIsLarger) {
  const auto small = person(1.60), large = person(1.84);
  const auto scaling = fit_scale(small, standing(large, large.neutral()));
  for (const auto* body : {"femur_r", "tibia_l", "humerus_r", "ulna_l", "pelvis"}) {
    EXPECT_NEAR(scaling.factors[*small.find_body(body)].y(), 1.15, 0.01) << body;
  }
  EXPECT_GT(scaling.rms_unscaled, 0.02);
  EXPECT_LT(scaling.rms_scaled, 0.002);
}

TEST(Scaling, PutsMarkersWhereTheyWereMeasured) {
  const auto small = person(1.60), large = person(1.84);
  auto q = large.neutral();
  q[*large.find_coordinate("arm_add_r")] = -0.3;
  q[*large.find_coordinate("hip_flexion_l")] = 0.1;
  const auto recording = standing(large, q);
  const auto scaling = fit_scale(small, recording);
  const auto placed = places(scaling.model, scaling.standing);
  for (std::size_t i = 0; i < placed.size(); ++i) EXPECT_NEAR(placed[i], recording.values()(0, i), 1e-9);
}

TEST(Scaling, RefusesWhatIsNoStandingPerson) {
  const auto model = person(1.7);
  try {
    fit_scale(model, standing(model, model.neutral(), 0.05, 50));
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), testing::HasSubstr("the standing recording moves"));
  }
  EXPECT_THROW(fit_scale(model, standing(model, model.neutral()).select({"C7", "CLAV", "LASIS", "RASIS", "R.Thigh", "L.Thigh", "R.Shank"})), Error);
}

TEST(Stretched, BodiesKeepTheirMassAndInertiaGrowsWithTheSquare) {
  auto model = person(1.7);
  Model solid;
  const auto c = solid.add_coordinate({"turn"});
  Body block{"block", 2, {0.1, 0.2, 0.3}};
  block.inertia << 3, 0.1, 0.2, 0.1, 4, 0.3, 0.2, 0.3, 5;
  solid.add_body(block, 0, {"joint", Eigen::Isometry3d::Identity(), {{Axis::Kind::rotation, Eigen::Vector3d::UnitZ(), c}}});
  const auto grown = stretched(solid, std::vector<Eigen::Vector3d>(2, Eigen::Vector3d::Constant(1.1)));
  EXPECT_EQ(grown.bodies()[1].mass_kg, 2);
  EXPECT_TRUE(grown.bodies()[1].inertia.isApprox(1.21 * block.inertia));
  EXPECT_TRUE(with_masses(solid, 3).bodies()[1].inertia.isApprox(3 * block.inertia));
}

TEST(OsimWrite, GivesTheSameBodyBack) {
  const auto model = person(1.7);
  const auto back = parse_osim(format_osim(model, "own"), "own.osim").model;
  ASSERT_EQ(back.markers().size(), 42u);
  base::Random random(1);
  for (int t = 0; t < 20; ++t) {
    auto q = model.neutral();
    for (std::size_t c = 0; c < q.size(); ++c) q[c] += random.uniform(-0.3, 0.3);
    model.enforce(q);
    std::vector<double> theirs = back.neutral();
    for (std::size_t c = 0; c < theirs.size(); ++c) theirs[c] = q[*model.find_coordinate(back.coordinates()[c].name)];
    const auto a = places(model, q), b = places(back, theirs);
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-12);
  }
  for (const auto& coordinate : back.coordinates()) {
    const auto& own = model.coordinates()[*model.find_coordinate(coordinate.name)];
    EXPECT_EQ(coordinate.locked, own.locked) << coordinate.name;
    EXPECT_NEAR(coordinate.maximum, own.maximum, 1e-12) << coordinate.name;
  }
}

// A real person, whom an expert scaled by hand.
class OpencapScaling : public testing::Test {
 protected:
  static motion::Series markers(const std::filesystem::path& trc) { return *io::read_trc(trc).find(motion::Quantity::position); }
};

TEST_F(OpencapScaling, FileHoldsWhatWasScaled) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto text = base::read_file(folder / "generic.osim");
  const auto model = parse_osim(text, "generic.osim").model;
  const auto scaling = fit_scale(model, markers(folder / "static1.trc"));
  const auto back = parse_osim(format_scaled_osim(text, "generic.osim", scaling, model, 0.8), "scaled.osim").model;
  base::Random random(2);
  for (int t = 0; t < 10; ++t) {
    auto q = model.neutral();
    for (auto& value : q) value += random.uniform(-0.5, 0.5);
    model.enforce(q);
    const auto a = places(scaling.model, q), b = places(back, q);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-9) << model.markers()[i / 3].name;
  }
  for (std::size_t b = 1; b < back.bodies().size(); ++b) {
    EXPECT_NEAR(back.bodies()[b].mass_kg, 0.8 * model.bodies()[b].mass_kg, 1e-9);
    EXPECT_TRUE(back.bodies()[b].inertia.isApprox(0.8 * scaling.model.bodies()[b].inertia, 1e-9)) << back.bodies()[b].name;
    EXPECT_TRUE(back.bodies()[b].mass_center.isApprox(scaling.model.bodies()[b].mass_center, 1e-9));
  }
}

TEST_F(OpencapScaling, FitsOtherTrialsAndAgreesWithTheExpert) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto generic = read_osim(folder / "generic.osim").model, expert = read_osim(folder / "hand_scaled.osim").model;
  const auto scaled = fit_scale(generic, markers(folder / "static1.trc")).model;
  for (const auto* trial : {"walking2", "squats1", "STS1"}) {
    const auto points = markers(folder / (std::string(trial) + ".trc"));
    InverseKinematics by_us(scaled, task_weights(scaled)), by_hand(expert, task_weights(expert));
    const auto ours = fit_markers(by_us, points), theirs = fit_markers(by_hand, points);
    EXPECT_LT(ours.rms, 0.021) << trial;  // squats: 20.0, with the expert's model as well
    double sum = 0, count = 0;
    for (const auto& channel : ours.coordinates.channels()) {
      if (channel.unit != "rad") continue;
      const auto is = [&](const char* part) { return channel.name.starts_with(part); };
      if (!(is("pelvis") || is("hip") || is("knee") || is("ankle") || is("subtalar"))) continue;
      const auto a = *ours.coordinates.find(channel.name), b = *theirs.coordinates.find(channel.name);
      double squares = 0;
      for (std::size_t f = 0; f < points.frames(); ++f) squares += std::pow((ours.coordinates.at(f, a) - theirs.coordinates.at(f, b)) / kDegree, 2);
      const double rms = std::sqrt(squares / static_cast<double>(points.frames()));
      EXPECT_LT(rms, 3.5) << trial << " " << channel.name;
      sum += rms * rms;
      ++count;
    }
    EXPECT_LT(std::sqrt(sum / count), 2.0) << trial;
  }
}

}  // namespace
}  // namespace kinemyo::body
