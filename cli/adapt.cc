// kinemyo adapt: a model learns a person from a minute of his or her own data.

#include <cstdio>
#include <memory>
#include <set>

#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/dataset/split.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/train/adapt.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model, data, out, subject;
  std::vector<std::string> trials;
};

// The person's trials; one person alone.
std::vector<motion::TrialKey> choose(const Options& options, const dataset::Store& store) {
  std::set<std::string> people;
  for (const auto& key : store.keys()) people.insert(key.subject);
  std::string subject = options.subject;
  if (subject.empty()) {
    if (people.size() != 1) {
      throw Error(options.data + " holds " + std::to_string(people.size()) + " people: --subject says who; there are " +
                  base::join({people.begin(), people.end()}));
    }
    subject = *people.begin();
  } else if (!people.contains(subject)) {
    throw Error(options.data + " has no subject " + base::quoted(subject) + "; there are " + base::join({people.begin(), people.end()}));
  }
  std::vector<motion::TrialKey> out;
  std::set<std::string> wanted(options.trials.begin(), options.trials.end());
  for (const auto& key : store.keys()) {
    if (key.subject != subject) continue;
    const bool asked = wanted.contains(motion::to_string(key)) || wanted.contains(key.activity);
    if (options.trials.empty() || asked) out.push_back(key);
  }
  for (const auto& name : wanted) {
    const bool met = std::any_of(out.begin(), out.end(), [&](const auto& key) { return motion::to_string(key) == name || key.activity == name; });
    if (met) continue;
    std::vector<std::string> held;
    for (const auto& key : store.keys()) {
      if (key.subject == subject) held.push_back(motion::to_string(key));
    }
    throw Error(subject + " has no trial or activity " + base::quoted(name) + "; there are " + base::join(held));
  }
  return out;
}

void run(const Options& options) {
  const auto model = model::read_model(options.model);
  const auto recipe = model.recipe.empty() ? model::Recipe{} : model::parse_recipe(options.model, model.recipe);
  const dataset::Store store(options.data);
  const auto keys = choose(options, store);
  base::AtomicFile(std::filesystem::path(options.out));  // what cannot be written shows itself now
  std::vector<features::Example> examples;
  std::size_t frames = 0;
  double seconds = 0;
  for (const auto& key : keys) {
    examples.push_back(dataset::make_example(store.read(key), model, recipe));
    frames += examples.back().x.rows();
    seconds += static_cast<double>(examples.back().x.rows()) / examples.back().rate_hz;
  }
  const auto adapted = train::adapt(model, std::move(examples), recipe.inputs.mirror);
  model::write_model(adapted.model, options.out);
  say("adapted to " + keys.front().subject + ": " + std::to_string(keys.size()) + (keys.size() == 1 ? " trial, " : " trials, ") + fixed(seconds, 1) +
      " s, " + std::to_string(frames) + " frames, of which the model keeps " + std::to_string(adapted.frames));
  if (seconds < 3) warn("that is little: a minute of what is to be told later makes the best of it");
  say("learned from measurement: " + base::join(adapted.measured));
  if (!adapted.mirrored.empty()) say("learned from the other side: " + base::join(adapted.mirrored));
  if (!adapted.untouched.empty()) say("not measured, as before: " + base::join(adapted.untouched));
  say("on these data the model lacked " + fixed(adapted.before, 2) + " standard deviations (RMS), now " + fixed(adapted.after, 2) +
      "; how good it is shows on other trials of the person alone (kinemyo evaluate)");
  say("wrote " + options.out);
}

}  // namespace

void add_adapt(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a model file of a linear network, as recipe emg makes it (.safetensors)")->required();
  app.add_option("data", options->data, "a prepared store (.h5) with the person's trials: the model's inputs and measured muscles")->required();
  app.add_option("--out", options->out, "the model file to write (.safetensors)")->required();
  app.add_option("--subject", options->subject, "the person, where the store holds several");
  app.add_option("--trials", options->trials, "only these trials (S4/Walking/1) or activities. Default: all of the person");
  app.footer(
      "Frames of the person, and what the model lacked there (in roots of fractions of the person's reference), correct what it\n"
      "tells near them; far from them it tells what it told before. Where one side alone was measured, the other learns from it,\n"
      "mirrored. A minute of the movements that matter is enough; the model keeps 600 frames at most. How near is near, and how far\n"
      "to trust them, was settled in training. An adapted model is adapted anew, not further. The trials count as seen:\n"
      "`evaluate` leaves them out.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe emg --test S4 --out emg.safetensors\n"
      "  kinemyo adapt emg.safetensors people.h5 --subject S4 --trials S4/Walking/1 --out emg-s4.safetensors\n"
      "  kinemyo evaluate emg-s4.safetensors people.h5 --subjects S4");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
