#include "kinemyo/infer/augmenter.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "infer/random_model.h"
#include "kinemyo/base/random.h"
#include "kinemyo/infer/network.h"
#include "kinemyo/body/names.h"

namespace kinemyo::infer {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const Person kPerson{1.8, 75};

model::Model make_augmenter() {
  model::Model model;
  for (int i = 0; i < 47; ++i) model.input.scalars.push_back("input_" + std::to_string(i));
  model.input.frame = model::Frame::laboratory;
  model.input.scale = model::BodyScale::none;
  model.network = {"lstm", 47, 105, 1, 8, 0};
  model.weights = random_weights(model.network, 7);
  model.rate_hz = 60;
  model.input_scaler = {std::vector<double>(47, 0.1), std::vector<double>(47, 0.5)};
  for (std::size_t i = 0; i < 105; ++i) model.outputs.push_back({"output_" + std::to_string(i), "1", model::OutputChannel::Source::network, i});
  return model;
}

// BODY_25's points of somebody who sways.
motion::Series keypoints(std::size_t frames = 60) {
  const std::vector<std::string> names = {"Neck",   "RShoulder", "LShoulder", "MidHip", "RHip", "LHip", "RKnee", "LKnee", "RAnkle",
                                          "LAnkle", "RHeel", "LHeel", "RSmallToe", "LSmallToe", "RBigToe", "LBigToe"};
  base::Random random(3);
  std::vector<motion::Channel> channels;
  base::Matrix<double> values(frames, 3 * names.size());
  for (std::size_t k = 0; k < names.size(); ++k) {
    channels.push_back({names[k], "m"});
    for (std::size_t c = 0; c < 3; ++c) {
      const double at = random.uniform(-0.5, 0.5), phase = random.uniform(0, 6);
      for (std::size_t f = 0; f < frames; ++f) values(f, 3 * k + c) = at + 0.05 * std::sin(0.1 * static_cast<double>(f) + phase);
    }
  }
  return {motion::Quantity::position, channels, motion::Clock::uniform(60, 0, frames), values};
}

motion::Series augmented(const motion::Series& seen) {
  std::vector<std::string> notes;
  return augment_markers(make_augmenter(), seen, kPerson, notes);
}

TEST(Augmenter, MarkersAreTheNetworksTimesStatureFromTheHips) {
  const auto model = make_augmenter();
  const auto seen = keypoints();
  const auto got = augmented(seen);
  ASSERT_EQ(got.names(), augmented_markers());
  EXPECT_EQ(got.channels().size(), 35u);
  // The network by itself, on inputs that are laid out here.
  const std::vector<std::size_t> order = {0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const Network network(model);
  auto state = network.make_state();
  for (std::size_t f = 0; f < seen.frames(); ++f) {
    std::vector<float> x, y(105);
    for (const auto k : order) {
      for (std::size_t c = 0; c < 3; ++c) x.push_back(static_cast<float>(((seen.at(f, k, c) - seen.at(f, 3, c)) / 1.8 - 0.1) / 0.5));
    }
    x.push_back(static_cast<float>((1.8 - 0.1) / 0.5));
    x.push_back(static_cast<float>((75 - 0.1) / 0.5));
    network.step(state, x, y);
    for (std::size_t m = 0; m < 35; ++m) {
      for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(got.at(f, m, c), 1.8 * static_cast<double>(y[3 * m + c]) + seen.at(f, 3, c), 1e-5);
    }
  }
}

TEST(Augmenter, MediaPipesNamesDoAsWell) {
  auto seen = keypoints();
  auto other = seen;
  std::vector<motion::Channel> channels;
  const std::vector<std::pair<std::string, std::string>> names = {{"RShoulder", "RIGHT_SHOULDER"}, {"LShoulder", "LEFT_SHOULDER"}, {"RHip", "RIGHT_HIP"}, {"LHip", "LEFT_HIP"},
                                                                 {"RKnee", "RIGHT_KNEE"}, {"LKnee", "LEFT_KNEE"}, {"RAnkle", "RIGHT_ANKLE"}, {"LAnkle", "LEFT_ANKLE"},
                                                                 {"RHeel", "RIGHT_HEEL"}, {"LHeel", "LEFT_HEEL"}, {"RBigToe", "RIGHT_FOOT_INDEX"}, {"LBigToe", "LEFT_FOOT_INDEX"}};
  base::Matrix<double> values(seen.frames(), 3 * names.size());
  for (std::size_t n = 0; n < names.size(); ++n) {
    channels.push_back({names[n].second, "m"});
    for (std::size_t f = 0; f < seen.frames(); ++f) {
      for (std::size_t c = 0; c < 3; ++c) values(f, 3 * n + c) = seen.at(f, *seen.find(names[n].first), c);
    }
  }
  for (std::size_t f = 0; f < seen.frames(); ++f) {
    for (std::size_t c = 0; c < 3; ++c) {
      const auto at = [&](const char* name) -> double& { return seen.at(f, *seen.find(name), c); };
      at("Neck") = 0.5 * (at("LShoulder") + at("RShoulder"));
      at("MidHip") = 0.5 * (at("LHip") + at("RHip"));
      at("RSmallToe") = at("RBigToe");
      at("LSmallToe") = at("LBigToe");
    }
  }
  const auto by_openpose = augmented(seen);
  const auto by_mediapipe = augmented({motion::Quantity::position, channels, seen.clock(), values});
  for (std::size_t i = 0; i < by_openpose.values().flat().size(); ++i) EXPECT_NEAR(by_openpose.values().flat()[i], by_mediapipe.values().flat()[i], 1e-6);
}

TEST(Augmenter, ShortGapsAreBridgedAndLongOnesStay) {
  auto seen = keypoints();
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t f = 10; f < 15; ++f) seen.at(f, 6, 1) = nothing;
  for (std::size_t f = 30; f < 50; ++f) seen.at(f, 8, 0) = nothing;
  std::vector<std::string> notes;
  const auto got = augment_markers(make_augmenter(), seen, kPerson, notes);
  for (std::size_t f = 0; f < 60; ++f) EXPECT_EQ(got.missing(f, 0), f >= 30 && f < 50) << f;
  EXPECT_THAT(notes, testing::ElementsAre("20 of 60 frames lack a keypoint for longer than 0.2 s, or at an end: no markers there"));
}

TEST(Augmenter, SaysWhatIsWrong) {
  std::vector<std::string> notes;
  const auto seen = keypoints();
  auto model = make_augmenter();
  EXPECT_THAT([&] { augment_markers(model, seen, {1800, 75}, notes); }, ThrowsMessage<Error>("stature is 1800 m; expected 0.5 to 2.5 m"));
  EXPECT_THAT([&] { augment_markers(model, seen, {1.8, 0}, notes); }, ThrowsMessage<Error>("mass is 0 kg; expected 5 to 300 kg"));
  EXPECT_THAT([&] { augment_markers(model, seen.select({"Neck", "RHip", "LHip"}), kPerson, notes); }, ThrowsMessage<Error>(HasSubstr("missing are right shoulder, left shoulder, right knee")));
  model.input_scaler = {};
  EXPECT_THAT([&] { augment_markers(model, seen, kPerson, notes); }, ThrowsMessage<Error>(HasSubstr("--input-mean and --input-scale")));
  model = make_augmenter();
  std::swap(model.outputs[3].index, model.outputs[4].index);
  EXPECT_THAT([&] { augment_markers(model, seen, kPerson, notes); }, ThrowsMessage<Error>(HasSubstr("this is no augmenter as `kinemyo import` makes it")));
  model = make_augmenter();
  model.outputs.pop_back();
  EXPECT_THAT([&] { augment_markers(model, seen, kPerson, notes); }, ThrowsMessage<Error>(HasSubstr("this is no augmenter as `kinemyo import` makes it")));
  model = make_augmenter();
  model.network.outputs = 36;
  EXPECT_THAT([&] { augment_markers(model, seen, kPerson, notes); }, ThrowsMessage<Error>(HasSubstr("expected a network of 47 inputs and 105 outputs, found 47 and 36")));
}

}  // namespace
}  // namespace kinemyo::infer
