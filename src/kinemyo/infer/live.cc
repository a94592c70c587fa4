#include "kinemyo/infer/live.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/body/names.h"
#include "kinemyo/features/channels.h"

namespace kinemyo::infer {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// A landmark that has not been seen for so long is not known at all.
constexpr double kUnknown_s = 1.0;

std::vector<std::string> names_of(const std::vector<model::OutputChannel>& outputs) {
  std::vector<std::string> names;
  for (const auto& output : outputs) names.push_back(output.name);
  return names;
}

}  // namespace

LiveModels::LiveModels(model::Model body, std::optional<model::Model> muscles, const LiveBodySettings& settings)
    : settings_(settings), body_(std::move(body), body::mediapipe_landmarks(), {}) {
  if (muscles) muscles_.emplace(std::move(*muscles), body::mediapipe_landmarks(), names_of(body_.model().outputs));
  take_outputs(body_.model(), false);
  if (muscles_) take_outputs(muscles_->model(), true);
}

// Where the body stands in the room a camera does not tell: translations are left out.
void LiveModels::take_outputs(const model::Model& model, bool muscles) {
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    const auto& output = model.outputs[i];
    if (output.unit == "m") continue;
    LiveOutput out{output.name, output.unit, 0, 1};
    if (output.unit != "1") {
      const auto& source = output.source == model::OutputChannel::Source::copy ? model.outputs[output.index] : output;
      const auto& scaler = model.output_scaler;
      const bool known = source.source == model::OutputChannel::Source::network && !scaler.empty();
      const double mean = known ? scaler.mean[source.index] : 0, reach = known ? 3 * scaler.scale[source.index] : 1;
      out.low = out.is_muscle() ? 0 : mean - reach;
      out.high = mean + reach;
    }
    const auto same = [&](const LiveOutput& one) { return one.name == out.name; };
    if (std::any_of(outputs_.begin(), outputs_.end(), same)) throw Error("both models give " + out.name);
    outputs_.push_back(out);
    taken_.push_back({muscles, i});
  }
}

double LiveModels::delay_s() const {
  double out = signal::OneEuro::delay_s(settings_.smoothing);
  if (body_.model().rate_hz > 0) out += 1 / body_.model().rate_hz;
  if (muscles_ && muscles_->model().rate_hz > 0) out += 1 / muscles_->model().rate_hz;
  return out;
}

struct Live::Parts {
  explicit Parts(const LiveModels& of)
      : models(of), body(of.settings()), angles(of.body()), frame(3 * motion::kLandmarks + of.body().model().outputs.size(), kNaN),
        unknown(motion::kLandmarks + of.body().model().outputs.size()), angle_deviations(of.body().model().outputs.size()),
        values(of.outputs().size(), kNaN), deviations(values) {
    if (of.muscles()) {
      muscles.emplace(*of.muscles());
      muscle_deviations.resize(of.muscles()->model().outputs.size());
    }
  }
  std::span<double> points() { return {frame.data(), 3 * motion::kLandmarks}; }
  std::span<double> named() { return std::span<double>(frame).subspan(3 * motion::kLandmarks); }
  void learn_size();
  void doubt(std::span<const double> active);

  const LiveModels& models;
  LiveBody body;
  LiveModelStream angles;
  std::optional<LiveModelStream> muscles;
  std::vector<double> frame;    // the landmarks, then what the body's model gives
  std::vector<double> unknown;  // of the same: 0 known, 1 not at all
  std::vector<double> angle_deviations, muscle_deviations;
  std::vector<double> values, deviations;
};

void Live::Parts::learn_size() {
  const auto& standing = body.standing();
  base::Matrix<double> frames(standing.size(), 3 * motion::kLandmarks);
  for (std::size_t f = 0; f < standing.size(); ++f)
    std::copy_n(standing[f].front().data(), frames.columns(), frames.row(f).begin());
  angles.calibrate(frames);
  if (muscles && !models.muscles()->model().input.markers.empty()) {
    base::Matrix<double> with_angles(standing.size(), frame.size(), kNaN);
    for (std::size_t f = 0; f < standing.size(); ++f) std::copy(frames.row(f).begin(), frames.row(f).end(), with_angles.row(f).begin());
    muscles->calibrate(with_angles);
  }
}

