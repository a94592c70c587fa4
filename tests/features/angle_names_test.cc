#include "kinemyo/features/angle_names.h"

#include <gtest/gtest.h>

namespace kinemyo::features {
namespace {

TEST(GeometricName, MatchesPlugInGaitAndOpenSim) {
  EXPECT_EQ(geometric_name("LKneeAngles_x"), "knee_angle_l");
  EXPECT_EQ(geometric_name("RHipAngles_z"), "hip_rotation_r");
  EXPECT_EQ(geometric_name("arm_add_l"), "arm_add_l");
  EXPECT_FALSE(geometric_name("LThoraxAngles_x"));
  EXPECT_EQ(joint_of("LAnkleAngles_y"), "ankle_l");
  EXPECT_EQ(joint_of("subtalar_angle_r"), "ankle_r");
  EXPECT_EQ(joint_of("lumbar_bending"), "lumbar");
}

}  // namespace
}  // namespace kinemyo::features
