#include "kinemyo/train/train.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/copies.h"
#include "kinemyo/dataset/emg_overview.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/dataset/split.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/io/npy.h"
#include "kinemyo/kernels/pairs.h"
#include "kinemyo/study/output_errors.h"
#include "kinemyo/train/checkpoint.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct Options {
  std::string store;
  std::string recipe = "angles";
  std::string out;
  std::vector<std::string> test;
  std::optional<std::uint64_t> seed;
  std::optional<int> epochs;
  std::string initial;
  std::string dump_peer;
  std::string device = "auto";
  std::string lstm = "auto";
  std::string precision = "fp32";
  int threads = 0;
  double checkpoint_seconds = 30;
  bool resume = false;
  bool json = false;
};

// On a terminal a bar with epoch, loss, rate and time left; elsewhere a line an epoch.
class TrainingBar {
 public:
  explicit TrainingBar(int epochs) : epochs_(epochs) {}

  /// After so many epochs of an earlier run.
  void resume(int epochs) { before_ = epochs; }

  void batch(int epoch, std::size_t done, std::size_t total, double loss) {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const auto all = static_cast<double>(epochs_) * static_cast<double>(total);
    const double made =
        static_cast<double>(epoch - 1) * static_cast<double>(total) + static_cast<double>(done);
    const double here = made - before_ * static_cast<double>(total);
    rate_ = seconds > 0 ? here / seconds : 0;
    left_ = rate_ > 0 ? (all - made) / rate_ : 0;
    if (!terminal_ || (now - shown_ < std::chrono::milliseconds(100) && done < total)) return;
    shown_ = now;
    const int filled = static_cast<int>(24 * made / all);
    std::fprintf(stderr, "\r\x1b[Kepoch %d/%d [%.*s%.*s] loss %.4f  %.1f batches/s  %.0f s left",
                 epoch, epochs_, filled, "========================", 24 - filled,
                 "                        ", loss, rate_, left_);
    std::fflush(stderr);
  }

  void epoch(const train::Epoch& epoch) const {
    std::string line = (terminal_ ? "\r\x1b[K" : "") + ("epoch " + std::to_string(epoch.number)) +
                       "/" + std::to_string(epochs_) + ": loss " + fixed(epoch.training_loss, 4);
    if (!std::isnan(epoch.validation_loss)) {
      line += ", validation " + fixed(epoch.validation_loss, 4) + (epoch.best ? " (best)" : "");
    }
    say(line + ", " + fixed(rate_, 1) + " batches/s, at most " + fixed(left_, 0) + " s left");
  }

