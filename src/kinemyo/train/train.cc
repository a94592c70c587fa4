#include "kinemyo/train/train.h"

#include <torch/types.h>  // before clip_grad.h, which needs it and does not say so

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <malloc.h>
#include <torch/nn/utils/clip_grad.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <thread>

#include "kinemyo/base/text.h"
#include "kinemyo/features/mirror.h"
#include "kinemyo/train/adam.h"
#include "kinemyo/train/checkpoint.h"
#include "kinemyo/train/closed_form.h"
#include "kinemyo/train/ensemble.h"
#include "kinemyo/train/linear.h"
#include "kinemyo/train/network.h"
#include "kinemyo/train/schedule.h"
#include "kinemyo/train/windows.h"

namespace kinemyo::train {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

int threads_of(const Options& options) {
  return options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void check(const model::Model& blank, const model::Recipe::Training& training) {
  const auto positive = [](double value, const std::string& name) {
    require(value > 0, "train: " + name + " must be above 0; got " + base::to_text(value));
  };
  positive(training.window_frames, "window_frames");
  positive(training.batch, "batch");
  positive(training.epochs, "epochs");
  positive(training.learning_rate, "learning_rate");
  positive(blank.network.inputs, "the network's inputs");
  positive(blank.network.outputs, "the network's outputs");
}

void check_widths(const std::vector<features::Example>& examples,
                  const model::NetworkSpec& network) {
  for (const auto& example : examples) {
    require(example.x.columns() == static_cast<std::size_t>(network.inputs) &&
                example.y.columns() == static_cast<std::size_t>(network.outputs) &&
                example.x.rows() == example.y.rows(),
            "train: an example's inputs or targets do not fit the network");
  }
}

at::Device choose_device(const std::string& name) {
  const bool cuda = at::hasCUDA();
  if (name == "cuda" && !cuda)
    throw Error("device cuda: this LibTorch or this machine has no CUDA; use cpu");
  require(name == "auto" || name == "cpu" || name == "cuda",
          "train: device is auto, cpu or cuda; got " + name);
  return at::Device(cuda && name != "cpu" ? at::kCUDA : at::kCPU);
}

Network::Backend choose_backend(const std::string& name, const model::NetworkSpec& network,
                                at::Device device) {
  require(name == "auto" || name == "kernels" || name == "libtorch",
          "train: lstm is auto, kernels or libtorch; got " + name);
  const bool can = Network::kernels_can(network, device);
  if (name == "kernels" && !can)
    throw Error("our own kernels train LSTMs on the CPU alone; use libtorch");
  return can && name != "libtorch" ? Network::Backend::kernels : Network::Backend::libtorch;
}

Precision choose_precision(const std::string& name) {
  require(name == "fp32" || name == "bf16", "train: precision is fp32 or bf16; got " + name);
  return name == "bf16" ? Precision::bf16 : Precision::fp32;
}

// What DataLoader(shuffle=True) draws for an epoch: a seed for its workers, which it has not; the
// seed of a generator for this epoch; a permutation by that.
std::vector<std::int64_t> shuffled(std::size_t count) {
  at::empty({}, at::kLong).random_();
  const auto seed =
      static_cast<std::uint64_t>(at::empty({}, at::kLong).random_().item<std::int64_t>());
  auto generator = at::detail::createCPUGenerator(seed);
  const at::Tensor order = at::randperm(static_cast<std::int64_t>(count), generator, at::kLong);
  const auto* data = order.data_ptr<std::int64_t>();
  return {data, data + order.numel()};
}

std::vector<std::int64_t> in_order(std::size_t count) {
  std::vector<std::int64_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int64_t>(i);
  return out;
}

class Loop {
 public:
  Loop(const model::Model& blank, const model::Recipe& recipe, const Options& options)
      : recipe_(recipe),
        options_(options),
        model_(blank),
        device_(choose_device(options.device)),
        network_(seeded(blank.network, recipe), device_,
                 choose_backend(options.lstm, blank.network, device_),
                 threads_of(options), choose_precision(options.precision)),
        adam_(network_.parameters(), recipe.training.weight_decay, threads_of(options)),
        schedule_(recipe.training),
        augmentation_(recipe.training.seed) {
    if (options.initial != nullptr) network_.load(*options.initial);
  }

  Result run(std::vector<features::Example> training, std::vector<features::Example> validation) {
    fit(std::move(training), std::move(validation));
    if (training_.windows.empty()) {
      std::size_t longest = 0;
      for (const auto& example : training_.examples) longest = std::max(longest, example.x.rows());
      throw Error("nothing to train on: no trial fills a window of " +
                  std::to_string(recipe_.training.window_frames) + " frames; the longest has " +
                  std::to_string(longest) + " (recipe: training.window_frames)");
    }
    if (options_.record != nullptr) start_record(*options_.record);
    const auto run = describe_run();
    Result result;
    if (options_.resume != nullptr) {
      check_same_run(*options_.resume, run);
      restore(*options_.resume, result);
    } else if (model_.network.linear && !validation_.windows.empty()) {
      take_best({.number = 0, .training_loss = kNaN, .validation_loss = validation_loss()}, result);
    }
    auto written = std::chrono::steady_clock::now();
    std::optional<Checkpoint> pending;  // of the last epoch, not yet given away
    while (!finished(result)) {
      const auto start = std::chrono::steady_clock::now();
      const int number = static_cast<int>(result.epochs.size()) + 1;
      Epoch epoch{
          .number = number, .validation_loss = kNaN, .learning_rate = schedule_.rate(number)};
      if (!run_epoch(epoch)) {
        result.stopped = true;
        break;
      }
      epoch.validation_loss = validation_loss();
      epoch.best = std::isnan(epoch.validation_loss) || !has_best_ ||
                   epoch.validation_loss < best_.validation_loss;
      schedule_.saw(std::isnan(epoch.validation_loss) ? epoch.training_loss
                                                      : epoch.validation_loss);
      const auto end = std::chrono::steady_clock::now();
      epoch.seconds = std::chrono::duration<double>(end - start).count();
      result.epochs.push_back(epoch);
      if (options_.on_epoch) options_.on_epoch(epoch);
      if (epoch.best) {
        take_best(epoch, result);
      } else {
        ++since_best_;
      }
      if (!options_.on_checkpoint) continue;
      pending = checkpoint(result, run);
      if (std::chrono::duration<double>(end - written).count() < options_.checkpoint_every_s)
        continue;
      options_.on_checkpoint(*pending);
      pending.reset();
      written = end;
    }
    if (result.stopped && pending) options_.on_checkpoint(*pending);
    // Stopped within the first epoch: what was learned so far.
    if (result.model.weights.empty()) {
      result.model = snapshot({.number = 0, .training_loss = kNaN, .validation_loss = kNaN});
    }
    return result;
  }

 private:
  // Seeds before the network draws its weights; a member's initialiser is the place for that.
  static const model::NetworkSpec& seeded(const model::NetworkSpec& network,
                                          const model::Recipe& recipe) {
    at::manual_seed(recipe.training.seed);
    return network;
  }

  void fit(std::vector<features::Example> training, std::vector<features::Example> validation) {
    if (recipe_.inputs.mirror) {
      const features::Mirror mirror(model_);
      const std::size_t measured = training.size();
      for (std::size_t i = 0; i < measured; ++i) training.push_back(mirror.apply(training[i]));
    }
    training = dataset::arrange(std::move(training), recipe_);
    validation = dataset::arrange(std::move(validation), recipe_);
    model_.input_scaler = features::fit_scaler(training, false);
    model_.output_scaler = features::fit_scaler(training, true);
    widen(model_.input_scaler, training, model_.input, recipe_.inputs);
    training_ = make_side(std::move(training), model_.output_scaler, recipe_);
    validation_ = make_side(std::move(validation), model_.output_scaler, recipe_);
    if (model_.network.linear && options_.initial == nullptr) {
      network_.set_linear(fit_linear(training_.examples, model_, recipe_));
    }
  }

  bool finished(const Result& result) const {
    const auto& training = recipe_.training;
    return static_cast<int>(result.epochs.size()) >= training.epochs ||
           (training.patience_epochs > 0 && since_best_ >= training.patience_epochs);
  }

  void take_best(const Epoch& epoch, Result& result) {
    best_ = epoch;
    has_best_ = true;
    since_best_ = 0;
    result.model = snapshot(epoch);
    if (options_.on_best) options_.on_best(result.model);
  }

  // What must be the same for a run to go on: all that changes a number.
  std::map<std::string, std::string> describe_run() const {
    const auto& n = model_.network;
    std::map<std::string, std::string> run = {
        {"recipe", recipe_.text},
        {"seed", std::to_string(recipe_.training.seed)},
        {"data (hash of the store)", model_.data_hash},
        {"trials", base::join(model_.training_trials)},
        {"windows", std::to_string(training_.windows.size()) + " to train on, " +
                        std::to_string(validation_.windows.size()) + " to validate"},
        {"network", n.kind + " " + std::to_string(n.layers) + " x " + std::to_string(n.hidden) +
                        ", " + std::to_string(n.inputs) + " inputs, " +
                        std::to_string(n.outputs) + " outputs"},
        {"device", device_.str()},
        {"LSTM layers by", network_.backend() == Network::Backend::kernels
                               ? "kernels (" + std::string(kernels::chosen().name) + ")"
                               : "libtorch"},
        {"precision", options_.precision},
        {"threads", std::to_string(threads_of(options_))}};
    if (options_.initial != nullptr) run["initial weights"] = "given";
    return run;
  }

  // What draws. The order of windows and the kernels' seeds of dropout always on the CPU; on a GPU, dropout there.
  std::vector<at::Generator> generators() const {
    std::vector<at::Generator> out = {at::globalContext().defaultGenerator(at::kCPU)};
    if (device_.is_cuda()) out.push_back(at::globalContext().defaultGenerator(device_));
    return out;
  }

  model::Weights moments(const std::vector<at::Tensor>& tensors) const {
    model::Weights out;
    const auto names = network_.parameter_names();
    for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = to_weights(tensors[i]);
    return out;
  }

  Checkpoint checkpoint(const Result& result, std::map<std::string, std::string> run) {
    Checkpoint out;
    out.run = std::move(run);
    out.epochs = result.epochs;
    out.best = best_;
    out.since_best = since_best_;
    out.schedule = schedule_.state();
    out.augmentation = augmentation_.state();
    for (const auto& generator : generators()) {
      const at::Tensor state = generator.get_state();
      out.generator.append(reinterpret_cast<const char*>(state.data_ptr<std::uint8_t>()), state.nbytes());
    }
    out.steps = adam_.steps();
    out.weights = network_.weights();
    out.means = moments(adam_.means());
    out.squares = moments(adam_.squares());
    out.best_weights = result.model.weights;
    return out;
  }

  void restore(const Checkpoint& from, Result& result) {
    network_.load(from.weights);
    const at::NoGradGuard constant;
    const auto names = network_.parameter_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
      copy_weights(from.means.at(names[i]), adam_.means()[i]);
      copy_weights(from.squares.at(names[i]), adam_.squares()[i]);
    }
    adam_.set_steps(from.steps);
    schedule_.restore(from.schedule);
    augmentation_.restore(from.augmentation);
    std::string_view states = from.generator;
    for (auto& generator : generators()) {
      const at::Tensor state = generator.get_state();  // its size
      if (states.size() < state.nbytes()) {
        throw FormatError(from.path, Place::named("metadata"), "the state of LibTorch's generators is too short",
                          std::to_string(state.nbytes()) + " more bytes", std::to_string(states.size()));
      }
      std::copy_n(states.data(), state.nbytes(), reinterpret_cast<char*>(state.data_ptr<std::uint8_t>()));
      generator.set_state(state);
      states.remove_prefix(state.nbytes());
    }
    result.epochs = from.epochs;
    best_ = from.best;
    has_best_ = true;
    since_best_ = from.since_best;
    result.model = snapshot(best_);
    result.model.weights = from.best_weights;
  }

  at::Tensor tensor(std::vector<float>& values, std::size_t count, int width) const {
    return at::from_blob(values.data(),
                         {recipe_.training.window_frames, static_cast<std::int64_t>(count), width},
                         at::kFloat)
        .to(device_);
  }

  // The mean squared error over known targets. No graph is kept where gradients are off.
  at::Tensor loss(std::span<const std::int64_t> windows, const Side& side, bool training) {
    fill_batch(side, windows, model_, recipe_, training ? &augmentation_ : nullptr, threads(), batch_);
    const at::Tensor x = tensor(batch_.x, windows.size(), model_.network.inputs);
    const at::Tensor y = tensor(batch_.y, windows.size(), model_.network.outputs);
    const at::Tensor predicted = network_.forward(x, training);
    if (batch_.known == y.numel()) return at::mse_loss(predicted, y);
    const at::Tensor unknown = at::isnan(y);
    const at::Tensor error = (predicted - at::nan_to_num(y)).masked_fill(unknown, 0.0);
    return error.square().sum() / static_cast<double>(std::max<std::int64_t>(1, batch_.known));
  }

  int threads() const { return threads_of(options_); }

  bool stopping() const { return options_.stop != nullptr && options_.stop->load(); }

  // False when asked to stop.
  bool run_epoch(Epoch& epoch) {
    const auto order = shuffled(training_.windows.size());
    if (options_.record != nullptr) {
      options_.record->order.insert(options_.record->order.end(), order.begin(), order.end());
    }
    const auto batch = static_cast<std::size_t>(recipe_.training.batch);
    const std::size_t batches = (order.size() + batch - 1) / batch;
    double sum = 0;
    for (std::size_t i = 0; i < batches; ++i) {
      if (stopping()) return false;
      const auto windows =
          std::span(order).subspan(i * batch, std::min(batch, order.size() - i * batch));
      adam_.zero_grad();
      const at::Tensor batch_loss = loss(windows, training_, true);
      const double value = batch_loss.item<double>();
      if (!std::isfinite(value)) {
        throw Error("training diverged: the loss of epoch " + std::to_string(epoch.number) +
                    ", batch " + std::to_string(i + 1) +
                    " is not finite; a smaller training.learning_rate may help");
      }
      batch_loss.backward();
      if (recipe_.training.clip_norm > 0) {
        torch::nn::utils::clip_grad_norm_(network_.parameters(), recipe_.training.clip_norm);
      }
      adam_.step(epoch.learning_rate);
      sum += value;
      if (options_.record != nullptr) options_.record->losses.push_back(value);
      if (options_.on_batch) options_.on_batch(epoch.number, i + 1, batches, value);
    }
    epoch.training_loss = sum / static_cast<double>(batches);
    return true;
  }

  double validation_loss() {
    if (validation_.windows.empty()) return kNaN;
    const at::NoGradGuard constant;
    const auto order = in_order(validation_.windows.size());
    const auto batch = static_cast<std::size_t>(recipe_.training.batch);
    double sum = 0;
    std::int64_t known = 0;
    for (std::size_t i = 0; i < order.size(); i += batch) {
      const double value =
          loss(std::span(order).subspan(i, std::min(batch, order.size() - i)), validation_, false)
              .item<double>();
      sum += value * static_cast<double>(batch_.known);
      known += batch_.known;
    }
    return known > 0 ? sum / static_cast<double>(known) : kNaN;
  }

  model::Model snapshot(const Epoch& epoch) const {
    const auto number = [](double value) {
      return std::isfinite(value) ? base::to_text(value) : "null";
    };
    model::Model out = model_;
    out.window_frames = recipe_.training.window_frames;
    out.weights = network_.weights();
    out.metrics = "{\"epoch\": " + std::to_string(epoch.number) +
                  ", \"training_loss\": " + number(epoch.training_loss) +
                  ", \"validation_loss\": " + number(epoch.validation_loss) +
                  ", \"seed\": " + std::to_string(recipe_.training.seed) + "}";
    return out;
  }

  void start_record(Record& record) {
    const auto frames = static_cast<std::size_t>(recipe_.training.window_frames);
    const auto inputs = static_cast<std::size_t>(model_.network.inputs);
    const auto outputs = static_cast<std::size_t>(model_.network.outputs);
    record = {};
    record.window_frames = frames;
    record.initial = network_.weights();
    std::vector<float> x, y;
    for (const auto window : in_order(training_.windows.size())) {
      fill_batch(training_, {&window, 1}, model_, recipe_, nullptr, 1, batch_);
      x.insert(x.end(), batch_.x.begin(), batch_.x.end());
      y.insert(y.end(), batch_.y.begin(), batch_.y.end());
    }
    record.x = {training_.windows.size() * frames, inputs, std::move(x)};
    record.y = {training_.windows.size() * frames, outputs, std::move(y)};
  }

  const model::Recipe& recipe_;
  const Options& options_;
  model::Model model_;  // without weights
  at::Device device_;
  Network network_;
  Adam adam_;
  Schedule schedule_;
  base::Random augmentation_;
  Side training_, validation_;
  Batch batch_;
  Epoch best_;
  bool has_best_ = false;
  int since_best_ = 0;
};

}  // namespace

