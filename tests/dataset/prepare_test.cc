#include "kinemyo/dataset/prepare.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "dataset/prepare_fixture.h"
#include "kinemyo/base/random.h"

namespace kinemyo::dataset {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(PrepareTest, ResamplesWithoutAliasingInMetresAndRadians) {
  const auto slow = [](double t) { return 100 * std::sin(kTurn * 2 * t); };
  // 88 Hz would fold to 12 Hz at 100 Hz.
  auto columns = standing([&](double t) { return slow(t) + 50 * std::sin(kTurn * 88 * t); });
  columns.push_back({"knee_angle_r", [](double t) { return 30 + 20 * std::sin(kTurn * 1.5 * t); }});
  columns.push_back({"pelvis_tx", constant(0.25)});
  put_raw("1", columns);
  run();
  const auto trial = only();
  ASSERT_EQ(trial.rate_hz, 100);
  ASSERT_EQ(trial.markers.series.frames(), 200u);
  for (std::size_t f = 20; f < 180; ++f) {
    const double t = static_cast<double>(f) / 100;
    EXPECT_NEAR(trial.markers.series.at(f, 0, 0), slow(t) / 1000, 1e-4) << f;
    EXPECT_NEAR(trial.markers.series.at(f, 0, 1), 1.7, 1e-9);
    EXPECT_NEAR(trial.angles.series.at(f, 0), (30 + 20 * std::sin(kTurn * 1.5 * t)) * std::numbers::pi / 180, 1e-3);
    EXPECT_NEAR(trial.angles.series.at(f, 1), 0.25, 1e-9);
  }
  EXPECT_EQ(trial.angles.series.channels()[1].unit, "m");
}

TEST_F(PrepareTest, FillsShortGapsMarksThemAndLeavesLongOnes) {
  put_raw("1", standing([](double t) {
            if (t >= 0.5 && t < 0.6) return kMissing;
            if (t >= 1.0 && t < 1.5) return kMissing;
            return 500 * t;
          }));
  const auto report = run();
  EXPECT_EQ(report.trials[0].marker_gaps.filled_gaps, 1u);
  EXPECT_EQ(report.trials[0].marker_gaps.filled_frames, 100u);
  EXPECT_EQ(report.trials[0].marker_gaps.left_gaps, 1u);
  const auto trial = only();
  EXPECT_EQ(trial.markers.marks(40, 0), static_cast<std::uint8_t>(Mark::measured));
  EXPECT_EQ(trial.markers.marks(55, 0), static_cast<std::uint8_t>(Mark::filled));
  EXPECT_NEAR(trial.markers.series.at(55, 0, 0), 0.275, 1e-6);
  EXPECT_EQ(trial.markers.marks(125, 0), static_cast<std::uint8_t>(Mark::missing));
  EXPECT_TRUE(std::isnan(trial.markers.series.at(125, 0, 2)));
  EXPECT_EQ(trial.markers.marks(125, 1), static_cast<std::uint8_t>(Mark::measured));
  EXPECT_THAT(trial.history, Contains(HasSubstr("markers: 1 gap filled (100 frames): Head_Top 1 gap, 100 frames, spline, within 0.1 mm; 1 gap left missing")));
}

TEST_F(PrepareTest, MarkersAtTheOriginAreMissing) {
  auto columns = standing();
  for (const char* axis : {"C7_X", "C7_Y", "C7_Z"}) columns.push_back({axis, constant(0)});
  put_raw("1", columns);
  const auto report = run();
  EXPECT_THAT(only().markers.series.names(), ElementsAre("Head_Top", "L.AnkleLateral"));
  EXPECT_THAT(report.trials[0].notes, Contains("left out, all values missing: C7"));
}

TEST_F(PrepareTest, KeepsTrialsApartEachOnItsOwnClock) {
  put_raw("1", standing());
  put_raw("2", standing(), 1000, 500, 7.5);
  run();
  const Store store(store_);
  ASSERT_EQ(store.keys().size(), 2u);
  const auto second = store.read({"S1", "Squat", "2"});
  EXPECT_EQ(second.markers.series.clock().start_s(), 7.5);
  EXPECT_EQ(second.markers.series.frames(), 50u);
}

TEST_F(PrepareTest, AnglesThatWrapAreResampledWithoutSpikes) {
  auto columns = standing();
  const auto turning = [](double t) { return std::remainder(170 + 20 * t, 360.0); };
  columns.push_back({"pelvis_rotation", turning});
  put_raw("1", columns);
  run();
  const auto trial = only();
  for (std::size_t f = 0; f < 200; ++f) {
    const double truth = turning(static_cast<double>(f) / 100) * std::numbers::pi / 180;
    EXPECT_NEAR(std::remainder(trial.angles.series.at(f, 0) - truth, kTurn), 0, 1e-6) << f;
    EXPECT_LE(std::abs(trial.angles.series.at(f, 0)), std::numbers::pi + 1e-9);
  }
}

TEST_F(PrepareTest, EnvelopesFollowTheEffortAndPeaksAreTheSubjects) {
  for (const double strength : {1.0, 3.0}) {
    base::Random random(7);
    auto columns = standing();
    columns.push_back({"Glutei", [&, strength](double t) {
                         return strength * 0.01 * (1 + std::sin(kTurn * t)) * random.normal();
                       }});
    columns.push_back({"Forearm M", constant(kMissing)});
    columns.push_back({"Biceps Brachii", constant(0.5)});
    put_raw(strength == 1 ? "1" : "2", columns, 1000, 4000);
  }
  const auto report = run();
  const Store store(store_);
  const auto weak = store.read({"S1", "Squat", "1"}), strong = store.read({"S1", "Squat", "2"});
  ASSERT_THAT(weak.emg.series.names(), ElementsAre("Glutei"));
  ASSERT_EQ(weak.emg.series.frames(), 400u);
  ASSERT_TRUE(weak.emg_raw);
  EXPECT_EQ(weak.emg_raw->clock().rate_hz(), 1000);
  double high = 0, low = 0;
  for (std::size_t f = 0; f < 400; ++f) {
    EXPECT_GE(weak.emg.series.at(f, 0), 0);
    const double phase = std::sin(kTurn * static_cast<double>(f) / 100);
    if (phase > 0.9) high += weak.emg.series.at(f, 0);
    if (phase < -0.9) low += weak.emg.series.at(f, 0);
    EXPECT_NEAR(strong.emg.series.at(f, 0), 3 * weak.emg.series.at(f, 0), 1e-5);
  }
  EXPECT_GT(high, 8 * low);
  EXPECT_EQ(weak.emg_units, strong.emg_units);
  const auto strong_values = strong.emg.series.values().column(0);
  EXPECT_DOUBLE_EQ(weak.emg_units.at("Glutei").value_v, *std::max_element(strong_values.begin(), strong_values.end()));
  EXPECT_THAT(report.trials[0].emg_excluded.at("Forearm M"), HasSubstr("missing"));
  EXPECT_THAT(weak.emg_excluded.at("Biceps Brachii"), HasSubstr("dead"));
  EXPECT_THAT(weak.history, Contains(HasSubstr("band-pass 20 to 450 Hz")));
}

TEST_F(PrepareTest, QuietMusclesAtSkinLevelAreNotDead) {
  base::Random random(11);
  auto columns = standing();
  columns.push_back({"Glutei", [&](double t) { return 1e-4 * std::max(0.0, std::sin(kTurn * t)) * random.normal(); }});
  columns.push_back({"Forearm M", [&](double) { return 1e-5 * random.normal(); }});
  columns.push_back({"Biceps Brachii", [&](double) { return 1e-6 * random.normal(); }});
  put_raw("1", columns, 1000, 4000);
  run();
  auto trial = only();
  EXPECT_THAT(trial.emg.series.names(), ElementsAre("Glutei", "Forearm M"));
  EXPECT_THAT(trial.emg_excluded["Biceps Brachii"], HasSubstr("dead"));
  EXPECT_THAT(trial.history, Contains(HasSubstr("EMG is at skin level")));
  PrepareSettings amplified;
  amplified.recognise_skin_level = false;
  run(amplified);
  trial = only();
  EXPECT_THAT(trial.emg_excluded["Forearm M"], HasSubstr("dead"));
}

TEST_F(PrepareTest, RefusesAnEmgRateThatCannotHoldTheBand) {
  auto columns = standing();
  columns.push_back({"Glutei", [](double t) { return std::sin(t * 1000); }});
  const auto path = put_raw("1", columns, 100);
  EXPECT_THAT(problem(), HasSubstr(path.string() + ": EMG rate 100 Hz"));
  EXPECT_THAT(problem(), HasSubstr("450 Hz"));
  EXPECT_TRUE(folder_holds_only_data());
}

TEST_F(PrepareTest, SaysWhereTheClockGoesBackwards) {
  const auto path = put("S1_Squat_Trial1.csv", "Time,knee_angle_r\n0,1\n0.001,1\n0.0005,1\n");
  EXPECT_EQ(problem(), path.string() + ":line 4: the clock goes backwards or stands still; expected \"Time\" above "
                                       "0.001, found 5e-04");
}

TEST_F(PrepareTest, SaysWhatIsWrongWithATable) {
  const auto name = "S1_Squat_Trial1.csv";
  const auto path = put(name, "").string();
  EXPECT_THAT(problem(), HasSubstr(path + ":line 1"));
  put(name, "Time,knee_angle_r\n");
  EXPECT_EQ(problem(), path + ":line 2: the file has names but no rows; expected rows of numbers, found the end of the file");
  put(name, "Tim,knee_angle_r\n0,1\n");
  EXPECT_THAT(problem(), HasSubstr(path));
  EXPECT_THAT(problem(), HasSubstr("\"Time\""));
  put(name, "Time,knee_angle_r\n0,1\n0.001,12 deg\n");
  EXPECT_THAT(problem(), HasSubstr(path + ":line 3, column 2"));
  EXPECT_THAT(problem(), HasSubstr("12 deg"));
  put(name, "Time,LASIS_X,LASIS_Y\n0,1,2\n0.001,1,2\n");
  EXPECT_EQ(problem(), path + ":line 1: marker \"LASIS\" lacks an axis; expected a column \"LASIS_Z\", found none of that name");
  put(name, "Time,Remark\n0,a\n0.001,b\n");
  EXPECT_THAT(problem(), HasSubstr("no column is a marker, a coordinate or a muscle"));
  put(name, "Time,knee_angle_r\n0,1\n0.001,1\n0.0013,1\n0.0021,1\n0.0089,1\n");
  EXPECT_THAT(problem(), HasSubstr("the clock is too uneven to be one rate"));
}

TEST_F(PrepareTest, RowsThatTheClockLeavesOutAreMissing) {
  std::string text = "Time,knee_angle_r\n";
  for (int r = 0; r < 100; ++r) {
    if (r < 50 || r >= 60) text += base::to_text(r / 100.0) + ",30\n";
  }
  put("S1_Squat_Trial1.csv", text);
  PrepareSettings settings;
  settings.fill_limit_s = 0.05;
  const auto report = run(settings);
  const auto trial = only();
  ASSERT_EQ(trial.angles.series.frames(), 100u);
  EXPECT_TRUE(std::isnan(trial.angles.series.at(55, 0)));
  EXPECT_NEAR(trial.angles.series.at(60, 0), std::numbers::pi / 6, 1e-12);
  EXPECT_THAT(report.trials[0].notes, Contains("10 rows are left out by the clock; they count as missing"));
}

TEST_F(PrepareTest, OneBadFileStopsUnlessToldToGoOn) {
  put_raw("1", standing());
  const auto bad = put("S1/Activity_Trials/S1_Squat_Trial2.csv", "Time\n");
  EXPECT_THAT(problem(), HasSubstr(bad.string()));
  EXPECT_TRUE(folder_holds_only_data());
  PrepareSettings settings;
  settings.skip_bad = true;
  const auto report = run(settings);
  EXPECT_EQ(report.trials.size(), 1u);
  ASSERT_EQ(report.bad.size(), 1u);
  EXPECT_EQ(report.bad[0].first, bad.string());
  EXPECT_THAT(report.bad[0].second, HasSubstr("names but no rows"));
}

TEST_F(PrepareTest, StopsWhenAskedAndLeavesNothing) {
  put_raw("1", standing());
  put_raw("2", standing());
  const auto stop = [](std::string_view, std::size_t done, std::size_t) { return done == 0; };
  EXPECT_THROW(prepare(find_trials({folder_ / "data"}).trials, store_, {}, stop), Error);
  EXPECT_TRUE(folder_holds_only_data());
}

TEST_F(PrepareTest, JoinedTablesAreTakenAsTheyAre) {
  put("S1_Squat_Synchronized_imputed_filtered.csv",
      "Timestamp,knee_angle_r,LASIS_X,LASIS_Y,LASIS_Z,Glutei\n0,90,1,2,3,0.5\n33,0,0,0,0,0.25\n33,45,4,5,6,0.75\n0,,7,8,9,1\n");
  const auto report = run();
  const auto trial = only();
  EXPECT_EQ(to_string(trial.key), "S1/Squat/all");
  EXPECT_EQ(trial.rate_hz, 30);
  ASSERT_EQ(trial.angles.series.frames(), 4u);
  EXPECT_EQ(trial.angles.series.at(0, 0), 90 * (std::numbers::pi / 180));
  EXPECT_TRUE(std::isnan(trial.angles.series.at(3, 0)));
  EXPECT_EQ(trial.angles.marks(3, 0), 0);
  EXPECT_EQ(trial.markers.series.at(1, 0, 1), 0.0);  // the imputed zero stays
  EXPECT_EQ(trial.markers.series.at(2, 0, 2), 6 * 0.001);
  EXPECT_THAT(trial.emg.series.values().column(0), ElementsAre(0.5, 0.25, 0.75, 1.0));
  EXPECT_THAT(report.trials[0].notes, Contains(HasSubstr("the stamps repeat or restart 2 times")));
  EXPECT_THAT(report.trials[0].notes, Contains("EMG columns are envelopes, by the file's name"));
}

TEST_F(PrepareTest, FramesOfAnotherClockAreMatchedByTime) {
  put_raw("1", standing(), 1000, 1000, 2.0);
  put("S1/S1_FramesData_Orig/S1_Squat_FD_Orig/S1_Squat_Orig_1.csv",
      csv("TimeStamp", 1000, 30, 2.1, 60,
          {{"NOSE_X", [](double t) { return 100 * t; }}, {"NOSE_Y", constant(1500)}, {"NOSE_Z", constant(3)}}));
  const auto report = run();
  const auto trial = only();
  ASSERT_THAT(trial.markers.series.names(), ElementsAre("Head_Top", "L.AnkleLateral", "NOSE"));
  EXPECT_TRUE(std::isnan(trial.markers.series.at(5, 2, 0)));  // before the first frame
  EXPECT_NEAR(trial.markers.series.at(50, 2, 0), 0.25, 1e-3);
  EXPECT_THAT(report.trials[0].notes,
              Contains(HasSubstr("frames: 60, 27 of them inside the trial's 2 to 2.999 s; first frame 0.1 s after")));
}

std::string trc(double rate_hz, std::size_t frames, const std::string& up) {
  const std::string rate = base::to_text(rate_hz), count = std::to_string(frames);
  std::string out = "PathFileType\t4\t(X/Y/Z)\tw.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\t"
                    "OrigDataStartFrame\tOrigNumFrames\n" + rate + "\t" + rate + "\t" + count + "\t2\tmm\t" + rate + "\t1\t" + count +
                    "\nFrame#\tTime\tC7\t\t\tL_calc\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n";
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = static_cast<double>(f) / rate_hz;
    out += std::to_string(f + 1) + "\t" + base::to_text(t) +
           (up == "z" ? "\t100\t200\t1500\t1\t2\t3\n" : up == "none" ? "\t100\t200\t150\t1\t2\t3\n" : "\t100\t1500\t200\t1\t2\t3\n");
  }
  return out;
}

