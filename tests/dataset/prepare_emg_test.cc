// EMG in `prepare`: what envelopes are made of, what 100 % is, what is said of it.
#include <gmock/gmock.h>

#include <cmath>

#include "dataset/prepare_fixture.h"
#include "kinemyo/base/random.h"

namespace kinemyo::dataset {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// A muscle that works once a second, from 0.2 to 0.6 s of it, with noise in between.
std::vector<Column> with_muscle(double strength_v, std::uint64_t seed) {
  auto random = std::make_shared<base::Random>(seed);
  auto columns = standing();
  columns.push_back({"Glutei", [random, strength_v](double t) {
                       const double phase = t - std::floor(t);
                       return (phase > 0.2 && phase < 0.6 ? strength_v : strength_v / 50) * random->normal();
                     }});
  return columns;
}

double largest(const Marked& emg) {
  const auto values = emg.series.values().column(0);
  return *std::max_element(values.begin(), values.end());
}

class PrepareEmg : public PrepareTest {};

TEST_F(PrepareEmg, OneValueAMuscleAndPersonTrialsOfMaximalContractionIncluded) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  put_raw("2", with_muscle(0.02, 2), 1000, 4000);
  put_raw("1", with_muscle(0.08, 3), 1000, 4000, 0, "MVC Glutei");
  const auto report = run();
  const Store store(store_);
  EXPECT_EQ(store.keys().size(), 2u) << "the MVC trial is no trial of movement";
  const auto one = store.read({"S1", "Squat", "1"}), two = store.read({"S1", "Squat", "2"});
  EXPECT_EQ(one.emg_units.at("Glutei").kind, EmgReference::mvc);
  EXPECT_EQ(one.emg_units, two.emg_units);
  EXPECT_GT(one.emg_units.at("Glutei").value_v, 3 * largest(two.emg));
  ASSERT_EQ(report.mvc_trials.size(), 1u);
  EXPECT_EQ(to_string(report.mvc_trials[0].key), "S1/MVC Glutei/1");
  EXPECT_GT(report.mvc_trials[0].emg_scores.at("Glutei"), 0.6) << "what was read is told of these trials too";
  EXPECT_THAT(report.mvc_trials[0].notes, Contains(HasSubstr("from S1_MVC Glutei_Trial1.csv")));
  EXPECT_EQ(report.emg_units.at("S1"), one.emg_units);
  EXPECT_THAT(report.methods, HasSubstr("1 trial of maximal voluntary contraction included"));
}

// A muscle that was not seen in the maximal contraction, and one that was.
TEST_F(PrepareEmg, AMuscleWithoutAUsableMaximalContractionHasNoMvc) {
  auto both = with_muscle(0.01, 1), mvc = with_muscle(0.08, 3);
  auto biceps = with_muscle(0.02, 5).back();
  biceps.name = "Biceps Brachii";
  both.push_back(biceps);
  mvc.push_back({"Biceps Brachii", constant(0.5)});
  put_raw("1", both, 1000, 4000);
  put_raw("1", mvc, 1000, 4000, 0, "MVC");
  const auto report = run();
  const auto units = only().emg_units;
  EXPECT_EQ(units.at("Glutei").kind, EmgReference::mvc);
  EXPECT_EQ(units.at("Biceps Brachii").kind, EmgReference::peak);
  EXPECT_THAT(report.mvc_trials.at(0).emg_excluded.at("Biceps Brachii"), HasSubstr("dead"));
  EXPECT_THAT(report.notes, ElementsAre("S1: no trial of maximal voluntary contraction has a usable Biceps Brachii; 100 % is the largest of the other trials"));
  EXPECT_THAT(report.methods, HasSubstr("1 of 4 were left out (1 dead)"));
  EXPECT_THAT(report.methods, HasSubstr("over all trials of the session (1 muscle), or the largest value of its envelope over all trials of the session, "
                                        "1 trial of maximal voluntary contraction included (1 muscle)"));
  PrepareSettings settings;
  settings.emg_reference = EmgReference::mvc;
  EXPECT_THAT(problem(settings), HasSubstr("S1_Squat_Trial1.csv: no trial of maximal voluntary contraction of S1 has a usable Biceps Brachii"));
}

TEST_F(PrepareEmg, AMaximalContractionThatCannotBeReadIsNone) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  put("S1/Activity_Trials/S1_MVC_Trial1.csv", "Time,Glutei\n0,x\n");
  PrepareSettings settings;
  settings.skip_bad = true;
  const auto report = run(settings);
  EXPECT_EQ(report.mvc_trials.size(), 0u);
  EXPECT_EQ(report.bad.size(), 1u);
  EXPECT_EQ(only().emg_units.at("Glutei").kind, EmgReference::peak);
  EXPECT_THAT(report.methods, testing::Not(HasSubstr("maximal")));
  fs::remove(store_);
  settings.emg_reference = EmgReference::mvc;
  EXPECT_THAT(problem(settings), testing::AllOf(HasSubstr("no usable trial of maximal voluntary contraction (activity MVC ...) of S1; skipped: "),
                                                HasSubstr("S1_MVC_Trial1.csv")));
  EXPECT_FALSE(fs::exists(store_));
}

