#include "kinemyo/study/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/base/random.h"
#include "kinemyo/dataset/copies.h"
#include "kinemyo/dataset/split.h"
#include "kinemyo/features/mirror.h"
#include "kinemyo/infer/network.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/train/linear.h"
#include "kinemyo/train/ridge.h"

namespace kinemyo::study {

namespace {

using features::Example;

base::Matrix<double> restored(const model::Model& model, base::MatrixView<const float> network, const Example& example) {
  base::Matrix<double> out(network.rows(), model.outputs.size());
  for (std::size_t r = 0; r < network.rows(); ++r) {
    features::restore(model, network.row(r), example.placements[r], out.row(r));
  }
  return out;
}

// Scales targets as inputs are scaled, but leaves what is not known NaN.
void scale_targets(base::Matrix<float>& y, const model::Scaler& scaler) {
  for (std::size_t r = 0; r < y.rows(); ++r) {
    for (std::size_t c = 0; c < y.columns(); ++c) {
      y(r, c) = static_cast<float>((y(r, c) - scaler.mean[c]) / scaler.scale[c]);
    }
  }
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string range_of(std::vector<double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return base::to_text(*low) + " to " + base::to_text(*high);
}

}  // namespace

std::string_view to_string(Seen seen) {
  switch (seen) {
    case Seen::no: return "not seen in training";
    case Seen::person: return "person seen in training";
    case Seen::trial: return "trial seen in training";
  }
  return "";
}

std::vector<dataset::PreparedTrial> read_trials(const dataset::Store& store) {
  std::vector<dataset::PreparedTrial> out;
  for (const auto& key : store.keys()) {
    out.push_back(store.read(key));
    out.back().emg_raw.reset();
  }
  return out;
}

Seen seen_in_training(const model::Model& model, const motion::TrialKey& key) {
  if (contains(model.training_trials, motion::to_string(key))) return Seen::trial;
  return contains(model.training_subjects, key.subject) ? Seen::person : Seen::no;
}

base::Matrix<double> predict_network(const model::Model& model, const Example& example, infer::Interval* interval) {
  const infer::Network network(model);
  base::Matrix<float> x = example.x;
  features::scale(x, model.input_scaler);
  base::Matrix<float> y(x.rows(), network.outputs());
  network.run(x, y);
  const bool known = std::any_of(model.outputs.begin(), model.outputs.end(), [](const auto& channel) { return channel.half_width > 0; });
  if (interval != nullptr && known) {
    interval->low = interval->high = base::Matrix<double>(y.rows(), model.outputs.size());
    for (std::size_t r = 0; r < y.rows(); ++r) {
      features::restore_interval(model, y.row(r), interval->low.row(r), interval->high.row(r));
    }
  }
  return restored(model, y, example);
}

void unwind(const std::vector<model::OutputChannel>& outputs, const base::Matrix<double>& truth,
            base::Matrix<double>& predicted) {
  constexpr double kTurn = 2 * std::numbers::pi;
  for (std::size_t c = 0; c < outputs.size(); ++c) {
    if (!outputs[c].from_heading) continue;
    for (std::size_t r = 0; r < truth.rows(); ++r) {
      const double apart = truth(r, c) - predicted(r, c);
      if (std::isfinite(apart)) predicted(r, c) += kTurn * std::round(apart / kTurn);
    }
  }
}

struct Baselines::Parts {
  model::Model model;  // the specification with scalers of all training trials
  train::Ridge ridge;
  std::optional<train::Ridge> phase;
  std::vector<Example> frames;  // scaled, of which the nearest is sought
  std::size_t stride = 1;       // every so many of them

