#include "kinemyo/dataset/examples.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/gait_phase.h"
#include "kinemyo/features/joint_moments.h"
#include "kinemyo/features/heading.h"
#include "kinemyo/features/movement.h"
#include "kinemyo/features/segment_angles.h"
#include "kinemyo/signal/smooth.h"

namespace kinemyo::dataset {

namespace {

using Source = model::OutputChannel::Source;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Two values of a channel that differ by less are the same: far below what any system measures.
double negligible(const std::string& unit) { return unit == "V" ? 1e-12 : 1e-6; }

std::string unit_of(const std::string& name, const std::vector<PreparedTrial>& trials, Marked PreparedTrial::*part) {
  for (const auto& trial : trials) {
    const auto& series = (trial.*part).series;
    if (const auto found = features::find_scalar(series.names(), name)) return series.channels()[*found].unit;
  }
  return "";
}

// The values of all outputs over all trials, one column each.
std::vector<std::vector<double>> columns_of(const std::vector<PreparedTrial>& trials, const model::Model& model) {
  std::vector<std::vector<double>> columns(model.outputs.size());
  for (const auto& trial : trials) {
    const auto values = true_outputs(trial, model);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (std::size_t r = 0; r < values.rows(); ++r) columns[c].push_back(values(r, c));
    }
  }
  return columns;
}

bool same(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isfinite(a[i]) != std::isfinite(b[i])) return false;
    if (std::isfinite(a[i]) && std::abs(a[i] - b[i]) > tolerance) return false;
  }
  return true;
}

void find_constants_and_copies(model::Model& model, const std::vector<std::vector<double>>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& channel = model.outputs[i];
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double v : columns[i]) {
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
    if (high - low <= negligible(channel.unit)) {
      channel.source = Source::constant;
      channel.value = 0.5 * (low + high);
      channel.from_heading = false;
      continue;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (model.outputs[j].source != Source::network || model.outputs[j].unit != channel.unit) continue;
      if (!same(columns[i], columns[j], negligible(channel.unit))) continue;
      channel.source = Source::copy;
      channel.index = j;
      channel.from_heading = false;
      break;
    }
  }
}

void drop_unmeasured(model::Model& model, const std::vector<std::vector<double>>& columns) {
  std::vector<model::OutputChannel> kept;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool any = std::any_of(columns[i].begin(), columns[i].end(), [](double v) { return std::isfinite(v); });
    if (any) kept.push_back(model.outputs[i]);
  }
  model.outputs = std::move(kept);
}

// What a muscle is given in fractions of, which has to be one thing in all trials.
std::string reference_of(const std::string& muscle, const std::vector<PreparedTrial>& trials) {
  const PreparedTrial* first = nullptr;
  EmgReference kind = EmgReference::peak;
  for (const auto& trial : trials) {
    const auto names = trial.emg.series.names();
    const auto channel = features::find_scalar(names, muscle);
    if (!channel || trial.emg_excluded.contains(names[*channel])) continue;
    const auto unit = trial.emg_units.find(names[*channel]);
    if (unit == trial.emg_units.end()) continue;
    if (first == nullptr) {
      first = &trial;
      kind = unit->second.kind;
    } else if (unit->second.kind != kind) {
      throw Error("100 % of " + muscle + " is not one thing: " + std::string(to_string(kind)) + " in " + motion::to_string(first->key) + ", " +
                  std::string(to_string(unit->second.kind)) + " in " + motion::to_string(trial.key) +
                  "; prepare all with --emg-reference mvc, which asks for trials of maximal contraction, or with mean, or without such trials");
    }
  }
  return first == nullptr ? "" : std::string(to_string(kind));
}

bool turns_with_the_body(const std::string& name) {
  return name == "pelvis_tilt" || name == "pelvis_list" || name == "pelvis_rotation";
}

motion::Recording recording_of(const PreparedTrial& trial) {
  motion::Recording out;
  out.source = motion::to_string(trial.key);
  out.up = motion::UpAxis::y;
  if (!trial.markers.empty()) out.series.push_back(trial.markers.series);
  if (!trial.angles.empty()) out.series.push_back(trial.angles.series);
  return out;
}

std::size_t frames_of(const PreparedTrial& trial) {
  return std::max({trial.markers.series.frames(), trial.angles.series.frames(), trial.emg.series.frames()});
}

