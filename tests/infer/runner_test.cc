#include "kinemyo/infer/runner.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "infer/allocations.h"
#include "infer/random_model.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/names.h"
#include "kinemyo/features/features.h"

namespace kinemyo::infer {
namespace {

using motion::Quantity;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Twenty markers in the canonical frame, body scale, velocities and masks; three outputs of every
// source.
model::Model make_model(double rate_hz, bool bidirectional = false) {
  model::Model model;
  model.input.markers = body::plug_in_gait_markers();
  model.input.derivatives = 1;
  model.input.masks = true;
  model.network = {"lstm",       static_cast<int>(model::input_width(model.input)), 4, 2, 24, 0,
                   bidirectional};
  model.weights = random_weights(model.network, 11);
  base::Random random(5);
  for (int i = 0; i < model.network.inputs; ++i) {
    model.input_scaler.mean.push_back(random.normal());
    model.input_scaler.scale.push_back(random.uniform(0.5, 2));
  }
  model.output_scaler = {{0.1, 0.2, 0.3, 0.4}, {1, 2, 3, 4}};
  model.outputs = {{"knee_angle_r", "rad", model::OutputChannel::Source::network, 2},
                   {"knee_angle_r_beta", "rad", model::OutputChannel::Source::copy, 0},
                   {"pelvis_rotation", "rad", model::OutputChannel::Source::network, 0, 0, true},
                   {"Rectus Femoris", "V", model::OutputChannel::Source::network, 1},
                   {"Glutei", "1", model::OutputChannel::Source::network, 3},
                   {"mtp_angle_r", "rad", model::OutputChannel::Source::constant, 0, 0.25}};
  model.rate_hz = rate_hz;
  model::check_model(model);
  return model;
}

// Markers that stand apart, move smoothly and turn; now and then one is missing.
motion::Recording make_recording(std::size_t frames, double rate_hz) {
  base::Random random(3);
  const auto& names = body::plug_in_gait_markers();
  std::vector<motion::Channel> channels;
  base::Matrix<double> values(frames, 3 * names.size());
  for (std::size_t m = 0; m < names.size(); ++m) {
    channels.push_back({names[m], "m"});
    const double radius = random.uniform(0.1, 0.4), phase = random.uniform(0, 6),
                 height = random.uniform(0, 1.7);
    for (std::size_t f = 0; f < frames; ++f) {
      const double t = static_cast<double>(f) / rate_hz;
      values(f, 3 * m) = t + radius * std::sin(phase + 0.3 * t);
      values(f, 3 * m + 1) = height + 0.05 * std::sin(2 * std::numbers::pi * t + phase);
      values(f, 3 * m + 2) = radius * std::cos(phase + 0.3 * t);
      if (random.uniform() < 0.01) values(f, 3 * m + 1) = std::numeric_limits<double>::quiet_NaN();
    }
  }
  motion::Recording recording;
  recording.source = "walk.csv";
  recording.series.emplace_back(Quantity::position, channels,
                                motion::Clock::uniform(rate_hz, 2.0, frames), values);
  return recording;
}

// All outputs in the model's order.
base::Matrix<double> named(const motion::Recording& prediction, const model::Model& model) {
  base::Matrix<double> out(prediction.series.front().frames(), model.outputs.size());
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    for (const auto& series : prediction.series) {
      if (const auto found = series.find(model.outputs[i].name))
        out.set_column(i, series.values().column(*found));
    }
  }
  return out;
}

base::Matrix<double> streamed(Stream& stream, const base::Matrix<double>& raw,
                              std::size_t outputs) {
  base::Matrix<double> out(raw.rows(), outputs);
  for (std::size_t f = 0; f < raw.rows(); ++f) stream.step(raw.row(f), out.row(f));
  return out;
}

TEST(Stream, EqualsPredictBitForBitOverTenThousandFrames) {
  const auto model = make_model(100);
  const auto recording = make_recording(10'000, 100);
  const Network network(model);
  Stream stream(model, network);
  const auto raw = features::raw_frames(recording, model.input);
  const auto live = streamed(stream, raw, model.outputs.size());
  EXPECT_EQ(live, named(predict(model, recording), model));
  for (const double value : live.flat()) ASSERT_TRUE(std::isfinite(value));
  stream.reset();
  EXPECT_EQ(streamed(stream, raw, model.outputs.size()), live);
}

TEST(Stream, EqualsPredictAfterCalibrationToo) {
  const auto model = make_model(100);
  const auto recording = make_recording(300, 100);
  auto standing = make_recording(150, 100);
  for (auto& value : standing.series.front().values().flat()) value *= 1.3;
  const Network network(model);
  Stream stream(model, network);
  stream.calibrate(features::raw_frames(standing, model.input));
  const auto live =
      streamed(stream, features::raw_frames(recording, model.input), model.outputs.size());
  EXPECT_EQ(live, named(predict(model, recording, &standing), model));
  EXPECT_NE(live, named(predict(model, recording), model));
}

TEST(Stream, StepDoesNotAllocate) {
  const auto model = make_model(100);
  const Network network(model);
  Stream stream(model, network);
  const auto raw = features::raw_frames(make_recording(50, 100), model.input);
  std::vector<double> out(model.outputs.size());
  AllocationCount count;
  for (std::size_t f = 0; f < raw.rows(); ++f) stream.step(raw.row(f), out);
  EXPECT_EQ(count.stop(), 0u);
}

TEST(Stream, RefusesANetworkThatLooksAhead) {
  const auto model = make_model(100, true);
  const Network network(model);
  EXPECT_THAT(
      [&] { Stream stream(model, network); },
      ThrowsMessage<Error>(
          "a bidirectional network needs the whole recording, and cannot run frame by frame"));
  EXPECT_EQ(predict(model, make_recording(40, 100)).series.front().frames(), 40u);
}

TEST(Predict, KeepsTheClockAndNamesUnitsAndSources) {
  const auto model = make_model(100);
  const auto out = predict(model, make_recording(60, 100));
  ASSERT_EQ(out.series.size(), 3u);
  const auto& angles = out.series[0];
  EXPECT_EQ(angles.quantity(), Quantity::coordinate);
  EXPECT_THAT(angles.names(), testing::ElementsAre("knee_angle_r", "knee_angle_r_beta",
                                                   "pelvis_rotation", "mtp_angle_r"));
  EXPECT_EQ(angles.clock().rate_hz(), 100);
  EXPECT_EQ(angles.clock().start_s(), 2.0);
  EXPECT_EQ(angles.values().column(0), angles.values().column(1));
  EXPECT_EQ(angles.at(59, 3), 0.25);
  EXPECT_EQ(out.series[1].quantity(), Quantity::emg);
  EXPECT_EQ(out.series[1].channels()[0].unit, "V");
  EXPECT_EQ(out.series[2].quantity(), Quantity::analog);
  EXPECT_TRUE(out.notes.empty());
}

TEST(Predict, NothingCrossesFromOneJoinedTrialToTheNext) {
  const auto model = make_model(100);
  auto joined = make_recording(100, 100);  // from 2 s
  joined.events = {{"Trial", "", 2.0}, {"Trial", "", 2.6}};
  const auto out = predict(model, joined);
  EXPECT_EQ(out.notes, std::vector<std::string>{"2 trials, each from rest"});
  ASSERT_EQ(out.series.front().frames(), 100u);
  EXPECT_NEAR(out.series.front().clock().time_s(99), 2.99, 1e-9);

  auto second = make_recording(100, 100);
  const auto& series = joined.series.front();
  base::Matrix<double> values(40, series.values().columns());
  for (std::size_t f = 0; f < 40; ++f) {
    for (std::size_t c = 0; c < values.columns(); ++c) values(f, c) = series.values()(60 + f, c);
  }
  second.series[0] = {Quantity::position, series.channels(), motion::Clock::uniform(100, 0, 40),
                      values};
  const auto alone = named(predict(model, second), model), both = named(out, model);
  for (std::size_t f = 0; f < 40; ++f) {
    for (std::size_t c = 0; c < alone.columns(); ++c) EXPECT_EQ(both(60 + f, c), alone(f, c));
  }
}

TEST(Predict, AnotherRateIsResampledAndSaid) {
  const auto model = make_model(100);
  const auto out = predict(model, make_recording(120, 60));
  EXPECT_EQ(out.series.front().clock().rate_hz(), 100);
  EXPECT_NEAR(out.series.front().clock().span_s(), 119.0 / 60, 0.01);
  EXPECT_EQ(out.notes, std::vector<std::string>{
                           "the position series was resampled from 60 Hz to the model's 100 Hz"});
}

TEST(Predict, UnevenStampsAreInterpolatedAndSaid) {
  auto recording = make_recording(100, 50);
  std::vector<double> stamps;
  for (int f = 0; f < 100; ++f) stamps.push_back(f / 50.0 + (f % 3) * 0.004);
  recording.series[0] = {Quantity::position, recording.series[0].channels(),
                         motion::Clock::stamped(stamps), recording.series[0].values()};
  const auto out = predict(make_model(100), recording);
  EXPECT_EQ(out.series.front().frames(), 199u);
  EXPECT_THAT(out.notes, testing::ElementsAre(
                             HasSubstr("interpolated from uneven stamps to the model's 100 Hz")));
}

TEST(Predict, ListsWhatIsMissing) {
  auto recording = make_recording(10, 100);
  recording.series[0] = recording.series[0].select({"LASI", "RASI", "SACR"});
  EXPECT_THAT([&] { predict(make_model(100), recording); },
              ThrowsMessage<Error>(
                  testing::AllOf(HasSubstr("walk.csv"), HasSubstr("LKNE"), HasSubstr("RTOE"))));
}

}  // namespace
}  // namespace kinemyo::infer