 private:
  using Clock = std::chrono::steady_clock;
  int epochs_;
  int before_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
  double rate_ = 0;
  double left_ = 0;
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

std::vector<dataset::PreparedTrial> read_trials(const dataset::Store& store,
                                                const std::vector<motion::TrialKey>& keys) {
  const auto progress = make_progress();
  std::vector<dataset::PreparedTrial> out;
  for (const auto& key : keys) {
    out.push_back(store.read(key));
    if (!progress("reading trials", out.size(), keys.size()))
      throw Error("interrupted while reading; nothing written");
  }
  return out;
}

std::vector<features::Example> make_examples(const std::vector<dataset::PreparedTrial>& trials,
                                             const model::Model& model,
                                             const model::Recipe& recipe) {
  std::vector<features::Example> out;
  for (const auto& trial : trials) out.push_back(dataset::make_example(trial, model, recipe));
  return out;
}

std::string describe(const std::vector<motion::TrialKey>& keys) {
  std::set<std::string> subjects;
  for (const auto& key : keys) subjects.insert(key.subject);
  std::string out = std::to_string(keys.size()) + (keys.size() == 1 ? " trial" : " trials");
  if (!keys.empty()) out += " of " + base::join({subjects.begin(), subjects.end()});
  return out;
}

std::vector<std::string> texts(const std::vector<motion::TrialKey>& keys) {
  std::vector<std::string> out;
  for (const auto& key : keys) out.push_back(motion::to_string(key));
  return out;
}

ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

// docs/formats/training-log.md
ordered_json make_log(const Options& options, const model::Recipe& recipe,
                      const dataset::Sides& sides, const model::Model& model,
                      const std::vector<train::Epoch>& epochs, bool stopped) {
  ordered_json log = {{"model", options.out},
                      {"recipe", recipe.name},
                      {"seed", recipe.training.seed},
                      {"members", recipe.training.members},
                      {"network",
                       {{"kind", model.network.kind},
                        {"inputs", model.network.inputs},
                        {"outputs", model.network.outputs},
                        {"layers", model.network.layers},
                        {"hidden", model.network.hidden}}},
                      {"training_trials", texts(sides.training)},
                      {"validation_trials", texts(sides.validation)},
                      {"test_trials", texts(sides.test)},
                      {"stopped", stopped},
                      {"best_epoch", 0},
                      {"epochs", ordered_json::array()}};
  for (const auto& epoch : epochs) {
    if (epoch.best) log["best_epoch"] = epoch.number;
    log["epochs"].push_back({{"epoch", epoch.number},
                             {"training_loss", number(epoch.training_loss)},
                             {"validation_loss", number(epoch.validation_loss)},
                             {"learning_rate", epoch.learning_rate},
                             {"seconds", epoch.seconds},
                             {"best", epoch.best}});
  }
  return log;
}

fs::path checkpoint_path(const fs::path& model) {
  return fs::path(model).replace_extension(".checkpoint");
}

fs::path log_path(const fs::path& model) { return fs::path(model).replace_extension(".log.json"); }

void write_array(const fs::path& path, const std::vector<std::size_t>& shape,
                 std::span<const float> values) {
  const std::vector<double> wide(values.begin(), values.end());
  io::write_npy(path, shape, wide, io::NpyType::f4);
}

// What bench/peers/parity.py reads.
void write_record(const fs::path& folder, const train::Record& record, const model::Recipe& recipe,
                  const model::NetworkSpec& network) {
  fs::create_directories(folder / "initial");
  const std::size_t windows = record.x.rows() / record.window_frames;
  write_array(folder / "x.npy", {windows, record.window_frames, record.x.columns()},
              record.x.flat());
  write_array(folder / "y.npy", {windows, record.window_frames, record.y.columns()},
              record.y.flat());
  for (const auto& [name, tensor] : record.initial) {
    write_array(folder / "initial" / (name + ".npy"), {tensor.shape.begin(), tensor.shape.end()},
                tensor.values);
  }
  const std::vector<double> order(record.order.begin(), record.order.end());
  io::write_npy(folder / "order.npy", {order.size() / windows, windows}, order);
  io::write_npy(folder / "losses.npy", {record.losses.size()}, record.losses);
  const auto& training = recipe.training;
  const ordered_json settings = {{"kind", network.kind},
                                 {"inputs", network.inputs},
                                 {"outputs", network.outputs},
                                 {"layers", network.layers},
                                 {"hidden", network.hidden},
                                 {"dropout", network.dropout},
                                 {"bidirectional", network.bidirectional},
                                 {"linear", network.linear},
                                 {"batch", training.batch},
                                 {"epochs", training.epochs},
                                 {"learning_rate", training.learning_rate},
                                 {"step_every_epochs", training.step_every_epochs},
                                 {"step_factor", training.step_factor},
                                 {"clip_norm", training.clip_norm},
                                 {"seed", training.seed}};
  base::write_file(folder / "settings.json", settings.dump(2) + "\n");
}

model::Recipe read_recipe(const Options& options) {
  auto recipe = model::read_recipe(options.recipe);
  if (options.seed) {
    recipe = model::with_setting(recipe, "training", "seed", std::to_string(*options.seed));
  }
  if (options.epochs) {
    recipe = model::with_setting(recipe, "training", "epochs", std::to_string(*options.epochs));
  }
  if (!options.test.empty()) {
    auto test = recipe.split.test;
    test.insert(test.end(), options.test.begin(), options.test.end());
    recipe = model::with_setting(recipe, "split", "test", ordered_json(test).dump());
  }
  return recipe;
}

void run(const Options& options) {
  const auto recipe = read_recipe(options);
  const dataset::Store store(options.store);
  const auto sides = dataset::split(store.keys(), recipe.split.by, recipe.split.test,
                                    recipe.split.validation, recipe.training.seed);
  std::optional<model::Weights> initial;
  if (!options.initial.empty()) initial = model::read_model(options.initial).weights;
  base::AtomicFile(fs::path(
      options.out));  // a folder that cannot be written to shows itself now, not after hours
  if (recipe.training.members > 1 && (options.resume || initial || !options.dump_peer.empty())) {
    throw UsageError("recipe: training.members = " + std::to_string(recipe.training.members) +
                     ": the mean of several networks is trained in one go: --resume, --initial and --dump-peer do not go with it");
  }
  const auto saved = checkpoint_path(options.out);
  std::optional<train::Checkpoint> resume;
  if (options.resume) {
    if (!fs::exists(saved)) {
      throw Error("nothing to resume: there is no " + saved.string() +
                  "; a run leaves it until it has ended, the first one after " +
                  base::to_text(options.checkpoint_seconds) + " s (--checkpoint-seconds)");
    }
    resume = train::parse_checkpoint(saved.string(), base::read_file(saved));
  } else if (fs::exists(saved)) {
    warn(saved.string() + " is of a run that has not ended: training starts anew" +
         (recipe.training.members > 1 ? "" : "; --resume would go on with it"));
  }
  handle_interrupts();

  auto training_trials = read_trials(store, sides.training);
  auto blank = dataset::settle(recipe, training_trials);
  if (const auto emg = dataset::describe_emg(training_trials, blank); !emg.empty()) say(emg);
  auto training = dataset::make_training_examples(training_trials, blank, recipe);
  training_trials.clear();
  const bool closed = blank.network.kind == "linear";
  std::vector<features::Example> validation, judged;  // the second with markers that err as the recipe says: how far off the model will be
  {
    const auto trials = read_trials(store, sides.validation);
    validation = make_examples(trials, blank, recipe);
    if (!closed && !trials.empty()) judged = dataset::make_training_examples(trials, blank, recipe);
  }
  blank.data_hash = store.hash();
  std::set<std::string> subjects;
  for (const auto* side : {&sides.training, &sides.validation}) {
    for (const auto& key : *side) {
      subjects.insert(key.subject);
      blank.training_trials.push_back(motion::to_string(key));
    }
  }
  blank.training_subjects.assign(subjects.begin(), subjects.end());

  say("training on " + describe(sides.training) + "; validation " +
      (sides.validation.empty() ? "none" : describe(sides.validation)) + "; kept out " +
      (sides.test.empty() ? "none" : describe(sides.test)));
  if (!sides.validation.empty() && sides.validation_by != recipe.split.by) {
    warn("one " + recipe.split.by + " alone: validation is by " + sides.validation_by +
         ", and says nothing about another " + recipe.split.by);
  }
  if (closed && (options.resume || initial || !options.dump_peer.empty())) {
    throw UsageError("a linear network is fitted in closed form: --resume, --initial and --dump-peer do not go with it");
  }
  if (closed && options.epochs) warn("a linear network is fitted in closed form: there are no epochs");
  say(blank.network.kind + " " + std::to_string(blank.network.layers) + " x " +
      std::to_string(blank.network.hidden) +
      (recipe.training.members > 1 ? ", the mean of " + std::to_string(recipe.training.members) : "") + ", " + std::to_string(blank.network.inputs) +
      " inputs, " + std::to_string(blank.network.outputs) + " outputs");

  if (options.precision == "bf16" && !kernels::has_pairs() && !train::on_cuda(options.device)) {
    warn("this processor does not multiply numbers of 16 bits (avx512_bf16), or KINEMYO_KERNELS forbids it: "
         "on the CPU --precision bf16 is not faster than fp32");
  }

  TrainingBar bar(recipe.training.epochs_in_all());
  std::vector<train::Epoch> epochs;
  train::Record record;
  train::Options how;
  how.threads = options.threads;
  how.device = options.device;
  how.lstm = options.lstm;
  how.precision = options.precision;
  how.stop = &interrupted();
  if (initial) how.initial = &*initial;
  if (!options.dump_peer.empty()) how.record = &record;
  if (resume) {
    how.resume = &*resume;
    epochs = resume->epochs;
    say("going on after epoch " + std::to_string(epochs.size()));
    bar.resume(static_cast<int>(epochs.size()));
  }
  how.checkpoint_every_s = options.checkpoint_seconds;
  how.on_checkpoint = [&](const train::Checkpoint& checkpoint) {
    base::write_file(saved, train::format_checkpoint(checkpoint));
  };
  how.on_batch = [&](int epoch, std::size_t done, std::size_t total, double loss) {
    bar.batch(epoch, done, total, loss);
  };
  how.on_epoch = [&](const train::Epoch& epoch) {
    bar.epoch(epoch);
    epochs.push_back(epoch);
  };
  how.on_best = [&](const model::Model& model) {
    model::write_model(model, options.out);
    base::write_file(log_path(options.out),
                     make_log(options, recipe, sides, model, epochs, false).dump(2) + "\n");
  };
  auto result = train::train(blank, recipe, std::move(training), std::move(validation), how);
  if (!judged.empty()) study::note_output_errors(result.model, judged);

  model::write_model(result.model, options.out);
  const auto log = make_log(options, recipe, sides, result.model, result.epochs, result.stopped);
  base::write_file(log_path(options.out), log.dump(2) + "\n");
  if (!result.stopped) fs::remove(saved);
  for (const auto& note : result.notes) say(note);
  if (how.record != nullptr) write_record(options.dump_peer, record, recipe, blank.network);
  if (options.json) std::printf("%s\n", log.dump(2).c_str());
  if (result.stopped) {
    say("\nstopped: " + options.out +
        (result.epochs.empty()
             ? " holds what the first epoch had learned so far"
         : recipe.training.members > 1
             ? " holds the mean of the networks that were whole"
             : " holds the best model so far; --resume goes on after epoch " +
                   std::to_string(result.epochs.size())));
  } else {
    say("wrote " + options.out +
        (closed ? " (fitted in closed form)"
         : recipe.training.members > 1
                ? " (the mean of " + std::to_string(recipe.training.members) + " networks)"
                : " (epoch " + std::to_string(log["best_epoch"].get<int>()) + " of " + std::to_string(result.epochs.size()) + ")") +
        " and " + log_path(options.out).string());
  }
}

}  // namespace

