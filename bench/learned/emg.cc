// EMG envelopes of people that a model has not seen, and of those it was adapted to, by recipe emg, as train, evaluate and
// adapt make them; baselines beside them.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/walks.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/dataset/layout.h"
#include "kinemyo/dataset/prepare.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/report/metrics.h"
#include "kinemyo/study/evaluation.h"
#include "kinemyo/train/adapt.h"
#include "kinemyo/train/train.h"

namespace kinemyo::bench {

namespace {

using features::Example;

// One method's predictions of all trials beside the truth.
struct Told {
  std::string subject;
  base::Matrix<double> truth, predicted;
  infer::Interval interval;
};

struct Quality {
  std::vector<double> r, r2;              // of each person's muscle, its trials under each other
  std::vector<double> trial_r, trial_r2;  // of each trial of it
};

Quality quality(const std::vector<Told>& told) {
  Quality out;
  std::set<std::string> people;
  for (const auto& one : told) people.insert(one.subject);
  for (const auto& person : people) {
    for (std::size_t c = 0; c < told.front().truth.columns(); ++c) {
      std::vector<double> truth, predicted;
      for (const auto& one : told) {
        if (one.subject != person) continue;
        const auto t = one.truth.column(c), p = one.predicted.column(c);
        const auto score = report::score_channel(t, p);
        if (score.frames == 0) continue;
        out.trial_r.push_back(score.r);
        out.trial_r2.push_back(score.r2);
        truth.insert(truth.end(), t.begin(), t.end());
        predicted.insert(predicted.end(), p.begin(), p.end());
      }
      if (truth.empty()) continue;
      const auto score = report::score_channel(truth, predicted);
      out.r.push_back(score.r);
      out.r2.push_back(score.r2);
    }
  }
  return out;
}

// Percent of frames within the interval, one number a person.
std::vector<double> held(const std::vector<Told>& told) {
  std::map<std::string, std::pair<double, double>> counts;
  for (const auto& one : told) {
    auto& [within, known] = counts[one.subject];
    for (std::size_t i = 0; i < one.truth.flat().size(); ++i) {
      const double truth = one.truth.flat()[i], low = one.interval.low.flat()[i];
      if (std::isnan(truth) || std::isnan(low)) continue;
      known += 1;
      within += truth >= low && truth <= one.interval.high.flat()[i];
    }
  }
  std::vector<double> out;
  for (const auto& [person, count] : counts) out.push_back(100 * count.first / count.second);
  return out;
}

std::vector<dataset::PreparedTrial> trials_with_emg(double smooth_hz) {
  const auto path = std::filesystem::temp_directory_path() / "kinemyo_accuracy_emg.h5";
  dataset::PrepareSettings settings;
  settings.envelope.smooth_hz = smooth_hz;
  settings.emg_reference = dataset::EmgReference::mean;
  settings.keep_raw_emg = false;
  dataset::prepare(dataset::find_trials({recordings("biomechzoo")}).trials, path, settings, {});
  std::vector<dataset::PreparedTrial> out;
  {
    const dataset::Store store(path);
    for (const auto& key : store.keys()) {
      out.push_back(store.read(key));
      if (out.back().emg.empty()) out.pop_back();
    }
  }
  std::filesystem::remove(path);
  return out;
}

std::vector<Example> examples_of(const std::vector<dataset::PreparedTrial>& trials, const model::Model& blank, const model::Recipe& recipe) {
  std::vector<Example> out;
  for (const auto& trial : trials) out.push_back(dataset::make_example(trial, blank, recipe));
  return out;
}

// A network of a usual size on the same inputs and targets, in place of the closed form. Nothing about it was tuned.
model::Recipe network_recipe(model::Recipe recipe, const std::string& kind) {
  recipe.look_ahead_s = 0;
  recipe.near_frames = 0;
  recipe.network = {};
  recipe.network.kind = kind;
  recipe.network.bidirectional = kind == "lstm";
  recipe.network.layers = kind == "lstm" ? 1 : 3;
  recipe.network.hidden = 32;
  recipe.training.window_frames = 100;
  recipe.training.stride_frames = 25;
  recipe.training.epochs = 20;
  recipe.training.learning_rate = 3e-3;
  recipe.training.schedule = "cosine";
  recipe.training.weight_decay = 1e-2;
  recipe.training.patience_epochs = 0;  // all people teach
  return recipe;
}

// The mean of networks of three seeds, trial by trial.
std::vector<base::Matrix<double>> tell_by_networks(model::Recipe recipe, const std::vector<dataset::PreparedTrial>& training,
                                                   const std::vector<dataset::PreparedTrial>& test) {
  const auto blank = dataset::settle(recipe, training);
  const auto examples = examples_of(training, blank, recipe), tests = examples_of(test, blank, recipe);
  constexpr int kSeeds = 3;
  std::vector<base::Matrix<double>> out;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    recipe.training.seed = static_cast<std::uint64_t>(seed);
    const auto model = train::train(blank, recipe, examples, {}, {}).model;
    for (std::size_t t = 0; t < test.size(); ++t) {
      auto predicted = study::predict_network(model, tests[t]);
      for (double& v : predicted.flat()) v /= kSeeds;
      if (seed == 1) {
        out.push_back(std::move(predicted));
        continue;
      }
      for (std::size_t k = 0; k < predicted.flat().size(); ++k) out[t].flat()[k] += predicted.flat()[k];
    }
  }
  return out;
}

struct Run {
  std::map<std::string, std::vector<Told>> unseen, own;  // by method
  std::set<std::string> notes;
};

Run leave_one_out(const std::vector<dataset::PreparedTrial>& trials, bool with_networks) {
  const auto recipe = dataset::resolve_channels(model::read_recipe("emg"), trials);  // names alone
  std::set<std::string> people;
  for (const auto& trial : trials) people.insert(trial.key.subject);
  Run out;
  for (const auto& person : people) {
    std::fprintf(stderr, "emg: without %s\n", person.c_str());
    std::vector<dataset::PreparedTrial> training, test;
    for (const auto& trial : trials) (trial.key.subject == person ? test : training).push_back(trial);
    const auto blank = dataset::settle(recipe, training);
    const auto fitted = train::train(blank, recipe, examples_of(training, blank, recipe), {}, {});
    for (const auto& note : fitted.notes) out.notes.insert(note.substr(0, note.find(" (r ")));  // it differs a little from fold to fold
    const study::Baselines others(blank, examples_of(training, blank, recipe), "subject", recipe.inputs.mirror);
    const auto tests = examples_of(test, blank, recipe);
    for (const std::string kind : {"lstm", "tcn"}) {
      if (!with_networks) break;
      auto predicted = tell_by_networks(network_recipe(recipe, kind), training, test);
      for (std::size_t t = 0; t < test.size(); ++t) out.unseen[kind].push_back({person, dataset::true_outputs(test[t], blank), std::move(predicted[t]), {}});
    }
    auto with_moments = recipe;
    with_moments.inputs.moments = true;
    const auto moments_blank = dataset::settle(with_moments, training);
    const auto moments_tests = examples_of(test, moments_blank, with_moments);
    const auto moments_model = train::train(moments_blank, with_moments, examples_of(training, moments_blank, with_moments), {}, {}).model;
    for (std::size_t t = 0; t < test.size(); ++t) {
      const auto truth = dataset::true_outputs(test[t], blank);
      const auto add = [&](auto& to, const std::string& method, base::Matrix<double> predicted, infer::Interval interval = {}) {
        to[method].push_back({person, truth, std::move(predicted), std::move(interval)});
      };
      infer::Interval interval;
      auto predicted = study::predict_network(fitted.model, tests[t], &interval);
      add(out.unseen, "model", std::move(predicted), std::move(interval));
      auto baselines = others.predict(tests[t]);
      for (std::size_t m = 0; m < baselines.size(); ++m) add(out.unseen, others.names()[m], std::move(baselines[m]));

      add(out.unseen, "moments", study::predict_network(moments_model, moments_tests[t]));

      std::vector<Example> rest, moments_rest;
      for (std::size_t o = 0; o < test.size(); ++o) {
        if (o == t) continue;
        rest.push_back(tests[o]);
        moments_rest.push_back(moments_tests[o]);
      }
      add(out.own, "moments", study::predict_network(train::adapt(moments_model, moments_rest, recipe.inputs.mirror).model, moments_tests[t]));
      const auto adapted = train::adapt(fitted.model, rest, recipe.inputs.mirror);
      predicted = study::predict_network(adapted.model, tests[t], &interval);
      add(out.own, "model", std::move(predicted), std::move(interval));
      const study::Baselines alone(blank, rest, "trial");
      baselines = alone.predict(tests[t]);
      for (std::size_t m = 0; m < baselines.size(); ++m) add(out.own, alone.names()[m], std::move(baselines[m]));
    }
  }
  return out;
}

}  // namespace

