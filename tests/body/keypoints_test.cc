#include "kinemyo/body/keypoints.h"

#include <gmock/gmock.h>

#include <cmath>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"

namespace kinemyo::body {
namespace {

// Golden tables: tests/golden/body/make_keypoints.py (pandas, NumPy).
motion::Series golden(const std::string& name) {
  const std::string path = std::string(KINEMYO_GOLDEN_DIR) + "/body/" + name;
  const std::string text = base::read_file(path);
  base::LineCursor lines(path, text);
  std::vector<motion::Channel> channels;
  const auto header = base::split(lines.expect("header"), ',');
  for (std::size_t i = 0; i < header.size(); i += 3) {
    channels.push_back({std::string(header[i].substr(0, header[i].size() - 2)), "m"});
  }
  std::vector<double> values;
  std::size_t rows = 0;
  for (; !lines.at_end(); ++rows) {
    for (const auto field : base::split(*lines.next(), ','))
      values.push_back(*base::to_number(field));
  }
  return {motion::Quantity::position, channels, motion::Clock::uniform(30, 0, rows),
          base::Matrix<double>(rows, header.size(), values)};
}

void expect_equal(const motion::Series& made, const motion::Series& expected) {
  ASSERT_EQ(made.names(), expected.names());
  ASSERT_EQ(made.frames(), expected.frames());
  const auto a = made.values().flat();
  const auto b = expected.values().flat();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-10) << i;
}

TEST(Keypoints, AreTheOriginalsMeansOfMarkers) {
  const PointMap map(original_keypoints_from_markers(), original_markers(), Absent::zero);
  expect_equal(map.apply(golden("markers.csv")), golden("keypoints.csv"));
  EXPECT_THAT(map.absent(), testing::ElementsAre("R.FootHeel"));
}

TEST(Keypoints, LandmarksFollowMediapipesOrderWithTheFaceZero) {
  const PointMap map(mediapipe_landmarks_from_markers(), original_markers(), Absent::zero);
  expect_equal(map.apply(golden("markers.csv")), golden("landmarks.csv"));
}

TEST(Keypoints, VideoExpandsToTheMarkersAsTheOriginalDoes) {
  const PointMap map(original_markers_from_keypoints(), mediapipe_landmarks(), Absent::zero);
  expect_equal(map.apply(golden("video.csv")), golden("expanded.csv"));
  EXPECT_TRUE(map.absent().empty());
}

TEST(Keypoints, WhatHasNoSourceIsMissingWhenAskedSo) {
  const PointMap map(mediapipe_landmarks_from_markers(), original_markers(), Absent::missing);
  const auto made = map.apply(golden("markers.csv"));
  EXPECT_TRUE(made.missing(0, *made.find("NOSE")));
  EXPECT_TRUE(made.missing(0, *made.find("RIGHT_HEEL")));
  EXPECT_FALSE(made.missing(0, *made.find("LEFT_HEEL")));
  EXPECT_FALSE(made.missing(0, *made.find("RIGHT_HIP")));
}

TEST(Keypoints, AMissingMarkerMakesItsKeypointMissing) {
  auto markers = golden("markers.csv");
  markers.at(1, *markers.find("LPSIS"), 2) = std::nan("");
  const PointMap map(original_keypoints_from_markers(), original_markers(), Absent::zero);
  const auto made = map.apply(markers);
  EXPECT_TRUE(made.missing(1, *made.find("LEFT_HIP")));
  EXPECT_FALSE(made.missing(0, *made.find("LEFT_HIP")));
  EXPECT_FALSE(made.missing(1, *made.find("RIGHT_HIP")));
}

TEST(Keypoints, RefusesAFrameOfAnotherSize) {
  const PointMap map(original_keypoints_from_markers(), original_markers(), Absent::zero);
  std::vector<double> frame(3), out(75);
  EXPECT_THROW(map.apply(frame, out), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::body