TEST_F(PrepareEmg, TheMeanIsNotOfMaximalContractions) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  PrepareSettings settings;
  settings.emg_reference = EmgReference::mean;
  run(settings);
  const auto alone = only().emg_units;
  put_raw("1", with_muscle(0.08, 3), 1000, 4000, 0, "MVC");
  const auto report = run(settings);
  EXPECT_EQ(only().emg_units, alone);
  EXPECT_EQ(report.mvc_trials.size(), 0u);
  EXPECT_THAT(report.notes, ElementsAre("1 trial of maximal voluntary contraction is left out: the mean is of other trials"));
}

TEST_F(PrepareEmg, JoinedTablesHaveTheReferenceThatIsAskedFor) {
  put("S1_Squat_Synchronized_filtered.csv", "Timestamp,Glutei\n0,0.001\n33,0.002\n66,0.006\n");
  PrepareSettings settings;
  run(settings);
  EXPECT_EQ(only().emg_units, (EmgUnits{{"Glutei", {0.006, EmgReference::peak}}}));
  settings.emg_reference = EmgReference::mean;
  run(settings);
  const auto mean = only().emg_units.at("Glutei");
  EXPECT_EQ(mean.kind, EmgReference::mean);
  EXPECT_NEAR(mean.value_v, 0.003, 1e-15);
}

TEST_F(PrepareEmg, TheMaximumIsOverAllTrialsSoThatNothingExceedsIt) {
  put_raw("1", with_muscle(0.03, 1), 1000, 4000);
  put_raw("1", with_muscle(0.01, 3), 1000, 4000, 0, "MVC");
  run();
  const auto trial = only();
  EXPECT_DOUBLE_EQ(trial.emg_units.at("Glutei").value_v, largest(trial.emg));
}

TEST_F(PrepareEmg, MvcIsAskedForWhereItIsTheReference) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  PrepareSettings settings;
  settings.emg_reference = EmgReference::mvc;
  EXPECT_THAT(problem(settings), HasSubstr("no usable trial of maximal voluntary contraction (activity MVC ...) of S1"));
}

TEST_F(PrepareEmg, TheMeanIsOverAllFramesOfAllTrials) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  put_raw("2", with_muscle(0.02, 2), 1000, 8000);
  PrepareSettings settings;
  settings.emg_reference = EmgReference::mean;
  run(settings);
  const Store store(store_);
  double sum = 0, n = 0;
  for (const auto& key : store.keys()) {
    const auto trial = store.read(key);
    for (const double value : trial.emg.series.values().flat()) {
      if (std::isnan(value)) continue;
      sum += value;
      n += 1;
    }
  }
  const auto trial = only();
  EXPECT_EQ(trial.emg_units.at("Glutei").kind, EmgReference::mean);
  EXPECT_NEAR(trial.emg_units.at("Glutei").value_v, sum / n, 1e-12);
}

TEST_F(PrepareEmg, OtherReferencesAreOtherContent) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  run();
  const auto peak = Store(store_).hash();
  PrepareSettings settings;
  settings.emg_reference = EmgReference::mean;
  run(settings);
  EXPECT_NE(Store(store_).hash(), peak);
}

TEST_F(PrepareEmg, EveryDetectorFollowsTheMuscle) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  for (const auto detector : signal::kDetectors) {
    PrepareSettings settings;
    settings.envelope.detector = detector;
    const auto report = run(settings);
    const auto trial = only();
    double on = 0, off = 0;
    for (std::size_t f = 0; f < trial.emg.series.frames(); ++f) {
      const std::size_t phase = f % 100;
      if (phase > 30 && phase < 50) on += trial.emg.series.at(f, 0);
      if (phase > 75 && phase < 95) off += trial.emg.series.at(f, 0);
    }
    EXPECT_GT(on, 8 * off) << to_string(detector);
    EXPECT_GT(trial.emg_edge_s, 0);
    EXPECT_LT(trial.emg_edge_s, 0.5);
    const char* word = detector == signal::Detector::linear       ? "full-wave rectified"
                       : detector == signal::Detector::rms        ? "root mean square over 100 ms"
                       : detector == signal::Detector::likelihood ? "whitened (spectrum made even"
                                                                  : "Teager-Kaiser";
    EXPECT_THAT(report.methods, HasSubstr(word));
    EXPECT_EQ(Store(store_).methods(), report.methods);
  }
}

TEST_F(PrepareEmg, TheDelayMovesEnvelopesLater) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  run();
  const auto at_once = only();
  PrepareSettings settings;
  settings.emg_delay_s = 0.05;
  const auto report = run(settings);
  const auto later = only();
  for (std::size_t f = 5; f < 390; ++f) EXPECT_NEAR(later.emg.series.at(f + 5, 0), at_once.emg.series.at(f, 0), 1e-9) << f;
  EXPECT_THAT(report.methods, HasSubstr("shifted by 50 ms for the electromechanical delay"));
}