// The frames that a linear network takes: every step_s from look_ahead_s after the one that is told to look_back_s before.
// The gait phase stands for one frame, the one that is told where that can be.
void lay_lags(const model::Recipe& recipe, model::Model& out) {
  auto& network = out.network;
  const auto frames = [&](double seconds) { return static_cast<int>(std::lround(seconds * out.rate_hz)); };
  network.look_ahead_frames = frames(recipe.look_ahead_s);
  const int reach = network.look_ahead_frames + frames(recipe.look_back_s), step = std::max(1, frames(recipe.step_s));
  network.lags_frames.clear();
  for (int lag = 0; lag <= reach; lag += step) network.lags_frames.push_back(lag);
  network.once = 2 * out.input.gait_phase;
  network.once_lag_frames = network.once == 0 ? 0 : std::max(0, network.look_ahead_frames - features::GaitPhase::delay_frames(out.rate_hz));
  network.layers = 1;
  network.dropout = 0;
  network.hidden = network.features();
}

}  // namespace

model::Model settle(const model::Recipe& asked, const std::vector<PreparedTrial>& training) {
  const model::Recipe recipe = resolve_channels(asked, training);
  model::Model out;
  out.recipe = asked.text;
  out.window_frames = recipe.training.window_frames;
  out.rate_hz = training.front().rate_hz;
  for (const auto& trial : training) {
    if (std::abs(trial.rate_hz - out.rate_hz) > 1e-3 * out.rate_hz) {
      throw Error(motion::to_string(trial.key) + " has " + base::to_text(trial.rate_hz) + " Hz, " +
                  motion::to_string(training.front().key) + " has " + base::to_text(out.rate_hz) +
                  " Hz: prepare them at one rate");
    }
  }
  out.input.markers = recipe.inputs.markers.names;
  out.input.scalars = recipe.inputs.angles.names;
  out.input.frame = recipe.inputs.frame;
  out.input.scale = recipe.inputs.scale;
  out.input.derivatives = recipe.inputs.derivatives;
  out.input.masks = recipe.inputs.masks;
  out.input.positions = recipe.inputs.positions;
  out.input.low_pass_hz = recipe.inputs.low_pass_hz;
  out.input.around_s = recipe.inputs.around_s;
  if (recipe.inputs.learn_gaps) {
    std::vector<base::Matrix<double>> raw;
    for (const auto& trial : training) raw.push_back(features::raw_frames(recording_of(trial), out.input));
    out.input.movement = features::learn_movement(raw, out.input, out.rate_hz);
  }
  if (recipe.inputs.geometry) {
    out.input.geometry = features::SegmentAngles(out.input.markers, out.input.calibration_frames).names();
    if (out.input.geometry.empty()) {
      throw Error("inputs.geometry: these markers give no angles; expected a pelvis (LASIS, RASIS, LPSIS and RPSIS or SACR, or LEFT_HIP and "
                  "RIGHT_HIP), found " + base::join(out.input.markers));
    }
  }
  if (recipe.inputs.moments) {
    out.input.moments = features::JointMoments::of(out.input.scalars);
    if (out.input.moments.empty()) {
      throw Error("inputs.moments: these angles are of no joints whose moments can be told; expected OpenSim's or Plug-in-Gait's names, found " +
                  base::join(out.input.scalars));
    }
  }
  out.input.gait_phase = recipe.inputs.gait_phase;
  if (out.input.markers.empty()) {  // angles alone stand nowhere and have no length
    out.input.frame = model::Frame::laboratory;
    out.input.scale = model::BodyScale::none;
  }
  if (features::input_width(out.input) == 0) throw Error("the recipe has no inputs");

  const bool canonical = out.input.frame == model::Frame::canonical;
  const auto add = [&](const std::vector<std::string>& names, Marked PreparedTrial::*part) {
    for (const auto& name : names) {
      model::OutputChannel channel;
      channel.name = name;
      channel.unit = unit_of(name, training, part);
      if (part == &PreparedTrial::emg && recipe.targets.normalise == "subject_peak") {
        channel.unit = "1";
        channel.reference = reference_of(name, training);
      }
      channel.root = part == &PreparedTrial::emg && recipe.targets.root;
      channel.from_heading = canonical && part == &PreparedTrial::angles && turns_with_the_body(name);
      out.outputs.push_back(std::move(channel));
    }
  };
  add(recipe.targets.angles.names, &PreparedTrial::angles);
  add(recipe.targets.coordinates.names, &PreparedTrial::angles);
  add(recipe.targets.emg.names, &PreparedTrial::emg);
  if (recipe.targets.drop_constant) {
    drop_unmeasured(out, columns_of(training, out));
    find_constants_and_copies(out, columns_of(training, out));
  }
  std::size_t column = 0;
  for (auto& channel : out.outputs) {
    if (channel.source == Source::network) channel.index = column++;
  }
  if (column == 0) throw Error("the recipe has no targets that the training trials measure and that move");
  out.network = recipe.network;
  out.network.inputs = static_cast<int>(features::input_width(out.input));
  out.network.outputs = static_cast<int>(column);
  if (out.network.kind == "linear") lay_lags(recipe, out);
  features::Extractor check(out.input, out.rate_hz);  // refuses a frame or scale that the markers cannot give
  return out;
}

