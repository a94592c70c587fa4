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
#include "kinemyo/base/text.h"
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

std::vector<fs::path> sorted_files(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

struct Text {
  std::string text;
  std::string name = "S1_A_Trial1.csv";
};
const Text kFrames = {"FrameNo,TimeStamp\n0,0\n1,33\n", "S1_A_Orig_1.csv"};

// Synchronises files of these texts, in a folder of its own.
class SyncOriginal : public testing::Test {
 protected:
  SyncOriginal() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~SyncOriginal() override { fs::remove_all(folder_); }

  OriginalSync sync(const std::vector<Text>& trials, const Text& frames = kFrames) {
    OriginalActivity activity{.subject = "S1", .activity = "A"};
    for (const auto& trial : trials) activity.trials.push_back(written(trial));
    activity.frames.push_back(written(frames));
    fs::remove(out_);
    return sync_original(activity, out_);
  }
  std::string synced(const std::vector<Text>& trials, const Text& frames = kFrames) {
    sync(trials, frames);
    return base::read_file(out_);
  }
  // What is thrown, without the folder's name.
  std::string message(const std::vector<Text>& trials, const Text& frames = kFrames) {
    try {
      sync(trials, frames);
    } catch (const Error& problem) {
      EXPECT_FALSE(fs::exists(out_));
      std::string text = problem.what();
      const std::string prefix = folder_.string() + "/";
      return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
    }
    return "no error";
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / ("kinemyo_sync_" + std::to_string(::getpid()));
  const fs::path out_ = folder_ / "out.csv";

 private:
  fs::path written(const Text& one) {
    base::write_file(folder_ / one.name, one.text);
    return folder_ / one.name;
  }
};

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST_F(SyncOriginal, DoesWhatPandasDoes) {
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(kGolden / "sync")) {
    SCOPED_TRACE(entry.path().filename().string());
    sync_original({.subject = "S1",
                   .activity = "A",
                   .trials = sorted_files(entry.path() / "trials"),
                   .frames = sorted_files(entry.path() / "frames")},
                  out_);
    expect_equal_csv(base::read_file(out_), base::read_file(entry.path() / "expected.csv"));
    ++cases;
  }
  EXPECT_EQ(cases, 10u);
}

TEST_F(SyncOriginal, CountsWhatItGetsWrong) {
  const auto result =
      sync({{"Time,a\n0,1\n0.033,2\n1.001,3\n"}, {"Time,a\n0,4\n0.5,5\n", "S1_A_Trial2.csv"}});
  EXPECT_EQ(result.trial_rows, 5u);
  EXPECT_EQ(result.frame_rows, 2u);
  EXPECT_EQ(result.frames_met_twice, 1u);  // the frame at 0 ms
  EXPECT_EQ(result.stamps_truncated, 1u);  // 1.001 s becomes 1000 ms
  EXPECT_THAT(result.warnings, IsEmpty());
  EXPECT_EQ(result.rows, 3u);
  EXPECT_EQ(result.columns, 3u);
}

TEST_F(SyncOriginal, WarnsOfTrialsThatDoNotFit) {
  const auto result = sync({{"Time,a,b\n0,1,1\n0.02,2,1\n0.01,3,1\n", "S1_A_Trial02.csv"},
                            {"Time,a\n0,1\n", "S1_A_Trial2.csv"}});
  EXPECT_THAT(
      result.warnings,
      ElementsAre(
          "S1_A_Trial02.csv and S1_A_Trial2.csv are both trial 2; the rows of both are joined",
          "S1_A_Trial2.csv lacks 1 column that other files of the activity have: b",
          "S1_A_Trial02.csv: the clock goes backwards 1 time, first at row 3 (0.02 s, then 0.01 "
          "s)"));
}

TEST_F(SyncOriginal, RefusesWithFileAndPlace) {
  EXPECT_EQ(message({{"Tme,a\n0,1\n"}}),
            "S1_A_Trial1.csv: no column is named \"Time\"; the nearest is \"Tme\"");
  EXPECT_THAT(message({{"Time,a\n0,1\nx,2\n"}}),
              HasSubstr("S1_A_Trial1.csv:line 3, column 1: column \"Time\" holds text; expected a "
                        "number, found \"x\""));
  EXPECT_EQ(
      message({{"Time,a\n0,1\n,2\n"}}),
      "S1_A_Trial1.csv:row 2: column \"Time\" cannot become whole milliseconds; expected a number "
      "on every row, found nothing");
  EXPECT_THAT(message({{"Time,a\ninf,1\n"}}), HasSubstr("found inf"));
  EXPECT_THAT(message({{"Time,a\n0,1\n0.5,2,3\n"}}),
              HasSubstr("S1_A_Trial1.csv:line 3, column 3: a row has more cells than the first line "
                        "has names; expected 2 cells, found \"3\""));
  EXPECT_THAT(message({{"Time,a\n"}}),
              HasSubstr("S1_A_Trial1.csv:line 2: the file has a line of names and no rows"));
  EXPECT_THAT(message({{"Time,a\n0,1\n"}}, {"FrameNo\n1\n", "S1_A_Orig_1.csv"}),
              HasSubstr("S1_A_Orig_1.csv: no column is named \"TimeStamp\""));
  EXPECT_THAT(message({{"Timestamp,Time\n0,1\n"}}),
              HasSubstr("two columns would be called \"Timestamp\""));
}

// Files of several parts, which threads read side by side.
TEST_F(SyncOriginal, IsTheSameInLargeFiles) {
  std::string trial = "Time,early,late,word,whole\n", expected = "Timestamp,early,late,word,whole,FrameNo\n";
  std::string frames = "FrameNo,TimeStamp\n";
  std::size_t truncated = 0, frame = 0;
  for (int i = 0; i < 60000; ++i) {
    const std::string whole = std::to_string(i);
    const std::string word = i == 59000 ? "x" : "1.250";
    const std::string time = base::to_text(i / 1000.0);
    trial += time + "," + (i == 10 ? "0.5" : "1") + "," + (i == 59999 ? "" : "2") + "," + word + "," + whole + "\n";
    const int stamp = static_cast<int>(i / 1000.0 * 1000);
    truncated += stamp != i ? 1 : 0;
  }
  for (int f = 0; f < 60000; f += 333) {
    frames += std::to_string(frame) + "," + std::to_string(f) + "\n";
    for (const int i : {f, f + 1}) {
      if (i < 60000 && static_cast<int>(i / 1000.0 * 1000) == f) {
        expected += std::to_string(f) + ",1.0,2.0," + "1.250," + std::to_string(i) + "," +
                    std::to_string(frame) + "\n";
      }
    }
    ++frame;
  }
  const std::vector<Text> trials = {{trial}};
  EXPECT_EQ(synced(trials, {frames, "S1_A_Orig_1.csv"}), expected);
  const auto result = sync(trials, {frames, "S1_A_Orig_1.csv"});
  EXPECT_EQ(result.trial_rows, 60000u);
  EXPECT_EQ(result.stamps_truncated, truncated);
  // A quote anywhere, and the file is read the careful way, to the same end.
  std::string quoted = trial;
  quoted.replace(quoted.find(",word"), 5, ",\"word\"");
  quoted.replace(quoted.rfind("1.250"), 5, "\"1.250\"");
  EXPECT_EQ(synced({{quoted}}, {frames, "S1_A_Orig_1.csv"}), expected);
  // And so are lines of Windows.
  std::string windows;
  for (const char c : trial) windows += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(synced({{windows}}, {frames, "S1_A_Orig_1.csv"}), expected);
}

TEST_F(SyncOriginal, KeepsBothNamesThatMeetAndSpellsTruthAsPandas) {
  EXPECT_EQ(synced({{"Time,FrameNo,good,NaN\n0,7,true,a\n0.033,8,FALSE,\n"}}),
            "Timestamp,FrameNo_x,good,NaN,FrameNo_y\n0,7,True,a,0\n33,8,False,,1\n");
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
  const fs::path out =
      fs::path(testing::TempDir()) / ("kinemyo_synced_" + std::to_string(::getpid()) + ".csv");
  for (const auto& activity : found.activities) {
    SCOPED_TRACE(activity.activity);
    const std::string stem = activity.subject + "_" + activity.activity + "_Synchronized";
    sync_original(activity, out);
    expect_equal_csv(base::read_file(out), base::read_file(root / "expected/sync" / (stem + ".csv")));
    auto table = io::read_csv(out);
    impute_original(table);
    expect_equal_csv(io::format_csv(table),
                     base::read_file(root / "expected/imputed" / (stem + "_imputed.csv")));
    filter_original(table);
    expect_equal_csv(io::format_csv(table), base::read_file(root / "expected/filtered" /
                                                            (stem + "_imputed_filtered.csv")));
  }
  fs::remove(out);
}

}  // namespace
}  // namespace kinemyo::dataset
