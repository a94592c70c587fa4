#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "infer/allocations.h"
#include "infer/random_model.h"
#include "kinemyo.h"
#include "kinemyo/base/file.h"
#include "kinemyo/infer/runner.h"

namespace kinemyo::infer {
namespace {

using testing::HasSubstr;

model::Model random_named_model() {
  model::Model model;
  model.input.markers = {"LASI", "RASI", "LPSI", "RPSI"};
  model.input.scale = model::BodyScale::none;
  model.input.scalars = {"knee_angle_r"};
  model.rate_hz = 100;
  model.outputs = {{.name = "hip_flexion_r", .unit = "rad", .index = 0},
                   {.name = "soleus", .unit = "V", .index = 1}};
  model.network = {"lstm", 13, 2, 2, 24, 0, false};
  model.weights = random_weights(model.network, 3);
  return model;
}

class CInterface : public testing::Test {
 protected:
  void SetUp() override {
    const std::string bytes = model::format_model(model_);
    ASSERT_EQ(kinemyo_model_parse(bytes.data(), bytes.size(), &read_), KINEMYO_OK) << kinemyo_error();
  }
  void TearDown() override { kinemyo_model_free(read_); }

  // Shape: frames x 13.
  static base::Matrix<double> frames(std::size_t count) {
    base::Random random(5);
    base::Matrix<double> out(count, 13);
    for (auto& value : out.flat()) value = random.normal();
    if (count > 3) out(3, 1) = std::nan("");
    return out;
  }
  base::Matrix<double> by_steps(const base::Matrix<double>& raw) const {
    const Network network(model_);
    Stream stream(model_, network);
    base::Matrix<double> out(raw.rows(), 2);
    for (std::size_t f = 0; f < raw.rows(); ++f) stream.step(raw.row(f), out.row(f));
    return out;
  }

