// The real binary, run as a user runs it.
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

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
  EXPECT_THAT(result.out, Not(HasSubstr("broken")));
  EXPECT_EQ(result.err,
            "kinemyo: in/broken.trc:line 2: the file ends too early; expected a line that names DataRate, Units ..., "
            "found the end of the file\n"
            "kinemyo: in/text.csv:line 3, column 3: column \"LASI_Y\" holds text; expected a number, found \"x\"\n"
            "kinemyo: 2 of 4 could not be read\n");
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
