#include "kinemyo/serve/hub.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "infer/live_person.h"
#include "serve/messages.h"

namespace kinemyo::serve {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing_live::Person;
using testing_serve::hello;
using testing_serve::kToken;
using testing_serve::landmarks;

// Keeps all it gets.
class Listener : public Peer {
 public:
  void send(SharedText message) override { got.push_back(*message); }
  void send_frame(const std::string&, SharedText head, Instant) override { got.push_back(*head + format_frame_tail(0)); }
  void close(int code, const std::string&) override { closed = code; }
  json last() const { return got.empty() ? json() : json::parse(got.back()); }
  std::vector<std::string> got;
  int closed = 0;
};

class HubTest : public testing::Test {
 protected:
  HubTest() : models_(testing_live::keypoint_model()), hub_(models_, kToken, nullptr) {}
  void take(Hub::Client& client, const std::string& text) { client.take(text, now_); }
  void camera_sends(Hub::Client& client, std::uint64_t seq, double t) { take(client, landmarks(seq, person_.frame(t))); }

  Person person_;
  infer::LiveModels models_;
  Hub hub_;
  Instant now_ = std::chrono::steady_clock::now();
};

TEST_F(HubTest, WhoDoesNotKnowTheTokenGetsAnErrorAndNothingElse) {
  for (const char* wrong : {"", "0", "0123456789abcdef0123456789abcdeF", "0123456789abcdef0123456789abcdef0"}) {
    Listener stranger;
    const auto client = hub_.join(stranger);
    take(*client, hello("view", "x", wrong));
    ASSERT_EQ(stranger.got.size(), 1u);
    EXPECT_EQ(stranger.last()["code"], "token");
    EXPECT_EQ(stranger.closed, kWrongToken);
    EXPECT_FALSE(client->greeted());
  }
  EXPECT_EQ(hub_.viewers(), 0u);
}

TEST_F(HubTest, NothingIsAnsweredBeforeTheGreeting) {
  Listener stranger;
  const auto client = hub_.join(stranger);
  take(*client, R"({"type":"ping","t":1})");
  EXPECT_EQ(stranger.last()["code"], "hello");
  EXPECT_EQ(stranger.closed, kGarbage);
}

TEST_F(HubTest, AnotherVersionIsRefused) {
  Listener peer;
  const auto client = hub_.join(peer);
  auto message = hello("view");
  message.replace(message.find("\"version\":1"), 11, "\"version\":2");
  take(*client, message);
  EXPECT_EQ(peer.closed, kGarbage);
  EXPECT_EQ(peer.last()["message"], "version: expected 1, found 2");
}

TEST_F(HubTest, ACamerasPicturesAreAnsweredToItAndToAllViewers) {
  Listener camera, one, two;
  const auto viewer = hub_.join(one), other = hub_.join(two);
  take(*viewer, hello("view"));
  EXPECT_EQ(one.last()["sessions"].size(), 0u);
  {
    const auto client = hub_.join(camera);
    take(*client, hello("camera", "Phone 1"));
    EXPECT_EQ(camera.last()["session"], "phone-1");
    EXPECT_EQ(one.last()["type"], "sessions");
    take(*other, hello("view"));
    EXPECT_EQ(two.last()["sessions"][0]["name"], "Phone 1");
    camera_sends(*client, 5, 0.5);
    for (const auto* listener : {&camera, &one, &two}) {
      EXPECT_EQ(listener->last()["type"], "frame");
      EXPECT_EQ(listener->last()["seq"], 5);
    }
    EXPECT_EQ(hub_.cameras(), 1u);
  }
  EXPECT_EQ(one.last()["sessions"].size(), 0u);  // gone with its connection
  EXPECT_EQ(hub_.cameras(), 0u);
}

TEST_F(HubTest, TwoPhonesOfOneNameAreTwoSessions) {
  Listener a, b;
  const auto first = hub_.join(a), second = hub_.join(b);
  take(*first, hello("camera", "Phone 1"));
  take(*second, hello("camera", "Phone 1"));
  EXPECT_EQ(a.last()["session"], "phone-1");
  EXPECT_EQ(b.last()["session"], "phone-1-2");
  // Each has its own state: one stands, the other has not come yet.
  for (int f = 0; f < 70; ++f) camera_sends(*first, static_cast<std::uint64_t>(f), f / 30.0);
  camera_sends(*second, 0, 0);
  EXPECT_EQ(a.last()["state"], "live");
  EXPECT_EQ(b.last()["state"], "calibrating");
}

TEST_F(HubTest, PicturesThatNeverCameAndThoseRefusedAreCounted) {
  Listener camera;
  const auto client = hub_.join(camera);
  take(*client, hello("camera"));
  camera_sends(*client, 10, 1);
  EXPECT_EQ(camera.last()["lost"], 0);
  camera_sends(*client, 13, 1.1);
  EXPECT_EQ(camera.last()["lost"], 2);
  take(*client, R"({"type":"landmarks","seq":14,"t":1.2,"world":[]})");
  EXPECT_EQ(camera.last()["message"], "landmarks: expected 33 points, found 0");
  EXPECT_EQ(camera.last()["seq"], 14);
  camera_sends(*client, 15, 1.1);
  EXPECT_THAT(camera.last()["message"], HasSubstr("t: expected above 1.1, found 1.1"));
  camera_sends(*client, 15, 1.3);
  EXPECT_THAT(camera.last()["message"], HasSubstr("seq: expected above 15, found 15"));
  camera_sends(*client, 16, 1.3);
  EXPECT_EQ(camera.last()["lost"], 5);
  EXPECT_EQ(camera.closed, 0);
  EXPECT_EQ(hub_.statistics().pictures, 3u);
  EXPECT_EQ(hub_.statistics().lost, 5u);
}

TEST_F(HubTest, AHundredBadMessagesInARowAreEnough) {
  Listener camera;
  const auto client = hub_.join(camera);
  take(*client, hello("camera"));
  for (int i = 0; i < 99; ++i) take(*client, "garbage");
  camera_sends(*client, 1, 1);
  for (int i = 0; i < 99; ++i) take(*client, "{\"type\":\"landmarks\"}");
  EXPECT_EQ(camera.closed, 0);
  take(*client, "\x01\x02");
  EXPECT_EQ(camera.closed, kGarbage);
}

TEST_F(HubTest, ViewersSendNoLandmarksButMayCalibrate) {
  Listener camera, view;
  const auto client = hub_.join(camera), viewer = hub_.join(view);
  take(*client, hello("camera"));
  take(*viewer, hello("view"));
  for (int f = 0; f < 70; ++f) camera_sends(*client, static_cast<std::uint64_t>(f), f / 30.0);
  EXPECT_EQ(view.last()["state"], "live");
  EXPECT_THAT(camera.got, testing::Contains(HasSubstr("\"type\":\"calibrated\"")));
  EXPECT_THAT(view.got, testing::Contains(HasSubstr("\"type\":\"calibrated\"")));
  camera_sends(*viewer, 1, 1);
  EXPECT_EQ(view.last()["code"], "type");
  take(*viewer, R"({"type":"calibrate","session":"nobody"})");
  EXPECT_EQ(view.last()["code"], "session");
  take(*viewer, R"({"type":"calibrate","session":"phone"})");
  camera_sends(*client, 71, 3);
  EXPECT_EQ(view.last()["state"], "calibrating");
  take(*viewer, R"({"type":"record","session":"phone","on":true})");
  EXPECT_EQ(view.last()["code"], "recording");  // the server has no folder for it
  take(*viewer, R"({"type":"ping","t":4.5})");
  EXPECT_EQ(view.last()["t"], 4.5);
}

TEST_F(HubTest, ASilentCameraIsToldOnceAndWhenItSpeaksAgain) {
  Listener camera, view;
  const auto client = hub_.join(camera), viewer = hub_.join(view);
  take(*client, hello("camera"));
  take(*viewer, hello("view"));
  camera_sends(*client, 0, 0);
  const auto before = view.got.size();
  hub_.tick(now_ + 900ms);
  EXPECT_EQ(view.got.size(), before);
  hub_.tick(now_ + 1100ms);
  hub_.tick(now_ + 1400ms);
  EXPECT_EQ(view.got.size(), before + 1);
  EXPECT_EQ(view.last()["sessions"][0]["silent"], true);
  camera_sends(*client, 1, 2);
  EXPECT_EQ(view.last()["sessions"][0]["silent"], false);
}

TEST_F(HubTest, SinksGetEveryPicture) {
  std::vector<double> times;
  hub_.add_sink([&](const std::string& session, double time_s, const infer::Live& live, const SharedText&) {
    EXPECT_EQ(session, "phone");
    EXPECT_EQ(live.values().size(), models_.outputs().size());
    times.push_back(time_s);
  });
  Listener camera;
  const auto client = hub_.join(camera, true);
  take(*client, hello("camera", "Phone", ""));  // believed without a token
  camera_sends(*client, 0, 0.5);
  camera_sends(*client, 1, 0.6);
  EXPECT_THAT(times, testing::ElementsAre(0.5, 0.6));
}

TEST(Slug, IsFitForFilesAndAddresses) {
  EXPECT_EQ(slug("Phone 1"), "phone-1");
  EXPECT_EQ(slug("../../etc/passwd"), "etc-passwd");
  EXPECT_EQ(slug("  "), "camera");
  EXPECT_EQ(slug("Jos\xc3\xa9's iPhone!"), "jos-s-iphone");
  EXPECT_LE(slug(std::string(500, 'a')).size(), 32u);
}

}  // namespace
}  // namespace kinemyo::serve
