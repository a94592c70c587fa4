#include "kinemyo/infer/live_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/random.h"
#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/features.h"
#include "kinemyo/features/segment_angles.h"

namespace kinemyo::infer {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// For so long an unknown input is held off its mean, to see what that does to the outputs.
constexpr double kTrial_s = 0.5;
// A step of the clock that is so little behind a frame is at the frame.
constexpr double kSame_s = 1e-6;
// Standard deviations to either side that hold nine of ten values.
constexpr double kNineOfTen = 1.645;

}  // namespace

LiveModel::LiveModel(model::Model model, const std::vector<std::string>& points, const std::vector<std::string>& scalars)
    : model_(std::move(model)), network_(model_), frame_numbers_(3 * points.size() + scalars.size()) {
  Stream check(model_, network_);  // throws for what does not run live
  std::vector<std::string> missing;
  for (const auto& name : model_.input.markers) {
    const auto found = features::find_marker(points, name);
    channels_.push_back(found ? *found : kAbsent);
    for (std::size_t c = 0; c < 3; ++c) sources_.push_back(found ? 3 * *found + c : kAbsent);
    if (!found) missing.push_back(name);
  }
  // As in features::raw_frames(): some keypoints may be absent throughout, not most of them.
  const bool keypoints = std::all_of(model_.input.markers.begin(), model_.input.markers.end(), features::is_keypoint);
  if (keypoints && 2 * missing.size() < model_.input.markers.size()) missing.clear();
  for (const auto& name : model_.input.scalars) {
    const auto found = features::find_scalar(scalars, name);
    channels_.push_back(found ? points.size() + *found : kAbsent);
    sources_.push_back(found ? 3 * points.size() + *found : kAbsent);
    if (!found) missing.push_back(name);
  }
  if (!missing.empty()) throw Error("the model takes channels that a camera's landmarks do not give: " + base::join(missing));
  read_training_variance();
  measure_sensitivity();
}

void LiveModel::read_training_variance() {
  const double all = model::metric(model_, "validation_loss");
  training_variance_.assign(network_.outputs(), all > 0 ? all : kNaN);
  const auto each = model::metrics_of(model_, "validation_loss_of");
  if (each.size() == training_variance_.size()) training_variance_ = each;
  for (const auto& output : model_.outputs) {
    if (output.source != model::OutputChannel::Source::network || !(output.half_width > 0)) continue;
    const double scale = model_.output_scaler.empty() ? 1 : model_.output_scaler.scale[output.index];
    training_variance_[output.index] = std::pow(output.half_width / kNineOfTen / scale, 2);
  }
}

// How far the outputs go when a channel stands one deviation beside its mean: that is what is not known when it is missing.
void LiveModel::measure_sensitivity() {
  const std::size_t outputs = network_.outputs(), inputs = network_.inputs();
  const double rate_hz = model_.rate_hz > 0 ? model_.rate_hz : 30;
  const int steps = std::clamp(static_cast<int>(kTrial_s * rate_hz), 1, 200);
  std::vector<float> input(inputs), rest(outputs), moved(outputs);
  const auto settled = [&](std::vector<float>& out) {
    auto state = network_.make_state();
    for (int i = 0; i < steps; ++i) network_.step(state, input, out);
  };
  settled(rest);
  variance_ = base::Matrix<double>(channels_.size(), outputs);
  const auto columns = columns_of_channels();
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    for (const auto column : columns[c]) {
      input[column] = 1;
      settled(moved);
      input[column] = 0;
      for (std::size_t o = 0; o < outputs; ++o) {
        const double change = static_cast<double>(moved[o]) - static_cast<double>(rest[o]);
        variance_(c, o) += change * change;
      }
    }
  }
}

