#include "kinemyo/dataset/examples.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "kinemyo/body/names.h"

namespace kinemyo::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Source = model::OutputChannel::Source;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Blocks = std::map<std::string, base::Matrix<double>>;

Blocks golden() {
  std::ifstream file(std::string(KINEMYO_GOLDEN_DIR) + "/dataset/examples.txt");
  Blocks out;
  std::string name;
  std::size_t rows = 0, columns = 0;
  while (file >> name >> rows >> columns) {
    base::Matrix<double> m(rows, columns);
    for (auto& v : m.flat()) file >> v;
    out[name] = m;
  }
  return out;
}

base::Matrix<float> to_float(const base::Matrix<double>& m) {
  return {m.rows(), m.columns(), std::vector<float>(m.flat().begin(), m.flat().end())};
}

void expect_near(const base::Matrix<float>& found, const base::Matrix<double>& expected, double tolerance) {
  ASSERT_EQ(found.rows(), expected.rows());
  ASSERT_EQ(found.columns(), expected.columns());
  for (std::size_t i = 0; i < expected.flat().size(); ++i) {
    EXPECT_NEAR(found.flat()[i], expected.flat()[i], tolerance) << "at " << i;
  }
}

void expect_scaler(const model::Scaler& found, const base::Matrix<double>& expected) {
  for (std::size_t c = 0; c < expected.columns(); ++c) {
    EXPECT_NEAR(found.mean[c], expected(0, c), 1e-7);
    EXPECT_NEAR(found.scale[c], expected(1, c), 1e-6);
  }
}

void expect_windows(const std::vector<Window>& found, const base::Matrix<double>& expected) {
  ASSERT_EQ(found.size(), expected.rows());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(static_cast<double>(found[i].example), expected(i, 0));
    EXPECT_EQ(static_cast<double>(found[i].first), expected(i, 1));
  }
}

std::vector<features::Example> golden_examples(const Blocks& blocks) {
  std::vector<features::Example> out(3);
  for (std::size_t i = 0; i < 3; ++i) {
    out[i].x = to_float(blocks.at("x" + std::to_string(i)));
    out[i].y = to_float(blocks.at("y" + std::to_string(i)));
    out[i].placements.resize(out[i].x.rows());
  }
  return out;
}

model::Recipe original_recipe() {
  model::Recipe recipe;
  recipe.training.window_frames = 10;
  recipe.training.stride_frames = 10;
  recipe.original.windows = true;
  return recipe;
}

TEST(OriginalExamples, WindowsAndScalersAreNumPys) {
  const auto blocks = golden();
  const auto examples = golden_examples(blocks);
  expect_windows(make_windows(examples, original_recipe()), blocks.at("windows"));
  expect_scaler(features::fit_scaler(examples, false), blocks.at("scaler_x"));
  expect_scaler(features::fit_scaler(examples, true), blocks.at("scaler_y"));
}

TEST(OriginalExamples, CutToTheShortestScaledAndSmoothedAsNumPyDoes) {
  const auto blocks = golden();
  auto recipe = original_recipe();
  recipe.original.cut_to_shortest = true;
  auto examples = arrange(golden_examples(blocks), recipe);
  expect_windows(make_windows(examples, recipe), blocks.at("cut_windows"));
  const auto scaler = features::fit_scaler(examples, true);
  expect_scaler(scaler, blocks.at("cut_scaler_y"));
  for (std::size_t i = 0; i < 3; ++i) {
    features::scale(examples[i].y, scaler);
    smooth_targets(examples[i].y, 5);
    expect_near(examples[i].y, blocks.at("cut_smooth_y" + std::to_string(i)), 2e-6);
  }
}

// A store's trial out of marker names and angle columns.
PreparedTrial trial(const std::string& subject, const std::vector<std::string>& markers,
                    const std::vector<std::string>& angles, std::size_t frames) {
  PreparedTrial out;
  out.key = {subject, "Walk", "1"};
  out.rate_hz = 100;
  const auto clock = motion::Clock::uniform(100, 0, frames);
  std::vector<motion::Channel> marker_channels, angle_channels;
  for (const auto& name : markers) marker_channels.push_back({name, "m"});
  for (const auto& name : angles) angle_channels.push_back({name, "rad"});
  base::Matrix<double> positions(frames, 3 * markers.size()), values(frames, angles.size());
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t c = 0; c < positions.columns(); ++c) positions(f, c) = std::sin(0.1 * f + c);
    for (std::size_t c = 0; c < values.columns(); ++c) values(f, c) = std::sin(0.07 * f + 2 * c);
  }
  out.markers.series = motion::Series(motion::Quantity::position, marker_channels, clock, positions);
  out.angles.series = motion::Series(motion::Quantity::coordinate, angle_channels, clock, values);
  return out;
}

