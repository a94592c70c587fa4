#include "kinemyo/infer/video.h"

#include <gmock/gmock.h>

#include "kinemyo/base/file.h"
#include "kinemyo/body/names.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::infer {
namespace {

using testing::HasSubstr;

// Golden values from NumPy: tests/golden/infer/make_expanded.py.
class ExpandedKeypoints : public testing::Test {
 protected:
  ExpandedKeypoints() {
    const std::string path = std::string(KINEMYO_GOLDEN_DIR) + "/infer/expanded.safetensors";
    auto tensors = model::parse_safetensors(path, base::read_file(path)).tensors;
    const auto take = [&](const char* name) { return tensors.extract(name).mapped(); };
    const auto numbers = [&](const char* name) {
      const auto tensor = take(name);
      return std::vector<double>(tensor.values.begin(), tensor.values.end());
    };
    model_.input.markers = body::original_markers();
    model_.input.frame = model::Frame::laboratory;
    model_.input.scale = model::BodyScale::none;
    model_.input_scaler = {numbers("input_mean"), numbers("input_scale")};
    model_.output_scaler = {numbers("output_mean"), numbers("output_scale")};
    for (const std::size_t k : {0u, 1u}) {
      model_.outputs.push_back({.name = k == 0 ? "hip_flexion_r" : "knee_angle_r", .unit = "rad", .index = k});
    }
    model_.network = {"lstm", 126, 2, 1, 3, 0, false};
    model_.window_frames = 20;
    expected_ = numbers("y");
    const auto video = take("video");
    std::vector<motion::Channel> channels;
    for (const auto& name : body::mediapipe_landmarks()) channels.push_back({name, "m"});
    const auto frames = static_cast<std::size_t>(video.shape[0]);
    video_.source = "video.csv";
    video_.series.push_back({motion::Quantity::position, channels, motion::Clock::uniform(30, 2, frames),
                             base::Matrix<double>(frames, 99, std::vector<double>(video.values.begin(), video.values.end()))});
    model_.weights = std::move(tensors);
  }

  model::Model model_;
  motion::Recording video_;
  std::vector<double> expected_;
};

TEST_F(ExpandedKeypoints, GoThroughTheNetworkWindowByWindowAsInNumPy) {
  const auto got = predict_expanded(model_, video_);
  ASSERT_EQ(got.series.size(), 1u);
  const auto& angles = got.series.front();
  EXPECT_EQ(angles.names(), (std::vector<std::string>{"hip_flexion_r", "knee_angle_r"}));
  ASSERT_EQ(angles.frames(), 40u);  // two windows of 20; the last 7 frames fill none
  EXPECT_EQ(angles.clock().time_s(39), video_.series.front().clock().time_s(39));
  for (std::size_t i = 0; i < expected_.size(); ++i) EXPECT_NEAR(angles.values().flat()[i], expected_[i], 1e-5) << i;
  EXPECT_THAT(got.notes.back(), HasSubstr("2 windows of 20 frames, each from rest; 7 frames at the end are not predicted"));
}

TEST_F(ExpandedKeypoints, NeedAWholeWindowAndAModelOfTheOriginalsMarkers) {
  auto longer = model_;
  longer.window_frames = 48;
  try {
    predict_expanded(longer, video_);
    FAIL() << "47 frames do not fill a window of 48";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("video.csv has 47 frames, less than one window of 48"));
  }
  auto other = model_;
  other.input.markers.pop_back();
  EXPECT_THROW(predict_expanded(other, video_), Error);
}

}  // namespace
}  // namespace kinemyo::infer
