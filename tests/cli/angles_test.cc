// `kinemyo angles` as a user runs it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "real_data.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Angles : public kinemyo::testing_cli::Program {};

TEST_F(Angles, OfARealWalkEqualThoseInTheFile) {
  KINEMYO_REAL_DATA(zoo, "biomechzoo/HC030A");
  const auto walk = (zoo / "Straight/HC030A05.c3d").string(), standing = (zoo / "Static/HC030A01.c3d").string();
  const auto ran = run("angles " + walk + " --static " + standing + " --out gait.csv --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto document = nlohmann::json::parse(ran.out);
  EXPECT_EQ(document["estimated"].size(), 0u);
  ASSERT_EQ(document["rmse_against_file_deg"].size(), 6u);
  for (const auto& joint : document["rmse_against_file_deg"]) {
    for (const auto& plane : joint) EXPECT_LT(plane.get<double>(), 0.01);
  }
  EXPECT_TRUE(fs::exists(folder_ / "gait.csv"));
  const auto alone = run("angles " + walk);
  EXPECT_EQ(alone.code, 0) << alone.err;
  EXPECT_THAT(alone.err, HasSubstr("--static STANDING is better"));
  EXPECT_THAT(alone.out, HasSubstr("LKneeAngles"));
}

TEST_F(Angles, SaysWhichMarkersAreAbsent) {
  write("walk.trc",
        "PathFileType\t4\t(X/Y/Z)\twalk.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames\n100\t100\t2\t2\tmm\t100\t1\t2\nFrame#\tTime\tLASI\t\t\tRASI\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
        "1\t0\t1\t2\t3\t4\t5\t6\n2\t0.01\t1\t2\t3\t4\t5\t6\n");
  const auto ran = run("angles walk.trc --up y");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("Plug-in-Gait needs markers that are not there: SACR, LTHI, LKNE"));
}

}  // namespace