TEST(OriginalExamples, SavitzkyGolayTrialByTrialBeforeJoining) {
  const auto blocks = golden();
  auto recipe = original_recipe();
  recipe.inputs.markers.names = {"A"};
  recipe.inputs.frame = model::Frame::laboratory;
  recipe.inputs.scale = model::BodyScale::none;
  recipe.targets.angles.names = {"p", "q", "r"};
  recipe.targets.drop_constant = false;
  recipe.original.concatenate = true;
  recipe.original.savgol_window = 11;
  recipe.original.savgol_order = 3;
  std::vector<PreparedTrial> trials;
  for (int i = 0; i < 3; ++i) {
    const auto& y = blocks.at("y" + std::to_string(i));
    trials.push_back(trial("S1", {"A"}, {"p", "q", "r"}, y.rows()));
    trials.back().angles.series.values() = y;
  }
  const auto model = settle(recipe, trials);
  std::vector<features::Example> examples;
  for (const auto& one : trials) examples.push_back(make_example(one, model, recipe));
  examples = arrange(std::move(examples), recipe);
  ASSERT_EQ(examples.size(), 1u);
  expect_near(examples[0].y, blocks.at("golay_joined_y"), 1e-6);
  expect_windows(make_windows(examples, recipe), blocks.at("joined_windows"));
  expect_scaler(features::fit_scaler(examples, true), blocks.at("golay_scaler_y"));
}

TEST(Windows, OursLoseNoFrameAndStayInsideTrials) {
  std::vector<features::Example> examples(3);
  examples[0].x = base::Matrix<float>(25, 1);
  examples[1].x = base::Matrix<float>(4, 1);
  examples[2].x = base::Matrix<float>(20, 1);
  model::Recipe recipe;
  recipe.training.window_frames = 10;
  recipe.training.stride_frames = 5;
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (const auto& w : make_windows(examples, recipe)) found.emplace_back(w.example, w.first);
  using P = std::pair<std::size_t, std::size_t>;
  EXPECT_THAT(found, ElementsAre(P{0, 0}, P{0, 5}, P{0, 10}, P{0, 15}, P{1, 0}, P{2, 0}, P{2, 5}, P{2, 10}));
}

model::Recipe common_recipe() {
  model::Recipe recipe;
  recipe.inputs.markers.set = "common";
  recipe.targets.angles.set = "common";
  return recipe;
}

// No computed point becomes an input, whatever a C3D file holds beside its markers.
TEST(Settle, ComputedPointsAreNeverInputs) {
  auto held = *body::named_set("plug-in-gait-20");
  for (const char* computed : {"LHJC", "LFEO", "LFEP", "LTIB1", "CentreOfMass", "*179", "PELO"}) held.push_back(computed);
  auto other = held;
  other.push_back("LFHD");
  const std::vector<PreparedTrial> trials = {trial("S1", held, {"knee"}, 20), trial("S2", other, {"knee"}, 20)};
  const auto model = settle(common_recipe(), trials);
  EXPECT_EQ(model.input.markers, *body::named_set("plug-in-gait-20"));
  EXPECT_EQ(model.network.inputs, 60);

  std::erase(held, "STRN");  // no known set any more: what is physical and common
  const auto fewer = settle(common_recipe(), {trial("S1", held, {"knee"}, 20)});
  EXPECT_EQ(fewer.input.markers.size(), 19u);
  EXPECT_THAT(fewer.input.markers, testing::Not(testing::Contains("LHJC")));

  auto recipe = common_recipe();
  recipe.inputs.markers = {"", {"LASI", "RASI", "LKNE", "LANK", "LHJC"}};
  try {
    settle(recipe, trials);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("hold the answer and are no inputs: LHJC"));
  }
}

TEST(Settle, OpenCapsHipJointCentresAreNoInputs) {
  const auto model = settle(common_recipe(), {trial("S1", *body::named_set("opencap-51"), {"knee"}, 20)});
  EXPECT_EQ(model.input.markers.size(), 47u);
}

TEST(Settle, ConstantsAndCopiesAreNotLearned) {
  auto one = trial("S1", *body::named_set("plug-in-gait-20"), {"knee", "mtp", "knee_beta", "unknown", "hip"}, 30);
  for (std::size_t f = 0; f < 30; ++f) {
    one.angles.series.at(f, 1) = 0.3;
    one.angles.series.at(f, 2) = one.angles.series.at(f, 0);
    one.angles.series.at(f, 3) = kNaN;
  }
  const auto model = settle(common_recipe(), {one});
  ASSERT_EQ(model.outputs.size(), 4u);
  EXPECT_EQ(model.outputs[0].source, Source::network);
  EXPECT_EQ(model.outputs[1].source, Source::constant);
  EXPECT_DOUBLE_EQ(model.outputs[1].value, 0.3);
  EXPECT_EQ(model.outputs[2].source, Source::copy);
  EXPECT_EQ(model.outputs[2].index, 0u);
  EXPECT_EQ(model.outputs[3].name, "hip");
  EXPECT_EQ(model.outputs[3].index, 1u);
  EXPECT_EQ(model.network.outputs, 2);
}

