#include "kinemyo/io/landmark_frames.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"

namespace kinemyo::io {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

motion::LandmarkTrial random_trial(std::size_t frames) {
  base::Random random(7);
  motion::LandmarkTrial trial(frames);
  for (std::size_t f = 0; f < frames; ++f) {
    trial[f].time_s = 0.1 + 0.0333 * static_cast<double>(f);
    if (f == 2) continue;  // nobody is seen
    for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
      if (f == 1 && i == 5) continue;
      for (auto& v : trial[f].points[i]) v = random.normal();
      trial[f].visibility[i] = random.uniform();
    }
  }
  return trial;
}

std::string written(const motion::LandmarkTrial& trial) {
  std::string text = landmark_header();
  for (const auto& frame : trial) append_landmark_row(text, frame);
  return text;
}

TEST(LandmarkFrames, ComeBackBitForBit) {
  const auto trial = random_trial(5);
  const auto read = parse_landmark_trials(parse_csv(written(trial), "x.csv"));
  ASSERT_EQ(read.size(), 1u);
  ASSERT_EQ(read[0].size(), trial.size());
  for (std::size_t f = 0; f < trial.size(); ++f) {
    EXPECT_EQ(read[0][f].time_s, trial[f].time_s);
    for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
      if (std::isnan(trial[f].points[i][0])) {
        EXPECT_FALSE(motion::is_seen(read[0][f].points[i])) << f << " " << i;
        EXPECT_EQ(read[0][f].visibility[i], 0);
        continue;
      }
      EXPECT_EQ(read[0][f].points[i], trial[f].points[i]);
      EXPECT_EQ(read[0][f].visibility[i], trial[f].visibility[i]);
    }
  }
}

const std::string kNames = "LEFT_SHOULDER_X,LEFT_SHOULDER_Y,LEFT_SHOULDER_Z,RIGHT_SHOULDER_X,RIGHT_SHOULDER_Y,RIGHT_SHOULDER_Z,"
                           "LEFT_HIP_X,LEFT_HIP_Y,LEFT_HIP_Z,RIGHT_HIP_X,RIGHT_HIP_Y,RIGHT_HIP_Z";
const std::string kRow = "0.2,-0.5,0,-0.2,-0.5,0,0.1,0,0,-0.1,0,0";

TEST(LandmarkFrames, TrialsBeginWhereTheirNamesChangeOrTimeGoesBack) {
  const auto read = parse_landmark_trials(parse_csv("Activity,Trial,Frame," + kNames + "\nSquat,1,0," + kRow + "\nSquat,1,1," + kRow + "\nSquat,2,0," + kRow +
                                                        "\nWalk,2,1," + kRow + "\nWalk,2,0," + kRow + "\n",
                                                    "x.csv"),
                                          {.rate_hz = 25});
  ASSERT_EQ(read.size(), 4u);
  EXPECT_EQ(read[0].size(), 2u);
  EXPECT_EQ(read[0][1].time_s, 1 / 25.0);
  EXPECT_EQ(read[0][0].points[23][0], 0.1);
  EXPECT_EQ(read[0][0].visibility[23], 1.0);
  EXPECT_FALSE(motion::is_seen(read[0][0].points[0]));
}

TEST(LandmarkFrames, MillisecondsAndPointsAtZeroAndRepeatedTimes) {
  const auto read = parse_landmark_trials(
      parse_csv("Timestamp," + kNames + "\n500," + kRow + "\n500," + kRow + "\n540,0,0,0,-0.2,-0.5,0,0.1,0,0,-0.1,0,0\n", "x.csv"));
  ASSERT_EQ(read.size(), 1u);
  ASSERT_EQ(read[0].size(), 2u);
  EXPECT_EQ(read[0][0].time_s, 0.5);
  EXPECT_FALSE(motion::is_seen(read[0][1].points[11]));
  EXPECT_TRUE(motion::is_seen(read[0][1].points[12]));
}

TEST(LandmarkFrames, SayWhatIsMissing) {
  EXPECT_THAT([] { parse_landmark_trials(parse_csv("Time,NOSE_X,NOSE_Y,NOSE_Z\n0,1,2,3\n", "x.csv")); },
              ThrowsMessage<FormatError>("x.csv:line 1: landmarks of a video; expected columns LEFT_SHOULDER_X, _Y, _Z, found none"));
  EXPECT_THAT([] { parse_landmark_trials(parse_csv("Time," + kNames + "\n," + kRow + "\n", "x.csv")); },
              ThrowsMessage<FormatError>(HasSubstr("x.csv:line 2: a frame's time (Time); expected a number")));
  EXPECT_THAT([] { parse_landmark_trials(parse_csv("Time," + kNames + "\n0,abc,-0.5,0,-0.2,-0.5,0,0.1,0,0,-0.1,0,0\n", "x.csv")); },
              ThrowsMessage<FormatError>(HasSubstr("x.csv:line 2, column 2")));
}

TEST(LandmarkFrames, ACutFileGivesFramesOrAnError) {
  const auto text = written(random_trial(3));
  for (std::size_t size = 0; size < text.size(); size += 7) {
    try {
      for (const auto& trial : parse_landmark_trials(parse_csv(text.substr(0, size), "x.csv"))) {
        // Frames that are whole come back whole; the one that is cut is left out.
        const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
        EXPECT_GE(trial.size() + 1, lines) << size;
        EXPECT_LE(trial.size(), lines) << size;
      }
    } catch (const Error&) {
    }
  }
}

TEST(LandmarkFrames, JsonIsReadToo) {
  std::string line = R"({"time": 0.5, "world_landmarks": [)";
  for (int i = 0; i < 33; ++i) line += std::string(i ? "," : "") + "{\"x\":0." + std::to_string(i + 1) + ",\"y\":0.5,\"z\":0.25,\"visibility\":0.5}";
  line += "]}\n";
  const auto path = std::filesystem::path(testing::TempDir()) / "kinemyo_landmark_frames.jsonl";
  base::write_file(path, line + R"({"time": 0.54, "world_landmarks": null})" + "\n");
  const auto read = read_landmark_trials(path);
  std::filesystem::remove(path);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0][0].time_s, 0.5);
  EXPECT_EQ(read[0][0].points[32][2], 0.25);
  EXPECT_EQ(read[0][0].visibility[32], 0.5);
}

}  // namespace
}  // namespace kinemyo::io