void emg() {
  for (const double smooth_hz : {4.0, 6.0}) {
    const auto trials = trials_with_emg(smooth_hz);
    const auto run = leave_one_out(trials, smooth_hz == 4.0);
    std::string unusual;
    for (const auto& note : run.notes) unusual += (unusual.empty() ? "; in training: " : "; ") + note;
    char hz[16];
    std::snprintf(hz, sizeof hz, "%g Hz", smooth_hz);
    const std::string who = "biomechzoo, envelopes of " + std::string(hz) + ", fractions of a muscle's mean in the person's trials, " +
                            std::to_string(trials.size()) + " trials, ";
    const auto rows = [&](const std::map<std::string, std::vector<Told>>& methods, const std::string& what, const std::string& over, double r, double r2) {
      const auto best = quality(methods.at("model"));
      const std::string all = over + " (" + std::to_string(best.r.size()) + " channels; r and R2 of each over all of its frames, then the mean)";
      print({what + ": mean r", mean(best.r), "", NAN, r, all, best.r, 3});
      print({what + ": mean R2", mean(best.r2), "", NAN, r2, all, best.r2, 3});
      print({what + ": mean r of single trials", mean(best.trial_r), "", NAN, NAN, all, best.trial_r, 3});
      print({what + ": mean R2 of single trials", mean(best.trial_r2), "", NAN, NAN, all, best.trial_r2, 3});
      for (const auto& [method, words] : {std::pair("phase", "mean at the same phase of gait"), std::pair("ridge", "ridge regression, frames to 0.2 s around"),
                                          std::pair("ridge+phase", "mean of these two"), std::pair("mean", "mean"),
                                          std::pair("moments", "the same with joint moments (inverse dynamics) among the inputs"),
                                          std::pair("lstm", "LSTM of 32, both directions, mean of 3 seeds"),
                                          std::pair("tcn", "temporal convolution of 3 layers of 32, mean of 3 seeds")}) {
        if (!methods.contains(method)) continue;
        const auto other = quality(methods.at(method));
        if (std::string(method) != "mean") print({"- " + std::string(words) + ": mean r", mean(other.r), "", NAN, NAN, all, other.r, 3});
        print({"- " + std::string(words) + ": mean R2", mean(other.r2), "", NAN, NAN, all, other.r2, 3});
        if (std::string(method) == "phase") {
          print({what + ": mean r above that of the gait phase by", mean(best.r) - mean(other.r), "", NAN, 0.0, all, {}, 3});
        }
      }
      const auto share = held(methods.at("model"));
      print({what + ": frames within the interval of 90 %, at least", mean(share), "%", NAN, 85, all, share, 1});
      print({what + ": the same, at most", mean(share), "%", 95, NAN, all, share, 1});
    };
    rows(run.unseen, "EMG of an unseen person (" + std::string(hz) + ")", who + "leave one person out; fits, penalties and left-out channels from the training side alone; the design and its constants (phase, window, 4 Hz, threshold of left-out channels, reach and share of nearness to training people's frames) were found with these same people in view, and baselines keep the channels that the model leaves out" + unusual, 0.64, 0.28);
    rows(run.own, "EMG, adapted on the person's other trial (" + std::string(hz) + ")", who + "leave one person out, then adapted on the other trial; baselines fitted on that trial alone", 0.72, 0.48);
  }
}

}  // namespace kinemyo::bench
