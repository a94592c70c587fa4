// Ctrl-C in `sync`, `impute` and `filter`: they end after the file in hand, with exit code 1, and leave whole files.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "cli/program.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Interrupted : public testing_cli::Program {
 protected:
  // So many that nobody waits for the last: one file under many names.
  static constexpr int kFiles = 3000;

  static std::string number(int i) { return std::to_string(10000 + i); }

  // A table as `sync` or `impute` make it: every 7th cell empty, if there are gaps.
  static std::string table(bool gaps) {
    std::string out = "Timestamp";
    for (const auto& muscle : body::original_muscles()) out += "," + muscle;
    for (int row = 0; row < 400; ++row) {
      out += "\n" + std::to_string(33 * row);
      for (int c = 0; c < 16; ++c) out += gaps && (row + c) % 7 == 0 ? "," : "," + base::to_text(0.001 * ((row * 37 + c * 11) % 101 - 50));
    }
    return out + "\n";
  }
  void link_all(const std::string& folder, const std::string& text, const std::string& ending) const {
    write(folder + "/S1_A" + number(0) + ending, text);
    for (int i = 1; i < kFiles; ++i) fs::create_hard_link(path(folder + "/S1_A" + number(0) + ending), path(folder + "/S1_A" + number(i) + ending));
  }

  // Runs `step` on `source`, which holds kFiles, and on `one`, which holds the first of them alone: what the first run wrote
  // before it was stopped has to be what the second writes, file by file, and what was there before stays.
  void expect_to_stop_whole(const std::string& step, const std::string& source, const std::string& one, const std::string& ending) const {
    ASSERT_EQ(run(step + " " + one + " --out whole").code, 0);
    const auto whole = base::read_file(folder_ / "whole" / ("S1_A" + number(0) + ending));
    const std::string last = "S1_A" + number(kFiles - 1) + ending;
    write("out/" + last, "of an earlier run");
    const auto ran = run_until({step, source, "--out", "out"}, step + ": 1 of " + std::to_string(kFiles), SIGINT);
    ASSERT_TRUE(WIFEXITED(ran.status)) << ran.err;
    EXPECT_EQ(WEXITSTATUS(ran.status), 1);
    int written = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
      if (entry.is_directory()) continue;  // plots
      const auto name = entry.path().filename().string();
      if (name == last) continue;
      EXPECT_EQ(name, "S1_A" + name.substr(4, 5) + ending) << "nothing temporary stays";
      EXPECT_TRUE(base::read_file(entry.path()) == whole) << name;
      ++written;
    }
    EXPECT_GE(written, 1);
    EXPECT_LT(written, kFiles - 1);
    EXPECT_EQ(base::read_file(folder_ / "out" / last), "of an earlier run");
    EXPECT_THAT(ran.err, HasSubstr("stopped after " + std::to_string(written) + " of " + std::to_string(kFiles) + "; what is written is whole"));
    EXPECT_THAT(base::read_file(folder_ / "out.txt"), HasSubstr("S1_A" + number(0) + ending)) << "what was done is told";
  }
};

TEST_F(Interrupted, SyncStopsBetweenActivities) {
  std::string trial = "Time", frames = "TimeStamp,FrameNo";
  for (const auto& muscle : body::original_muscles()) trial += "," + muscle;
  for (int row = 0; row < 400; ++row) {
    trial += "\n" + base::to_text(row / 1000.0);
    for (int c = 0; c < 16; ++c) trial += "," + base::to_text(0.001 * ((row * 37 + c * 11) % 101 - 50));
  }
  for (int frame = 0; frame < 13; ++frame) frames += "\n" + std::to_string(33 * frame) + "," + std::to_string(frame);
  for (const std::string subject : {"all/S1", "one/S1"}) {
    write(subject + "/Activity_Trials/S1_A" + number(0) + "_Trial1.csv", trial + "\n");
    write(subject + "/S1_FramesData_Orig/S1_A" + number(0) + "_FD_Orig/S1_A" + number(0) + "_Orig_1.csv", frames + "\n");
  }
  const auto of = [&](int i, bool motion) {
    const auto activity = "S1_A" + number(i);
    return folder_ / "all/S1" / (motion ? "S1_FramesData_Orig/" + activity + "_FD_Orig/" + activity + "_Orig_1.csv" : "Activity_Trials/" + activity + "_Trial1.csv");
  };
  for (int i = 1; i < kFiles; ++i) {
    fs::create_directories(of(i, true).parent_path());
    for (const bool motion : {false, true}) fs::create_hard_link(of(0, motion), of(i, motion));
  }
  expect_to_stop_whole("sync", "all/S1", "one/S1", "_Synchronized.csv");
}

TEST_F(Interrupted, ImputeStopsBetweenFiles) {
  link_all("sync", table(true), "_Synchronized.csv");
  write("one/S1_A" + number(0) + "_Synchronized.csv", table(true));
  expect_to_stop_whole("impute", "sync", "one", "_Synchronized_imputed.csv");
}

TEST_F(Interrupted, FilterStopsBetweenFiles) {
  link_all("imputed", table(false), "_imputed.csv");
  write("one/S1_A" + number(0) + "_imputed.csv", table(false));
  expect_to_stop_whole("filter", "imputed", "one", "_imputed_filtered.csv");
}

}  // namespace
}  // namespace kinemyo
