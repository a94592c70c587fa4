// Linear networks and their adaptation, on people whose muscles follow a known rule.
#include "kinemyo/train/closed_form.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/base/random.h"
#include "kinemyo/train/adapt.h"

namespace kinemyo::train {
namespace {

using features::Example;
using Source = model::OutputChannel::Source;

model::Model blank() {
  model::Model model;
  model.input.scalars = {"hip_flexion_l", "hip_flexion_r"};
  model.input.frame = model::Frame::laboratory;
  model.input.scale = model::BodyScale::none;
  model.outputs = {{"Left Gast", "1", Source::network, 0}, {"Right Gast", "1", Source::network, 1}, {"Right Rect", "1", Source::network, 2}};
  for (auto& output : model.outputs) output.root = true;
  auto& spec = model.network;
  spec.kind = "linear";
  spec.inputs = 2;
  spec.outputs = 3;
  spec.layers = 1;
  spec.dropout = 0;
  spec.lags_frames = {0, 5};
  spec.look_ahead_frames = 5;
  spec.hidden = spec.features();
  model.rate_hz = 100;
  return model;
}

model::Recipe recipe(bool mirror, int near_frames = 0) {
  model::Recipe out;
  out.near_frames = near_frames;
  out.inputs.mirror = mirror;
  return out;
}

// Roots of envelopes: the right Gast is 2 + the right hip now, the right Rect 2 + that of 0.05 s later; `own_bump` is the person's own
// way of using the Gast at one posture. Noise is the same for all.
Example trial(const std::string& subject, const std::string& number, double own_bump = 0, bool backwards = false) {
  constexpr std::size_t kFrames = 400;
  Example out;
  out.key = {subject, "Walk", number};
  out.rate_hz = 100;
  out.x = base::Matrix<float>(kFrames, 2);
  out.y = base::Matrix<float>(kFrames, 3, std::nanf(""));
  base::Random random(static_cast<std::uint64_t>(subject.back()) * 100 + static_cast<std::uint64_t>(number.back()));
  const double start = random.uniform(0, 6);
  const auto right = [&](double f) { return std::sin(0.07 * f + start); };
  for (std::size_t f = 0; f < kFrames; ++f) {
    const double at = static_cast<double>(f);
    out.x(f, 0) = static_cast<float>(std::cos(0.045 * at + start));
    out.x(f, 1) = static_cast<float>(right(at));
    const double gast = 2 + right(at) + own_bump * std::exp(-8 * std::pow(right(at) - 0.8, 2));
    out.y(f, 1) = static_cast<float>((backwards ? 4 - gast : gast) + 0.1 * random.normal());
    out.y(f, 2) = static_cast<float>(2 + right(at + 5) + 0.1 * random.normal());
  }
  return out;
}

std::vector<Example> people(int count) {
  std::vector<Example> out;
  for (int p = 1; p <= count; ++p) {
    for (const char* number : {"1", "2"}) out.push_back(trial("S" + std::to_string(p), number));
  }
  return out;
}

// The network's own arithmetic, in plain loops: roots.
std::vector<double> told(const model::Model& model, const Example& example, std::size_t output) {
  auto x = example.x;
  features::scale(x, model.input_scaler);
  const auto f = all_features(model.network, x);
  const auto& weight = model.weights.at("fc.weight").values;
  const auto width = static_cast<std::size_t>(model.network.hidden);
  std::vector<double> out;
  for (std::size_t r = 0; r < f.rows(); ++r) {
    double sum = model.weights.at("fc.bias").values[output];
    std::size_t column = output * width;
    for (std::size_t i = 0; i < f.columns(); ++i) sum += double{weight[column++]} * f(r, i);
    for (const auto& [kind, frames] : {std::pair(std::string("near"), model.network.near_frames), std::pair(std::string("own"), model.network.own_frames)}) {
      for (std::size_t k = 0; k < static_cast<std::size_t>(frames); ++k) {
        double distance = 0;
        for (std::size_t i = 0; i < f.columns(); ++i) {
          const double scale = model.weights.at(kind + ".scale").values[i];
          if (scale > 0) distance += std::pow((f(r, i) - model.weights.at(kind + ".centres").values[k * f.columns() + i]) / scale, 2);
        }
        sum += weight[column++] * std::exp(-distance / 2);
      }
    }
    out.push_back(sum * model.output_scaler.scale[output] + model.output_scaler.mean[output]);
  }
  return out;
}

double error(const model::Model& model, const Example& example, std::size_t output) {
  const auto predicted = told(model, example, output);
  double sum = 0;
  for (std::size_t r = 0; r < predicted.size(); ++r) sum += std::pow(predicted[r] - example.y(r, output), 2);
  return std::sqrt(sum / static_cast<double>(predicted.size()));
}

TEST(ClosedForm, LearnsWhatIsAheadAndItsIntervalsHoldNineOfTenFramesOfAnother) {
  const auto fitted = fit_closed_form(blank(), recipe(false), people(4));
  EXPECT_THAT(fitted.notes, testing::IsEmpty());
  EXPECT_NO_THROW(model::check_model(fitted.model));
  const auto other = trial("S9", "1");
  for (const std::size_t output : {1u, 2u}) {
    // Noise alone is 0.1; the last 5 frames have no later ones.
    EXPECT_LT(error(fitted.model, other, output), 0.12) << output;
    const auto predicted = told(fitted.model, other, output);
    double within = 0;
    for (std::size_t r = 0; r < predicted.size(); ++r) {
      within += std::abs(predicted[r] - other.y(r, output)) <= fitted.model.outputs[output].half_width;
    }
    EXPECT_NEAR(within / static_cast<double>(predicted.size()), 0.9, 0.04) << output;
  }
}

TEST(ClosedForm, MirroredTheOtherLegIsLearnedFromTheOne) {
  const auto fitted = fit_closed_form(blank(), recipe(true), people(4)).model;
  auto left = trial("S9", "1");
  for (std::size_t r = 0; r < left.x.rows(); ++r) {
    std::swap(left.x(r, 0), left.x(r, 1));
    std::swap(left.y(r, 0), left.y(r, 1));
  }
  EXPECT_LT(error(fitted, left, 0), 0.12);
  EXPECT_NEAR(fitted.outputs[0].half_width, fitted.outputs[1].half_width, 1e-6);
}

TEST(ClosedForm, AMuscleThatGoesAgainstAllOthersIsNamedAndNotLearnedFrom) {
  auto examples = people(4);
  for (const char* number : {"1", "2"}) examples.push_back(trial("S5", number, 0, true));
  const auto fitted = fit_closed_form(blank(), recipe(true), examples);
  EXPECT_THAT(fitted.notes, testing::ElementsAre(testing::AllOf(testing::StartsWith("S5: Right Gast goes against all others' (r -"),
                                                               testing::EndsWith("; not learned from"))));
  EXPECT_LT(error(fitted.model, trial("S9", "1"), 1), 0.12);
  // Who is right of three people cannot be known.
  examples.erase(examples.begin(), examples.begin() + 4);
  EXPECT_THAT(fit_closed_form(blank(), recipe(true), examples).notes, testing::IsEmpty());
}

// A parabola is what no linear map tells; more than half of it is left by the mean of both regressions.
TEST(ClosedForm, NearnessToFramesOfPeopleTellsWhatIsNotLinear) {
  const auto bent_trial = [](const char* subject, const char* number) {
    auto out = trial(subject, number);
    for (std::size_t r = 0; r < out.y.rows(); ++r) out.y(r, 1) += 0.8F * out.x(r, 1) * out.x(r, 1);
    return out;
  };
  std::vector<Example> examples;
  for (const char* subject : {"S1", "S2", "S3", "S4"}) {
    for (const char* number : {"1", "2"}) examples.push_back(bent_trial(subject, number));
  }
  const auto straight = fit_closed_form(blank(), recipe(true), examples).model;
  const auto bent = fit_closed_form(blank(), recipe(true, 600), examples).model;
  EXPECT_NO_THROW(model::check_model(bent));
  EXPECT_EQ(straight.network.near_frames, 0);
  EXPECT_NEAR(bent.network.near_frames, 600, 16) << "one more a trial, at most";
  auto other = bent_trial("S9", "1");
  EXPECT_LT(error(bent, other, 1), 0.8 * error(straight, other, 1));
  EXPECT_LT(bent.outputs[1].half_width, 0.8 * straight.outputs[1].half_width);
  // The other leg learns it mirrored.
  for (std::size_t r = 0; r < other.x.rows(); ++r) {
    std::swap(other.x(r, 0), other.x(r, 1));
    std::swap(other.y(r, 0), other.y(r, 1));
  }
  EXPECT_LT(error(bent, other, 0), 0.8 * error(straight, other, 0));
  EXPECT_EQ(model::parse_model("m", model::format_model(bent)).weights, bent.weights);
}

TEST(ClosedForm, TheSameDataGiveTheSameBytes) {
  EXPECT_EQ(fit_closed_form(blank(), recipe(true), people(3)).model.weights, fit_closed_form(blank(), recipe(true), people(3)).model.weights);
}

TEST(ClosedForm, RefusesDataWithoutTargets) {
  auto examples = people(1);
  for (auto& example : examples) std::fill(example.y.flat().begin(), example.y.flat().end(), std::nanf(""));
  EXPECT_THAT([&] { fit_closed_form(blank(), recipe(true), examples); },
              testing::ThrowsMessage<Error>("nothing to train on: no trial has a target that is known"));
}

class AdaptTo : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(NearFrames, AdaptTo, testing::Values(0, 200));

TEST_P(AdaptTo, LearnsAPersonsOwnWayAndLeavesTheRest) {
  auto examples = people(4);
  // In training people have ways of their own, else nothing would tell that adapting helps.
  for (int p = 0; p < 4; ++p) {
    examples[2 * static_cast<std::size_t>(p)] = trial("S" + std::to_string(p + 1), "1", 0.3 * p);
    examples[2 * static_cast<std::size_t>(p) + 1] = trial("S" + std::to_string(p + 1), "2", 0.3 * p);
  }
  const auto general = fit_closed_form(blank(), recipe(true, GetParam()), examples).model;
  const auto adapted = adapt(general, {trial("S9", "1", 1.5)}, true);
  const auto other_trial = trial("S9", "2", 1.5);
  EXPECT_LT(error(adapted.model, other_trial, 1), 0.6 * error(general, other_trial, 1));
  EXPECT_THAT(adapted.measured, testing::ElementsAre("Right Gast", "Right Rect"));
  EXPECT_THAT(adapted.mirrored, testing::ElementsAre("Left Gast"));
  EXPECT_THAT(adapted.untouched, testing::IsEmpty());
  EXPECT_LT(adapted.after, adapted.before);
  EXPECT_THAT(adapted.model.training_trials, testing::ElementsAre("S9/Walk/1"));
  EXPECT_EQ(adapted.model.outputs[1].half_width, general.outputs[1].adapted_half_width);
  // The adapted model begins at the general one: with weights of 0 for the own frames it tells the same.
  auto forgotten = adapted.model;
  const auto own = static_cast<std::size_t>(forgotten.network.own_frames), hidden = static_cast<std::size_t>(forgotten.network.hidden);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t k = hidden - own; k < hidden; ++k) forgotten.weights["fc.weight"].values[c * hidden + k] = 0;
  }
  EXPECT_NEAR(error(forgotten, other_trial, 1), error(general, other_trial, 1), 1e-6);
  // Another person after that: as if the first had never been.
  EXPECT_EQ(adapt(adapted.model, {trial("S8", "1", 0.5)}, true).model.weights, adapt(general, {trial("S8", "1", 0.5)}, true).model.weights);
  EXPECT_EQ(model::parse_model("m", model::format_model(adapted.model)).weights, adapted.model.weights);
}

TEST(Adapt, RefusesWhatItCannotLearnFrom) {
  const auto general = fit_closed_form(blank(), recipe(false), people(2)).model;
  auto silent = trial("S9", "1");
  std::fill(silent.y.flat().begin(), silent.y.flat().end(), std::nanf(""));
  EXPECT_THAT([&] { adapt(general, {silent}, false); },
              testing::ThrowsMessage<Error>("the person's data hold none of the model's channels, measured and good; expected at least one of "
                                            "Left Gast, Right Gast, Right Rect"));
  auto recurrent = general;
  recurrent.network.kind = "lstm";
  EXPECT_THAT([&] { adapt(recurrent, {trial("S9", "1")}, false); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("a network of kind lstm: only linear ones")));
}

}  // namespace
}  // namespace kinemyo::train
