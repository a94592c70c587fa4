#include "kinemyo/dataset/copies.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "kinemyo/body/full_body.h"
#include "kinemyo/body/names.h"

namespace kinemyo::dataset {
namespace {

// Somebody who bends a knee, with the original's 42 markers and a computed point.
PreparedTrial bending(std::size_t frames, double pace = 1) {
  const auto person = body::Anthropometry::of_stature(1.75, 70);
  auto model = body::make_full_body(person);
  body::add_original_markers(model, person);
  auto q = model.neutral();
  auto pose = model.make_pose();
  const std::size_t markers = model.markers().size();
  base::Matrix<double> values(frames, 3 * markers + 3);
  std::vector<double> placed(3 * markers);
  for (std::size_t f = 0; f < frames; ++f) {
    q[*model.find_coordinate("knee_angle_r")] = 0.5 + 0.5 * std::sin(0.05 * pace * static_cast<double>(f));
    model.enforce(q);
    model.place(q, pose);
    model.place_markers(pose, placed);
    std::copy(placed.begin(), placed.end(), values.row(f).begin());
  }
  std::vector<motion::Channel> channels;
  for (const auto& name : model.marker_names()) channels.push_back({name, "m"});
  channels.push_back({"R_HJC", "m"});
  PreparedTrial out;
  out.key = {"S1", "Squat", "1"};
  out.rate_hz = 100;
  out.markers.series = motion::Series(motion::Quantity::position, channels, motion::Clock::uniform(100, 0, frames), values);
  return out;
}

// Of all differences to another trial's markers, by name.
double rms_apart(const PreparedTrial& a, const PreparedTrial& b) {
  double squares = 0, count = 0;
  for (std::size_t c = 0; c < a.markers.series.channels().size(); ++c) {
    const auto other = *b.markers.series.find(a.markers.series.channels()[c].name);
    for (std::size_t f = 0; f < a.markers.series.frames(); ++f) {
      for (std::size_t i = 0; i < 3; ++i) squares += std::pow(a.markers.series.at(f, c, i) - b.markers.series.at(f, other, i), 2), ++count;
    }
  }
  return std::sqrt(squares / count);
}

TEST(WithNoise, LevelsAreWhatWasAskedForAndComputedPointsGo) {
  const auto clean = bending(2000);
  for (const model::Recipe::Copies levels : {model::Recipe::Copies{0, 10, 0, 0, 0}, model::Recipe::Copies{0, 0, 10, 0, 0}}) {
    base::Random random(2);
    const auto noisy = with_noise(clean, levels, random);
    EXPECT_FALSE(noisy.markers.series.find("R_HJC"));
    EXPECT_NEAR(rms_apart(noisy, clean), 0.010, 0.0005);
  }
}

// Gaussian of 100 ms: noise 100 ms later is correlated by exp(-1/4), white noise is not.
TEST(WithNoise, SmoothNoiseStaysForAWhile) {
  const auto clean = bending(4000);
  base::Random random(3);
  const auto noisy = with_noise(clean, {0, 0, 10, 0, 0}, random);
  double product = 0, square = 0;
  for (std::size_t c = 0; c < noisy.markers.series.values().columns(); ++c) {
    const auto error = [&](std::size_t f) { return noisy.markers.series.values()(f, c) - clean.markers.series.values()(f, c); };
    for (std::size_t f = 0; f + 10 < 4000; ++f) product += error(f) * error(f + 10), square += error(f) * error(f);
  }
  EXPECT_NEAR(product / square, std::exp(-0.25), 0.03);
}

// On its segment a marker stays where it was put: distances within the pelvis do not change in time.
TEST(WithNoise, PlacementMovesMarkersWithTheirSegment) {
  const auto clean = bending(200);
  base::Random random(4);
  const auto moved = with_noise(clean, {0, 0, 0, 10, 0}, random);
  EXPECT_GT(rms_apart(moved, clean), 0.005);
  const auto& markers = moved.markers.series;
  const auto ankle = *markers.find("R.AnkleLateral"), shank = *markers.find("R.Shank");
  const auto apart = [&](std::size_t f, std::size_t a, std::size_t b) {
    return std::hypot(markers.at(f, a, 0) - markers.at(f, b, 0), markers.at(f, a, 1) - markers.at(f, b, 1), markers.at(f, a, 2) - markers.at(f, b, 2));
  };
  for (std::size_t f = 1; f < 200; ++f) EXPECT_NEAR(apart(f, ankle, shank), apart(0, ankle, shank), 1e-6);
}

TEST(WithNoise, TheShareOfHiddenFramesIsWhatWasAskedFor) {
  base::Random random(5);
  const auto hidden = with_noise(bending(2000), {0, 0, 0, 0, 0.3}, random);
  double missing = 0;
  const auto& markers = hidden.markers.series;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    for (std::size_t m = 0; m < markers.channels().size(); ++m) missing += markers.missing(f, m);
  }
  EXPECT_NEAR(missing / static_cast<double>(markers.frames() * markers.channels().size()), 0.3, 0.02);
}

// A sine of angle and marker, faster: the same sine, faster.
TEST(AtPace, MarkersAndLabelsGoTogether) {
  auto trial = bending(400);
  base::Matrix<double> knee(400, 1);
  for (std::size_t f = 0; f < 400; ++f) knee(f, 0) = 0.5 + 0.5 * std::sin(0.05 * static_cast<double>(f));
  trial.angles.series = motion::Series(motion::Quantity::coordinate, {{"knee_angle_r", "rad"}}, motion::Clock::uniform(100, 0, 400), knee);
  for (const double pace : {0.7, 1.0, 1.3}) {
    const auto other = at_pace(trial, pace);
    ASSERT_EQ(other.angles.series.frames(), static_cast<std::size_t>(399 / pace) + 1);
    ASSERT_EQ(other.markers.series.frames(), other.angles.series.frames());
    for (std::size_t f = 2; f + 2 < other.angles.series.frames(); ++f) {
      EXPECT_NEAR(other.angles.series.at(f, 0), 0.5 + 0.5 * std::sin(0.05 * pace * static_cast<double>(f)), 1e-5);
    }
    EXPECT_LT(rms_apart(other, bending(other.markers.series.frames(), pace)), 1e-5);
  }
  auto gap = trial;
  gap.angles.series.at(100, 0) = std::nan("");
  const auto other = at_pace(gap, 0.5);
  EXPECT_TRUE(std::isnan(other.angles.series.at(199, 0)) && std::isnan(other.angles.series.at(201, 0)));
  EXPECT_NEAR(other.angles.series.at(197, 0), 0.5 + 0.5 * std::sin(0.05 * 98.5), 1e-3);
  EXPECT_THROW(at_pace(trial, 0), std::invalid_argument);
}

TEST(AtPace, AnAngleGoesOnAcross180Degrees) {
  PreparedTrial trial;
  trial.rate_hz = 100;
  base::Matrix<double> turning(300, 1);
  for (std::size_t f = 0; f < 300; ++f) turning(f, 0) = std::remainder(0.03 * static_cast<double>(f), 2 * 3.14159265358979);
  trial.angles.series = motion::Series(motion::Quantity::coordinate, {{"pelvis_rotation", "rad"}}, motion::Clock::uniform(100, 0, 300), turning);
  const auto faster = at_pace(trial, 1.37);
  for (std::size_t f = 0; f < faster.angles.series.frames(); ++f) {
    const double off = std::remainder(faster.angles.series.at(f, 0) - 0.03 * 1.37 * static_cast<double>(f), 2 * 3.14159265358979);
    EXPECT_NEAR(off, 0, 1e-9) << f;
    EXPECT_LE(std::abs(faster.angles.series.at(f, 0)), 3.1416);
  }
}

TEST(MakeTrainingExamples, CopiesAreFasterOrSlowerWhereThatIsAskedFor) {
  const auto trial = bending(400);
  model::Recipe recipe;
  recipe.copies.count = 4;
  model::Model model;
  model.input.markers = trial.markers.series.names();
  model.input.markers.pop_back();
  model.network.inputs = static_cast<int>(features::input_width(model.input));
  const auto frames = [&] {
    std::set<std::size_t> out;
    for (const auto& example : make_training_examples({trial}, model, recipe)) out.insert(example.x.rows());
    return out;
  };
  EXPECT_EQ(frames(), (std::set<std::size_t>{400}));
  recipe.copies.pace = 0.3;
  const auto paces = frames();
  EXPECT_EQ(paces.size(), 5u);  // the trial's own, and four others
  EXPECT_GE(*paces.begin(), static_cast<std::size_t>(399 / 1.3));
  EXPECT_LE(*paces.rbegin(), static_cast<std::size_t>(399 / 0.7) + 1);
}

// Were markers moved, a knee (between two) would be off by less than a heel.
TEST(MakeTrainingExamples, OfKeypointsTheLandmarksAreOff) {
  const auto clean = bending(1500);
  model::Recipe recipe;
  recipe.inputs.keypoints = "body-16";
  recipe.copies.count = 1;
  recipe.copies.white_mm = 10;
  model::Model model;
  model.input.markers = body::body_keypoints();
  model.input.scale = model::BodyScale::none;
  model.network.inputs = static_cast<int>(features::input_width(model.input));
  const auto examples = make_training_examples({clean}, model, recipe);
  ASSERT_EQ(examples.size(), 2u);
  const auto at = [&](const char* name) {
    return static_cast<std::size_t>(std::find(model.input.markers.begin(), model.input.markers.end(), name) - model.input.markers.begin());
  };
  // Of the height of one landmark over another, so that errors of the hips do not count.
  const auto off = [&](const char* a, const char* b) {
    double squares = 0;
    for (std::size_t f = 0; f < examples[0].x.rows(); ++f) {
      const auto apart = [&](const features::Example& one) { return one.x(f, 3 * at(a) + 1) - one.x(f, 3 * at(b) + 1); };
      squares += std::pow(apart(examples[1]) - apart(examples[0]), 2);
    }
    return std::sqrt(squares / static_cast<double>(examples[0].x.rows()));
  };
  EXPECT_GT(off("LEFT_KNEE", "LEFT_ANKLE"), 1e-4);
  EXPECT_NEAR(off("LEFT_KNEE", "LEFT_ANKLE") / off("LEFT_HEEL", "LEFT_FOOT_INDEX"), 1, 0.06);
}

}  // namespace
}  // namespace kinemyo::dataset
