#include "kinemyo/infer/runner.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kinemyo/base/text.h"
#include "kinemyo/features/features.h"
#include "kinemyo/infer/trials.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/resample.h"

namespace kinemyo::infer {

namespace {

using motion::Quantity;

// Rates as near as this are one: cameras state 59.94 Hz as 60.
constexpr double kSameRate = 1e-3;
// An uneven clock is bridged over at most so many of its usual steps.
constexpr double kReachSteps = 3;

features::Extractor make_extractor(const model::Model& model, std::size_t network_inputs) {
  features::Extractor extractor(model.input, model.rate_hz);
  if (model::input_width(model.input) != network_inputs) {
    throw Error("the model's input channels make " + std::to_string(model::input_width(model.input)) +
                " numbers, its network takes " + std::to_string(network_inputs));
  }
  return extractor;
}

// After calibration the next frame must not look back: a frame without any marker stands between.
void learn_body(features::Extractor& extractor, base::MatrixView<const double> raw,
                std::span<float> inputs) {
  for (std::size_t f = 0; f < raw.rows(); ++f) extractor.step(raw.row(f), inputs);
  const std::vector<double> nothing(extractor.raw_width(),
                                    std::numeric_limits<double>::quiet_NaN());
  extractor.step(nothing, inputs);
}

bool is_input(const motion::Series& series) {
  return series.quantity() == Quantity::position ||
         (series.components() == 1 && series.quantity() != Quantity::visibility);
}

motion::Series resampled(const motion::Series& series, double rate_hz) {
  const auto& clock = series.clock();
  const auto& values = series.values();
  std::size_t frames = 0;
  std::vector<std::vector<double>> columns;
  std::vector<double> times, stamps;
  if (!clock.is_uniform()) {
    frames = static_cast<std::size_t>(std::floor(clock.span_s() * rate_hz + 1e-6)) + 1;
    for (std::size_t f = 0; f < frames; ++f)
      times.push_back(clock.start_s() + static_cast<double>(f) / rate_hz);
    for (std::size_t f = 0; f < clock.size(); ++f) stamps.push_back(clock.time_s(f));
  }
  for (std::size_t c = 0; c < values.columns(); ++c) {
    const auto column = values.column(c);
    columns.push_back(clock.is_uniform() ? signal::resample(column, clock.rate_hz(), rate_hz)
                                         : signal::interpolate_at(stamps, column, times,
                                                                  kReachSteps / clock.rate_hz(),
                                                                  signal::Interpolation::pchip));
    frames = columns.back().size();
  }
  base::Matrix<double> out(frames, values.columns());
  for (std::size_t c = 0; c < columns.size(); ++c) out.set_column(c, columns[c]);
  return {series.quantity(), series.channels(),
          motion::Clock::uniform(rate_hz, clock.start_s(), frames), std::move(out)};
}

// One series for each quantity among the outputs, in the order in which they come first.
void add_outputs(motion::Recording& to, const model::Model& model, const motion::Clock& clock,
                 const base::Matrix<double>& named, const Interval& interval) {
  const auto quantity_of = [](const model::OutputChannel& output) {
    if (output.unit == "rad" || output.unit == "m") return Quantity::coordinate;
    return output.unit == "V" ? Quantity::emg : Quantity::analog;
  };
  for (const auto quantity : {Quantity::coordinate, Quantity::emg, Quantity::analog}) {
    std::vector<std::pair<const base::Matrix<double>*, std::size_t>> picked;
    std::vector<motion::Channel> channels;
    for (std::size_t i = 0; i < model.outputs.size(); ++i) {
      if (quantity_of(model.outputs[i]) != quantity) continue;
      const auto pick = [&](const base::Matrix<double>& from, const char* behind) {
        picked.emplace_back(&from, i);
        channels.push_back({model.outputs[i].name + behind, model.outputs[i].unit});
      };
      pick(named, "");
      if (named.rows() == 0 || std::isnan(interval.low(0, i))) continue;
      pick(interval.low, " low");
      pick(interval.high, " high");
    }
    if (picked.empty()) continue;
    base::Matrix<double> values(named.rows(), picked.size());
    for (std::size_t f = 0; f < named.rows(); ++f) {
      for (std::size_t i = 0; i < picked.size(); ++i) values(f, i) = (*picked[i].first)(f, picked[i].second);
    }
    to.series.emplace_back(quantity, std::move(channels), clock, std::move(values));
  }
}

// The clock of the series that the inputs come from.
const motion::Clock& input_clock(const motion::Recording& recording, const model::Model& model,
                                 std::size_t frames) {
  const auto wanted = model.input.markers.empty() ? Quantity::coordinate : Quantity::position;
  const motion::Clock* clock = nullptr;
  for (const auto& series : recording.series) {
    if (series.frames() != frames) continue;
    if (clock == nullptr || series.quantity() == wanted) clock = &series.clock();
    if (series.quantity() == wanted) break;
  }
  require(clock != nullptr, "predict: no series has the inputs' frames");
  return *clock;
}

}  // namespace

struct Stream::Parts {
  const model::Model& model;
  const Network& network;
  features::Extractor extractor;
  Network::State state;
  base::Matrix<float> input;
  std::vector<float> output;
};

Stream::Stream(const model::Model& model, const Network& network)
    : parts_(new Parts{model, network, make_extractor(model, network.inputs()),
                       network.make_state(), base::Matrix<float>(1, network.inputs()),
                       std::vector<float>(network.outputs())}) {
  if (const auto why = model::why_not_live(model.input); !why.empty()) throw Error("this model cannot run live: " + why);
}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;

std::size_t Stream::raw_width() const { return parts_->extractor.raw_width(); }

void Stream::calibrate(base::MatrixView<const double> raw) {
  learn_body(parts_->extractor, raw, parts_->input.row(0));
}

void Stream::step(std::span<const double> raw, std::span<double> out) {
  auto& p = *parts_;
  p.extractor.step(raw, p.input.row(0));
  features::scale(p.input, p.model.input_scaler);
  p.network.step(p.state, p.input.row(0), p.output);
  features::restore(p.model, p.output, p.extractor.placement(), out);
}

void Stream::reset() {
  parts_->extractor.reset();
  parts_->state.reset();
}

motion::Recording at_rate(const motion::Recording& input, double rate_hz) {
  motion::Recording out;
  out.source = input.source;
  out.format = input.format;
  out.up = input.up;
  for (const auto& series : input.series) {
    if (!is_input(series)) continue;
    const auto& clock = series.clock();
    const bool same = rate_hz == 0 || series.frames() == 0 ||
                      (clock.is_uniform() && std::abs(clock.rate_hz() / rate_hz - 1) <= kSameRate);
    if (same) {
      out.series.push_back(series);
      continue;
    }
    out.series.push_back(resampled(series, rate_hz));
    const std::string what =
        "the " + std::string(motion::to_string(series.quantity())) + " series was ";
    out.notes.push_back(clock.is_uniform()
                            ? what + "resampled from " + base::to_text(clock.rate_hz()) +
                                  " Hz to the model's " + base::to_text(rate_hz) + " Hz"
                            : what + "interpolated from uneven stamps to the model's " +
                                  base::to_text(rate_hz) + " Hz");
  }
  return out;
}

std::vector<base::Matrix<double>> predict_frames(const model::Model& model, const Network& network,
                                                 std::span<const base::MatrixView<const double>> recordings,
                                                 const base::Matrix<double>* calibration,
                                                 std::vector<Interval>* intervals) {
  std::vector<base::Matrix<float>> inputs, outputs;
  std::vector<std::vector<features::Placement>> placements;
  for (const auto& recording : recordings) {
    auto extractor = make_extractor(model, network.inputs());
    require(recording.columns() == extractor.raw_width(), "predict_frames: wrong number of columns");
    base::Matrix<double> filtered;
    if (model.input.low_pass_hz > 0) {
      filtered = base::Matrix<double>(recording.rows(), recording.columns(), {recording.flat().begin(), recording.flat().end()});
      features::low_pass(filtered, model.input, model.rate_hz);
    }
    const base::MatrixView<const double> raw = model.input.low_pass_hz > 0 ? base::MatrixView<const double>(filtered) : recording;
    auto& x = inputs.emplace_back(raw.rows(), network.inputs());
    if (calibration != nullptr) {
      std::vector<float> unused(extractor.width());
      learn_body(extractor, *calibration, unused);
    }
    auto& places = placements.emplace_back();
    places.reserve(raw.rows());
    for (std::size_t f = 0; f < raw.rows(); ++f) {
      extractor.step(raw.row(f), x.row(f).first(extractor.width()));
      places.push_back(extractor.placement());
    }
    features::look_around(x, model.input, model.rate_hz);
    features::scale(x, model.input_scaler);
    outputs.emplace_back(raw.rows(), network.outputs());
  }
  network.run_all(std::vector<base::MatrixView<const float>>(inputs.begin(), inputs.end()),
                  std::vector<base::MatrixView<float>>(outputs.begin(), outputs.end()));
  std::vector<base::Matrix<double>> named;
  for (std::size_t r = 0; r < recordings.size(); ++r) {
    auto& out = named.emplace_back(outputs[r].rows(), model.outputs.size());
    for (std::size_t f = 0; f < out.rows(); ++f)
      features::restore(model, outputs[r].row(f), placements[r][f], out.row(f));
    if (intervals == nullptr) continue;
    auto& interval = intervals->emplace_back();
    interval.low = interval.high = base::Matrix<double>(out.rows(), out.columns());
    for (std::size_t f = 0; f < out.rows(); ++f)
      features::restore_interval(model, outputs[r].row(f), interval.low.row(f), interval.high.row(f));
  }
  return named;
}

motion::Recording predict(const model::Model& model, const motion::Recording& input,
                          const motion::Recording* calibration, kernels::Storage weights) {
  const Network network(model, weights);
  base::Matrix<double> calibration_frames;
  if (calibration != nullptr) {
    calibration_frames = features::raw_frames(at_rate(*calibration, model.rate_hz), model.input);
  }
  std::vector<motion::Recording> trials;
  std::vector<base::Matrix<double>> raw;
  for (const auto& trial : split_trials(input)) {
    trials.push_back(at_rate(trial, model.rate_hz));
    raw.push_back(features::raw_frames(trials.back(), model.input));
    if (raw.back().rows() == 0)
      throw Error((input.source.empty() ? "the input" : input.source) + " has no frames");
  }
  std::vector<Interval> intervals;
  const auto named = predict_frames(model, network,
                                    std::vector<base::MatrixView<const double>>(raw.begin(), raw.end()),
                                    calibration != nullptr ? &calibration_frames : nullptr, &intervals);
  std::vector<motion::Recording> predictions;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    auto& prediction = predictions.emplace_back();
    prediction.notes = trials[t].notes;
    add_outputs(prediction, model, input_clock(trials[t], model, raw[t].rows()), named[t], intervals[t]);
  }
  auto out = predictions.size() == 1 ? std::move(predictions.front()) : join_trials(predictions);
  if (predictions.size() > 1) {
    out.notes.push_back(std::to_string(predictions.size()) + " trials, each from rest");
  }
  out.source = input.source;
  out.format = "prediction";
  out.up = motion::UpAxis::y;
  out.events = input.events;
  return out;
}

}  // namespace kinemyo::infer
