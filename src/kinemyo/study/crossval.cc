#include "kinemyo/study/crossval.h"

#include <algorithm>
#include <limits>
#include <map>

#include "kinemyo/base/random.h"
#include "kinemyo/dataset/copies.h"
#include "kinemyo/dataset/split.h"

namespace kinemyo::study {

namespace {

using dataset::PreparedTrial;
using features::Example;
using Source = model::OutputChannel::Source;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<PreparedTrial> pick(const std::vector<PreparedTrial>& trials, const std::vector<std::size_t>& which) {
  std::vector<PreparedTrial> out;
  for (const auto i : which) out.push_back(trials[i]);
  return out;
}

std::vector<Example> make_examples(const std::vector<PreparedTrial>& trials, const std::vector<std::size_t>& which,
                                   const model::Model& model, const model::Recipe& recipe) {
  std::vector<Example> out;
  for (const auto i : which) out.push_back(dataset::make_example(trials[i], model, recipe));
  return out;
}

// Every output that some fold has, by name, and how often it was a constant or a copy.
class Outputs {
 public:
  explicit Outputs(Evaluation& evaluation) : evaluation_(evaluation) {}

  // Where a fold's outputs stand among all; new ones are added (earlier results get NaN columns).
  std::vector<std::size_t> place(const model::Model& model) {
    std::vector<std::size_t> at;
    for (const auto& channel : model.outputs) {
      auto& all = evaluation_.outputs;
      auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == channel.name; });
      if (found == all.end()) found = all.insert(all.end(), channel);
      at.push_back(static_cast<std::size_t>(found - all.begin()));
      auto& [times, left] = uses_[channel.name];
      ++times;
      left += channel.source != Source::network;
    }
    for (auto& trial : evaluation_.trials) {
      trial.truth = widened(trial.truth, {});
      for (auto& one : trial.predicted) one = widened(one, {});
      if (!trial.interval.low.empty()) trial.interval = {widened(trial.interval.low, {}), widened(trial.interval.high, {})};
    }
    evaluation_.left_out.clear();
    for (const auto& channel : evaluation_.outputs) {
      const auto& [times, left] = uses_[channel.name];
      if (left == times) evaluation_.left_out.push_back(channel.name);
    }
    return at;
  }

  // The columns of a fold at their places among all; an empty list: where they are.
  base::Matrix<double> widened(const base::Matrix<double>& values, const std::vector<std::size_t>& at) const {
    if (at.empty() && values.columns() == evaluation_.outputs.size()) return values;
    base::Matrix<double> out(values.rows(), evaluation_.outputs.size(), kNaN);
    for (std::size_t r = 0; r < values.rows(); ++r) {
      for (std::size_t c = 0; c < values.columns(); ++c) out(r, at.empty() ? c : at[c]) = values(r, c);
    }
    return out;
  }

 private:
  Evaluation& evaluation_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> uses_;  // folds with it, folds where it was left out
};

}  // namespace