// A muscle's doubt is its own and that of the angles that it follows from.
void Live::Parts::doubt(std::span<const double> active) {
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) unknown[i] = std::min(1.0, body.unseen_s()[i] / kUnknown_s);
  models.body().deviations({unknown.data(), motion::kLandmarks}, named(), angle_deviations);
  if (active.empty()) return;
  const auto& outputs = models.body().model().outputs;
  const auto& scaler = models.body().model().output_scaler;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool scaled = outputs[i].source == model::OutputChannel::Source::network && !scaler.empty();
    const double one = scaled ? scaler.scale[outputs[i].index] : 1;
    const double part = angle_deviations[i] / one;
    unknown[motion::kLandmarks + i] = std::isfinite(part) ? std::min(1.0, part) : 0;
  }
  models.muscles()->deviations(unknown, active, muscle_deviations);
}

Live::Live(const LiveModels& models) : parts_(std::make_unique<Parts>(models)) {}
Live::~Live() = default;
Live::Live(Live&&) noexcept = default;

void Live::calibrate() { parts_->body.calibrate(); }
const LiveBody& Live::body() const { return parts_->body; }
const std::vector<double>& Live::values() const { return parts_->values; }
const std::vector<double>& Live::deviations() const { return parts_->deviations; }

void Live::step(const motion::LandmarkFrame& frame) {
  auto& p = *parts_;
  p.body.step(frame);
  std::fill(p.values.begin(), p.values.end(), kNaN);
  std::fill(p.deviations.begin(), p.deviations.end(), kNaN);
  if (p.body.just_calibrated()) p.learn_size();
  if (p.body.state() == LiveBody::State::lost) return;
  std::copy_n(p.body.points().front().data(), p.points().size(), p.points().begin());
  const auto named = p.angles.step(frame.time_s, p.points(), p.body.resumed());
  if (!named) return;
  std::copy(named->begin(), named->end(), p.named().begin());
  std::optional<std::span<const double>> active;
  if (p.muscles) active = p.muscles->step(frame.time_s, p.frame, p.body.resumed());
  p.doubt(active.value_or(std::span<const double>()));
  for (std::size_t i = 0; i < p.values.size(); ++i) {
    const auto& taken = p.models.taken_[i];
    if (taken.muscles && !active) continue;
    p.values[i] = taken.muscles ? (*active)[taken.index] : (*named)[taken.index];
    p.deviations[i] = taken.muscles ? p.muscle_deviations[taken.index] : p.angle_deviations[taken.index];
  }
}

motion::Recording predict_live(const LiveModels& models, const std::vector<motion::LandmarkTrial>& trials) {
  using motion::Quantity;
  const auto& outputs = models.outputs();
  std::size_t frames = 0;
  for (const auto& trial : trials) frames += trial.size();
  if (frames == 0) throw Error("the recording has no frames");
  base::Matrix<double> values(frames, outputs.size());
  std::vector<double> stamps;
  std::vector<motion::Event> starts;
  for (const auto& trial : trials) {
    if (trial.empty()) continue;
    // Behind the trial before, as far as its own pictures are apart.
    const double step_s = trial.size() > 1 ? trial[1].time_s - trial[0].time_s : 1;
    const double shift_s = stamps.empty() ? 0 : stamps.back() + step_s - trial[0].time_s;
    if (trials.size() > 1) starts.push_back({"Trial", "", trial[0].time_s + shift_s});
    Live live(models);
    for (const auto& frame : trial) {
      live.step(frame);
      std::copy(live.values().begin(), live.values().end(), values.row(stamps.size()).begin());
      stamps.push_back(frame.time_s + shift_s);
    }
  }
  motion::Recording out;
  out.format = "prediction";
  out.events = std::move(starts);
  out.up = motion::UpAxis::y;
  const auto clock = motion::Clock::stamped(std::move(stamps));
  for (const auto quantity : {Quantity::coordinate, Quantity::emg, Quantity::analog}) {
    std::vector<motion::Channel> channels;
    std::vector<std::size_t> picked;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto kind = outputs[i].unit == "rad" ? Quantity::coordinate : outputs[i].unit == "V" ? Quantity::emg : Quantity::analog;
      if (kind != quantity) continue;
      channels.push_back({outputs[i].name, outputs[i].unit});
      picked.push_back(i);
    }
    if (picked.empty()) continue;
    base::Matrix<double> part(values.rows(), picked.size());
    for (std::size_t f = 0; f < part.rows(); ++f)
      for (std::size_t i = 0; i < picked.size(); ++i) part(f, i) = values(f, picked[i]);
    out.series.emplace_back(quantity, std::move(channels), clock, std::move(part));
  }
  return out;
}

}  // namespace kinemyo::infer
