#include "kinemyo/dataset/original.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "csv_equal.h"
#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/body/names.h"
#include "real_data.h"

namespace kinemyo::dataset {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_csv::expect_equal_csv;

const fs::path kGolden = fs::path(KINEMYO_GOLDEN_DIR) / "dataset/original";

std::vector<io::Table> read_all(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<io::Table> tables;
  for (const auto& path : paths) tables.push_back(io::read_csv(path));
  return tables;
}

io::Table trial(const std::string& text, const std::string& name = "S1_A_Trial1.csv") {
  return io::parse_csv(text, name);
}
io::Table frames(const std::string& text = "FrameNo,TimeStamp\n0,0\n1,33\n") {
  return io::parse_csv(text, "S1_A_Orig_1.csv");
}

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(SyncOriginal, DoesWhatPandasDoes) {
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(kGolden / "sync")) {
    SCOPED_TRACE(entry.path().filename().string());
    const auto result =
        sync_original(read_all(entry.path() / "trials"), read_all(entry.path() / "frames"));
    expect_equal_csv(io::format_csv(result.table), base::read_file(entry.path() / "expected.csv"));
    ++cases;
  }
  EXPECT_EQ(cases, 10u);
}

TEST(SyncOriginal, CountsWhatItGetsWrong) {
  const auto result = sync_original(
      {trial("Time,a\n0,1\n0.033,2\n1.001,3\n"), trial("Time,a\n0,4\n0.5,5\n", "S1_A_Trial2.csv")},
      {frames()});
  EXPECT_EQ(result.trial_rows, 5u);
  EXPECT_EQ(result.frame_rows, 2u);
  EXPECT_EQ(result.frames_met_twice, 1u);  // the frame at 0 ms
  EXPECT_EQ(result.stamps_truncated, 1u);  // 1.001 s becomes 1000 ms
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(SyncOriginal, WarnsOfTrialsThatDoNotFit) {
  const auto result =
      sync_original({trial("Time,a,b\n0,1,1\n0.02,2,1\n0.01,3,1\n", "S1_A_Trial02.csv"),
                     trial("Time,a\n0,1\n", "S1_A_Trial2.csv")},
                    {frames()});
  EXPECT_THAT(
      result.warnings,
      ElementsAre(
          "S1_A_Trial02.csv and S1_A_Trial2.csv are both trial 2; the rows of both are joined",
          "S1_A_Trial2.csv lacks 1 column that other files of the activity have: b",
          "S1_A_Trial02.csv: the clock goes backwards 1 time, first at row 3 (0.02 s, then 0.01 "
          "s)"));
}

TEST(SyncOriginal, RefusesWithFileAndPlace) {
  EXPECT_EQ(message_of([] { sync_original({trial("Tme,a\n0,1\n")}, {frames()}); }),
            "S1_A_Trial1.csv: no column is named \"Time\"; the nearest is \"Tme\"");
  EXPECT_THAT(message_of([] { sync_original({trial("Time,a\n0,1\nx,2\n")}, {frames()}); }),
              HasSubstr("S1_A_Trial1.csv:line 3, column 1: column \"Time\" holds text; expected a "
                        "number, found \"x\""));
  EXPECT_EQ(
      message_of([] { sync_original({trial("Time,a\n0,1\n,2\n")}, {frames()}); }),
      "S1_A_Trial1.csv:row 2: column \"Time\" cannot become whole milliseconds; expected a number "
      "on every row, found nothing");
  EXPECT_THAT(message_of([] { sync_original({trial("Time,a\ninf,1\n")}, {frames()}); }),
              HasSubstr("found inf"));
  EXPECT_THAT(message_of([] { sync_original({trial("Time,a\n")}, {frames()}); }),
              HasSubstr("S1_A_Trial1.csv:line 2: the file has a line of names and no rows"));
  EXPECT_THAT(message_of([] { sync_original({trial("Time,a\n0,1\n")}, {frames("FrameNo\n1\n")}); }),
              HasSubstr("S1_A_Orig_1.csv: no column is named \"TimeStamp\""));
  EXPECT_THAT(message_of([] { sync_original({trial("Timestamp,Time\n0,1\n")}, {frames()}); }),
              HasSubstr("two columns would be called \"Timestamp\""));
}

TEST(FindOriginalActivities, SortsAsTextAndNamesWhatItPassesOver) {
  const fs::path base = fs::path(testing::TempDir()) / ("kinemyo_original_" + std::to_string(::getpid()));
  fs::remove_all(base);
  const auto touch = [&](const std::string& path) {
    fs::create_directories((base / path).parent_path());
    std::ofstream(base / path) << "Time\n";
  };
  for (const char* k : {"1", "2", "10"}) {
    touch(std::string("S4/Activity_Trials/S4_Squat_Trial") + k + ".csv");
    touch(std::string("S4/S4_FramesData_Orig/S4_Squat_FD_Orig/S4_Squat_Orig_") + k + ".csv");
  }
  touch("S4/Activity_Trials/S4_Dusting_Trial1.csv");
  touch("S4/Activity_Trials/notes.csv");
  touch("S4/Activity_Trials/readme.txt");
  const auto found = find_original_activities(base / "S4/");
  ASSERT_EQ(found.activities.size(), 1u);
  const auto& squat = found.activities[0];
  EXPECT_EQ(squat.subject, "S4");
  EXPECT_EQ(squat.activity, "Squat");
  ASSERT_EQ(squat.trials.size(), 3u);
  EXPECT_EQ(squat.trials[1].filename(), "S4_Squat_Trial10.csv");
  EXPECT_EQ(squat.frames[1].filename(), "S4_Squat_Orig_10.csv");
  EXPECT_THAT(found.passed_over,
              ElementsAre("notes.csv: its name is not <S>_<Activity>_Trial<k>.csv",
                          HasSubstr("Dusting: no frame files in ")));
  EXPECT_THAT(message_of([&] { find_original_activities(base); }),
              HasSubstr("Activity_Trials: there is no such folder"));
  EXPECT_THAT(message_of([&] { find_original_activities(base / "S5"); }),
              HasSubstr("S5: there is no such folder"));
  fs::remove_all(base);
}

TEST(ImputeOriginal, DoesWhatTheOriginalDoes) {
  auto table = io::read_csv(kGolden / "impute.csv");
  const auto done = impute_original(table);
  expect_equal_csv(io::format_csv(table), base::read_file(kGolden / "impute_expected.csv"));
  EXPECT_THAT(done.empty_columns, ElementsAre("c9"));
  EXPECT_THAT(done.text_columns, ElementsAre("words", "truth"));
  EXPECT_EQ(done.longest_gap, 60u);
  // The first rows of c3, c7 and c9: zeros put in there are the neighbours of the next.
  EXPECT_EQ(done.zeros, 3u);
}

TEST(ImputeOriginal, RefusesATableWithoutRows) {
  auto table = io::parse_csv("a,b\n", "x.csv");
  EXPECT_THAT(message_of([&] { impute_original(table); }),
              HasSubstr("x.csv:line 2: the file has a line of names and no rows"));
}

TEST(FilterOriginal, IsScipysChain) {
  for (const char* name : {"filter", "filter_short"}) {
    SCOPED_TRACE(name);
    auto table = io::read_csv(kGolden / (std::string(name) + ".csv"));
    EXPECT_EQ(reason_to_skip(table), "");
    filter_original(table);
    expect_equal_csv(io::format_csv(table),
                     base::read_file(kGolden / (std::string(name) + "_expected.csv")));
  }
}

TEST(FilterOriginal, SkipsByReasonAndRefusesText) {
  auto table = io::read_csv(kGolden / "filter.csv");
  auto lacking = table;
  std::erase_if(lacking.columns,
                [](const io::Column& c) { return c.name == "Glutei" || c.name == "Forearm M"; });
  EXPECT_EQ(reason_to_skip(lacking), "no column \"Forearm M\", \"Glutei\"");
  EXPECT_THROW(filter_original(lacking), std::invalid_argument);
  auto few = table;
  for (auto& column : few.columns) {
    if (column.is_text())
      column.texts.resize(39);
    else
      column.numbers.resize(39);
  }
  EXPECT_EQ(reason_to_skip(few), "39 rows, and the original's filter needs 40");

  auto text = base::read_file(kGolden / "filter.csv");
  text.replace(text.find('\n') + 1, 2, "0,bad");  // "0,0.012..." -> "0,bad.012..."
  auto bad = io::parse_csv(text, "x.csv");
  EXPECT_THAT(
      message_of([&] { filter_original(bad); }),
      HasSubstr("x.csv:line 2, column 2: column \"Tibialis Anterior / Dorsiflexors\" holds text"));
}

TEST(OriginalSteps, GiveTheOriginalsOwnFilesBack) {
  KINEMYO_REAL_DATA(root, "original_case");
  const auto found = find_original_activities(root / "S1");
  ASSERT_EQ(found.activities.size(), 2u);
  for (const auto& activity : found.activities) {
    SCOPED_TRACE(activity.activity);
    std::vector<io::Table> trials, frame_tables;
    for (const auto& path : activity.trials) trials.push_back(io::read_csv(path));
    for (const auto& path : activity.frames) frame_tables.push_back(io::read_csv(path));
    const std::string stem = activity.subject + "_" + activity.activity + "_Synchronized";
    auto table = sync_original(std::move(trials), std::move(frame_tables)).table;
    expect_equal_csv(io::format_csv(table),
                     base::read_file(root / "expected/sync" / (stem + ".csv")));
    impute_original(table);
    expect_equal_csv(io::format_csv(table),
                     base::read_file(root / "expected/imputed" / (stem + "_imputed.csv")));
    filter_original(table);
    expect_equal_csv(io::format_csv(table), base::read_file(root / "expected/filtered" /
                                                            (stem + "_imputed_filtered.csv")));
  }
}

}  // namespace
}  // namespace kinemyo::dataset
