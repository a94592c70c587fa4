#include "kinemyo/serve/protocol.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "infer/live_person.h"
#include "serve/messages.h"

namespace kinemyo::serve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing_live::Person;
using testing_serve::landmarks;

Landmarks parsed(const std::string& text) { return std::get<Landmarks>(parse_message(text)); }

TEST(Protocol, LandmarksComeBackBitForBit) {
  Person person;
  auto frame = person.frame(12.345);
  frame.points[7] = motion::no_landmarks()[7];
  frame.visibility[7] = 0;
  const auto got = parsed(landmarks(17, frame));
  EXPECT_EQ(got.seq, 17u);
  EXPECT_EQ(got.frame.time_s, 12.345);
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
    if (i == 7) EXPECT_FALSE(motion::is_seen(got.frame.points[i]));
    else EXPECT_EQ(got.frame.points[i], frame.points[i]);
    EXPECT_EQ(got.frame.visibility[i], frame.visibility[i]);
  }
}

TEST(Protocol, AMirroredPictureIsUndone) {
  Person person;
  const auto frame = person.frame(1);
  const auto got = parsed(landmarks(0, frame, ",\"mirrored\":true"));
  EXPECT_EQ(got.frame.points[11][0], -frame.points[12][0]);
  EXPECT_EQ(got.frame.points[11][1], frame.points[12][1]);
}

TEST(Protocol, NobodyIsSeen) {
  const auto got = parsed(R"({"type":"landmarks","seq":0,"t":0.5,"world":null,"pose_ms":35,"unheard":[1,{"of":2}]})");
  EXPECT_FALSE(motion::is_seen(got.frame.points[0]));
  EXPECT_EQ(got.pose_ms, 35);
}

TEST(Protocol, OtherMessages) {
  const auto hello = std::get<Hello>(parse_message(testing_serve::hello("camera", "Phone 1")));
  EXPECT_EQ(hello.version, 1);
  EXPECT_EQ(hello.role, Role::camera);
  EXPECT_EQ(hello.name, "Phone 1");
  EXPECT_EQ(hello.token, testing_serve::kToken);
  EXPECT_EQ(std::get<Calibrate>(parse_message(R"({"type":"calibrate","session":"phone"})")).session, "phone");
  EXPECT_TRUE(std::get<Record>(parse_message(R"({"type":"record","session":"phone","on":true})")).on);
  EXPECT_EQ(std::get<Ping>(parse_message(R"({"type":"ping","t":1.5})")).time_s, 1.5);
}

TEST(Protocol, ErrorsNameFieldExpectedAndFound) {
  const auto says = [](const std::string& text, const std::string& message) {
    EXPECT_THAT([&] { parse_message(text); }, ThrowsMessage<ProtocolError>(HasSubstr(message))) << text;
  };
  says("", "message: expected a JSON object, found");
  says("[1]", "message: expected a JSON object, found [1]");
  says("{\"type\":3}", "type: expected a text, found 3");
  says("{}", "type: expected a text, found nothing");
  says(R"({"type":"dance"})", "type: expected hello, landmarks, calibrate, record or ping, found \"dance\"");
  says(R"({"type":"hello","version":-1,"role":"view"})", "version: expected a whole number from 0 to 2^53, found -1");
  says(R"({"type":"hello","version":1,"role":"dog"})", "role: expected camera or view, found \"dog\"");
  says(R"({"type":"record","session":"x"})", "on: expected true or false, found nothing");
  says(R"({"type":"landmarks","t":1,"world":null})", "seq: expected a whole number");
  says(R"({"type":"landmarks","seq":1,"t":"now","world":null})", "t: expected a number, found \"now\"");
  says(R"({"type":"landmarks","seq":1,"t":1e300,"world":null})", "t: expected seconds, at most 1e10");
  says(R"({"type":"landmarks","seq":1,"t":1})", "world: expected 33 points or null, found nothing");
  says(R"({"type":"landmarks","seq":1,"t":1,"world":[[0,0,0,1]]})", "landmarks: expected 33 points, found 1");
  Person person;
  auto far = person.frame(1);
  far.points[3][1] = 12;
  says(landmarks(1, far), "world[3]: expected metres from the hips, at most 10, found 12");
  auto odd = person.frame(1);
  odd.visibility[32] = 1.5;
  says(landmarks(1, odd), "world[32]: expected a visibility from 0 to 1, found 1.5");
  says(R"({"type":"landmarks","seq":1,"t":1,"pose_ms":-1,"world":null})", "pose_ms: expected a number from 0 to 10000");
}

