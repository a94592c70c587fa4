// The real binary, run as a user runs it.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "cli/program.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Inspect : public kinemyo::testing_cli::Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    write("in/walk.trc",
          "PathFileType\t4\t(X/Y/Z)\twalk.trc\n"
          "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
          "100\t100\t4\t2\tmm\t100\t1\t4\nFrame#\tTime\tLASI\t\t\tRASI\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
          "1\t0\t1\t2\t3\t4\t5\t6\n2\t0.01\t1\t2\t3\t\t\t\n3\t0.02\t1\t2\t3\t\t\t\n4\t0.03\t1\t2\t3\t4\t5\t6\n");
    write("in/walk.mot", "Coordinates\ninDegrees=yes\nendheader\ntime\thip_flexion_r\n0\t30\n0.01\t60\n");
  }
  Ran run(const std::string& arguments) const { return Program::run("inspect " + arguments); }
};

TEST_F(Inspect, ShowsRatesUnitsAndGaps) {
  const Ran result = run("in/walk.trc");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("in/walk.trc\nTRC, 0.03 s, up axis not stated\n"));
  EXPECT_THAT(result.out, HasSubstr("position         2  mm    100 Hz       4       0  0.03   25.0 %     1  2 frames, 0.02 s"));
  EXPECT_THAT(result.out, HasSubstr("position: LASI, RASI\n"));
  EXPECT_THAT(result.out, HasSubstr("missing in position: RASI 50.0 %\n"));
  EXPECT_THAT(result.out, HasSubstr("note: positions were in mm\n"));
  EXPECT_EQ(result.err, "");
}

TEST_F(Inspect, ShowsEveryChannelInUnitsThatPeopleRead) {
  const Ran result = run("--channels in/walk.mot");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("hip_flexion_r  deg      30    60      0 %     0            -"));
}

TEST_F(Inspect, JsonHoldsTheSameInSiUnits) {
  const Ran result = run("--json in");
  EXPECT_EQ(result.code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json["files"].size(), 2u);
  EXPECT_EQ(json["files"][0]["format"], "MOT");
  EXPECT_NEAR(json["files"][0]["series"][0]["channels"][0]["most"].get<double>(), 1.0471975512, 1e-9);
  const auto& markers = json["files"][1]["series"][0];
  EXPECT_EQ(markers["rate_hz"], 100.0);
  EXPECT_EQ(markers["missing_share"], 0.25);
  EXPECT_EQ(markers["longest_gap_frames"], 2);
  EXPECT_EQ(markers["channels"][1]["name"], "RASI");
  EXPECT_TRUE(json["files"][1]["up"].is_null());
}

TEST_F(Inspect, ABrokenFileGetsItsLineAndTheOthersGoOn) {
  write("in/broken.trc", "PathFileType\t4\n");
  write("in/text.csv", "Time,LASI_X,LASI_Y,LASI_Z\n0,1,2,3\n0.01,1,x,3\n");
  const Ran result = run("in");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("in/walk.trc"));
  EXPECT_EQ(result.err, "kinemyo: 2 of 4 could not be read\n");
  EXPECT_THAT(result.out, HasSubstr(
            "cannot be read:\n  in/broken.trc:line 2: the file ends too early; expected a line that names DataRate, Units ..., "
            "found the end of the file\n"
            "  in/text.csv:line 3, column 3: column \"LASI_Y\" holds text; expected a number, found \"x\"\n"));
}

TEST_F(Inspect, OfManyFilesTheWorstComeFirstWithPeopleAndBadEmg) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise;
  for (const char* person : {"Anna", "Bert"}) {
    for (const char* trial : {"1", "2"}) {
      std::string table = "Time,LASI_X,LASI_Y,LASI_Z,Glutei,Rectus Femoris\n";
      for (int r = 0; r < 3000; ++r) {
        const bool gap = person[0] == 'B' && trial[0] == '2' && r >= 100 && r < 400;
        const double live = noise(random) * (0.002 + (r / 500 % 2 == 0 ? 0.08 : 0.0));
        table += std::to_string(r / 1000.0) + (gap ? ",,," : ",1,2,3") + "," + std::to_string(live) + ",0.00001\n";
      }
      write(std::string("lab/") + person + "/Squat/" + trial + ".csv", table);
    }
  }
  write("lab/Bert/Walk/1.c3d", "no C3D at all");
  const Ran result = run("lab");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "kinemyo: 1 of 5 could not be read\n");
  EXPECT_THAT(result.out, testing::ContainsRegex("Anna +2 +2 +6 +1000"));
  EXPECT_THAT(result.out, testing::ContainsRegex("Bert +3 +1 +2 +6 +1000 +5.0 % +2? *"));
  EXPECT_THAT(result.out, HasSubstr("Squat x2"));
  EXPECT_THAT(result.out, testing::ContainsRegex("lab/Anna/Squat/1.csv +Rectus Femoris +"));
  EXPECT_LT(result.out.find("lab/Bert/Walk/1.c3d"), result.out.find("lab/Bert/Squat/2.csv"));
  EXPECT_LT(result.out.find("lab/Bert/Squat/2.csv"), result.out.find("lab/Anna/Squat/1.csv"));
  const Ran machine = run("--json lab");
  EXPECT_EQ(machine.code, 1);
  const auto json = nlohmann::json::parse(machine.out);
  EXPECT_EQ(json["people"][1]["person"], "Bert");
  EXPECT_EQ(json["people"][1]["unread"], 1);
  EXPECT_EQ(json["people"][0]["bad_emg"], 2);
  ASSERT_EQ(json["files"].size(), 5u);
  EXPECT_TRUE(json["files"][0].contains("error"));
  EXPECT_EQ(json["files"][1]["path"], "lab/Bert/Squat/2.csv");
  EXPECT_EQ(json["files"][1]["activity"], "Squat");
  EXPECT_EQ(json["files"][1]["bad_emg"][0]["channel"], "Rectus Femoris");
}

TEST_F(Inspect, AFolderOfOpenPosesFramesIsOneRecording) {
  for (const char* number : {"0", "1", "2"}) {
    write(std::string("videos/walk/walk_00000000000") + number + "_keypoints.json",
          R"({"version":1.3,"people":[{"pose_keypoints_3d":[)" + [] {
            std::string points = "1,2,3,0.9";
            for (int p = 1; p < 25; ++p) points += ",1,2,3,0.9";
            return points;
          }() + "]}]}");
  }
  const auto alone = run("videos/walk --units mm --rate 50");
  EXPECT_EQ(alone.code, 0) << alone.err;
  EXPECT_THAT(alone.out, HasSubstr("OpenPose JSON, 0.04 s"));
  const auto found = run("videos --units mm");
  EXPECT_EQ(found.code, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("videos/walk\nOpenPose JSON"));
}

TEST_F(Inspect, SaysWhatItLacks) {
  EXPECT_EQ(run("").code, 2);
  const Ran absent = run("nothing.trc");
  EXPECT_EQ(absent.code, 1);
  EXPECT_THAT(absent.err, HasSubstr("nothing.trc: cannot open: No such file or directory"));
  fs::create_directories(folder_ / "empty");
  const Ran empty = run("empty");
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("empty: the folder holds no file of a known format"));
  EXPECT_EQ(run("--units inch in/walk.trc").code, 2);
}

}  // namespace