  // Inputs scaled, and as many frames later as the network looks ahead.
  base::Matrix<float> inputs(const Example& example) const {
    base::Matrix<float> x = example.x;
    features::scale(x, model.input_scaler);
    return later(x, static_cast<std::size_t>(model.network.look_ahead_frames));
  }
  // The gait phase alone, of the frame that is told.
  base::Matrix<float> phases(const Example& example) const {
    base::Matrix<float> x = example.x;
    features::scale(x, model.input_scaler);
    const std::size_t columns = 2 * static_cast<std::size_t>(model.input.gait_phase), first = x.columns() - columns;
    base::Matrix<float> out(x.rows(), columns);
    for (std::size_t r = 0; r < x.rows(); ++r) std::copy_n(x.row(r).data() + first, columns, out.row(r).data());
    return later(out, static_cast<std::size_t>(model.network.look_ahead_frames - std::min(model.network.look_ahead_frames, model.network.once_lag_frames)));
  }
  static base::Matrix<float> later(const base::Matrix<float>& x, std::size_t frames) {
    base::Matrix<float> out(x.rows(), x.columns());
    for (std::size_t r = 0; r < x.rows(); ++r) {
      std::copy_n(x.row(std::min(r + frames, x.rows() - 1)).data(), x.columns(), out.row(r).data());
    }
    return out;
  }

