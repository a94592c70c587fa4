// `sync`, `impute` and `filter`, run as a user runs them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "cli/program.h"
#include "csv_equal.h"
#include "real_data.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class OriginalStepsCommand : public testing_cli::Program {
 protected:
  // One trial and its frames.
  void write_case(const std::string& trial,
                  const std::string& frames = "TimeStamp,FrameNo\n0,0\n33,1\n") {
    write("S1/Activity_Trials/S1_Squat_Trial1.csv", trial);
    write("S1/S1_FramesData_Orig/S1_Squat_FD_Orig/S1_Squat_Orig_1.csv", frames);
  }
  void expect_bad_data(const std::string& message) {
    const auto result = run("sync S1 --out out");
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "out/S1_Squat_Synchronized.csv"));
  }
};

std::set<std::string> csv_names(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv") names.insert(entry.path().filename().string());
  }
  return names;
}

TEST_F(OriginalStepsCommand, GiveTheOriginalsOwnFilesBack) {
  KINEMYO_REAL_DATA(original, "original_case");
  ASSERT_EQ(run("sync '" + (original / "S1").string() + "' --out sync").code, 0);
  ASSERT_EQ(run("impute sync --out imputed").code, 0);
  const auto filtered = run("filter imputed --out filtered");
  ASSERT_EQ(filtered.code, 0);
  for (const char* step : {"sync", "imputed", "filtered"}) {
    const auto expected = csv_names(original / "expected" / step);
    ASSERT_EQ(csv_names(folder_ / step), expected);
    for (const auto& name : expected) {
      SCOPED_TRACE(name);
      testing_csv::expect_equal_csv(base::read_file(folder_ / step / name),
                                    base::read_file(original / "expected" / step / name));
    }
  }
  const auto plot = base::read_file(folder_ / "filtered/plots/S1_Tadasana_Synchronized_imputed.svg");
  EXPECT_THAT(plot, HasSubstr(">Hamstrings Lateral</text>"));
  EXPECT_THAT(plot, HasSubstr(">envelope</text>"));
  EXPECT_THAT(filtered.err, HasSubstr("the rate is taken as 1000 Hz whatever it is"));
}

TEST_F(OriginalStepsCommand, SyncWarnsAndPrintsATableOrJson) {
  write_case("Time,a\n0,1\n0.04,2\n0.033,3\n");
  write("S1/Activity_Trials/S1_Squat_Trial01.csv", "Time\n0\n");
  write("S1/Activity_Trials/S1_Dusting_Trial1.csv", "Time,a\n0,1\n");
  const auto table = run("sync S1 --out out");
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.err,
              HasSubstr("S1_Squat_Trial01.csv and S1_Squat_Trial1.csv are both trial 1"));
  EXPECT_THAT(table.err,
              HasSubstr("S1_Squat_Trial1.csv: the clock goes backwards 1 time, first at row 3"));
  EXPECT_THAT(table.err, HasSubstr("S1_Squat_Trial01.csv lacks 1 column"));
  EXPECT_THAT(table.err, HasSubstr("skipped Dusting: no frame files in"));
  EXPECT_THAT(table.err, HasSubstr("What it gets wrong"));
  EXPECT_THAT(table.out, HasSubstr("S1_Squat_Synchronized.csv"));
  EXPECT_EQ(base::read_file(folder_ / "out/S1_Squat_Synchronized.csv"),
            "Timestamp,a,FrameNo\n0,,0\n0,1.0,0\n33,3.0,1\n");
  const auto json = run("sync S1/ --out out --json");
  EXPECT_THAT(json.out, HasSubstr("\"rows\": 3"));
  EXPECT_THAT(json.out, HasSubstr("\"trials\": 2"));
}

TEST_F(OriginalStepsCommand, SyncRefusesBadFilesByNameAndPlace) {
  write_case("");
  expect_bad_data("S1_Squat_Trial1.csv:line 1: the file is empty");
  write_case("Time,a\n");
  expect_bad_data("S1_Squat_Trial1.csv:line 2: the file has a line of names and no rows");
  write_case("Tim,a\n0,1\n");
  expect_bad_data("S1_Squat_Trial1.csv: no column is named \"Time\"; the nearest is \"Tim\"");
  write_case("Time,a\n0,1\n0.o33,2\n");
  expect_bad_data(
      "S1_Squat_Trial1.csv:line 3, column 1: column \"Time\" holds text; expected a number, found "
      "\"0.o33\"");
  write_case("Time,a\n0,1\n", "FrameNo\n0\n");
  expect_bad_data("S1_Squat_Orig_1.csv: no column is named \"TimeStamp\"");
  EXPECT_THAT(run("sync S7 --out out").err, HasSubstr("S7: there is no such folder"));
  EXPECT_EQ(run("sync S1").code, 2);
}

TEST_F(OriginalStepsCommand, ImputeAndFilterSkipAndRefuse) {
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(run("impute empty --out out").err,
              HasSubstr("no file is named *_Synchronized.csv; the folder holds nothing"));
  write("sync/S1_A_Synchronized.csv", "Timestamp,a\n");
  EXPECT_EQ(run("impute sync --out out").code, 1);
  EXPECT_THAT(run("impute sync --out out").err, HasSubstr("no rows"));

  const auto golden = fs::path(KINEMYO_GOLDEN_DIR) / "dataset/original/filter.csv";
  const std::string good = base::read_file(golden);
  write("imputed/S1_Good_imputed.csv", good);
  std::string few;
  std::istringstream lines(good);
  std::string line;
  for (int i = 0; i < 40 && std::getline(lines, line); ++i) few += line + "\n";  // 39 rows
  write("imputed/S1_Few_imputed.csv", few);
  std::string lacking = good;
  lacking.replace(lacking.find("Glutei"), 6, "Gluteus");
  write("imputed/S1_Lacking_imputed.csv", lacking);
  const auto result = run("filter imputed --out filtered --plots plots --muscle Glutei --units mV");
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err,
              HasSubstr("skipped S1_Few_imputed.csv: 39 rows, and the original's filter needs 40"));
  EXPECT_THAT(result.err, HasSubstr("skipped S1_Lacking_imputed.csv: no column \"Glutei\""));
  EXPECT_EQ(csv_names(folder_ / "filtered"), std::set<std::string>{"S1_Good_imputed_filtered.csv"});
  EXPECT_TRUE(fs::exists(folder_ / "plots/S1_Good_imputed.svg"));
  EXPECT_THAT(result.out, Not(HasSubstr("S1_Few")));

  std::string text = good;
  text.replace(text.find('\n') + 1, 2, "0,bad");
  write("bad/S1_Bad_imputed.csv", text);
  const auto refused = run("filter bad --out filtered");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(
      refused.err,
      HasSubstr("line 2, column 2: column \"Tibialis Anterior / Dorsiflexors\" holds text"));

  const auto wrong = run("filter imputed --out filtered --muscle Glutea");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("the nearest is \"Glutei\""));
}

TEST_F(OriginalStepsCommand, HelpStatesUnitsDefaultsAndAnExample) {
  for (const std::string step : {"sync", "impute", "filter"}) {
    const auto help = run(step + " --help");
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example:"));
    EXPECT_THAT(help.out, HasSubstr("kinemyo synth"));
  }
  EXPECT_THAT(run("filter --help").out, HasSubstr("=Hamstrings Lateral"));
}

}  // namespace
}  // namespace kinemyo