// The network's columns that a channel stands in: its own, and the angles by geometry that cannot be told without it.
std::vector<std::vector<std::size_t>> LiveModel::columns_of_channels() const {
  const auto& spec = model_.input;
  const std::size_t markers = spec.markers.size(), scalars = model::position_width(spec), geometry = scalars + spec.scalars.size();
  std::vector<std::vector<std::size_t>> out(channels_.size());
  for (std::size_t m = 0; m < markers && spec.positions; ++m) out[m] = {3 * m, 3 * m + 1, 3 * m + 2};
  for (std::size_t i = 0; i < spec.scalars.size(); ++i) out[markers + i] = {scalars + i};
  if (spec.geometry.empty()) return out;
  // Any points that are not in line show which angles need which of them.
  base::Random random(1);
  std::vector<double> points(3 * markers);
  for (auto& number : points) number = random.normal();
  features::SegmentAngles angles(spec.markers, 1);
  const auto& names = angles.names();
  std::vector<double> whole(names.size()), without(names.size());
  for (std::size_t m = 0; m < markers; ++m) {
    angles.reset();
    angles.step(points, 0, whole);
    const double x = points[3 * m];
    points[3 * m] = kNaN;
    angles.reset();
    angles.step(points, 0, without);
    points[3 * m] = x;
    for (std::size_t g = 0; g < spec.geometry.size(); ++g) {
      const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), spec.geometry[g]) - names.begin());
      if (std::isfinite(whole[at]) && !std::isfinite(without[at])) out[m].push_back(geometry + g);
    }
  }
  return out;
}

void LiveModel::pick(std::span<const double> frame, std::span<double> raw) const {
  const double absent = model_.input.frame == model::Frame::laboratory ? 0.0 : kNaN;
  for (std::size_t i = 0; i < sources_.size(); ++i) raw[i] = sources_[i] == kAbsent ? absent : frame[sources_[i]];
}

void LiveModel::deviations(std::span<const double> unknown, std::span<const double> values, std::span<double> out) const {
  using Source = model::OutputChannel::Source;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& output = model_.outputs[i];
    out[i] = output.source == Source::constant ? 0 : kNaN;
    if (output.source != Source::network) continue;
    double variance = training_variance_[output.index];
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const double part = channels_[c] == kAbsent ? 0 : unknown[channels_[c]];
      if (part > 0) variance += part * part * variance_(c, output.index);
    }
    const double scale = model_.output_scaler.empty() ? 1 : model_.output_scaler.scale[output.index];
    out[i] = std::sqrt(variance) * scale;
    if (output.root) out[i] *= 2 * std::sqrt(std::max(0.0, values[i])) + out[i];  // of the square
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (model_.outputs[i].source == Source::copy) out[i] = out[model_.outputs[i].index];
  }
}

LiveModelStream::LiveModelStream(const LiveModel& model)
    : model_(model), stream_(model.model(), model.network()), last_(model.frame_numbers(), kNaN), between_(last_),
      raw_(stream_.raw_width()), out_(model.model().outputs.size()) {}

void LiveModelStream::calibrate(base::MatrixView<const double> frames) {
  stream_.reset();
  started_ = have_output_ = false;
  if (frames.rows() == 0) return;
  // The size is a mean over so many frames: they are told again until it is full, and then is fixed.
  const auto wanted = std::max<std::size_t>(frames.rows(), static_cast<std::size_t>(std::max(1, model_.model().input.calibration_frames)));
  base::Matrix<double> raw(wanted, raw_.size());
  for (std::size_t f = 0; f < wanted; ++f) model_.pick(frames.row(f % frames.rows()), raw.row(f));
  stream_.calibrate(raw);
}

std::optional<std::span<const double>> LiveModelStream::step(double time_s, std::span<const double> frame, bool fresh) {
  const double rate_hz = model_.model().rate_hz;
  if (fresh && started_) {
    // A frame without anything stands between, so that no speed is taken over the pause.
    std::fill(raw_.begin(), raw_.end(), kNaN);
    stream_.step(raw_, out_);
    started_ = false;
  }
  if (!started_) {
    start_s_ = time_s;
    next_ = 0;
    std::copy(frame.begin(), frame.end(), last_.begin());
    last_s_ = time_s;
  }
  started_ = true;
  if (rate_hz <= 0) {
    model_.pick(frame, raw_);
    stream_.step(raw_, out_);
    have_output_ = true;
  }
  for (; rate_hz > 0; ++next_) {
    const double at_s = start_s_ + static_cast<double>(next_) / rate_hz;
    if (at_s > time_s + kSame_s) break;
    const double part = time_s > last_s_ ? (at_s - last_s_) / (time_s - last_s_) : 1;
    for (std::size_t i = 0; i < between_.size(); ++i) between_[i] = part >= 1 ? frame[i] : last_[i] + part * (frame[i] - last_[i]);
    model_.pick(between_, raw_);
    stream_.step(raw_, out_);
    have_output_ = true;
  }
  std::copy(frame.begin(), frame.end(), last_.begin());
  last_s_ = time_s;
  if (!have_output_) return std::nullopt;
  return std::span<const double>(out_);
}

}  // namespace kinemyo::infer
