// `kinemyo ik` as a user runs it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "kinemyo/io/any.h"
#include "real_data.h"

namespace {

using testing::HasSubstr;

class Ik : public kinemyo::testing_cli::Program {};

TEST_F(Ik, OfARealSquatWithAnOpenSimModel) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto ran = run("ik " + (folder / "hand_scaled.osim").string() + " " + (folder / "DJ1.trc").string() + " --out jump.mot --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto document = nlohmann::json::parse(ran.out);
  EXPECT_LT(document["rms_mm"], 25);
  EXPECT_EQ(document["not_converged"], 0);
  EXPECT_GE(document["markers"][0]["rms_mm"], document["markers"][1]["rms_mm"]);  // the worst first
  EXPECT_THAT(ran.err, HasSubstr("wrote jump.mot"));
  const auto written = kinemyo::io::read_recording(path("jump.mot"));
  EXPECT_TRUE(written.find(kinemyo::motion::Quantity::coordinate)->find("knee_angle_r"));
  const auto table = run("ik " + (folder / "hand_scaled.osim").string() + " " + (folder / "DJ1.trc").string() + " --out jump.csv");
  EXPECT_THAT(table.out, HasSubstr("RMS mm"));
}

TEST_F(Ik, OfASamplePersonWithTheBuiltInBody) {
  ASSERT_EQ(run("synth people --subjects 1 --trials 1 --seconds 2").code, 0);
  const auto ran = run("ik full-body people/c3d/S1/Walking/1.c3d --out walk.mot --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_LT(nlohmann::json::parse(ran.out)["rms_mm"], 20);
  EXPECT_THAT(ran.err, HasSubstr("the one that fits best"));
}

TEST_F(Ik, SaysWhatIsWrong) {
  write("walk.trc",
        "PathFileType\t4\t(X/Y/Z)\twalk.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames\n100\t100\t2\t2\tmm\t100\t1\t2\nFrame#\tTime\tXX\t\t\tYY\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
        "1\t0\t1\t2\t3\t4\t5\t6\n2\t0.01\t1\t2\t3\t4\t5\t6\n");
  const auto few = run("ik full-body walk.trc --up y --stature 1.7 --out x.mot");
  EXPECT_EQ(few.code, 1);
  EXPECT_THAT(few.err, HasSubstr("has 0 of the model's 42 markers"));
  write("model.osim", "<OpenSimDocument Version=\"40000\"></OpenSimDocument>");
  const auto empty = run("ik model.osim walk.trc --up y --out x.mot");
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("model.osim:line 1: document holds no model"));
  EXPECT_EQ(run("ik model.osim walk.trc --stature 1.7 --out x.mot --up y").code, 2);
}

}  // namespace