TEST(Protocol, TheNumberOfABadFrameIsTold) {
  try {
    parse_message(R"({"type":"landmarks","seq":41,"t":1,"world":7})");
    FAIL();
  } catch (const ProtocolError& problem) {
    EXPECT_EQ(problem.seq(), 41u);
    EXPECT_EQ(problem.code(), "frame");
  }
}

TEST(Protocol, CutMessagesAndFlippedBytesAreErrorsOrMessages) {
  Person person;
  const auto text = landmarks(3, person.frame(2));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_THROW(parse_message(text.substr(0, size)), ProtocolError);
  for (std::size_t i = 0; i < text.size(); i += 3) {
    auto damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x15);
    try {
      parse_message(damaged);
    } catch (const ProtocolError&) {
    }
  }
  EXPECT_THROW(parse_message(std::string(60000, '[')), ProtocolError);
}

TEST(Protocol, AFrameSaysWhatLiveHas) {
  Person person;
  const infer::LiveModels models(testing_live::keypoint_model(), testing_live::muscle_model());
  infer::Live live(models);
  for (int f = 0; f < 70; ++f) live.step(person.frame(f / 30.0));
  const auto head = format_frame_head({"phone", 17, 2.3, &live, 320, 4, 35.5}, models.outputs());
  const auto frame = json::parse(head + format_frame_tail(2));
  EXPECT_EQ(frame["type"], "frame");
  EXPECT_EQ(frame["session"], "phone");
  EXPECT_EQ(frame["seq"], 17);
  EXPECT_EQ(frame["t"], 2.3);
  EXPECT_EQ(frame["state"], "live");
  EXPECT_EQ(frame["progress"], 1);
  EXPECT_EQ(frame["server_us"], 320);
  EXPECT_EQ(frame["lost"], 4);
  EXPECT_EQ(frame["skipped"], 2);
  EXPECT_EQ(frame["pose_ms"], 35.5);
  ASSERT_EQ(frame["points"].size(), 33u);
  EXPECT_NEAR(frame["points"][24][2], live.body().points()[24][2], 5.1e-5);
  ASSERT_EQ(frame["values"].size(), models.outputs().size());
  EXPECT_NEAR(frame["values"][0], live.values()[0] * 180 / M_PI, 1e-12);
  EXPECT_DOUBLE_EQ(frame["values"][5], live.values()[5] * 100);
  EXPECT_DOUBLE_EQ(frame["values"][6], live.values()[6] * 1000);
  EXPECT_NEAR(frame["sd"][0], live.deviations()[0] * 180 / M_PI, 0.006);
  EXPECT_TRUE(frame["sd"][5].is_null());
}

TEST(Protocol, ALostPersonHasNoPoints) {
  const infer::LiveModels models(testing_live::keypoint_model());
  infer::Live live(models);
  live.step({});
  const auto frame = json::parse(format_frame_head({"a\"b", 0, 0, &live, 1, 0, std::nullopt}, models.outputs()) + format_frame_tail(0));
  EXPECT_EQ(frame["state"], "lost");
  EXPECT_TRUE(frame["points"].is_null());
  EXPECT_TRUE(frame["values"][0].is_null());
  EXPECT_EQ(frame["session"], "a\"b");
}

TEST(Protocol, TheWelcomeNamesOutputsWithUnitsSidesAndRanges) {
  const infer::LiveModels models(testing_live::keypoint_model(), testing_live::muscle_model());
  const auto welcome = json::parse(format_welcome(models, "phone", {{"phone", "Phone \xff", true, false}}, true));
  EXPECT_EQ(welcome["version"], 1);
  EXPECT_EQ(welcome["session"], "phone");
  EXPECT_EQ(welcome["landmarks"].size(), 33u);
  const auto& knee = welcome["outputs"][0];
  EXPECT_EQ(knee["name"], "knee_angle_r");
  EXPECT_EQ(knee["unit"], "deg");
  EXPECT_EQ(knee["kind"], "angle");
  EXPECT_EQ(knee["side"], "right");
  EXPECT_EQ(knee["low"], std::round(-1.4 * 180 / M_PI));
  EXPECT_EQ(welcome["outputs"][1]["side"], "left");
  EXPECT_EQ(welcome["outputs"][4]["side"], "middle");
  EXPECT_EQ(welcome["outputs"][5]["unit"], "%");
  EXPECT_EQ(welcome["outputs"][5]["kind"], "muscle");
  EXPECT_EQ(welcome["outputs"][6]["unit"], "mV");
  EXPECT_EQ(welcome["sessions"][0]["recording"], true);
}

}  // namespace
}  // namespace kinemyo::serve