  base::Matrix<float> nearest(const base::Matrix<float>& x) const;
  base::Matrix<float> geometry(const base::Matrix<float>& x) const;
};

namespace {
// So many training frames at most are looked through.
constexpr std::size_t kMostNeighbours = 5000;

// Gives up where it is above `most` already.
float square_distance(std::span<const float> a, std::span<const float> b, float most) {
  float sum = 0;
  for (std::size_t first = 0; first < a.size() && sum < most; first += 16) {
    for (std::size_t c = first; c < std::min(a.size(), first + 16); ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  }
  return sum;
}
}  // namespace

base::Matrix<float> Baselines::Parts::nearest(const base::Matrix<float>& x) const {
  const auto outputs = static_cast<std::size_t>(model.network.outputs);
  base::Matrix<float> out(x.rows(), outputs);
  std::vector<float> least(outputs);  // of each output, over the frames that know it
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const auto here = x.row(r);
    std::fill(least.begin(), least.end(), std::numeric_limits<float>::infinity());
    float farthest = least.front();
    std::size_t next = 0;
    for (const auto& example : frames) {
      for (; next < example.x.rows(); next += stride) {
        const float distance = square_distance(here, example.x.row(next), farthest);
        if (!(distance < farthest)) continue;
        for (std::size_t o = 0; o < outputs; ++o) {
          if (distance >= least[o] || !std::isfinite(example.y(next, o))) continue;
          least[o] = distance;
          out(r, o) = example.y(next, o);
        }
        farthest = *std::max_element(least.begin(), least.end());
      }
      next -= example.x.rows();
    }
  }
  return out;
}

base::Matrix<float> Baselines::Parts::geometry(const base::Matrix<float>& x) const {
  const auto& in = model.input_scaler;
  const auto& out_scaler = model.output_scaler;
  base::Matrix<float> out(x.rows(), static_cast<std::size_t>(model.network.outputs), std::numeric_limits<float>::quiet_NaN());
  for (const auto& start : train::linear_start(model)) {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const double angle = x(r, start.input) * in.scale[start.input] + in.mean[start.input];
      out(r, start.output) = static_cast<float>((angle - out_scaler.mean[start.output]) / out_scaler.scale[start.output]);
    }
  }
  return out;
}

Baselines::Baselines(const model::Model& specification, std::vector<Example> training, const std::string& by, bool mirror)
    : parts_(std::make_unique<Parts>()) {
  auto& model = parts_->model;
  model = specification;
  if (mirror) {
    const features::Mirror mirrored(model);
    const std::size_t measured = training.size();
    for (std::size_t i = 0; i < measured; ++i) training.push_back(mirrored.apply(training[i]));
  }
  for (auto& channel : model.outputs) {
    channel.half_width = 0;
    if (!channel.root || channel.source != model::OutputChannel::Source::network) continue;
    channel.root = false;
    for (auto& example : training) {
      for (std::size_t r = 0; r < example.y.rows(); ++r) example.y(r, channel.index) *= example.y(r, channel.index);
    }
  }
  model.input_scaler = features::fit_scaler(training, false);
  model.output_scaler = features::fit_scaler(training, true);
  std::vector<std::string> groups;
  for (auto& example : training) {
    groups.push_back(dataset::group_of(example.key, by));
    scale_targets(example.y, model.output_scaler);
  }
  const bool one_group = std::all_of(groups.begin(), groups.end(), [&](const auto& g) { return g == groups.front(); });
  for (std::size_t i = 0; one_group && i < groups.size(); ++i) groups[i] = dataset::group_of(training[i].key, "trial");
  if (model.input.gait_phase > 0) {
    auto phases = training;
    for (auto& example : phases) example.x = parts_->phases(example);
    train::Ridge::Settings settings;
    settings.lags_s = {{0}};
    parts_->phase = train::Ridge::fit(phases, groups, settings);
  }
  train::Ridge::Settings settings;
  settings.start = train::linear_start(model);
  if (const double ahead = model.network.look_ahead_frames / std::max(1.0, model.rate_hz); ahead > 0) {
    settings.lags_s = {{ahead}, {0.5 * ahead, ahead, 1.5 * ahead}, {0, 0.5 * ahead, ahead, 1.5 * ahead, 2 * ahead}};
  }
  for (auto& example : training) example.x = parts_->inputs(example);
  parts_->ridge = train::Ridge::fit(training, groups, settings);
  std::size_t frames = 0;
  for (const auto& example : training) frames += example.x.rows();
  parts_->stride = 1 + frames / kMostNeighbours;
  parts_->frames = std::move(training);
}
Baselines::~Baselines() = default;
Baselines::Baselines(Baselines&&) noexcept = default;

std::vector<base::Matrix<double>> Baselines::predict(const Example& example) const {
  const base::Matrix<float> mean(example.x.rows(), example.y.columns());
  std::vector<base::Matrix<double>> out;
  const base::Matrix<float> x = parts_->inputs(example);
  out.push_back(restored(parts_->model, parts_->ridge.predict(x), example));
  if (parts_->phase) {
    auto phase = restored(parts_->model, parts_->phase->predict(parts_->phases(example)), example);
    auto both = out.front();
    for (std::size_t i = 0; i < both.flat().size(); ++i) both.flat()[i] = 0.5 * (both.flat()[i] + phase.flat()[i]);
    out.push_back(std::move(both));
    out.push_back(std::move(phase));
  }
  out.push_back(restored(parts_->model, parts_->nearest(x), example));
  if (!parts_->model.input.geometry.empty()) out.push_back(restored(parts_->model, parts_->geometry(x), example));
  out.push_back(restored(parts_->model, mean, example));
  return out;
}

std::vector<std::string> Baselines::names() const {
  std::vector<std::string> out{"ridge"};
  if (parts_->phase) out.insert(out.end(), {"ridge+phase", "phase"});
  out.push_back("neighbour");
  if (!parts_->model.input.geometry.empty()) out.push_back("geometry");
  out.push_back("mean");
  return out;
}

std::string Baselines::describe() const {
  std::vector<std::string> lags;
  for (const auto lag : parts_->ridge.lags_frames()) {
    lags.push_back(std::to_string(static_cast<int>(lag) - parts_->model.network.look_ahead_frames));
  }
  return "ridge: frames back " + base::join(lags) + "; penalty " + range_of(parts_->ridge.penalties());
}

Evaluation evaluate(const model::Model& model, const dataset::Store& store, const EvaluateOptions& options) {
  Evaluation out;
  out.outputs = model.outputs;
  out.methods = {"network"};
  for (const auto& channel : model.outputs) {
    if (channel.source != model::OutputChannel::Source::network) out.left_out.push_back(channel.name);
  }
  const auto& keys = store.keys();
  for (const auto& subject : options.subjects) {
    std::vector<std::string> held;
    for (const auto& key : keys) held.push_back(key.subject);
    if (contains(held, subject)) continue;
    const auto near = base::nearest(subject, held);
    throw Error("the store has no subject " + base::quoted(subject) + (near ? "; there is " + *near : ""));
  }
  if (model.training_trials.empty() && model.training_subjects.empty()) {
    out.notes.push_back("the model does not say what it was trained on: whether these trials are new to it is not known");
  }

  // What the recipe does to targets in training (smoothing, say) is not done to the truth that scores are made of.
  model::Recipe recipe = model.recipe.empty() ? model::Recipe{} : model::parse_recipe("the model's recipe", model.recipe);
  recipe.original = {};
  std::vector<motion::TrialKey> chosen;
  std::size_t seen = 0, training_here = 0;
  for (const auto& key : keys) {
    const bool was_training = seen_in_training(model, key) == Seen::trial;
    training_here += was_training;
    if (!options.subjects.empty() && !contains(options.subjects, key.subject)) continue;
    if (was_training && !options.include_seen) {
      ++seen;
      continue;
    }
    chosen.push_back(key);
  }
  if (chosen.empty()) {
    throw Error("the model was trained on every trial chosen (" + std::to_string(seen) +
                "): a score on them says nothing about new data; --seen gives it, labelled so");
  }
  if (seen > 0) out.notes.push_back(std::to_string(seen) + " trials seen in training are left out");

  const auto work = chosen.size() + (options.baselines ? training_here : 0);
  std::size_t done = 0;
  const auto step = [&] {
    if (options.progress && !options.progress("evaluating", ++done, work)) throw Error("stopped");
  };
  std::optional<Baselines> baselines;
  if (options.baselines && training_here > 0) {
    std::vector<dataset::PreparedTrial> trials;
    for (const auto& key : keys) {
      if (seen_in_training(model, key) != Seen::trial) continue;
      trials.push_back(store.read(key));
      step();
    }
    auto training = dataset::make_training_examples(trials, model, recipe);
    const bool by_person = std::none_of(keys.begin(), keys.end(), [&](const motion::TrialKey& key) {
      return seen_in_training(model, key) == Seen::person;
    });
    baselines.emplace(model, std::move(training), by_person ? "subject" : "trial", recipe.inputs.mirror);
    for (auto& name : baselines->names()) out.methods.push_back(std::move(name));
    out.notes.push_back(baselines->describe());
    if (training_here < model.training_trials.size()) {
      out.notes.push_back("baselines are fitted on " + std::to_string(training_here) + " of the model's " +
                          std::to_string(model.training_trials.size()) + " training trials: the store has no more");
    }
  } else if (options.baselines) {
    out.notes.push_back("no baselines: the store does not hold the trials that the model was trained on");
  }

  for (const auto& key : chosen) {
    auto trial = store.read(key);
    if (options.noise) {
      base::Random random = base::Random(recipe.training.seed).fork(out.trials.size());
      trial = dataset::with_noise(trial, options.noise->levels, random);
    }
    const auto example = dataset::make_example(trial, model, recipe);
    TrialResult result;
    result.key = key;
    result.seen = seen_in_training(model, key);
    result.rate_hz = trial.rate_hz;
    result.start_s = trial.markers.series.clock().start_s();
    result.truth = dataset::true_outputs(trial, model);
    result.predicted.push_back(predict_network(model, example, &result.interval));
    if (baselines) {
      for (auto& one : baselines->predict(example)) result.predicted.push_back(std::move(one));
    }
    for (auto& one : result.predicted) unwind(model.outputs, result.truth, one);
    out.trials.push_back(std::move(result));
    step();
  }
  return out;
}

}  // namespace kinemyo::study