void add_train(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("store", options->store, "a prepared store (.h5), as `kinemyo prepare` writes it")
      ->required();
  app.add_option("--recipe", options->recipe,
                 "a recipe's file (.toml) or name: " + base::join(model::recipe_names()) +
                     ". Default: angles");
  app.add_option("--out", options->out,
                 "the model file to write (.safetensors); the curves go to NAME.log.json beside it")
      ->required();
  app.add_option("--test", options->test,
                 "subjects, activities or trials (S1/Walk/1) to keep out altogether. Default: "
                 "those of the recipe");
  app.add_option("--seed", options->seed,
                 "for initial weights, order, dropout and validation part. Default: the recipe's");
  app.add_option("--epochs", options->epochs,
                 "passes over the training trials, at most. Default: the recipe's")
      ->check(CLI::PositiveNumber);
  app.add_option("--initial", options->initial,
                 "start from this model's weights (.safetensors). Default: random");
  app.add_option("--threads", options->threads, "of LSTM layers on the CPU. Default: 0, all cores")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--device", options->device,
                 "auto (CUDA where LibTorch has it), cpu, cuda. Default: auto")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  app.add_option("--lstm", options->lstm,
                 "who computes LSTM layers on the CPU: auto (our kernels where they can, else LibTorch), "
                 "kernels, libtorch. "
                 "Default: auto")
      ->check(CLI::IsMember({"auto", "kernels", "libtorch"}));
  app.add_option("--precision", options->precision,
                 "fp32, or bf16: faster on AMD's Zen 4 and 5 (avx512_bf16; not on a Xeon) and on CUDA; "
                 "weights, sums, loss and optimiser stay in 32 bits. Default: fp32")
      ->check(CLI::IsMember({"fp32", "bf16"}));
  auto* dump = app.add_option(
      "--dump-peer", options->dump_peer,
      "write scaled windows, initial weights, order and losses as .npy to this folder, "
      "for bench/peers");
  app.add_flag("--resume", options->resume,
               "go on after the last checkpoint of a run that was stopped or killed, with the same "
               "command: the weights become those of a run that never ended, bit for bit")
      ->excludes(dump);
  app.add_option("--checkpoint-seconds", options->checkpoint_seconds,
                 "at least so long between two checkpoints (NAME.checkpoint beside the model, "
                 "removed at the end); 0: after every epoch. Default: 30")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", options->json,
               "print the log (curves, trials of each side) as one JSON document");
  app.footer(
      "Losses are mean squared errors of scaled targets (1: as bad as always saying the mean). "
      "Scalers are fitted on\n"
      "the training side alone. Ctrl-C ends after the batch and leaves the best model so far; a "
      "killed run leaves the\n"
      "last whole one; --resume goes on with either, but not with training.members above 1. The same command, threads and\n"
      "store give the same bytes.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe angles --test S4 --epochs 3 --out angles.safetensors");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
