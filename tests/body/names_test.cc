#include "kinemyo/body/names.h"

#include <gmock/gmock.h>

#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

TEST(Names, SetsHaveTheirSizesAndNoNameTwice) {
  const std::vector<std::pair<const std::vector<std::string>*, std::size_t>> sets = {
      {&original_markers(), 42},    {&rajagopal_coordinates(), 39}, {&original_angles(), 36},
      {&original_muscles(), 16},    {&plug_in_gait_markers(), 20},  {&opencap_markers(), 51},
      {&mediapipe_landmarks(), 33}, {&original_keypoints(), 25}};
  for (const auto& [names, size] : sets) {
    EXPECT_EQ(names->size(), size) << names->front();
    EXPECT_EQ(std::set<std::string>(names->begin(), names->end()).size(), size) << names->front();
  }
}

TEST(Names, AnglesAreTheCoordinatesLessTheTranslations) {
  EXPECT_THAT(rajagopal_coordinates(), testing::IsSupersetOf(original_angles()));
  EXPECT_THAT(
      original_angles(),
      testing::Not(testing::Contains(testing::AnyOf("pelvis_tx", "pelvis_ty", "pelvis_tz"))));
  EXPECT_EQ(original_angles().front(), "pelvis_tilt");
}

TEST(Names, LandmarksOfTheLeftAreOdd) {
  const auto& names = mediapipe_landmarks();
  for (std::size_t i = 11; i < names.size(); ++i) {
    EXPECT_TRUE(names[i].starts_with(i % 2 == 1 ? "LEFT_" : "RIGHT_")) << i;
  }
}

TEST(Names, OrderIsThatOfTheRawColumns) {
  KINEMYO_REAL_DATA(folder, "original_case");
  const std::string text = base::read_file(folder / "S1/Activity_Trials/S1_SideLunge_Trial1.csv");
  const std::string first = text.substr(0, text.find('\n'));
  const auto header = base::split(base::trim(first), ',');
  std::vector<std::string> expected = {"Time"};
  for (const auto& name : rajagopal_coordinates()) expected.push_back(name);
  for (const auto& name : original_markers()) {
    for (const char* axis : {"_X", "_Y", "_Z"}) expected.push_back(name + axis);
  }
  for (const auto& name : original_muscles()) expected.push_back(name);
  ASSERT_GE(header.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(header[i], expected[i]) << i;
}

TEST(Names, OpencapOrderIsThatOfItsFiles) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const std::string text = base::read_file(folder / "walking1.trc");
  base::LineCursor lines("walking1.trc", text);
  std::string_view header;
  for (int i = 0; i < 4; ++i) header = lines.expect("header");
  std::vector<std::string> names;
  for (const auto field : base::split(header, '\t')) {
    if (!base::trim(field).empty()) names.emplace_back(base::trim(field));
  }
  names.erase(names.begin(), names.begin() + 2);
  EXPECT_EQ(names, opencap_markers());
}

}  // namespace
}  // namespace kinemyo::body
