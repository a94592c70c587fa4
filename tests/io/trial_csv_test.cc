#include "kinemyo/io/trial_csv.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/io/landmarks.h"
#include "io/replaced.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using motion::Recording;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kRad = std::numbers::pi / 180;

const std::string kTrial =
    "Time,pelvis_tilt,pelvis_tx,knee_angle_r,knee_angle_r_beta,LASIS_X,LASIS_Y,LASIS_Z,C7_X,C7_Y,C7_Z,"
    "Middle/Lateral Deltoid,Remark,Force Z\n"
    "0.0,10,0.5,60,60,100.5,200,300,1,2,3,0.001,,1.5\n"
    "0.001,11,0.5,61,61,,200,300,0,0,0,-0.002,,-\n"
    "0.002,12,0.5,62,62,100.5,200,300,1,2,3,,,1.5\n";

std::string message(const std::string& text, const TrialCsvOptions& options = {}) {
  try {
    parse_trial_csv(parse_csv(text, "t.csv"), options);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(TrialCsv, SortsColumnsToQuantitiesInSiUnits) {
  const Recording recording = parse_trial_csv(parse_csv(kTrial, "t.csv"));
  const auto* markers = recording.find(Quantity::position);
  const auto* angles = recording.find(Quantity::coordinate);
  const auto* emg = recording.find(Quantity::emg);
  const auto* rest = recording.find(Quantity::analog);
  ASSERT_TRUE(markers && angles && emg && rest);
  EXPECT_THAT(markers->names(), ElementsAre("LASIS", "C7"));
  EXPECT_EQ(markers->at(0, 0, 0), 0.1005);
  EXPECT_TRUE(markers->missing(1, 0));
  EXPECT_TRUE(markers->missing(1, 1));
  EXPECT_DOUBLE_EQ(angles->at(0, 0), 10 * kRad);
  EXPECT_EQ(angles->at(0, 1), 0.5);
  EXPECT_DOUBLE_EQ(angles->at(2, 3), 62 * kRad);
  EXPECT_EQ(angles->channels()[1].unit, "m");
  EXPECT_THAT(emg->names(), ElementsAre("Middle/Lateral Deltoid"));
  EXPECT_EQ(emg->at(1, 0), -0.002);
  EXPECT_THAT(rest->names(), ElementsAre("Remark"));
  EXPECT_EQ(markers->clock().rate_hz(), 1000.0);
  EXPECT_THAT(recording.notes, ElementsAre("positions taken as mm", "1 markers at exactly 0 0 0 count as missing",
                                           "angles taken as degrees", "EMG taken as V", "columns with text left out: Force Z"));
}

TEST(TrialCsv, TakesUnitsAndNamesFromTheCaller) {
  const TrialCsvOptions options{.position_unit = "m", .emg_unit = "mV", .angles = {"own"}, .muscles = {"M1"}};
  const Recording recording = parse_trial_csv(parse_csv("Time,own,M1,A_X,A_Y,A_Z\n0,180,5,1,2,3\n", "t.csv"), options);
  EXPECT_DOUBLE_EQ(recording.find(Quantity::coordinate)->at(0, 0), std::numbers::pi);
  EXPECT_EQ(recording.find(Quantity::emg)->at(0, 0), 0.005);
  EXPECT_EQ(recording.find(Quantity::position)->at(0, 0, 2), 3.0);
  EXPECT_EQ(message(kTrial, {.position_unit = "inch"}), "the unit of positions \"inch\" is not known; it can be mm, cm or m");
}

TEST(TrialCsv, StampsInMillisecondsAndTrialsThatWereJoined) {
  const Table table = parse_csv("Timestamp,A_X,A_Y,A_Z,FrameNo\n0,1,1,1,0\n33,2,2,2,1\n33,9,9,9,1\n66,3,3,3,2\n0,4,4,4,0\n33,5,5,5,1\n", "t.csv");
  const auto parts = parse_trial_csvs(table);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].series[0].frames(), 3u);
  // 33 ms and 66 ms are what truncation leaves of 30 frames a second.
  EXPECT_EQ(parts[0].series[0].clock().rate_hz(), 30.0);
  EXPECT_EQ(parts[0].series[0].at(1, 0, 0), 0.002);
  EXPECT_THAT(parts[0].notes, Contains("1 rows repeat a time, as in tables joined of several trials; the first of each was kept"));
  EXPECT_EQ(parts[1].series[0].at(0, 0, 0), 0.004);
  const Recording joined = parse_trial_csv(table);
  EXPECT_EQ(joined.series[0].frames(), 5u);
  ASSERT_EQ(joined.events.size(), 2u);
  EXPECT_NEAR(joined.events[1].time_s, 0.099, 1e-3);
  EXPECT_THAT(joined.notes, Contains("time starts again 1 times: 2 trials are joined here, put one behind another"));
}

