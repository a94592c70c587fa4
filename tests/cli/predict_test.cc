// predict, stream and import as a user runs them.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "cli/program.h"
#include "infer/random_model.h"
#include "kinemyo/base/file.h"
#include "kinemyo/body/names.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/npy.h"
#include "kinemyo/model/model.h"
#include "real_data.h"

namespace {

namespace fs = std::filesystem;
using namespace kinemyo;
using testing::HasSubstr;

class Predict : public testing_cli::Program {
 protected:
  int run(const std::string& arguments) {
    const auto ran = Program::run(arguments);
    err_ = ran.err;
    return ran.code;
  }
  const std::string& errors() const { return err_; }

  // The 20 markers of Plug-in-Gait to two angles, random weights, at 100 Hz.
  void write_random_model(bool bidirectional = false) {
    model::Model model;
    model.input.markers = body::plug_in_gait_markers();
    model.network = {"lstm", 60, 2, 2, 16, 0, bidirectional};
    model.weights = infer::random_weights(model.network, 4);
    model.outputs = {{"hip_flexion_r", "rad", model::OutputChannel::Source::network, 0},
                     {"knee_angle_r", "rad", model::OutputChannel::Source::network, 1}};
    model.input_scaler = {std::vector<double>(60, 0.1), std::vector<double>(60, 0.7)};
    model.output_scaler = {{0.2, 0.4}, {0.3, 0.5}};
    model.rate_hz = 100;
    model::write_model(model, path("m.safetensors"));
  }
  // Someone who stands, sways and turns; a marker is missing now and then. mm, Y up.
  void write_recording(std::size_t frames, const std::string& leave_out = "") {
    base::Random random(9);
    io::Table table;
    table.columns.push_back({.name = "Time"});
    for (std::size_t f = 0; f < frames; ++f)
      table.columns[0].numbers.push_back(static_cast<double>(f) / 100);
    for (const auto& name : body::plug_in_gait_markers()) {
      const double phase = random.uniform(0, 6), reach = random.uniform(50, 300);
      double height = random.uniform(900, 1300);
      if (name.ends_with("TOE") || name.ends_with("HEE") || name.ends_with("ANK")) height = 60;
      if (name == "C7" || name == "CLAV" || name.ends_with("SHO")) height = 1500;
      io::Column axes[3];
      for (std::size_t k = 0; k < 3; ++k) axes[k].name = name + "_" + "XYZ"[k];
      for (std::size_t f = 0; f < frames; ++f) {
        const double t = static_cast<double>(f) / 100;
        const bool missing = random.uniform() < 0.02;
        const double nan = std::numeric_limits<double>::quiet_NaN();
        axes[0].numbers.push_back(missing ? nan : reach * std::sin(phase + t));
        axes[1].numbers.push_back(missing ? nan : height + 20 * std::sin(3 * t));
        axes[2].numbers.push_back(missing ? nan : reach * std::cos(phase + t));
      }
      if (name == leave_out) continue;
      for (auto& axis : axes) table.columns.push_back(std::move(axis));
    }
    io::write_csv(table, path("walk.csv"));
  }
  std::string err_;
};

TEST_F(Predict, StreamedLinesEqualTheWholeRecordingBitForBit) {
  write_random_model();
  write_recording(10'000);
  ASSERT_EQ(run("predict m.safetensors walk.csv --out whole.csv"), 0) << errors();
  ASSERT_EQ(run("stream m.safetensors < walk.csv > live.csv"), 0) << errors();
  const auto whole = io::read_csv(path("whole.csv")), live = io::read_csv(path("live.csv"));
  ASSERT_EQ(live.rows(), 10'000u);
  for (const char* name : {"hip_flexion_r", "knee_angle_r"})
    EXPECT_EQ(live.numbers(name), whole.numbers(name)) << name;
  ASSERT_EQ(run("predict m.safetensors walk.csv --weights int8 --out whole8.csv"), 0) << errors();
  ASSERT_EQ(run("stream m.safetensors --weights int8 < walk.csv > live8.csv"), 0) << errors();
  const auto small = io::read_csv(path("whole8.csv"));
  EXPECT_EQ(io::read_csv(path("live8.csv")).numbers("knee_angle_r"), small.numbers("knee_angle_r"));
  EXPECT_NE(small.numbers("knee_angle_r"), whole.numbers("knee_angle_r"));
}

TEST_F(Predict, StreamSeesWhichWayIsUpAsPredictDoes) {
  write_random_model();
  write_recording(50);
  auto table = io::read_csv(path("walk.csv"));  // Z up: x stays, y becomes z, z becomes -y
  for (std::size_t c = 1; c + 2 < table.columns.size(); c += 3) {
    auto &y = table.columns[c + 1].numbers, &z = table.columns[c + 2].numbers;
    std::swap(y, z);
    for (auto& v : y) v = -v;
  }
  io::write_csv(table, path("z_up.csv"));
  ASSERT_EQ(run("predict m.safetensors walk.csv --out y.csv"), 0) << errors();
  ASSERT_EQ(run("stream m.safetensors < z_up.csv > live.csv"), 0) << errors();
  EXPECT_THAT(errors(), HasSubstr("lines are taken as Z up"));
  const auto whole = io::read_csv(path("y.csv")), live = io::read_csv(path("live.csv"));
  EXPECT_EQ(live.numbers("knee_angle_r"), whole.numbers("knee_angle_r"));
  ASSERT_EQ(run("stream m.safetensors --up y < z_up.csv > told.csv"), 0) << errors();
  EXPECT_NE(io::read_csv(path("told.csv")).numbers("knee_angle_r"), whole.numbers("knee_angle_r"));
}

TEST_F(Predict, AnInstructionSetIsForcedOrRefused) {
  write_random_model();
  write_recording(50);
  ASSERT_EQ(run("predict m.safetensors walk.csv --out best.csv"), 0) << errors();
  ::setenv("KINEMYO_KERNELS", "scalar", 1);
  EXPECT_EQ(run("predict m.safetensors walk.csv --out plain.csv"), 0) << errors();
  ::setenv("KINEMYO_KERNELS", "abacus", 1);
  EXPECT_EQ(run("predict m.safetensors walk.csv --out none.csv"), 1);
  ::unsetenv("KINEMYO_KERNELS");
  EXPECT_THAT(errors(), HasSubstr("KINEMYO_KERNELS: this machine cannot run \"abacus\"; it can run "));
  const auto best = io::read_csv(path("best.csv")), plain = io::read_csv(path("plain.csv"));
  const auto a = best.numbers("knee_angle_r"), b = plain.numbers("knee_angle_r");
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4) << i;
}

TEST_F(Predict, StreamAnswersEveryFrameAtOnce) {
  write_random_model();
  write_recording(3);
  // The second line is sent only when the answer to the first is there.
  const std::string script =
      "mkfifo in; ('" KINEMYO_BINARY
      "' stream m.safetensors < in > out 2>err) & exec 3>in; "
      "sed -n 1,2p walk.csv >&3; "
      "i=0; while [ $(wc -l < out) -lt 2 ] && [ $i -lt 200 ]; do i=$((i+1)); sleep 0.05; done; "
      "wc -l < out > first; sed -n '3,$p' walk.csv >&3; exec 3>&-; wait; wc -l < out > last";
  ASSERT_EQ(std::system(("cd '" + folder_.string() + "' && " + script).c_str()), 0);
  EXPECT_EQ(std::stoi(base::read_file(path("first"))), 2);
  EXPECT_EQ(std::stoi(base::read_file(path("last"))), 4);
}

TEST_F(Predict, StreamsBinaryFrames) {
  write_random_model();
  write_recording(50);
  ASSERT_EQ(run("stream m.safetensors < walk.csv > live.csv"), 0) << errors();
  const auto table = io::read_csv(path("walk.csv"));
  std::string bytes;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    for (std::size_t c = 1; c < table.columns.size(); ++c) {
      const double value = table.columns[c].numbers[r] / 1000;
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  base::write_file(path("frames"), bytes);
  ASSERT_EQ(run("stream m.safetensors --binary f8 < frames > answers"), 0) << errors();
  const auto answers = base::read_file(path("answers"));
  ASSERT_EQ(answers.size(), 50u * 2 * 8);
  const auto live = io::read_csv(path("live.csv"));
  for (std::size_t r = 0; r < 50; ++r) {
    double knee = 0;
    std::memcpy(&knee, answers.data() + (2 * r + 1) * 8, 8);
    EXPECT_NEAR(knee * 180 / M_PI, live.numbers("knee_angle_r")[r], 1e-9);
  }
  base::write_file(path("frames"), bytes.substr(0, bytes.size() - 3));
  EXPECT_EQ(run("stream m.safetensors --binary f8 < frames > answers"), 1);
  EXPECT_THAT(errors(), HasSubstr("frame 49 is cut off; expected 480 bytes, found 477"));
}

TEST_F(Predict, StreamRefusesANetworkThatLooksAhead) {
  write_random_model(true);
  write_recording(3);
  EXPECT_EQ(run("stream m.safetensors < walk.csv"), 1);
  EXPECT_THAT(errors(), HasSubstr("a bidirectional network needs the whole recording"));
}

TEST_F(Predict, StreamNamesTheLineAndColumnOfText) {
  write_random_model();
  write_recording(2);
  auto text = base::read_file(path("walk.csv"));
  const auto line = text.find('\n', text.find('\n') + 1) + 1;
  base::write_file(path("walk.csv"),
                   text.substr(0, line) + "0.01,abc" + text.substr(text.find(',', line + 5)));
  EXPECT_EQ(run("stream m.safetensors < walk.csv"), 1);
  EXPECT_THAT(errors(),
              HasSubstr("<stdin>:line 3, column 2: LASI_X; expected a number, found \"abc\""));
  base::write_file(path("walk.csv"), text.substr(0, line) + "0.01,1\n");
  EXPECT_EQ(run("stream m.safetensors < walk.csv"), 1);
  EXPECT_THAT(errors(),
              HasSubstr("<stdin>:line 3: a frame; expected 61 cells, as in the header, found 2"));
}

TEST_F(Predict, ListsTheChannelsThatAreMissing) {
  write_random_model();
  write_recording(3, "LKNE");
  EXPECT_EQ(run("predict m.safetensors walk.csv --out x.csv"), 1);
  EXPECT_THAT(errors(), HasSubstr("LKNE"));
  EXPECT_FALSE(fs::exists(path("x.csv")));
  EXPECT_EQ(run("stream m.safetensors < walk.csv"), 1);
  EXPECT_THAT(errors(), HasSubstr("LKNE"));
}

TEST_F(Predict, WritesMotInDegreesAndNpyInRadians) {
  write_random_model();
  write_recording(20);
  ASSERT_EQ(run("predict m.safetensors walk.csv --out x.mot"), 0) << errors();
  EXPECT_THAT(base::read_file(path("x.mot")), HasSubstr("inDegrees=yes"));
  ASSERT_EQ(run("predict m.safetensors walk.csv --out x.npy"), 0) << errors();
  ASSERT_EQ(run("predict m.safetensors walk.csv --out x.csv"), 0) << errors();
  const auto array = io::read_npy(path("x.npy"));
  const auto table = io::read_csv(path("x.csv"));
  EXPECT_NEAR(array.values[1] * 180 / M_PI, table.numbers("knee_angle_r")[0], 1e-9);
  EXPECT_EQ(run("predict m.safetensors walk.csv --out x.docx"), 1);
}

TEST_F(Predict, RawRefusesTheWrongWidthAndMissingNumbers) {
  write_random_model();
  io::write_npy(path("x.npy"), {2, 3}, std::vector<double>(6, 0.0));
  EXPECT_EQ(run("predict m.safetensors x.npy --raw --out y.npy"), 1);
  EXPECT_THAT(errors(),
              HasSubstr("its network takes frames x 60 numbers, the array has shape [2, 3]"));
  std::vector<double> values(120, 0.5);
  values[61] = std::nan("");
  io::write_npy(path("x.npy"), {2, 60}, values);
  EXPECT_EQ(run("predict m.safetensors x.npy --raw --out y.npy"), 1);
  EXPECT_THAT(
      errors(),
      HasSubstr("x.npy:row 1, column 1: a network's input; expected a finite number, found nan"));
}

TEST_F(Predict, ADamagedModelIsRefused) {
  write_recording(2);
  base::write_file(path("m.safetensors"), "not a model");
  EXPECT_EQ(run("predict m.safetensors walk.csv --out x.csv"), 1);
  EXPECT_THAT(errors(), HasSubstr("m.safetensors:byte 0x0: not a safetensors file"));
}

TEST_F(Predict, ImportedWeightsGiveWhatPyTorchGives) {
  KINEMYO_REAL_DATA(real, "original_models");
  const std::string stem = (real / "lstm_joint_angle_model").string();
  ASSERT_EQ(run("import '" + stem + ".pth' --out original.safetensors"), 0) << errors();
  EXPECT_THAT(errors(), HasSubstr("has no scaler"));
  ASSERT_EQ(run("predict original.safetensors '" + stem + "_input.npy' --raw --out y.npy"), 0)
      << errors();
  const auto y = io::read_npy(path("y.npy")), expected = io::read_npy(stem + "_expected.npy");
  ASSERT_EQ(y.values.size(), expected.values.size());
  double largest = 0;
  for (std::size_t i = 0; i < y.values.size(); ++i)
    largest = std::max(largest, std::abs(y.values[i] - expected.values[i]));
  std::printf("largest difference to the original network's output: %.3g\n", largest);
  EXPECT_LT(largest, 1e-4);
  // What smaller weights cost: outputs are z-scores, root mean square.
  for (const auto& [weights, most] : {std::pair{"bf16", 1e-3}, std::pair{"int8", 4e-3}}) {
    ASSERT_EQ(run("predict original.safetensors '" + stem + "_input.npy' --raw --weights " + weights + " --out s.npy"), 0)
        << errors();
    const auto small = io::read_npy(path("s.npy"));
    ASSERT_EQ(small.values.size(), y.values.size());
    double sum = 0;
    for (std::size_t i = 0; i < y.values.size(); ++i) sum += std::pow(small.values[i] - y.values[i], 2);
    const double rms = std::sqrt(sum / static_cast<double>(y.values.size()));
    std::printf("%s weights: outputs differ by %.2g (rms, z-scores)\n", weights, rms);
    EXPECT_LT(rms, most) << weights;
    EXPECT_GT(rms, 0) << weights;
  }
}

TEST_F(Predict, ImportRefusesAnotherProgramsObjects) {
  EXPECT_EQ(run("import '" KINEMYO_SOURCE_DIR
                "/tests/golden/exchange/whole_object.pth' --out x.safetensors"),
            1);
  EXPECT_THAT(errors(), HasSubstr("\"__main__.Regressor\""));
  EXPECT_EQ(run("import '" KINEMYO_SOURCE_DIR
                "/tests/golden/exchange/lstm.pth' --out x.safetensors --inputs a,b"),
            2);
  EXPECT_THAT(errors(), HasSubstr("--inputs names 2 channels; the network takes 4 numbers"));
}

TEST_F(Predict, TurnsACamerasKeypointsUpright) {
  model::Model model;
  model.input.markers = body::body_keypoints();
  model.network = {"lstm", 48, 1, 1, 8, 0, false};
  model.weights = infer::random_weights(model.network, 2);
  model.outputs = {{"knee_angle_r", "rad", model::OutputChannel::Source::network, 0}};
  model.rate_hz = 30;
  model::write_model(model, path("m.safetensors"));
  const auto write_video = [&](const std::string& name, double sign) {
    io::Table table;
    for (const auto& landmark : body::mediapipe_landmarks()) {
      const bool head = landmark == "NOSE" || landmark.find("E") == 1 ||
                        landmark.find("SHOULDER") != landmark.npos;
      const bool foot = landmark.find("ANKLE") != landmark.npos ||
                        landmark.find("HEEL") != landmark.npos ||
                        landmark.find("FOOT") != landmark.npos;
      const double side = landmark.starts_with("LEFT") ? -0.2 : 0.2;
      const double height = head                                     ? 0.6
                            : foot                                   ? -0.8
                            : landmark.find("KNEE") != landmark.npos ? -0.4
                                                                     : 0.01;
      for (const auto& [axis, value] : {std::pair('X', 0.1 * height), std::pair('Y', sign * height),
                                        std::pair('Z', sign * side)}) {
        table.columns.push_back(
            {.name = landmark + "_" + axis, .numbers = std::vector<double>(20, value)});
      }
    }
    io::write_csv(table, path(name));
  };
  write_video("up.csv", 1);
  write_video("down.csv", -1);
  ASSERT_EQ(run("predict m.safetensors up.csv --out up_out.csv"), 0) << errors();
  ASSERT_EQ(run("predict m.safetensors down.csv --out down_out.csv"), 0) << errors();
  EXPECT_THAT(errors(), HasSubstr("y points down, as cameras have it; turned to Y up"));
  EXPECT_EQ(base::read_file(path("up_out.csv")), base::read_file(path("down_out.csv")));
  ASSERT_EQ(run("predict m.safetensors down.csv --up -y --out down_out.csv"), 0) << errors();
  EXPECT_EQ(base::read_file(path("up_out.csv")), base::read_file(path("down_out.csv")));
}

TEST_F(Predict, ExpandsVideoKeypointsInWindowsAsTheOriginal) {
  ASSERT_EQ(
      run("import '" KINEMYO_SOURCE_DIR "/tests/golden/exchange/lstm.pth' --out small.safetensors"),
      0)
      << errors();
  model::Model model;
  model.input.markers = body::original_markers();
  model.input.frame = model::Frame::laboratory;
  model.input.scale = model::BodyScale::none;
  model.network = {"lstm", 126, 1, 1, 8, 0, false};
  model.weights = infer::random_weights(model.network, 2);
  model.outputs = {{"knee_angle_r", "rad", model::OutputChannel::Source::network, 0}};
  model.window_frames = 10;
  model::write_model(model, path("m.safetensors"));
  io::Table table;
  for (const auto& name : body::mediapipe_landmarks()) {
    for (const char axis : {'X', 'Y', 'Z'}) {
      // The same ten frames twice, and five more.
      io::Column column{.name = name + "_" + axis};
      for (int f = 0; f < 25; ++f)
        column.numbers.push_back(0.01 * (f % 10) + static_cast<double>(table.columns.size()));
      table.columns.push_back(std::move(column));
    }
  }
  io::write_csv(table, path("video.csv"));
  ASSERT_EQ(run("predict m.safetensors video.csv --expand-original --out x.csv"), 0) << errors();
  EXPECT_THAT(
      errors(),
      HasSubstr("2 windows of 10 frames, each from rest; 5 frames at the end are not predicted"));
  const auto knee = io::read_csv(path("x.csv")).numbers("knee_angle_r");
  ASSERT_EQ(knee.size(), 20u);
  for (std::size_t f = 0; f < 10; ++f) EXPECT_EQ(knee[f], knee[f + 10]);
  EXPECT_NE(knee[0], knee[1]);
  EXPECT_EQ(run("predict small.safetensors video.csv --expand-original --out x.csv"), 1);
  EXPECT_THAT(errors(), HasSubstr("this model takes other inputs"));
}

}  // namespace
