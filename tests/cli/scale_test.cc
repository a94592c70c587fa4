// `kinemyo scale` as a user runs it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "real_data.h"

namespace {

using testing::HasSubstr;

class Scale : public kinemyo::testing_cli::Program {};

TEST_F(Scale, OfARealPersonFitsTheOtherTrials) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto generic = (folder / "generic.osim").string(), trial = (folder / "walking2.trc").string();
  const auto scaled = run("scale " + generic + " " + (folder / "static1.trc").string() + " --mass 58.9 --out scaled.osim --json");
  ASSERT_EQ(scaled.code, 0) << scaled.err;
  const auto document = nlohmann::json::parse(scaled.out);
  EXPECT_LT(document["rms_scaled_mm"], document["rms_unscaled_mm"]);
  EXPECT_EQ(document["factors"]["femur_r"], document["factors"]["femur_l"]);
  EXPECT_THAT(scaled.err, HasSubstr("58.9 kg in all"));
  const auto before = run("ik " + generic + " " + trial + " --out a.mot --json"), after = run("ik scaled.osim " + trial + " --out b.mot --json");
  ASSERT_EQ(after.code, 0) << after.err;
  EXPECT_LT(nlohmann::json::parse(after.out)["rms_mm"], 20);
  EXPECT_GT(nlohmann::json::parse(before.out)["rms_mm"], 60);
}

TEST_F(Scale, SaysWhatIsWrong) {
  write("model.osim", "<OpenSimDocument Version=\"40000\"></OpenSimDocument>");
  write("two.trc",
        "PathFileType\t4\t(X/Y/Z)\ttwo.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames\n100\t100\t2\t2\tmm\t100\t1\t2\nFrame#\tTime\tC7\t\t\tCLAV\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
        "1\t0\t1\t2\t3\t4\t5\t6\n2\t0.01\t1\t2\t3\t4\t5\t6\n");
  const auto empty = run("scale model.osim two.trc --up y --out x.osim");
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("model.osim:line 1: document holds no model"));
  const auto few = run("scale full-body two.trc --up y --out x.osim");
  EXPECT_EQ(few.code, 1);
  EXPECT_THAT(few.err, HasSubstr("has 2 of the model's markers, 2 of them on landmarks; scaling needs 6"));
}

}  // namespace
