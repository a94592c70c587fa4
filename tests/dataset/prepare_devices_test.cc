// Recordings of several devices in one trial: `prepare` puts them onto the trial's clock, or refuses.
#include <gmock/gmock.h>

#include <cmath>

#include "dataset/prepare_fixture.h"
#include "kinemyo/base/random.h"
#include "kinemyo/signal/filter.h"

namespace kinemyo::dataset {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kSeconds = 30;

// How fast a hand moves, 1 kHz: bursts of movement that nothing repeats.
std::vector<double> effort(std::uint64_t seed) {
  base::Random random(seed);
  std::vector<double> x(static_cast<std::size_t>(kSeconds * 1000) + 1);
  for (double& v : x) v = random.normal();
  x = signal::sosfiltfilt(signal::butterworth_sections(2, signal::Passband::below(1), 1000), x);
  for (double& v : x) v = std::max(0.0, v) * 20;
  return x;
}

double read(const std::vector<double>& x, double time_s) {
  const double at = std::clamp(time_s * 1000, 0.0, static_cast<double>(x.size() - 1));
  return x[static_cast<std::size_t>(at)];
}

// A person who stands and moves a hand by `speed`; mm.
std::vector<Column> moving(const std::vector<double>& speed) {
  auto columns = standing();
  auto position = std::make_shared<std::vector<double>>();
  double sum = 0;
  for (const double v : speed) position->push_back(sum += v);
  columns.push_back({"R.Wrist_X", [position](double t) { return read(*position, t); }});
  columns.push_back({"R.Wrist_Y", constant(1000)});
  columns.push_back({"R.Wrist_Z", constant(300)});
  return columns;
}

// The muscle behind it, on a clock that shows `lag_s` less and loses `drift_ppm`; V.
std::string muscle(const std::vector<double>& speed, double lag_s, double drift_ppm) {
  auto random = std::make_shared<base::Random>(8);
  const auto at = [=](double own_s) { return own_s * (1 + 1e-6 * drift_ppm) + lag_s; };
  return csv("Time", 1, 1000, 0, static_cast<std::size_t>((kSeconds - 2) * 1000),
             {{"Biceps Brachii", [=, &speed](double t) { return 0.01 * (0.02 + read(speed, at(t))) * random->normal(); }}});
}

class PrepareDevices : public PrepareTest {
 protected:
  PrepareReport run_with(const PrepareSettings& settings = {}) {
    LayoutOptions layout;
    layout.devices = {folder_ / "emg"};
    layout_ = find_trials({folder_ / "data"}, layout);
    return prepare(layout_.trials, store_, settings, {});
  }
  std::string problem_with(const PrepareSettings& settings = {}) {
    try {
      run_with(settings);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  fs::path put_emg(const std::string& name, const std::string& text) { return put("../emg/" + name, text); }
  Layout layout_;
};

TEST_F(PrepareDevices, MuscleAndMovementMeetByWhatBothDo) {
  const auto speed = effort(1);
  put_raw("1", moving(speed), 100, static_cast<std::size_t>(kSeconds * 100));
  put_emg("S1/Squat/1.csv", muscle(speed, 1.5, 0));
  const auto report = run_with();
  ASSERT_EQ(report.trials[0].synchronised.size(), 1u);
  const auto trial = only();
  ASSERT_THAT(trial.emg.series.names(), ElementsAre("Biceps Brachii"));
  ASSERT_EQ(trial.synchronised.size(), 1u);
  const auto& how = trial.synchronised[0];
  EXPECT_EQ(how.file, "1.csv");
  EXPECT_EQ(how.how.by, AlignBy::activity);
  EXPECT_NEAR(how.how.clock.lag_s, 1.5, 0.02);
  EXPECT_GT(how.how.clock.correlation, 0.6);
  EXPECT_GT(how.how.clock.confidence, 0.3);
  EXPECT_EQ(how.how.clock.lag_s, report.trials[0].synchronised[0].how.clock.lag_s);
  EXPECT_EQ(how.how.rests_on, report.trials[0].synchronised[0].how.rests_on);
  EXPECT_THAT(trial.history, Contains(HasSubstr("1.csv is put onto the clock of S1_Squat_Trial1.csv: lag 1.")));
  EXPECT_THAT(report.methods, HasSubstr("1 recording of other devices was put onto the trials' clock by the peak of the cross-correlation"));
  // EMG begins 1.5 s into the trial.
  EXPECT_EQ(trial.emg.marks(100, 0), 0);
  EXPECT_EQ(trial.emg.marks(200, 0), 1);
}

TEST_F(PrepareDevices, WhatDoesNotBelongTogetherIsRefusedWithBothFiles) {
  put_raw("1", moving(effort(1)), 100, static_cast<std::size_t>(kSeconds * 100));
  const auto path = put_emg("S1/Squat/1.csv", muscle(effort(2), 0, 0));
  const auto told = problem_with();
  EXPECT_THAT(told, HasSubstr("1.csv cannot be put onto the clock of S1_Squat_Trial1.csv: the activities correlate by"));
  EXPECT_THAT(told, HasSubstr("give events or stamps"));
  EXPECT_FALSE(fs::exists(store_));
  PrepareSettings settings;
  settings.align.by = AlignBy::start;
  run_with(settings);
  EXPECT_EQ(only().synchronised[0].how.by, AlignBy::start);
}

TEST_F(PrepareDevices, AFileWithoutItsTrialIsToldAndNoneIsAnError) {
  const auto speed = effort(1);
  put_raw("1", moving(speed), 100, static_cast<std::size_t>(kSeconds * 100));
  put_raw("2", moving(speed), 100, static_cast<std::size_t>(kSeconds * 100));
  put_emg("S1/Squat/2.csv", muscle(speed, 0, 0));
  put_emg("S1/Lunge/1.csv", muscle(speed, 0, 0));
  PrepareSettings settings;
  settings.align.by = AlignBy::clock;
  run_with(settings);
  EXPECT_THAT(layout_.notes, Contains(HasSubstr("1 recording has no trial of that name: 1.csv (S1/Lunge/1)")));
  const Store store(store_);
  EXPECT_TRUE(store.read({"S1", "Squat", "1"}).emg.empty());
  EXPECT_FALSE(store.read({"S1", "Squat", "2"}).emg.empty());
  fs::remove(folder_ / "emg/S1/Squat/2.csv");
  EXPECT_THAT(problem_with(), HasSubstr("none of its 1 recordings bears the name of a trial; the first is 1.csv (S1/Lunge/1), the first trial is S1/Squat/1"));
}

TEST_F(PrepareDevices, OneFileAndOneTrialBelongTogetherWhateverTheirNames) {
  const auto speed = effort(1);
  put_raw("1", moving(speed), 100, static_cast<std::size_t>(kSeconds * 100));
  put_emg("recording.csv", muscle(speed, 0.5, 0));
  EXPECT_EQ(run_with().trials[0].synchronised[0].file, "recording.csv");
}

}  // namespace
}  // namespace kinemyo::dataset