  const model::Model model_ = random_named_model();
  kinemyo_model* read_ = nullptr;
};

TEST_F(CInterface, TellsWhatGoesInAndWhatComesOut) {
  ASSERT_EQ(kinemyo_model_inputs(read_), 13u);
  EXPECT_STREQ(kinemyo_model_input_name(read_, 0), "LASI_X");
  EXPECT_STREQ(kinemyo_model_input_name(read_, 11), "RPSI_Z");
  EXPECT_STREQ(kinemyo_model_input_name(read_, 12), "knee_angle_r");
  EXPECT_EQ(kinemyo_model_input_name(read_, 13), nullptr);
  ASSERT_EQ(kinemyo_model_outputs(read_), 2u);
  EXPECT_STREQ(kinemyo_model_output_name(read_, 1), "soleus");
  EXPECT_STREQ(kinemyo_model_output_unit(read_, 1), "V");
  EXPECT_EQ(kinemyo_model_output_unit(read_, 2), nullptr);
  EXPECT_EQ(kinemyo_model_rate_hz(read_), 100);
  EXPECT_EQ(kinemyo_model_can_stream(read_), 1);
}

TEST_F(CInterface, StepsAsTheStreamDoesWithoutAllocation) {
  const auto raw = frames(50);
  const auto expected = by_steps(raw);
  kinemyo_stream* stream = nullptr;
  ASSERT_EQ(kinemyo_stream_create(read_, nullptr, 0, &stream), KINEMYO_OK) << kinemyo_error();
  base::Matrix<double> out(raw.rows(), 2);
  AllocationCount count;
  for (std::size_t f = 0; f < raw.rows(); ++f) kinemyo_stream_step(stream, raw.row(f).data(), out.row(f).data());
  EXPECT_EQ(count.stop(), 0u);
  EXPECT_EQ(out, expected);
  EXPECT_EQ(kinemyo_stream_reset(stream), KINEMYO_OK);
  kinemyo_stream_step(stream, raw.row(0).data(), out.row(9).data());
  EXPECT_EQ(out(9, 0), expected(0, 0));
  kinemyo_stream_free(stream);
}

TEST_F(CInterface, TakesFramesInTheCallersOrderUnderTheCallersNames) {
  const auto raw = frames(20);
  const auto expected = by_steps(raw);
  // Other names of the same markers, other order, and a channel too many.
  const char* const names[] = {"Knee_Angle_R", "Anna:RPSIS_X", "Anna:RPSIS_Y", "Anna:RPSIS_Z", "HEAD_X",
                               "HEAD_Y",       "HEAD_Z",       "LPSI_X",       "LPSI_Y",       "LPSI_Z",
                               "RASI_X",       "RASI_Y",       "RASI_Z",       "LASI_Z",       "LASI_Y",
                               "LASI_X"};
  const std::size_t from[] = {12, 9, 10, 11, 99, 99, 99, 6, 7, 8, 3, 4, 5, 2, 1, 0};
  kinemyo_stream* stream = nullptr;
  ASSERT_EQ(kinemyo_stream_create(read_, names, 16, &stream), KINEMYO_OK) << kinemyo_error();
  for (std::size_t f = 0; f < raw.rows(); ++f) {
    double frame[16], out[2];
    for (std::size_t i = 0; i < 16; ++i) frame[i] = from[i] == 99 ? 1e9 : raw(f, from[i]);
    ASSERT_EQ(kinemyo_stream_step(stream, frame, out), KINEMYO_OK);
    EXPECT_EQ(out[0], expected(f, 0)) << f;
  }
  kinemyo_stream_free(stream);
}

TEST_F(CInterface, CalibratesAsTheStreamDoes) {
  const auto raw = frames(30);
  const Network network(model_);
  Stream expected(model_, network);
  expected.calibrate(raw);
  kinemyo_stream* stream = nullptr;
  ASSERT_EQ(kinemyo_stream_create(read_, nullptr, 0, &stream), KINEMYO_OK);
  ASSERT_EQ(kinemyo_stream_calibrate(stream, raw.data(), raw.rows()), KINEMYO_OK) << kinemyo_error();
  std::vector<double> a(2), b(2);
  expected.step(raw.row(0), a);
  kinemyo_stream_step(stream, raw.row(0).data(), b.data());
  EXPECT_EQ(a, b);
  kinemyo_stream_free(stream);
}

TEST_F(CInterface, PredictsManyRecordingsAsSteps) {
  const std::size_t lengths[] = {5, 0, 40, 1};
  const auto raw = frames(46);
  base::Matrix<double> out(46, 2);
  ASSERT_EQ(kinemyo_predict(read_, raw.data(), lengths, 4, out.data()), KINEMYO_OK) << kinemyo_error();
  std::size_t done = 0;
  for (const auto length : lengths) {
    base::Matrix<double> part(length, 13);
    std::copy_n(raw.data() + done * 13, length * 13, part.data());
    const auto expected = by_steps(part);
    for (std::size_t f = 0; f < length; ++f, ++done) EXPECT_EQ(out(done, 1), expected(f, 1)) << done;
  }
  EXPECT_EQ(kinemyo_predict(read_, nullptr, nullptr, 0, nullptr), KINEMYO_OK);
}

TEST_F(CInterface, OneModelServesManyThreads) {
  const auto raw = frames(200);
  const auto expected = by_steps(raw);
  std::vector<base::Matrix<double>> out(8, base::Matrix<double>(raw.rows(), 2));
  std::vector<std::thread> threads;
  for (auto& mine : out) {
    threads.emplace_back([&] {
      kinemyo_stream* stream = nullptr;
      kinemyo_stream_create(read_, nullptr, 0, &stream);
      for (std::size_t f = 0; f < raw.rows(); ++f)
        kinemyo_stream_step(stream, raw.row(f).data(), mine.row(f).data());
      kinemyo_stream_free(stream);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& one : out) EXPECT_EQ(one, expected);
}

TEST_F(CInterface, SaysWhatTheFramesLack) {
  const char* const names[] = {"LASI_X", "LASI_Y", "LASI_Z", "RASI_X", "RASI_Y", "LPSI_X", "LPSI_Y", "LPSI_Z"};
  kinemyo_stream* stream = nullptr;
  EXPECT_EQ(kinemyo_stream_create(read_, names, 8, &stream), KINEMYO_BAD_DATA);
  EXPECT_EQ(stream, nullptr);
  EXPECT_STREQ(kinemyo_error(), "the frames lack RASI_Z, RPSI, knee_angle_r");
  const char* const twice[] = {"LASI_X", "LASI_Y", "LASI_Z", "LASI_Z"};
  EXPECT_EQ(kinemyo_stream_create(read_, twice, 4, &stream), KINEMYO_BAD_DATA);
  EXPECT_STREQ(kinemyo_error(), "the name \"LASI_Z\" is there twice");
}

TEST_F(CInterface, EveryFailureHasAStatusAndAText) {
  kinemyo_model* model = read_;
  EXPECT_EQ(kinemyo_model_load("/nowhere/m.safetensors", &model), KINEMYO_BAD_DATA);
  EXPECT_EQ(model, nullptr);
  EXPECT_THAT(kinemyo_error(), HasSubstr("/nowhere/m.safetensors"));
  EXPECT_EQ(kinemyo_model_parse("junk", 4, &model), KINEMYO_BAD_DATA);
  EXPECT_THAT(kinemyo_error(), HasSubstr("<memory>"));
  EXPECT_EQ(kinemyo_model_load(nullptr, &model), KINEMYO_BAD_USE);
  EXPECT_EQ(kinemyo_model_load("x", nullptr), KINEMYO_BAD_USE);
  double number = 0;
  EXPECT_EQ(kinemyo_stream_step(nullptr, &number, &number), KINEMYO_BAD_USE);
  EXPECT_EQ(kinemyo_stream_reset(nullptr), KINEMYO_BAD_USE);
  EXPECT_EQ(kinemyo_predict(nullptr, &number, nullptr, 0, &number), KINEMYO_BAD_USE);
  EXPECT_STREQ(kinemyo_error(), "kinemyo_predict: model is NULL");
  // Each thread has its own text.
  std::thread([] { EXPECT_STREQ(kinemyo_error(), ""); }).join();
}

TEST(CInterfaceOfAModelThatLooksAhead, PredictsButRefusesStreams) {
  auto model = random_named_model();
  model.network.bidirectional = true;
  model.weights = random_weights(model.network, 3);
  const std::string bytes = model::format_model(model);
  kinemyo_model* read = nullptr;
  ASSERT_EQ(kinemyo_model_parse(bytes.data(), bytes.size(), &read), KINEMYO_OK) << kinemyo_error();
  EXPECT_EQ(kinemyo_model_can_stream(read), 0);
  kinemyo_stream* stream = nullptr;
  EXPECT_EQ(kinemyo_stream_create(read, nullptr, 0, &stream), KINEMYO_BAD_DATA);
  EXPECT_THAT(kinemyo_error(), HasSubstr("whole recording"));
  const std::vector<double> frames(13 * 4, 0.5);
  const std::size_t lengths[] = {4};
  double out[8] = {};
  EXPECT_EQ(kinemyo_predict(read, frames.data(), lengths, 1, out), KINEMYO_OK) << kinemyo_error();
  EXPECT_NE(out[0], 0);
  kinemyo_model_free(read);
}

}  // namespace
}  // namespace kinemyo::infer
