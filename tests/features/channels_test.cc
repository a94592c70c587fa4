#include "kinemyo/features/channels.h"

#include <gmock/gmock.h>

#include <cmath>

#include "kinemyo/body/names.h"
#include "kinemyo/features/features.h"

namespace kinemyo::features {
namespace {

using testing::HasSubstr;

TEST(Channels, ExactThenCaseAndPrefixThenAlias) {
  const std::vector<std::string> names = {"Anna:LASI", "r_knee", "L_knee", "C7"};
  EXPECT_EQ(find_marker(names, "C7"), 3u);
  EXPECT_EQ(find_marker(names, "lasi"), 0u);
  EXPECT_EQ(find_marker(names, "LASIS"), 0u);
  EXPECT_EQ(find_marker(names, "R.KneeLateral"), 1u);
  EXPECT_EQ(find_marker(names, "LKNE"), 2u);
  EXPECT_EQ(find_marker(names, "LTHI"), std::nullopt);
}

TEST(Channels, EverySetsNamesOfALandmarkAreOne) {
  const std::vector<std::string> names = {"L_FLE", "Q:RAnkleOut", "RCAL", "LShoulder", "MidHip"};
  EXPECT_EQ(find_marker(names, "LKNE"), 0u);
  EXPECT_EQ(find_marker(names, "R.AnkleLateral"), 1u);
  EXPECT_EQ(find_marker(names, "r_calc"), 2u);
  EXPECT_EQ(find_marker(names, "LEFT_SHOULDER"), 3u);
  EXPECT_EQ(find_marker(names, "LSHO"), std::nullopt);  // a joint's middle is no marker on the shoulder
}

TEST(Channels, ComputedPointsOfPlugInGaitAndOxfordFootModelAreKnown) {
  for (const char* name :
       {"LHJC", "RKJC", "LAJC", "LFEO", "LFEP", "LFEA", "LFEL", "RTIO", "PELP", "TRXO", "HEDA", "RCLL", "LHUO", "LRAP",
        "LHNO", "CentreOfMass", "CentreOfMassFloor", "LKneeAngles", "RBelfastPelvisAngles", "LAbsAnkleAngle",
        "LAnklePower", "RGroundReactionForce", "LNormalisedGRF", "LHipMoment", "LTIB1", "LHLX0", "LFOF3", "RHDF2",
        "LHE1", "LD1M0", "LPROXFF", "LHFTBA", "PELAng", "LKNA", "LKAX", "projLTIB", "*179", "LArchHeightIndex",
        "R_HJC", "L_HJC_reg", "LHJCHarrington", "LViconLegLength", "LHFplantar", "Anna:LFEO", "LTOP", "RFOO"}) {
    EXPECT_TRUE(is_computed_point(name)) << name;
  }
}

TEST(Channels, PhysicalMarkersAreNoComputedPoints) {
  for (const char* set : {"original-42", "plug-in-gait-20", "original-25", "mediapipe-33"}) {
    for (const auto& name : *body::named_set(set)) EXPECT_FALSE(is_computed_point(name)) << name;
  }
  for (const char* name : {"LFHD", "LBHD", "T10", "RBAK", "LELB", "LWRA", "LWRB", "LFIN", "LHFB", "LTUB", "LSHN",
                           "LMMA", "LCPG", "LPCA", "LLCA", "LSTL", "LNAV", "LP1M", "LD1M", "LP5M", "LD5M", "LHLX"}) {
    EXPECT_FALSE(is_computed_point(name)) << name;
  }
  for (const auto& name : *body::named_set("opencap-51")) {
    EXPECT_EQ(is_computed_point(name), name.find("HJC") != std::string::npos) << name;
  }
}

motion::Recording recording(std::vector<std::string> names, std::vector<double> row) {
  std::vector<motion::Channel> channels;
  for (auto& name : names) channels.push_back({name, "m"});
  motion::Recording out;
  out.source = "walk.trc";
  out.series.emplace_back(motion::Quantity::position, channels, motion::Clock::uniform(100, 0, 1),
                          base::Matrix<double>(1, row.size(), row));
  return out;
}

TEST(RawFrames, TakesAliasesInTheOrderAskedFor) {
  model::InputSpec spec;
  spec.markers = {"RASIS", "LASIS"};
  const auto raw = raw_frames(recording({"LASI", "RASI"}, {1, 2, 3, 4, 5, 6}), spec);
  EXPECT_THAT(raw.row(0), testing::ElementsAre(4, 5, 6, 1, 2, 3));
}

TEST(RawFrames, ListsEverythingThatIsMissing) {
  model::InputSpec spec;
  spec.markers = {"LASI", "LKNE", "STRN"};
  spec.scalars = {"knee_angle_r"};
  try {
    raw_frames(recording({"LASI", "LKNEE2"}, {1, 2, 3, 4, 5, 6}), spec);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "walk.trc lacks channels that the network takes: LKNE (there is LKNEE2), STRN, knee_angle_r");
  }
}

TEST(RawFrames, KeypointsAreMeansOfMarkersAndAbsentOnesZeroInTheLaboratory) {
  model::InputSpec spec;
  spec.markers = {"LEFT_KNEE", "LEFT_HIP", "RIGHT_HEEL"};
  spec.frame = model::Frame::laboratory;
  const auto source =
      recording({"L.KneeLateral", "L.KneeMedial", "LASIS", "LPSIS"}, {1, 2, 3, 3, 4, 5, 10, 0, 0, 20, 0, 0});
  EXPECT_THAT(raw_frames(source, spec).row(0), testing::ElementsAre(2, 3, 4, 15, 0, 0, 0, 0, 0));
  spec.frame = model::Frame::canonical;
  EXPECT_TRUE(std::isnan(raw_frames(source, spec)(0, 6)));
}

TEST(RawFrames, MarkersOfOtherSetsStandInForKeypoints) {
  model::InputSpec spec;
  spec.markers = {"LEFT_KNEE", "LEFT_FOOT_INDEX"};
  const auto raw = raw_frames(recording({"LKNE", "LTOE"}, {1, 2, 3, 4, 5, 6}), spec);
  EXPECT_THAT(raw.row(0), testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Scaling, UnseenBecomesTheMean) {
  base::Matrix<float> values(1, 2, {3.0f, std::nanf("")});
  scale(values, {{1.0, 5.0}, {2.0, 4.0}});
  EXPECT_EQ(values(0, 0), 1.0f);
  EXPECT_EQ(values(0, 1), 0.0f);
}

TEST(Scaling, ConstantAndUnmeasuredColumnsHaveScaleOne) {
  Example example;
  example.x = base::Matrix<float>(3, 3, {0.1f, std::nanf(""), 1, 0.1f, std::nanf(""), 2, 0.1f, std::nanf(""), 3});
  const auto scaler = fit_scaler(std::vector<Example>{example}, false);
  EXPECT_EQ(scaler.scale[0], 1.0);
  EXPECT_EQ(scaler.mean[0], 0.1f);
  EXPECT_EQ(scaler.scale[1], 1.0);
  EXPECT_EQ(scaler.mean[1], 0.0);
  EXPECT_NEAR(scaler.scale[2], std::sqrt(2.0 / 3.0), 1e-12);
}

}  // namespace
}  // namespace kinemyo::features