CrossvalResult crossvalidate(const std::vector<PreparedTrial>& trials, const model::Recipe& asked,
                             const CrossvalOptions& options) {
  std::vector<motion::TrialKey> keys;
  for (const auto& trial : trials) keys.push_back(trial.key);
  const auto folds = make_folds(keys, options.by, options.folds, asked.split.validation, asked.training.seed);
  // Names alone are taken from all trials (which channels there are), never values.
  const model::Recipe recipe = dataset::resolve_channels(asked, trials);
  model::Recipe scored = recipe;  // the truth that is scored is not smoothed
  scored.original = {};

  CrossvalResult out;
  out.folds = folds.size();
  out.noisy.resize(options.noises.size());
  std::vector<Evaluation*> evaluations{&out.evaluation};
  for (auto& one : out.noisy) evaluations.push_back(&one);
  std::vector<Outputs> outputs;
  for (auto* evaluation : evaluations) outputs.emplace_back(*evaluation);
  const auto stopped = [&] { return options.stop != nullptr && options.stop->load(); };

  const auto asked_for = [&](const Fold& fold) {
    return options.only.empty() || std::any_of(fold.test.begin(), fold.test.end(), [&](std::size_t i) {
      const auto group = dataset::group_of(keys[i], options.by);
      return std::find(options.only.begin(), options.only.end(), group) != options.only.end();
    });
  };
  for (std::size_t f = 0; f < folds.size() && !stopped(); ++f) {
    const Fold& fold = folds[f];
    if (!asked_for(fold)) {
      --out.folds;
      continue;
    }
    if (options.on_fold) options.on_fold(f + 1, folds.size(), fold);
    check_leak(keys, fold, options.by);
    std::vector<std::size_t> known = fold.training;
    known.insert(known.end(), fold.validation.begin(), fold.validation.end());
    std::sort(known.begin(), known.end());
    const model::Model blank = dataset::settle(recipe, pick(trials, known));

    const Baselines baselines(blank, dataset::make_training_examples(pick(trials, known), blank, scored), options.by,
                              recipe.inputs.mirror);
    train::Result trained;
    if (options.network) {
      train::Options training;
      training.threads = options.threads;
      training.device = options.device;
      training.stop = options.stop;
      training.on_batch = options.on_batch;
      if (options.on_epoch) {
        training.on_epoch = [&](const train::Epoch& epoch) { options.on_epoch(f + 1, epoch); };
      }
      trained = train::train(blank, recipe, dataset::make_training_examples(pick(trials, fold.training), blank, recipe),
                             make_examples(trials, fold.validation, blank, recipe), training);
      if (stopped()) break;  // a fold half trained is no result
      out.epochs.push_back(trained.epochs);
    }

    for (std::size_t e = 0; e < evaluations.size(); ++e) {
      Evaluation& evaluation = *evaluations[e];
      evaluation.methods.clear();
      if (options.network) evaluation.methods.push_back("network");
      for (auto& name : baselines.names()) evaluation.methods.push_back(std::move(name));
      const auto at = outputs[e].place(blank);
      for (const auto i : fold.test) {
        base::Random random = base::Random(asked.training.seed).fork(1000 * e + i);
        const auto example = dataset::make_example(
            e == 0 ? trials[i] : dataset::with_noise(trials[i], options.noises[e - 1].levels, random), blank, scored);
        TrialResult result;
        result.key = trials[i].key;
        result.seen = options.by == "subject" ? Seen::no : Seen::person;
        result.rate_hz = trials[i].rate_hz;
        const auto truth = dataset::true_outputs(trials[i], blank);
        std::vector<base::Matrix<double>> predicted;
        if (options.network) {
          predicted.push_back(predict_network(trained.model, example, &result.interval));
          if (!result.interval.low.empty()) {
            result.interval = {outputs[e].widened(result.interval.low, at), outputs[e].widened(result.interval.high, at)};
          }
        }
        for (auto& one : baselines.predict(example)) predicted.push_back(std::move(one));
        for (auto& one : predicted) {
          unwind(blank.outputs, truth, one);
          result.predicted.push_back(outputs[e].widened(one, at));
        }
        result.truth = outputs[e].widened(truth, at);
        evaluation.trials.push_back(std::move(result));
      }
      evaluation.notes.push_back(fold.name + ": " + baselines.describe());
    }
    for (const auto& note : trained.notes) out.evaluation.notes.push_back(fold.name + " tested: " + note);
    ++out.folds_done;
    if (options.on_result) options.on_result(out.evaluation);
  }
  if (out.folds_done < out.folds) {
    for (auto* evaluation : evaluations) {
      evaluation->notes.push_back("stopped: " + std::to_string(out.folds_done) + " of " + std::to_string(out.folds) + " folds");
    }
  }
  return out;
}

}  // namespace kinemyo::study