TEST(TrialCsv, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message("A_X,A_Y,A_Z\n1,2,3\n"),
            "t.csv:line 1: no column holds the time; expected Time (s) or Timestamp (ms), found 3 columns, the first \"A_X\"");
  EXPECT_EQ(message("Time,A_X,A_Z\n0,1,2\n"),
            "t.csv:line 1, column 2: a marker lacks a coordinate; expected A_X, A_Y and A_Z, found no A_Y");
  EXPECT_EQ(message("Time,A_X,A_Y,A_Z\n"), "t.csv:line 2: the file holds no rows; expected rows below the names, found none");
  EXPECT_EQ(message(replaced(kTrial, "61,61,,200", "61,61,x,200")),
            "t.csv:line 3, column 6: column \"LASIS_X\" holds text; expected a number, found \"x\"");
  EXPECT_EQ(message(replaced(kTrial, "0.001,11", ",11")),
            "t.csv:row 2 of column Time: a time is missing; expected a number, found nothing");
}

TEST(TrialCsv, LeavesOutALineThatIsCut) {
  const Recording recording = parse_trial_csv(parse_csv(kTrial.substr(0, kTrial.size() - 8), "t.csv"));
  EXPECT_EQ(recording.series[0].frames(), 2u);
  EXPECT_THAT(recording.notes, Contains("the last line is not whole and was left out"));
}

TEST(TrialCsv, WritesItsOwnLayout) {
  const Recording once = parse_trial_csv(parse_csv(kTrial, "t.csv"));
  std::vector<const motion::Series*> series;
  for (const auto& one : once.series) series.push_back(&one);
  const std::string text = format_csv(to_trial_table(series));
  EXPECT_THAT(text, HasSubstr("Time,pelvis_tilt,pelvis_tx,knee_angle_r,knee_angle_r_beta,LASIS_X,LASIS_Y"));
  EXPECT_THAT(text, HasSubstr("\n0.001,11.0,0.5,61.0,61.0,,200.0,300.0,,,,-0.002,\n"));
  const Recording twice = parse_trial_csv(parse_csv(text, "u.csv"));
  ASSERT_EQ(twice.series.size(), once.series.size());
  for (std::size_t s = 0; s < once.series.size(); ++s) EXPECT_EQ(twice.series[s].channels(), once.series[s].channels());
}

TEST(TrialCsv, ReadsTheOriginalsTrialsAndTables) {
  KINEMYO_REAL_DATA(folder, "original_case");
  const Recording trial = read_trial_csv(folder / "S1/Activity_Trials/S1_SideLunge_Trial1.csv");
  EXPECT_EQ(trial.find(Quantity::position)->channels().size(), 42u);
  EXPECT_EQ(trial.find(Quantity::coordinate)->channels().size(), 39u);
  EXPECT_EQ(trial.find(Quantity::emg)->channels().size(), 16u);
  EXPECT_EQ(trial.series[0].clock().rate_hz(), 1000.0);
  EXPECT_EQ(trial.series[0].frames(), 1900u);
  const auto tables = read_trial_csvs(folder / "expected/sync/S1_SideLunge_Synchronized.csv");
  std::size_t rows = 0;
  for (const auto& one : tables) rows += one.series[0].frames();
  EXPECT_GE(tables.size(), 1u);
  EXPECT_LE(rows, 124u);
}

TEST(Landmarks, ReadsKeypointsFromVideo) {
  const std::string text =
      "Activity,Trial,Frame,LEFT_HIP_X,LEFT_HIP_Y,LEFT_HIP_Z,LEFT_HIP_VISIBILITY,RIGHT_HIP_X,RIGHT_HIP_Y,RIGHT_HIP_Z,RIGHT_HIP_V,Score\n"
      "Squat,1,0,0.1,0.2,0.3,0.9,-0.1,0.2,0.3,0.8,1\nSquat,1,1,0.1,0.2,0.3,0.9,0,0,0,0.8,1\nSquat,2,0,0.5,0.2,0.3,0.9,-0.1,0.2,0.3,0.8,1\n";
  ASSERT_TRUE(looks_like_landmarks(parse_csv(text, "v.csv")));
  const Recording recording = parse_landmarks(parse_csv(text, "v.csv"));
  EXPECT_EQ(recording.format, "landmarks CSV");
  EXPECT_THAT(recording.find(Quantity::position)->names(), ElementsAre("LEFT_HIP", "RIGHT_HIP"));
  EXPECT_TRUE(recording.find(Quantity::position)->missing(1, 1));
  EXPECT_THAT(recording.find(Quantity::visibility)->names(), ElementsAre("LEFT_HIP", "RIGHT_HIP"));
  EXPECT_EQ(recording.find(Quantity::visibility)->at(0, 1), 0.8);
  EXPECT_THAT(recording.find(Quantity::analog)->names(), ElementsAre("Score"));
  EXPECT_EQ(recording.series[0].clock().rate_hz(), 30.0);
  EXPECT_EQ(recording.events.size(), 2u);
  EXPECT_THAT(recording.notes, Contains("the file has no time; frames taken at 30 Hz"));
  EXPECT_THAT(recording.notes, Contains("positions taken as m"));
}

}  // namespace
}  // namespace kinemyo::io
