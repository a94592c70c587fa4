// `kinemyo serve` and `predict --live`, as the real program.
#ifdef KINEMYO_SERVE
#include <fcntl.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include <gmock/gmock.h>

#include "cli/program.h"
#include "infer/live_person.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/landmark_frames.h"
#include "serve/messages.h"
#include "serve/web_client.h"

namespace kinemyo::testing_cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing_serve::hello;
using testing_serve::kToken;
using testing_serve::landmarks;
using testing_serve::WebClient;

class ServeTest : public Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    model::write_model(testing_live::keypoint_model(), folder_ / "keypoints.safetensors");
    model::write_model(testing_live::muscle_model(), folder_ / "muscles.safetensors");
  }
  void TearDown() override {
    if (process_ > 0) stop(SIGKILL);
    Program::TearDown();
  }
  // Starts the server and waits until it has told its address.
  void start(std::vector<std::string> more) {
    std::vector<std::string> words = {KINEMYO_BINARY, "serve", path("keypoints.safetensors"), "--emg", path("muscles.safetensors"), "--port", "0",
                                      "--token", kToken};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    said_.clear();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::setenv("XDG_DATA_HOME", folder_.c_str(), 1);
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::execv(KINEMYO_BINARY, pointers.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    errors_ = ends[0];
    read_errors("Ctrl-C ends it.");
    const auto at = said_.find("127.0.0.1:");
    if (at != std::string::npos) port_ = static_cast<std::uint16_t>(std::atoi(said_.c_str() + at + 10));
    ASSERT_THAT(said_, HasSubstr("/#token="));
  }
  void read_errors(const std::string& until) {
    char bytes[4096];
    while (said_.find(until) == std::string::npos) {
      const auto got = ::read(errors_, bytes, sizeof bytes);
      if (got <= 0) return;
      said_.append(bytes, static_cast<std::size_t>(got));
    }
  }
  int stop(int signal) {
    ::kill(process_, signal);
    read_errors("\n\nnever\n");
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    ::close(errors_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  std::string csv(const motion::LandmarkTrial& trial) const {
    std::string text = io::landmark_header();
    for (const auto& frame : trial) io::append_landmark_row(text, frame);
    return text;
  }
  // The columns of a written prediction against a frame's values.
  static void expect_row(const io::Table& table, std::size_t row, const json& welcome, const json& frame) {
    for (std::size_t i = 0; i < frame["values"].size(); ++i) {
      const auto& output = welcome["outputs"][i];
      const double written = table.numbers(output["name"].get<std::string>())[row];
      if (frame["values"][i].is_null()) {
        EXPECT_TRUE(std::isnan(written));
        continue;
      }
      const double factor = output["unit"] == "%" ? 100 : output["unit"] == "mV" ? 1000 : 1;
      EXPECT_EQ(frame["values"][i].get<double>(), written * factor) << output["name"] << " in row " << row;
    }
  }

  testing_live::Person person_;
  pid_t process_ = 0;
  int errors_ = -1;
  std::uint16_t port_ = 0;
  std::string said_;
};

TEST_F(ServeTest, StdinGivesTheNumbersOfPredictLiveBitForBit) {
  auto trial = person_.squats(5);
  trial[80] = {};  // nobody
  trial[80].time_s = 80 / 30.0;
  trial[90].visibility[25] = 0.1;
  write("squats.csv", csv(trial));
  std::string lines;
  for (std::size_t f = 0; f < trial.size(); ++f) lines += landmarks(f, trial[f]) + "\n";
  write("lines.jsonl", lines);
  const auto served = run("serve keypoints.safetensors --emg muscles.safetensors --port 0 --stdin < lines.jsonl");
  ASSERT_EQ(served.code, 0) << served.err;
  const auto predicted = run("predict keypoints.safetensors squats.csv --live --emg muscles.safetensors --out p.csv");
  ASSERT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_THAT(predicted.err, HasSubstr("as live: smoothed and resampled causally"));
  const auto table = io::read_csv(folder_ / "p.csv");
  ASSERT_EQ(table.rows(), trial.size());
  std::istringstream answers(served.out);
  std::string line;
  json welcome;
  std::size_t row = 0, known = 0;
  while (std::getline(answers, line)) {
    const auto message = json::parse(line);
    if (message["type"] == "welcome") welcome = message;
    if (message["type"] != "frame") continue;
    ASSERT_EQ(message["seq"], row);
    expect_row(table, row, welcome, message);
    known += message["values"][0].is_null() ? 0 : 1;
    ++row;
  }
  EXPECT_EQ(row, trial.size());
  EXPECT_EQ(known, trial.size());  // who is away for one picture is held
}

TEST_F(ServeTest, AReplayedRecordingGivesTheNumbersOfPredictLive) {
  const auto trial = person_.squats(3);
  write("squats.csv", csv(trial));
  start({"--replay", path("squats.csv"), "--again"});
  WebClient viewer(port_);
  viewer.send(hello("view"));
  const auto welcome = json::parse(viewer.read_until("\"welcome\"").value());
  ASSERT_EQ(run("predict keypoints.safetensors squats.csv --live --emg muscles.safetensors --out p.csv").code, 0);
  const auto table = io::read_csv(folder_ / "p.csv");
  // From its beginning, in the second round at the latest.
  auto frame = json::parse(viewer.read_until("\"seq\":0,").value());
  for (std::size_t row = 0; row < trial.size(); ++row) {
    ASSERT_EQ(frame["seq"], row);
    expect_row(table, row, welcome, frame);
    if (row + 1 < trial.size()) frame = json::parse(viewer.read_until("\"type\":\"frame\"").value());
  }
  EXPECT_EQ(stop(SIGINT), 0);
  EXPECT_THAT(said_, HasSubstr("pictures taken, 0 lost"));
}

TEST_F(ServeTest, KilledWhileRecordingItLosesLessThanASecond) {
  start({"--record", path("recordings")});
  WebClient camera(port_);
  camera.send(hello("camera"));
  const auto welcome = json::parse(camera.read_until("\"welcome\"").value());
  camera.send(R"({"type":"record","on":true})");
  const auto recording = json::parse(camera.read_until("\"type\":\"recording\"").value());
  const auto trial = person_.squats(4);
  std::vector<json> frames;
  for (std::size_t f = 0; f < trial.size(); ++f) {
    camera.send(landmarks(f, trial[f]));
    frames.push_back(json::parse(camera.read_until("\"type\":\"frame\"").value()));
  }
  EXPECT_EQ(stop(SIGKILL), -SIGKILL);
  const auto file = folder_ / "recordings" / recording["file"].get<std::string>();
  const auto read = io::read_landmark_trials(file);
  ASSERT_EQ(read.size(), 1u);
  ASSERT_GE(read[0].size() + 30, trial.size());
  // What is there gives the numbers that were sent.
  const auto predicted = run("predict keypoints.safetensors '" + file.string() + "' --live --emg muscles.safetensors --out p.csv");
  ASSERT_EQ(predicted.code, 0) << predicted.err;
  const auto table = io::read_csv(folder_ / "p.csv");
  for (std::size_t row = 0; row < read[0].size(); ++row) expect_row(table, row, welcome, frames[row]);
}

TEST_F(ServeTest, EndsWithCtrlCAndLeavesTheRecordingAndItsStoreWhole) {
  start({"--record", path("recordings")});
  WebClient camera(port_);
  camera.send(hello("camera", "Phone 1"));
  ASSERT_TRUE(camera.read_until("\"welcome\""));
  camera.send(R"({"type":"record","session":"phone-1","on":true})");
  const auto trial = person_.squats(3);
  for (std::size_t f = 0; f < trial.size(); ++f) camera.send(landmarks(f, trial[f]));
  ASSERT_TRUE(camera.read_until("\"seq\":" + std::to_string(trial.size() - 1)));
  EXPECT_EQ(stop(SIGINT), 0);
  while (camera.read()) {
  }
  EXPECT_EQ(camera.close_code, 1001);
  std::string csv_file, store_file;
  for (const auto& entry : fs::directory_iterator(folder_ / "recordings")) (entry.path().extension() == ".csv" ? csv_file : store_file) = entry.path().string();
  EXPECT_EQ(io::read_landmark_trials(csv_file).at(0).size(), trial.size());
  EXPECT_THAT(store_file, testing::EndsWith(".h5"));
  EXPECT_THAT(said_, HasSubstr("wrote " + store_file));
}

TEST_F(ServeTest, TellsAddressTokenAndQrCode) {
  start({});
  EXPECT_THAT(said_, HasSubstr("on this machine (others, a phone say, get in with --listen 0.0.0.0)"));
  EXPECT_THAT(said_, HasSubstr("http://127.0.0.1:" + std::to_string(port_) + "/#token=" + kToken));
  EXPECT_THAT(said_, HasSubstr("\u2588"));
  EXPECT_EQ(stop(SIGTERM), 0);
}

TEST_F(ServeTest, TheNetworkGetsTlsAndACertificateThatStays) {
  start({"--listen", "127.0.0.2"});  // loopback: without
  EXPECT_THAT(said_, HasSubstr("http://127.0.0.2:"));
  EXPECT_EQ(stop(SIGINT), 0);
  said_.clear();
  start({"--listen", "0.0.0.0", "--host", "lab.local"});
  EXPECT_THAT(said_, HasSubstr("Open this on the phone"));
  EXPECT_THAT(said_, HasSubstr("https://lab.local:"));
  EXPECT_THAT(said_, HasSubstr("SHA-256"));
  const auto made = base::read_file(folder_ / "kinemyo/serve-certificate.pem");
  EXPECT_EQ(stop(SIGINT), 0);
  start({"--listen", "0.0.0.0", "--host", "lab.local"});
  EXPECT_EQ(stop(SIGINT), 0);
  EXPECT_EQ(base::read_file(folder_ / "kinemyo/serve-certificate.pem"), made);
}

TEST_F(ServeTest, TheExamplesWork) {
  start({"--tcp", "0"});
  const auto at = said_.find("by TCP: 127.0.0.1:");
  ASSERT_NE(at, std::string::npos);
  const auto lines_port = std::to_string(std::atoi(said_.c_str() + at + 18));
  write("squats.csv", csv(person_.squats(0.5)));
  const std::string examples = KINEMYO_SOURCE_DIR "/examples/live/";
  // The C++ viewer looks on in the background while the Python client plays the camera.
  const std::string line = "cd '" + folder_.string() + "' && c++ -std=c++20 " + examples + "viewer.cc -o viewer && { ./viewer " + lines_port + " " + kToken +
                           " knee_angle_r >viewer.txt & pid=$!; python3 " + examples + "client.py 'http://127.0.0.1:" + std::to_string(port_) + "/#token=" +
                           kToken + "' squats.csv >client.txt; code=$?; kill $pid; exit $code; }";
  ASSERT_EQ(std::system(line.c_str()), 0);
  const auto client = base::read_file(folder_ / "client.txt"), viewer = base::read_file(folder_ / "viewer.txt");
  EXPECT_EQ(std::count(client.begin(), client.end(), '\n'), 15) << client;
  EXPECT_THAT(client, HasSubstr("client-py    0.000 s calibrating knee_angle_r "));
  EXPECT_THAT(viewer, HasSubstr("\"client-py\" "));
  EXPECT_THAT(viewer, HasSubstr("knee_angle_r"));
}

TEST_F(ServeTest, SaysWhatIsWrong) {
  const auto says = [this](const std::string& arguments, int code, const std::string& message) {
    const auto ran = run("serve " + arguments);
    EXPECT_EQ(ran.code, code) << arguments;
    EXPECT_THAT(ran.err, HasSubstr(message)) << arguments;
  };
  says("muscles.safetensors", 1, "the model takes channels that a camera's landmarks do not give: knee_angle_r, hip_flexion_r");
  says("keypoints.safetensors --emg keypoints.safetensors", 1, "both models give knee_angle_r");
  says("none.safetensors", 1, "none.safetensors");
  says("keypoints.safetensors --osc nowhere", 2, "--osc: expected HOST:PORT, found \"nowhere\"");
  says("keypoints.safetensors --cert x.pem", 2, "--cert and --key go together");
  says("keypoints.safetensors --listen 203.0.113.1", 1, "cannot listen on 203.0.113.1:8080");
  says("keypoints.safetensors --listen 0.0.0.0 --token short", 2, "--token: at least 16 characters");
  says("keypoints.safetensors --port 70000", 2, "--port");
  write("points.csv", "Time,NOSE_X,NOSE_Y,NOSE_Z\n0,1,2,3\n");
  says("keypoints.safetensors --replay points.csv", 1, "points.csv:line 1: landmarks of a video");
  const auto ran = run("predict keypoints.safetensors points.csv --emg muscles.safetensors --out p.csv");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--emg goes with --live"));
}

}  // namespace
}  // namespace kinemyo::testing_cli
#endif