bool on_cuda(const std::string& device) { return choose_device(device).is_cuda(); }

Result train(const model::Model& blank, const model::Recipe& recipe,
             std::vector<features::Example> training, std::vector<features::Example> validation,
             const Options& options) {
  check(blank, recipe.training);
  require(!training.empty(), "train: no training examples");
  check_widths(training, blank.network);
  check_widths(validation, blank.network);
  check_augmentation(blank, recipe);
  if (blank.network.kind == "linear") {
    training.insert(training.end(), std::make_move_iterator(validation.begin()), std::make_move_iterator(validation.end()));
    auto fitted = fit_closed_form(blank, recipe, std::move(training));
    if (options.on_best) options.on_best(fitted.model);
    return {std::move(fitted.model), {}, false, std::move(fitted.notes)};
  }
  if (recipe.training.members > 1) return train_members(blank, recipe, training, validation, options);
  require(options.resume == nullptr || options.record == nullptr,
          "train: a run that goes on has no record of its beginning");
  // One: LibTorch's own LSTM is at its best so, and ours has threads of its own.
  at::set_num_threads(1);
#ifdef __GLIBC__
  // A step takes and frees the same tens of megabytes: given back to the system each time, they cost more than the
  // multiplications.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
#endif
  return Loop(blank, recipe, options).run(std::move(training), std::move(validation));
}

}  // namespace kinemyo::train