TEST(Settle, NamesWhatNoTrialHas) {
  auto recipe = common_recipe();
  recipe.targets.angles = {"", {"knee", "hipp"}};
  try {
    settle(recipe, {trial("S1", *body::named_set("plug-in-gait-20"), {"knee", "hip"}, 20)});
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "no training trial has the angles that the recipe asks for: hipp (there is hip)");
  }
}

TEST(MakeExample, MuscleEnvelopesAreFractionsOfThePersonsPeak) {
  auto one = trial("S1", *body::named_set("plug-in-gait-20"), {"knee"}, 3);
  one.emg.series = motion::Series(motion::Quantity::emg, {{"Gast", "V"}, {"Rect", "V"}}, motion::Clock::uniform(100, 0, 3),
                                  base::Matrix<double>(3, 2, {1e-4, 1, 2e-4, 2, 3e-4, 3}));
  one.emg_units = {{"Gast", {4e-4, EmgReference::peak}}, {"Rect", {4, EmgReference::peak}}};
  one.emg_excluded = {{"Rect", "saturated"}};
  auto recipe = common_recipe();
  recipe.targets.angles = {};
  recipe.targets.emg.set = "common";
  recipe.targets.normalise = "subject_peak";
  const auto model = settle(recipe, {one});
  ASSERT_EQ(model.outputs.size(), 1u);
  EXPECT_EQ(model.outputs[0].unit, "1");
  const auto example = make_example(one, model, recipe);
  EXPECT_FLOAT_EQ(example.y(1, 0), 0.5f);
}

PreparedTrial with_muscle(const std::string& subject, EmgReference kind) {
  auto out = trial(subject, *body::named_set("plug-in-gait-20"), {"knee"}, 3);
  out.emg.series = motion::Series(motion::Quantity::emg, {{"Gast", "V"}}, motion::Clock::uniform(100, 0, 3), base::Matrix<double>(3, 1, {1e-4, 2e-4, 3e-4}));
  out.emg_units = {{"Gast", {4e-4, kind}}};
  return out;
}

TEST(Settle, OneHundredPercentIsOneThing) {
  auto recipe = common_recipe();
  recipe.targets.angles = {};
  recipe.targets.emg.set = "common";
  const auto peak = with_muscle("S1", EmgReference::peak), other = with_muscle("S2", EmgReference::peak), mvc = with_muscle("S3", EmgReference::mvc);
  EXPECT_EQ(settle(recipe, {peak, mvc}).outputs.at(0).reference, "") << "volts are volts";
  recipe.targets.normalise = "subject_peak";
  const auto model = settle(recipe, {peak, other});
  EXPECT_EQ(model.outputs.at(0).reference, "peak");
  EXPECT_EQ(settle(recipe, {mvc}).outputs.at(0).reference, "mvc");
  const auto told = [](const auto& call) {
    try {
      call();
    } catch (const Error& problem) {
      return std::string(problem.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(told([&] { settle(recipe, {peak, other, mvc}); }), testing::StartsWith("100 % of Gast is not one thing: peak in S1/"));
  EXPECT_EQ(told([&] { make_example(other, model, recipe); }), "none");
  EXPECT_THAT(told([&] { make_example(mvc, model, recipe); }), testing::StartsWith("100 % of Gast is mvc in S3/"));
  auto unknown = model;
  unknown.outputs[0].reference = "";
  EXPECT_EQ(told([&] { make_example(mvc, unknown, recipe); }), "none") << "models of before do not say";
}

TEST(MakeExample, WhatIsNotMeasuredIsNaN) {
  const auto full = trial("S1", *body::named_set("plug-in-gait-20"), {"knee", "hip"}, 20);
  auto recipe = common_recipe();
  recipe.targets.angles = {"", {"knee", "hip"}};
  const auto model = settle(recipe, {full});
  const auto less = make_example(trial("S2", *body::named_set("plug-in-gait-20"), {"hip"}, 20), model, recipe);
  EXPECT_TRUE(std::isnan(less.y(3, 0)));
  EXPECT_FALSE(std::isnan(less.y(3, 1)));
}

}  // namespace
}  // namespace kinemyo::dataset
