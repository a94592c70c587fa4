#include "kinemyo/io/keypoints_json.h"

#include <gmock/gmock.h>

#include <cmath>

#include "damage.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/any.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::HasSubstr;

// 33 landmarks; the knee (25) moves.
std::string landmarks(double knee_x, bool as_arrays = false) {
  std::string out = "[";
  for (int i = 0; i < 33; ++i) {
    const std::string x = i == 25 ? std::to_string(knee_x) : "0.1", number = std::to_string(i);
    out += std::string(i == 0 ? "" : ",") + (as_arrays ? "[" + x + ",0.2,0." + number + ",0.9]" : R"({"x":)" + x + R"(,"y":0.2,"z":0.)" + number + R"(,"visibility":0.9})");
  }
  return out + "]";
}

motion::Recording parse(const std::string& text, const LandmarkOptions& options = {"", 30}) { return parse_keypoints_json(text, "x.json", options); }
motion::Recording parse_plain(const std::string& text) { return parse(text); }

void expect_knee(const motion::Recording& got, std::vector<double> xs) {
  const auto* points = got.find(Quantity::position);
  ASSERT_NE(points, nullptr);
  ASSERT_EQ(points->frames(), xs.size());
  const auto knee = points->find("LEFT_KNEE");
  ASSERT_TRUE(knee);
  for (std::size_t f = 0; f < xs.size(); ++f) {
    if (std::isnan(xs[f])) EXPECT_TRUE(points->missing(f, *knee));
    else EXPECT_NEAR(points->at(f, *knee, 0), xs[f], 1e-6) << f;
  }
}

TEST(KeypointsJson, LinesArraysAndObjectsSayTheSame) {
  const auto a = landmarks(0.5), b = landmarks(0.6), c = landmarks(0.6, true);
  for (const std::string& text : {
           R"({"time":1.0,"world_landmarks":)" + a + "}\n" + R"({"time":1.1,"world_landmarks":)" + b + "}\n",
           R"([{"time_ms":1000,"poseWorldLandmarks":)" + a + R"(},{"time_ms":1100,"poseWorldLandmarks":)" + c + "}]",
           R"({"fps":10,"frames":[{"timestamp":1.0,"worldLandmarks":[)" + a + R"(]},{"timestamp":1.1,"worldLandmarks":[)" + c + "]}]}",
           R"({"t":1.0,"pose_world_landmarks":{"landmark":)" + a + "}}\n" + R"({"t":1.1,"pose_world_landmarks":{"landmark":)" + b + "}}"}) {
    const auto got = parse(text);
    expect_knee(got, {0.5, 0.6});
    EXPECT_EQ(got.format, "landmarks JSON");
    EXPECT_NEAR(got.series[0].clock().time_s(1), 1.1, 1e-9);
    EXPECT_NEAR(got.find(Quantity::visibility)->at(1, 3), 0.9, 1e-12);
  }
}

TEST(KeypointsJson, FramesWithoutTimeComeAtTheRateThatIsTold) {
  const auto text = landmarks(0.5) + "\n" + landmarks(0.6) + "\n";
  EXPECT_NEAR(parse(text, {"", 60}).series[0].clock().rate_hz(), 60, 1e-9);
  const auto gap = R"({"frame":4,"landmarks":)" + landmarks(0.5) + "}\n" + R"({"frame":7,"landmarks":)" + landmarks(0.6) + "}\n";
  EXPECT_NEAR(parse(gap, {"", 10}).series[0].clock().time_s(1), 0.7, 1e-9);
  expect_knee(parse(text, {"cm", 30}), {0.005, 0.006});
}

TEST(KeypointsJson, FramesWithoutAPersonAreMissing) {
  const auto text = R"({"frame":0,"world_landmarks":)" + landmarks(0.5) + "}\n" + R"({"frame":1,"world_landmarks":null})" + "\n" + R"({"frame":2,"world_landmarks":)" + landmarks(0.7) + "}\n";
  const auto got = parse(text);
  expect_knee(got, {0.5, std::nan(""), 0.7});
  EXPECT_THAT(got.notes, testing::Contains("1 of 3 frames show nobody"));
}