TEST_F(PrepareEmg, OnsetsBecomeEvents) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  PrepareSettings settings;
  settings.emg_onsets = true;
  run(settings);
  std::vector<double> on_s, off_s;
  for (const auto& event : only().events) {
    EXPECT_EQ(event.context, "Glutei");
    (event.label == "EMG on" ? on_s : off_s).push_back(event.time_s);
  }
  ASSERT_EQ(on_s.size(), 4u);
  ASSERT_EQ(off_s.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(on_s[i], 0.2 + static_cast<double>(i), 0.03);
    EXPECT_NEAR(off_s[i], 0.6 + static_cast<double>(i), 0.03);
  }
}

TEST_F(PrepareEmg, TheMethodsParagraphSaysWhatIsekAsksFor) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  PrepareSettings settings;
  settings.envelope.band_low_hz = 15;
  settings.envelope.smooth_hz = 4;
  settings.envelope.remove_spikes = false;
  const auto report = run(settings);
  for (const char* part : {"sampled at 1000 Hz", "band-passed from 15 to 450 Hz (Butterworth, order 4", "full-wave rectified", "low-passed at 4 Hz",
                           "-3 dB points of both passes", "1 trial of 1 person", "0 of 1 were left out",
                           "one value a muscle and person was used: the largest value of its envelope over all trials"}) {
    EXPECT_THAT(report.methods, HasSubstr(part));
  }
  EXPECT_THAT(report.methods, testing::Not(HasSubstr("spikes")));
}

TEST_F(PrepareEmg, TheMethodsParagraphSaysNothingThatWasNotDone) {
  put_raw("1", with_muscle(0.01, 1), 1000, 4000);
  PrepareSettings settings;
  settings.envelope.smooth_hz = 5;
  const auto report = run(settings);
  const auto edge_ms = base::to_text(std::round(only().emg_edge_s * 1000));
  EXPECT_THAT(report.methods, HasSubstr("Within " + edge_ms + " ms of the ends of the EMG envelopes lean on padding"));
  EXPECT_THAT(report.methods, HasSubstr("other rates were brought to it by a windowed sinc"));
  for (const char* part : {"pchip", "spline", "bridged", "Onsets", "maximal", "delay", "not amplified", "Joined", "recorded ones"}) {
    EXPECT_THAT(report.methods, testing::Not(HasSubstr(part)));
  }
}

TEST_F(PrepareEmg, ScoresAreKeptForEveryChannel) {
  auto columns = with_muscle(0.01, 1);
  columns.push_back({"Biceps Brachii", constant(0.5)});
  put_raw("1", columns, 1000, 4000);
  run();
  const auto trial = only();
  EXPECT_EQ(trial.emg_scores.at("Biceps Brachii"), 0);
  EXPECT_GT(trial.emg_scores.at("Glutei"), 0.6);
}

TEST_F(PrepareEmg, JitteringStampsAreReadByASplineAndSaid) {
  base::Random random(4);
  auto truth = [](double t) { return 0.01 * std::sin(kTurn * 60 * t) * (1.2 + std::sin(kTurn * t)); };
  std::string text = "Time,Head_Top_X,Head_Top_Y,Head_Top_Z,L.AnkleLateral_X,L.AnkleLateral_Y,L.AnkleLateral_Z,Glutei\n";
  double t = 0;
  for (int i = 0; i < 6000; ++i) {
    text += base::to_text(t) + ",0,1700,0,0,80,0," + base::to_text(truth(t)) + "\n";
    t += 0.001 * random.uniform(0.6, 1.4);
  }
  put("S1/Walk/1.csv", text);
  // Only as another device's file: a raw trial of the original has one clock.
  put_raw("1", standing(), 100, 600);
  PrepareSettings settings;
  settings.align.by = AlignBy::clock;
  settings.recognise_skin_level = false;
  settings.emg_limits.hum_share = 2;
  settings.emg_limits.machine_share = 2;
  settings.emg_limits.idle_hum_share = 2;
  settings.envelope.notch_lines = false;
  LayoutOptions layout;
  layout.devices = {folder_ / "data/S1/Walk/1.csv"};
  const auto report = prepare(find_trials({folder_ / "data/S1/Activity_Trials"}, layout).trials, store_, settings, {});
  EXPECT_THAT(report.trials[0].notes, Contains(HasSubstr("EMG: stamps are uneven")));
  EXPECT_THAT(report.methods, HasSubstr("(read at its mean rate by a cubic spline where stamps were uneven)"));
  EXPECT_THAT(report.methods, HasSubstr("frames that lie on that clock are the recorded ones"));
  const auto trial = only();
  ASSERT_THAT(trial.emg.series.names(), ElementsAre("Glutei"));
  double worst = 0;
  for (std::size_t f = 50; f < 500; ++f) {
    const double level = 0.01 * 2 / std::numbers::pi * (1.2 + std::sin(kTurn * static_cast<double>(f) / 100));
    worst = std::max(worst, std::abs(trial.emg.series.at(f, 0) - level));
  }
  EXPECT_LT(worst, 0.05 * 0.01);
}

}  // namespace
}  // namespace kinemyo::dataset