base::Matrix<double> true_outputs(const PreparedTrial& trial, const model::Model& model) {
  base::Matrix<double> out(frames_of(trial), model.outputs.size(), kNaN);
  const auto angle_names = trial.angles.series.names();
  const auto emg_names = trial.emg.series.names();
  for (std::size_t c = 0; c < model.outputs.size(); ++c) {
    const auto& channel = model.outputs[c];
    const bool of_peak = channel.unit == "1";
    const auto angle = of_peak ? std::nullopt : features::find_scalar(angle_names, channel.name);
    const auto emg = angle ? std::nullopt : features::find_scalar(emg_names, channel.name);
    if (!angle && !emg) continue;
    double unit = 1;
    if (emg) {
      if (trial.emg_excluded.contains(emg_names[*emg])) continue;
      if (of_peak) {
        const auto found = trial.emg_units.find(emg_names[*emg]);
        if (found == trial.emg_units.end() || !(found->second.value_v > 0)) continue;
        if (!channel.reference.empty() && channel.reference != to_string(found->second.kind)) {
          throw Error("100 % of " + channel.name + " is " + std::string(to_string(found->second.kind)) + " in " + motion::to_string(trial.key) +
                      ", and was " + channel.reference + " in what the model learned from; prepare the trials as those were (--emg-reference)");
        }
        unit = found->second.value_v;
      }
    }
    const auto& series = angle ? trial.angles.series : trial.emg.series;
    for (std::size_t r = 0; r < series.frames(); ++r) out(r, c) = series.at(r, angle ? *angle : *emg) / unit;
  }
  return out;
}

features::Example make_example(const PreparedTrial& trial, const model::Model& model, const model::Recipe& recipe) {
  if (model.rate_hz > 0 && std::abs(trial.rate_hz - model.rate_hz) > 1e-3 * model.rate_hz) {
    throw Error(motion::to_string(trial.key) + " has " + base::to_text(trial.rate_hz) + " Hz, the model was made for " +
                base::to_text(model.rate_hz) + " Hz");
  }
  features::Example out;
  out.key = trial.key;
  out.rate_hz = trial.rate_hz;
  auto raw = features::raw_frames(recording_of(trial), model.input);
  features::low_pass(raw, model.input, trial.rate_hz);
  features::Extractor extractor(model.input, trial.rate_hz);
  out.x = base::Matrix<float>(raw.rows(), model::input_width(model.input));
  out.placements.reserve(raw.rows());
  for (std::size_t r = 0; r < raw.rows(); ++r) {
    extractor.step(raw.row(r), out.x.row(r).first(extractor.width()));
    out.placements.push_back(extractor.placement());
  }
  features::look_around(out.x, model.input, trial.rate_hz);

  auto truth = true_outputs(trial, model);
  require(truth.rows() == raw.rows(), "make_example: a trial's parts are not on one timeline");
  if (recipe.original.savgol_window > 0) {
    for (std::size_t c = 0; c < truth.columns(); ++c) {
      if (model.outputs[c].unit != "rad") continue;
      truth.set_column(c, signal::savitzky_golay(truth.column(c), static_cast<std::size_t>(recipe.original.savgol_window),
                                                 static_cast<std::size_t>(recipe.original.savgol_order)));
    }
  }
  const features::HeadingTurn turn(model.outputs);
  out.y = base::Matrix<float>(truth.rows(), static_cast<std::size_t>(model.network.outputs));
  for (std::size_t r = 0; r < truth.rows(); ++r) {
    turn.apply(-out.placements[r].heading_rad, truth.row(r));
    for (std::size_t c = 0; c < truth.columns(); ++c) {
      const auto& channel = model.outputs[c];
      if (channel.source != Source::network) continue;
      const double value = truth(r, c);
      out.y(r, channel.index) = static_cast<float>(channel.root ? std::sqrt(std::max(value, 0.0)) : value);
    }
  }
  return out;
}

}  // namespace kinemyo::dataset