TEST(KeypointsJson, NamedPointsNeedNoOrder) {
  const auto got = parse(R"([{"keypoints3D":[{"name":"left_knee","x":0.5,"y":1,"z":2,"score":0.8},{"name":"Tail","x":1,"y":1,"z":1}]}])");
  EXPECT_EQ(got.series[0].names(), (std::vector<std::string>{"LEFT_KNEE", "Tail"}));
}

TEST(KeypointsJson, OfSeveralPeopleOneIsFollowed) {
  std::string lines;
  for (const auto& [left, right] : {std::pair{0.5, 5.0}, std::pair{5.1, 0.6}, std::pair{0.7, 5.2}}) {
    lines += R"({"world_landmarks":[)" + landmarks(left) + "," + landmarks(right) + "]}\n";
  }
  const auto got = parse(lines);
  expect_knee(got, {0.5, 0.6, 0.7});
  EXPECT_THAT(got.notes, testing::Contains(HasSubstr("3 of 3 frames show several people")));
}

std::string person(const std::string& kind, std::size_t points, double x, bool solid) {
  std::string out = R"({"person_id":[-1],")" + kind + "\":[";
  for (std::size_t p = 0; p < points; ++p) {
    out += std::string(p == 0 ? "" : ",") + (p == 0 ? std::to_string(x) : "10") + ",20," + (solid ? "30," : "") + (p == 1 ? "0" : "0.5");
  }
  return out + "]}";
}

TEST(KeypointsJson, OpenPosesPeopleInSpaceArePositions) {
  const auto text = R"({"version":1.3,"people":[)" + person("pose_keypoints_3d", 25, 12, true) + "]}\n" + R"({"version":1.3,"people":[]})" + "\n";
  EXPECT_THAT(refusal_of(parse_plain, text), HasSubstr("the unit of OpenPose's 3-D keypoints is that of its calibration; expected --units mm, cm or m"));
  const auto got = parse(text, {"mm", 30});
  const auto& points = *got.find(Quantity::position);
  EXPECT_EQ(points.names()[8], "MidHip");
  EXPECT_NEAR(points.at(0, 0, 0), 0.012, 1e-12);
  EXPECT_TRUE(points.missing(0, 1));  // of confidence 0
  EXPECT_TRUE(points.missing(1, 0));
}

TEST(KeypointsJson, OpenPosesPeopleInThePictureAreNoPositions) {
  for (const auto& [count, last] : {std::pair{25, "RHeel_Y"}, std::pair{18, "LEar_Y"}, std::pair{15, "Chest_Y"}}) {
    const auto got = parse(R"({"version":1.3,"people":[)" + person("pose_keypoints_2d", static_cast<std::size_t>(count), 640, false) + "]}");
    EXPECT_EQ(got.find(Quantity::position), nullptr);
    const auto& pixels = *got.find(Quantity::analog);
    EXPECT_EQ(pixels.channels().back(), (motion::Channel{last, "px"}));
    EXPECT_EQ(pixels.at(0, 0), 640);
  }
}

TEST(KeypointsJson, AFolderOfOpenPosesFramesIsOneRecording) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "openpose_frames";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (int f = 0; f < 4; ++f) {
    if (f == 2) continue;  // lost
    base::write_file(folder / ("walk_00000000000" + std::to_string(f) + "_keypoints.json"),
                     R"({"version":1.3,"people":[)" + person("pose_keypoints_3d", 25, 10.0 * (f + 1), true) + "]}");
  }
  const auto got = read_recording(folder, {.position_unit = "mm", .rate_hz = 50});
  const auto& points = *got.find(Quantity::position);
  ASSERT_EQ(points.frames(), 3u);
  EXPECT_NEAR(points.clock().time_s(2), 0.06, 1e-12);
  EXPECT_NEAR(points.at(2, 0, 0), 0.04, 1e-12);
  base::write_file(folder / "run_000000000000_keypoints.json", "{}");
  EXPECT_THAT(refusal_of([&](const std::string&) { return read_recording(folder); }, ""), HasSubstr("frames of several videos lie in one folder"));
  fs::remove(folder / "run_000000000000_keypoints.json");
  base::write_file(folder / "walk_000000000002_keypoints.json", "{\"people\":[{");
  EXPECT_THAT(refusal_of([&](const std::string&) { return read_recording(folder); }, ""),
              HasSubstr("openpose_frames:walk_000000000002_keypoints.json: a frame of OpenPose cannot be read; expected its JSON, found line 1: this is no JSON"));
  fs::remove_all(folder);
}

