// The server over real sockets.
#include "kinemyo/serve/server.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "infer/live_person.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/landmark_frames.h"
#include "serve/messages.h"
#include "serve/web_client.h"

namespace kinemyo::serve {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing_live::Person;
using testing_serve::hello;
using testing_serve::kToken;
using testing_serve::landmarks;
using testing_serve::Socket;
using testing_serve::WebClient;

class ServerTest : public testing::Test {
 protected:
  ServerTest()
      : models_(testing_live::keypoint_model(), testing_live::muscle_model()),
        folder_(fs::path(testing::TempDir()) / ("kinemyo_server_" + std::to_string(::getpid()) + "_" + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    options_.port = 0;
    options_.token = kToken;
  }
  ~ServerTest() override {
    end();
    fs::remove_all(folder_);
  }
  void start() {
    server_.emplace(models_, options_);
    thread_ = std::thread([this] { server_->run(); });
  }
  void end() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }
  std::uint16_t port() const { return server_->port(); }
  std::unique_ptr<WebClient> greeted(const std::string& role, const std::string& name = "Phone") {
    auto client = std::make_unique<WebClient>(port());
    client->send(hello(role, name));
    EXPECT_THAT(client->read().value_or(""), HasSubstr("\"type\":\"welcome\""));
    return client;
  }
  // All that a plain HTTP request is answered with.
  std::string get(const std::string& path, const std::string& method = "GET", const std::string& more = "") {
    Socket socket(port());
    socket.write(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n");
    std::string out;
    while (!socket.ended) out += socket.read();
    return out;
  }

  Person person_;
  infer::LiveModels models_;
  ServerOptions options_;
  fs::path folder_;
  std::optional<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, PagesNeedNoTokenAndNothingElseIsThere) {
  start();
  const auto page = get("/view?x=1");
  EXPECT_THAT(page, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"));
  EXPECT_THAT(page, HasSubstr(" ws://127.0.0.1:" + std::to_string(port())));
  EXPECT_EQ(page.find("://["), std::string::npos);  // which no content policy may name
  EXPECT_THAT(page, HasSubstr("X-Content-Type-Options: nosniff"));
  EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer"));
  for (const char* path : {"/../etc/passwd", "/pose/../../etc/passwd", "/live", "/pose", "/%2e%2e/x"}) EXPECT_THAT(get(path), testing::StartsWith("HTTP/1.1 404")) << path;
  EXPECT_THAT(get("/", "POST"), testing::StartsWith("HTTP/1.1 405"));
  const auto head = get("/", "HEAD");
  EXPECT_THAT(head, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_EQ(get("/", "POST", "Content-Length: 100000000\r\n").find("200"), std::string::npos);
  EXPECT_EQ(get("/" + std::string(100'000, 'x')).find("200"), std::string::npos);
}

TEST_F(ServerTest, PicturesComeBackAsAnglesAndMusclesToCameraAndViewers) {
  start();
  const auto viewer = greeted("view"), camera = greeted("camera");
  infer::Live live(models_);
  std::uint64_t seq = 0;
  for (const auto& frame : person_.squats(4)) {
    ASSERT_TRUE(camera->send(landmarks(++seq, frame)));
    live.step(frame);
    for (auto* client : {camera.get(), viewer.get()}) {
      const auto text = client->read_until("\"type\":\"frame\"");
      ASSERT_TRUE(text);
      const auto got = json::parse(*text);
      ASSERT_EQ(got["seq"], seq);
      for (std::size_t i = 0; i < models_.outputs().size(); ++i) {
        if (std::isnan(live.values()[i])) EXPECT_TRUE(got["values"][i].is_null());
        else EXPECT_EQ(got["values"][i], shown(models_.outputs()[i], live.values()[i]));
      }
    }
  }
  end();
  EXPECT_EQ(server_->hub().statistics().pictures, seq);
  EXPECT_EQ(server_->hub().statistics().answers, 2 * seq);
  EXPECT_EQ(server_->hub().statistics().lost, 0u);
}

TEST_F(ServerTest, StrangersGetNoByteOfData) {
  start();
  const auto camera = greeted("camera");
  // Another page's script.
  for (const char* origin : {"http://evil.example", "null", "https://127.0.0.1:1", "http://127.0.0.1.evil.example"}) {
    WebClient client(port(), {.origin = origin});
    EXPECT_EQ(client.status, 403) << origin;
  }
  WebClient own(port(), {.origin = "http://localhost:" + std::to_string(port())});
  EXPECT_EQ(own.status, 101);
  EXPECT_THAT(own.head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));  // RFC 6455, section 1.3
  EXPECT_THAT(own.head, HasSubstr("Sec-WebSocket-Protocol: kinemyo.1"));
  EXPECT_EQ(WebClient(port(), {.protocol = "chat"}).status, 400);
  EXPECT_EQ(WebClient(port(), {.protocol = ""}).status, 400);
  EXPECT_EQ(WebClient(port(), {.path = "/"}).status, 404);
  // A wrong token: an error, the close, and no frame before it.
  WebClient stranger(port());
  stranger.send(hello("view", "x", "00000000000000000000000000000000"));
  camera->send(landmarks(1, person_.frame(1)));
  EXPECT_EQ(json::parse(stranger.read().value())["code"], "token");
  EXPECT_FALSE(stranger.read());
  EXPECT_EQ(stranger.close_code, 4401);
  // Garbage instead of a greeting.
  WebClient rude(port());
  rude.send("GET / HTTP/1.1");
  EXPECT_EQ(json::parse(rude.read().value())["code"], "json");
  EXPECT_FALSE(rude.read());
  EXPECT_EQ(rude.close_code, 4400);
}

TEST_F(ServerTest, WhoDoesNotGreetIsClosed) {
  options_.greeting_s = 0.1;
  start();
  WebClient silent(port());
  EXPECT_FALSE(silent.read());
  EXPECT_EQ(silent.close_code, 4408);  // a page on a busy phone, which tries again
}

TEST_F(ServerTest, GarbageIsAnsweredAndTheConnectionStaysUntilAHundred) {
  start();
  const auto camera = greeted("camera");
  camera->send("{\"type\":\"landmarks\",\"seq\":1,\"t\":1,\"world\":[1,2]}");
  EXPECT_THAT(camera->read().value(), HasSubstr("landmarks: expected 33 points, found 2"));
  camera->send(landmarks(2, person_.frame(2)));
  EXPECT_EQ(json::parse(camera->read().value())["lost"], 1);
  for (int i = 0; i < 100; ++i) camera->send("\"nothing\"");
  while (camera->read()) {
  }
  EXPECT_EQ(camera->close_code, 4400);
}

TEST_F(ServerTest, AMessageOfAHundredMegabytesIsRefusedUnread) {
  start();
  const auto viewer = greeted("view"), camera = greeted("camera");
  // Announced as 100 MB; the rest is sent as long as somebody takes it.
  std::string head("\x81\xff", 2);
  for (const unsigned char byte : {0, 0, 0, 0, 0x05, 0xf5, 0xe1, 0x00}) head += static_cast<char>(byte);
  head.append(4, '\0');
  ASSERT_TRUE(camera->socket().write(head));
  const std::string piece(1 << 20, 'x');
  int pieces = 0;
  while (pieces < 100 && camera->socket().write(piece)) ++pieces;
  EXPECT_LT(pieces, 100);
  // In fragments, each small.
  const auto other = greeted("camera", "Other");
  for (int i = 0; i < 100 && other->send(std::string(10'000, ' '), i == 0 ? 1 : 0, false); ++i) {
  }
  while (other->read()) {
  }
  EXPECT_TRUE(other->close_code == 1009 || other->close_code == 1006) << other->close_code;
  // The others have not noticed.
  const auto third = greeted("camera", "Third");
  third->send(landmarks(1, person_.frame(1)));
  EXPECT_TRUE(viewer->read_until("\"session\":\"third\",\"seq\":1"));
}

TEST_F(ServerTest, TooLargeAMessageIsClosedWith1009) {
  start();
  const auto camera = greeted("camera");
  camera->send(std::string(70'000, ' '));
  EXPECT_FALSE(camera->read());
  EXPECT_EQ(camera->close_code, 1009);
}

TEST_F(ServerTest, APhoneThatVanishesLeavesTheOthersAndItsNameFree) {
  start();
  const auto viewer = greeted("view");
  for (int round = 0; round < 3; ++round) {
    auto camera = greeted("camera");
    camera->send(landmarks(1, person_.frame(1)));
    EXPECT_TRUE(viewer->read_until("\"session\":\"phone\",\"seq\":1"));
    camera->vanish();
    EXPECT_TRUE(viewer->read_until("\"sessions\":[]"));
  }
}

TEST_F(ServerTest, TwoPhonesOfOneName) {
  start();
  const auto viewer = greeted("view");
  const auto one = greeted("camera"), two = greeted("camera");
  one->send(landmarks(1, person_.frame(1)));
  EXPECT_TRUE(viewer->read_until("\"session\":\"phone\",\"seq\":1"));
  two->send(landmarks(7, person_.frame(1)));
  EXPECT_TRUE(viewer->read_until("\"session\":\"phone-2\",\"seq\":7"));
}

TEST_F(ServerTest, ASlowViewerMissesPicturesWhichAreCountedAndDelaysNobody) {
  start();
  WebClient slow(port(), {.receive_buffer = 32768});  // in a smaller one Linux lets the sender find out by itself, late, that there is room again
  slow.send(hello("view"));
  ASSERT_TRUE(slow.read_until("welcome"));
  const auto quick = greeted("view"), camera = greeted("camera");
  // It takes nothing while more answers go out than lie in the system between the two, but for less than the 20 s after which it would count as gone.
  constexpr std::uint64_t kPictures = 600;
  for (std::uint64_t seq = 1; seq <= kPictures; ++seq) {
    ASSERT_TRUE(camera->send(landmarks(seq, person_.frame(static_cast<double>(seq) / 30))));
    const auto got = quick->read_until("\"type\":\"frame\"");
    ASSERT_TRUE(got);
    EXPECT_THAT(*got, HasSubstr("\"skipped\":0}"));
    ASSERT_TRUE(camera->read_until("\"type\":\"frame\""));
  }
  std::uint64_t seen = 0, skipped = 0, last = 0;
  while (last < kPictures) {
    const auto text = slow.read_until("\"type\":\"frame\"");
    ASSERT_TRUE(text);
    const auto frame = json::parse(*text);
    ++seen;
    skipped += frame["skipped"].get<std::uint64_t>();
    last = frame["seq"];
    EXPECT_EQ(seen + skipped, last);  // each picture was seen or counted
  }
  EXPECT_GT(skipped, 100u);
}

TEST_F(ServerTest, LinesByTcp) {
  options_.tcp = 0;
  start();
  const auto viewer = greeted("view");
  Socket lines(server_->tcp_port());
  lines.write(hello("camera", "Script") + "\n\n" + landmarks(1, person_.frame(1)) + "\r\n" + landmarks(2, person_.frame(2)) + "\n");
  std::string got;
  while (std::count(got.begin(), got.end(), '\n') < 3) {
    const auto more = lines.read();
    ASSERT_FALSE(more.empty()) << got;
    got += more;
  }
  EXPECT_THAT(got, testing::StartsWith("{\"type\":\"welcome\""));
  EXPECT_THAT(got, HasSubstr("\"seq\":2"));
  EXPECT_TRUE(viewer->read_until("\"session\":\"script\",\"seq\":2"));
  Socket stranger(server_->tcp_port());
  stranger.write(hello("view", "x", "wrong") + "\n");
  got.clear();
  while (!stranger.ended) got += stranger.read();
  EXPECT_EQ(json::parse(got)["code"], "token");
  Socket endless(server_->tcp_port());
  for (int i = 0; i < 20 && endless.write(std::string(100'000, 'x')); ++i) {
  }
  while (!endless.ended) endless.read();
}

TEST_F(ServerTest, DatagramsEachBearTheToken) {
  options_.udp = 0;
  start();
  const auto viewer = greeted("view");
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server_->udp_port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  const auto send = [&](std::uint64_t seq, const std::string& token) {
    const auto text = landmarks(seq, person_.frame(static_cast<double>(seq)), ",\"name\":\"Box\",\"token\":\"" + token + "\"");
    ASSERT_EQ(::send(descriptor, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  };
  send(1, "wrong");
  send(2, kToken);
  EXPECT_TRUE(viewer->read_until("\"session\":\"box\",\"seq\":2"));
  pollfd wait{descriptor, POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  char bytes[65536];
  const auto got = ::recv(descriptor, bytes, sizeof bytes, 0);  // the welcome first; to the stranger nothing was answered
  EXPECT_THAT(std::string(bytes, static_cast<std::size_t>(got)), HasSubstr("welcome"));
  ::close(descriptor);
}

TEST_F(ServerTest, OscGoesOut) {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  socklen_t size = sizeof at;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size);
  options_.osc = Target{"127.0.0.1", ntohs(at.sin_port)};
  start();
  const auto camera = greeted("camera");
  camera->send(landmarks(1, person_.frame(1)));
  pollfd wait{descriptor, POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  char bytes[65536];
  const auto got = ::recv(descriptor, bytes, sizeof bytes, 0);
  EXPECT_THAT(std::string(bytes, static_cast<std::size_t>(got)), HasSubstr("/kinemyo/phone/knee_angle_r"));
  ::close(descriptor);
}

TEST_F(ServerTest, ARecordingBecomesLandmarksAndAStore) {
  options_.record = folder_ / "recordings";
  start();
  const auto viewer = greeted("view"), camera = greeted("camera");
  camera->send(R"({"type":"record","session":"phone","on":true})");
  EXPECT_TRUE(viewer->read_until("\"on\":true"));
  std::uint64_t seq = 0;
  const auto squats = person_.squats(4);
  for (const auto& frame : squats) camera->send(landmarks(++seq, frame));
  EXPECT_TRUE(viewer->read_until("\"seq\":" + std::to_string(seq)));
  viewer->send(R"({"type":"record","session":"phone","on":false})");
  const auto done = json::parse(viewer->read_until("\"on\":false").value());
  EXPECT_EQ(done["frames"], squats.size());
  end();
  server_.reset();  // recordings are whole now
  const auto path = options_.record / done["file"].get<std::string>();
  const auto read = io::read_landmark_trials(path);
  ASSERT_EQ(read.size(), 1u);
  ASSERT_EQ(read[0].size(), squats.size());
  for (std::size_t f = 0; f < squats.size(); ++f) {
    EXPECT_EQ(read[0][f].time_s, squats[f].time_s);
    EXPECT_EQ(read[0][f].points, squats[f].points);
  }
  auto store = path;
  EXPECT_TRUE(fs::exists(store.replace_extension(".h5")));
}

TEST_F(ServerTest, AReplayIsPlayedAsACameraWould) {
  start();
  end();
  server_.emplace(models_, options_);
  const auto squats = person_.squats(0.5);
  server_->replay(squats, "Replay", true);
  thread_ = std::thread([this] { server_->run(); });
  const auto viewer = greeted("view");
  const auto frame = json::parse(viewer->read_until("\"type\":\"frame\"").value());
  EXPECT_EQ(frame["session"], "replay");
  EXPECT_TRUE(viewer->read_until("\"seq\":0,"));  // it begins again
}

TEST_F(ServerTest, APortThatIsTakenIsNamed) {
  start();
  auto again = options_;
  again.port = port();
  EXPECT_THAT([&] { Server(models_, again); }, testing::ThrowsMessage<Error>(HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(port()) + ": ")));
  again.address = "nowhere";
  EXPECT_THAT([&] { Server(models_, again); }, testing::ThrowsMessage<Error>(HasSubstr("--listen: expected an address")));
  again.address = "127.0.0.1";
  base::write_file(folder_ / "x.pem", "no certificate");
  again.certificate = Certificate{folder_ / "x.pem", folder_ / "x.pem"};
  EXPECT_THAT([&] { Server(models_, again); }, testing::ThrowsMessage<Error>(HasSubstr("x.pem: expected a certificate and its key as PEM")));
}

TEST_F(ServerTest, ThroughTls) {
  options_.certificate = own_certificate(folder_, {"127.0.0.1"});
  start();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ASSERT_EQ(SSL_CTX_load_verify_locations(context, options_.certificate->certificate.c_str(), nullptr), 1);
  BIO* bio = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(bio, ("127.0.0.1:" + std::to_string(port())).c_str());
  ASSERT_EQ(BIO_do_connect(bio), 1);
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  BIO_write(bio, request.data(), static_cast<int>(request.size()));
  std::string got;
  char bytes[4096];
  for (int size = 0; (size = BIO_read(bio, bytes, sizeof bytes)) > 0;) got.append(bytes, static_cast<std::size_t>(size));
  EXPECT_THAT(got, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(got, HasSubstr(" wss://127.0.0.1:"));
  BIO_free_all(bio);
  SSL_CTX_free(context);
  // Who speaks plainly is not answered.
  EXPECT_EQ(get("/").find("200"), std::string::npos);
}

}  // namespace
}  // namespace kinemyo::serve
