#include "kinemyo/study/video.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "study/people.h"

namespace kinemyo::study {
namespace {

std::string golden_path(const char* name) { return std::string(KINEMYO_GOLDEN_DIR) + "/study/" + name; }

nlohmann::json golden() {
  std::ifstream file(golden_path("video.json"));
  return nlohmann::json::parse(file);
}

VideoPairs pairs() { return join_video(io::read_csv(golden_path("video.csv")), io::read_csv(golden_path("mocap.csv"))); }

TEST(Video, JoinsAsPandasDoes) {
  const auto g = golden();
  const auto joined = pairs();
  ASSERT_EQ(joined.video.rows(), g["rows"].get<std::size_t>());
  ASSERT_EQ(joined.mocap.rows(), joined.video.rows());
  for (std::size_t r = 0; r < joined.video.rows(); ++r) {
    EXPECT_EQ(joined.video.column("Activity").texts[r], g["keys"][r][0].get<std::string>());
    EXPECT_EQ(joined.video.numbers("Trial")[r], g["keys"][r][1].get<double>());
    EXPECT_EQ(joined.mocap.numbers("Frame")[r], g["keys"][r][2].get<double>());
    EXPECT_EQ(joined.mocap.numbers("C7_X")[r], g["c7_x"][r].get<double>());
    EXPECT_EQ(joined.video.numbers("LEFT_HIP_X")[r], g["left_hip_x"][r].get<double>());
  }
}

// The network gives back the video's left hip and the MoCap table's C7, so its score is known from pandas alone.
TEST(Video, ScoresWindowsAsTheOriginalDoes) {
  const auto g = golden();
  model::Model model;
  model.input.markers = {"LEFT_HIP", "RIGHT_HIP", "C7"};
  model.input.frame = model::Frame::laboratory;
  model.input.scale = model::BodyScale::none;
  model.network.inputs = 9;
  model.window_frames = 4;
  give_back(model, 0, 7);
  model.outputs = {{"hip", "rad", model::OutputChannel::Source::network, 0, 0, false},
                   {"knee", "rad", model::OutputChannel::Source::network, 1, 0, false}};
  const auto score = score_video(model, pairs(), 1e-3);
  EXPECT_EQ(score.windows, g["windows"].get<std::size_t>());
  EXPECT_NEAR(score.mse, g["mse"].get<double>(), 1e-4 * g["mse"].get<double>());
  EXPECT_NEAR(score.mae, g["mae"].get<double>(), 1e-4 * g["mae"].get<double>());
  EXPECT_NEAR(score.r2, g["r2"].get<double>(), 1e-4 * std::abs(g["r2"].get<double>()));
}

TEST(Video, MetricsAreScikitLearns) {
  const auto g = golden();
  base::Matrix<double> truth(g["truth"].size(), 2), predicted(g["truth"].size(), 2);
  for (std::size_t r = 0; r < truth.rows(); ++r) {
    for (std::size_t c = 0; c < 2; ++c) {
      truth(r, c) = g["truth"][r][c];
      predicted(r, c) = g["predicted"][r][c];
    }
  }
  const auto score = original_metrics(truth, predicted);
  EXPECT_NEAR(score.mse, g["mse"].get<double>(), 1e-9 * score.mse);
  EXPECT_NEAR(score.mae, g["mae"].get<double>(), 1e-9 * score.mae);
  EXPECT_NEAR(score.r2, g["r2"].get<double>(), 1e-9 * std::abs(score.r2));
}

TEST(Video, SaysWhatDoesNotMatch) {
  auto video = io::parse_csv("Activity,Trial,Frame,LEFT_HIP_X\nSquat,1,0,1\n", "v.csv");
  auto mocap = io::parse_csv("Activity,Trial,Frame,hip\nLunge,1,0,1\n", "m.csv");
  try {
    join_video(video, mocap);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "v.csv and m.csv have no row of the same Activity, Trial and Frame");
  }
}

}  // namespace
}  // namespace kinemyo::study