std::string mot(double rate_hz, double start_s, std::size_t frames) {
  std::string out = "Coordinates\nversion=1\nnRows=" + std::to_string(frames) + "\nnColumns=2\ninDegrees=yes\nendheader\ntime\tknee_angle_r\n";
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = start_s + static_cast<double>(f) / rate_hz;
    out += base::to_text(t) + "\t" + base::to_text(10 * t) + "\n";
  }
  return out;
}

TEST_F(PrepareTest, AnglesOfAMotAreMatchedByTime) {
  put("ann/walk1.trc", trc(100, 100, "y"));
  put("ann/walk1.mot", mot(100, 0.25, 50));
  put("ann/walk2.trc", trc(100, 100, "y"));
  put("ann/walk2.mot", mot(40, -0.5, 80));
  const auto report = run();
  const Store store(store_);
  const auto near = [](double a, double b) { return std::abs(a - b) < 1e-9; };
  const auto shorter = store.read({"data", "ann", "walk1"}), slower = store.read({"data", "ann", "walk2"});
  ASSERT_EQ(shorter.angles.series.frames(), 100u);
  for (std::size_t f = 0; f < 100; ++f) {
    const double t = static_cast<double>(f) / 100, truth = 10 * t * std::numbers::pi / 180;
    const bool labelled = f >= 25 && f < 75;
    EXPECT_EQ(shorter.angles.marks(f, 0), labelled ? 1 : 0) << f;
    EXPECT_TRUE(labelled ? near(shorter.angles.series.at(f, 0), truth) : std::isnan(shorter.angles.series.at(f, 0))) << f;
    EXPECT_NEAR(slower.angles.series.at(f, 0), truth, 2e-5) << f;
  }
  EXPECT_THAT(report.trials[0].notes, Contains("angles are matched by time: they cover 0.25 to 0.74 s, markers 0 to 0.99 s"));
  EXPECT_THAT(slower.history, Contains("angles: resampled from 40 Hz without aliasing"));
}

