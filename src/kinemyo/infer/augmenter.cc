#include "kinemyo/infer/augmenter.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/keypoints.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/infer/network.h"
#include "kinemyo/infer/runner.h"
#include "kinemyo/motion/recording.h"
#include "kinemyo/signal/gaps.h"

namespace kinemyo::infer {

namespace {

constexpr double kBridged_s = 0.2;

// What the network takes, in its order, then the middle of the hips: the mean of the first of these lists that is there whole.
struct Keypoint {
  const char* name;
  std::vector<std::vector<const char*>> from;
};
constexpr std::size_t kTaken = 15;
const std::vector<Keypoint>& keypoints_needed() {
  static const std::vector<Keypoint> all = {{"neck", {{"Neck"}, {"LEFT_SHOULDER", "RIGHT_SHOULDER"}}},
                                            {"right shoulder", {{"RIGHT_SHOULDER"}}},
                                            {"left shoulder", {{"LEFT_SHOULDER"}}},
                                            {"right hip", {{"RIGHT_HIP"}}},
                                            {"left hip", {{"LEFT_HIP"}}},
                                            {"right knee", {{"RIGHT_KNEE"}}},
                                            {"left knee", {{"LEFT_KNEE"}}},
                                            {"right ankle", {{"RIGHT_ANKLE"}}},
                                            {"left ankle", {{"LEFT_ANKLE"}}},
                                            {"right heel", {{"RIGHT_HEEL"}}},
                                            {"left heel", {{"LEFT_HEEL"}}},
                                            {"right small toe", {{"RSmallToe"}, {"RIGHT_FOOT_INDEX"}}},
                                            {"left small toe", {{"LSmallToe"}, {"LEFT_FOOT_INDEX"}}},
                                            {"right big toe", {{"RIGHT_FOOT_INDEX"}}},
                                            {"left big toe", {{"LEFT_FOOT_INDEX"}}},
                                            {"middle of the hips", {{"MidHip"}, {"LEFT_HIP", "RIGHT_HIP"}}}};
  return all;
}

// The points that are needed, out of those that are seen; short gaps bridged.
motion::Series needed_points(const motion::Series& seen) {
  const auto names = seen.names();
  std::vector<body::MeanPoint> points;
  std::vector<std::string> absent;
  for (const auto& keypoint : keypoints_needed()) {
    body::MeanPoint point{keypoint.name, {}};
    for (const auto& list : keypoint.from) {
      std::vector<std::string> found;
      for (const auto* name : list) {
        if (const auto at = features::find_marker(names, name)) found.push_back(names[*at]);
      }
      if (point.of.empty() && found.size() == list.size()) point.of = std::move(found);
    }
    if (point.of.empty()) absent.push_back(point.name);
    points.push_back(std::move(point));
  }
  if (!absent.empty()) {
    throw Error("the augmenter needs keypoints by MediaPipe's or OpenPose's names; missing are " + base::join(absent) + "; found " + base::join(names));
  }
  auto out = body::PointMap(points, names, body::Absent::missing).apply(seen);
  base::Matrix<double> one(out.frames(), 3);
  for (std::size_t k = 0; k < points.size(); ++k) {
    for (std::size_t c = 0; c < 3; ++c) one.set_column(c, out.values().column(3 * k + c));
    signal::fill_gaps(one, out.clock().rate_hz(), kBridged_s, signal::Interpolation::linear);
    for (std::size_t c = 0; c < 3; ++c) out.values().set_column(3 * k + c, one.column(c));
  }
  return out;
}

void check(const model::Model& model, const Person& person) {
  const auto inputs = 3 * kTaken + 2, outputs = 3 * augmented_markers().size();
  if (static_cast<std::size_t>(model.network.inputs) != inputs || static_cast<std::size_t>(model.network.outputs) != outputs) {
    throw Error("this is no augmenter of OpenCap's lower limbs: expected a network of " + std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
                " outputs, found " + std::to_string(model.network.inputs) + " and " + std::to_string(model.network.outputs));
  }
  const auto& input = model.input;
  bool plain = input.markers.empty() && input.scalars.size() == inputs && model::input_width(input) == inputs && input.low_pass_hz <= 0 && model.outputs.size() == outputs;
  for (std::size_t i = 0; plain && i < outputs; ++i) {
    plain = model.outputs[i].source == model::OutputChannel::Source::network && model.outputs[i].index == i;
  }
  if (!plain) {
    throw Error("this is no augmenter as `kinemyo import` makes it: expected " + std::to_string(inputs) + " single numbers in and the network's " + std::to_string(outputs) + " out, in order");
  }
  if (model.input_scaler.empty()) {
    throw Error("the augmenter has no scaler: import it with --input-mean and --input-scale (its mean and std files)");
  }
  const auto between = [](const char* what, double value, double low, double high, const char* unit) {
    if (value >= low && value <= high) return;
    throw Error(std::string(what) + " is " + base::to_text(value) + " " + unit + "; expected " + base::to_text(low) + " to " + base::to_text(high) + " " + unit);
  };
  between("stature", person.stature_m, 0.5, 2.5, "m");
  between("mass", person.mass_kg, 5, 300, "kg");
}

}  // namespace

const std::vector<std::string>& augmented_markers() {
  static const std::vector<std::string> names = {"r.ASIS",   "L.ASIS",     "r.PSIS",     "L.PSIS",   "r_knee",   "r_mknee",  "r_ankle",  "r_mankle", "r_toe",
                                                 "r_5meta",  "r_calc",     "L_knee",     "L_mknee",  "L_ankle",  "L_mankle", "L_toe",    "L_calc",   "L_5meta",
                                                 "R_Shoulder", "L_Shoulder", "C7",       "r_thigh1", "r_thigh2", "r_thigh3", "L_thigh1", "L_thigh2", "L_thigh3",
                                                 "r_sh1",    "r_sh2",      "r_sh3",      "L_sh1",    "L_sh2",    "L_sh3",    "R_HJC",    "L_HJC"};
  return names;
}

motion::Series augment_markers(const model::Model& augmenter, const motion::Series& seen, const Person& person, std::vector<std::string>& notes) {
  check(augmenter, person);
  motion::Recording recording;
  recording.series.push_back(seen);
  if (augmenter.rate_hz <= 0) {
    notes.push_back("the augmenter was never told its rate, and runs at the keypoints' own (" + base::to_text(seen.clock().rate_hz()) + " Hz); OpenCap's is of 60 Hz: import it with --rate 60");
  } else {
    recording = at_rate(recording, augmenter.rate_hz);
    notes.insert(notes.end(), recording.notes.begin(), recording.notes.end());
  }
  const auto keypoints = needed_points(*recording.find(motion::Quantity::position));
  const std::size_t frames = keypoints.frames(), width = 3 * kTaken + 2;
  const auto middle = [&](std::size_t frame, std::size_t axis) { return keypoints.at(frame, kTaken, axis); };
  base::Matrix<double> raw(frames, width);
  for (std::size_t f = 0; f < frames; ++f) {
    auto row = raw.row(f);
    for (std::size_t k = 0; k < width - 2; ++k) row[k] = (keypoints.at(f, k / 3, k % 3) - middle(f, k % 3)) / person.stature_m;
    row[width - 2] = person.stature_m;
    row[width - 1] = person.mass_kg;
  }
  const Network network(augmenter);
  const base::MatrixView<const double> whole = raw;
  const auto told = predict_frames(augmenter, network, {&whole, 1}).front();
  std::vector<motion::Channel> channels;
  for (const auto& name : augmented_markers()) channels.push_back({name, "m"});
  base::Matrix<double> out(frames, 3 * channels.size());
  std::size_t hidden = 0;
  for (std::size_t f = 0; f < frames; ++f) {
    const bool whole_frame = std::isfinite(std::accumulate(raw.row(f).begin(), raw.row(f).end(), 0.0));
    hidden += whole_frame ? 0 : 1;
    for (std::size_t k = 0; k < out.columns(); ++k) {
      out(f, k) = whole_frame ? told(f, k) * person.stature_m + middle(f, k % 3) : std::numeric_limits<double>::quiet_NaN();
    }
  }
  if (hidden > 0) {
    notes.push_back(std::to_string(hidden) + " of " + std::to_string(frames) + " frames lack a keypoint for longer than " + base::to_text(kBridged_s) +
                    " s, or at an end: no markers there");
  }
  return {motion::Quantity::position, std::move(channels), keypoints.clock(), std::move(out)};
}

}  // namespace kinemyo::infer