TEST(KeypointsJson, MessagesSayWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal_of(parse_plain, R"({"frame":0,"pose_landmarks":)" + landmarks(0.5) + "}"),
            "x.json:frame 1: landmarks in coordinates of the picture are no positions; expected MediaPipe's world landmarks (pose_world_landmarks, worldLandmarks), found pose_landmarks alone");
  EXPECT_EQ(refusal_of(parse_plain, "[[[1,2,3],[1,2,3]]]"), "x.json:frame 1: landmarks without names; expected MediaPipe's 33, or a name in each, found 2");
  EXPECT_EQ(refusal_of(parse_plain, R"({"epoch":1,"loss":2})"), "x.json:frame 1: a frame without keypoints; expected world_landmarks, landmarks, keypoints or people, found epoch, loss");
  const auto a = landmarks(0.5);
  EXPECT_EQ(refusal_of(parse_plain, R"({"timestamp":0,"landmarks":)" + a + "}\n" + R"({"timestamp":33,"landmarks":)" + a + "}"),
            "x.json:line 2: the unit of timestamp is not told; expected timestamp in seconds, or timestamp_ms, found steps of 33");
  EXPECT_EQ(refusal_of(parse_plain, R"({"time":1,"landmarks":)" + a + "}\n" + R"({"time":1,"landmarks":)" + a + "}"),
            "x.json:line 2: time does not increase; expected more than 1 s, found 1");
  EXPECT_THAT(refusal_of(parse_plain, R"({"time":1,"landmarks":)" + a + "}\n" + "{\"time\":2,"), HasSubstr("x.json:line 2: this is no JSON"));
  EXPECT_THAT(refusal_of(parse_plain, std::string(100000, '[')), HasSubstr("JSON is nested too deeply"));
}

TEST(KeypointsJson, EmptyFramesCannotTakeAllMemory) {
  std::string text = "{\"landmarks\":{";
  for (int p = 0; p < 1000; ++p) text += std::string(p == 0 ? "" : ",") + "\"p" + std::to_string(p) + "\":[1,2,3]";
  text += "}}\n";
  for (int f = 0; f < 20000; ++f) text += "[]\n";
  EXPECT_THAT(refusal_of(parse_plain, text), HasSubstr("found 20001 frames of 1000 points"));
}

TEST(KeypointsJson, DamageIsSurvived) {
  const auto text = R"({"time":1.0,"landmarks":[{"name":"a","x":1,"y":2,"z":3,"score":1}]})" "\n" R"({"time":1.5,"landmarks":[{"name":"a","x":1,"y":2,"z":3}]})" "\n";
  expect_flips_survived(parse_plain, text);
  expect_prefixes_survived(parse_plain, text);
  const auto people = R"({"people":[)" + person("pose_keypoints_2d", 15, 1, false) + "]}";
  expect_flips_survived(parse_plain, people);
  expect_prefixes_survived(parse_plain, people);
}

TEST(KeypointsJson, OtherJsonIsNotTakenForKeypoints) {
  EXPECT_FALSE(looks_like_keypoints_json(R"({"epoch":1})"));
  EXPECT_FALSE(looks_like_keypoints_json("Time,landmarks\n"));
  EXPECT_TRUE(looks_like_keypoints_json("\xef\xbb\xbf[{\"poseWorldLandmarks\":[]}]"));
}

}  // namespace
}  // namespace kinemyo::io
