#include "kinemyo/features/mirror.h"

#include <gmock/gmock.h>

#include <cmath>

#include "kinemyo/body/names.h"

namespace kinemyo::features {
namespace {

TEST(Mirror, KnowsTheOtherSideOfEverySet) {
  for (const char* set : {"original-42", "plug-in-gait-20", "mediapipe-33", "body-16"}) {
    const auto& names = *body::named_set(set);
    std::size_t changed = 0;
    for (const auto& name : names) {
      const auto other = opposite_marker(name).name;
      EXPECT_EQ(opposite_marker(other).name, name);
      changed += other != name;
    }
    EXPECT_GE(changed, 14u) << set;
  }
  EXPECT_EQ(opposite_marker("SACR").name, "SACR");
  EXPECT_EQ(opposite_marker("Anna:LASI").name, "Anna:RASI");
  EXPECT_EQ(opposite_marker("MOUTH_LEFT").name, "MOUTH_RIGHT");
  EXPECT_EQ(opposite_output("knee_angle_r_beta")->name, "knee_angle_l_beta");
  EXPECT_EQ(opposite_output("pelvis_list")->sign, -1);
  EXPECT_EQ(opposite_output("LKneeAngles_y")->name, "RKneeAngles_y");
  EXPECT_EQ(opposite_output("Voltage.L Tib Ant")->name, "Voltage.R Tib Ant");
  EXPECT_EQ(opposite_output("Right Lumbars")->name, "Left Lumbars");
  EXPECT_FALSE(opposite_output("Gastrocnemius Medial").has_value());
}

TEST(Mirror, SwapsSidesAndComesBack) {
  model::Model model;
  model.input.markers = {"LASI", "RASI", "SACR", "LKNE"};
  model.input.derivatives = 1;
  model.input.masks = true;
  model.outputs = {{"hip_flexion_r", "rad", model::OutputChannel::Source::network, 0, 0, false},
                   {"mtp_angle_r", "rad", model::OutputChannel::Source::constant, 0, 0, false},
                   {"hip_flexion_l", "rad", model::OutputChannel::Source::network, 1, 0, false},
                   {"pelvis_list", "rad", model::OutputChannel::Source::network, 2, 0, false},
                   {"Glutei", "V", model::OutputChannel::Source::network, 3, 0, false}};
  model.network.outputs = 4;
  Example example;
  example.x = base::Matrix<float>(1, input_width(model.input));
  for (std::size_t c = 0; c < example.x.columns(); ++c) example.x(0, c) = static_cast<float>(c + 1);
  example.y = base::Matrix<float>(1, 4, {1, 2, 3, 4});
  const Mirror mirror(model);
  const auto other = mirror.apply(example);
  EXPECT_THAT(std::vector<float>(&other.x(0, 0), &other.x(0, 9)), testing::ElementsAre(4, 5, -6, 1, 2, -3, 7, 8, -9));
  EXPECT_TRUE(std::isnan(other.x(0, 9)));                                    // LKNE has no RKNE
  EXPECT_EQ(other.x(0, 12), 16.0f);                                          // LASI's velocity is RASI's
  EXPECT_THAT(std::vector<float>(&other.x(0, 24), &other.x(0, 24) + 4), testing::ElementsAre(26, 25, 27, 0));
  EXPECT_THAT(std::vector<float>(&other.y(0, 0), &other.y(0, 3)), testing::ElementsAre(2, 1, -3));
  EXPECT_TRUE(std::isnan(other.y(0, 3)));
  const auto back = mirror.apply(other);
  for (std::size_t c = 0; c < 9; ++c) EXPECT_EQ(back.x(0, c), example.x(0, c));
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(back.y(0, c), example.y(0, c));
}

TEST(Mirror, NeedsTheBodysOwnFrame) {
  model::Model model;
  model.input.markers = {"LASI"};
  model.input.frame = model::Frame::laboratory;
  EXPECT_THROW(Mirror{model}, Error);
}

}  // namespace
}  // namespace kinemyo::features