TEST_F(PrepareTest, TheUpAxisIsRecognisedAndTurned) {
  put("ann/z/1.trc", trc(100, 20, "z"));
  run();
  const auto trial = only();
  EXPECT_NEAR(trial.markers.series.at(3, 0, 0), 0.1, 1e-12);
  EXPECT_NEAR(trial.markers.series.at(3, 0, 1), 1.5, 1e-12);
  EXPECT_NEAR(trial.markers.series.at(3, 0, 2), -0.2, 1e-12);
  EXPECT_THAT(trial.history, Contains("Z up (recognised from the markers); turned to Y up: (x, y, z) to (x, z, -y)"));
}

TEST_F(PrepareTest, TheUpAxisIsAskedForWhereNobodyStands) {
  const auto path = put("ann/lying/1.trc", trc(100, 20, "none"));
  EXPECT_THAT(problem(), HasSubstr(path.string() + ": which axis is up is not stated, and no trial of ann"));
  EXPECT_THAT(problem(), HasSubstr("--up"));
  PrepareSettings settings;
  settings.up = motion::UpAxis::y;
  run(settings);
  EXPECT_NEAR(only().markers.series.at(0, 0, 1), 0.2, 1e-12);
  put("ann/standing/1.trc", trc(100, 20, "z"));
  run();
  EXPECT_THAT(only().history, Contains(HasSubstr("Z up (as in the subject's other trials)")));
}

TEST_F(PrepareTest, NumbersOutOfRangeAreRefused) {
  PrepareSettings settings;
  settings.rate_hz = 0;
  put_raw("1", standing());
  EXPECT_EQ(problem(settings), "the timeline's rate (Hz) is 0; it can be 1 to 2000");
  settings = {};
  settings.units.length = "feet";
  EXPECT_EQ(problem(settings), "\"feet\" is no unit of markers: m, cm, mm");
}

}  // namespace
}  // namespace kinemyo::dataset
