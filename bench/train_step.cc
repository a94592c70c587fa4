// A training step of the original's network as `kinemyo train` makes it: the time from one batch to the next, data
// preparation, dropout and optimiser included. Prints "train step NAME" lines for bench/run.py.
// bench_train_step [--batch N] [--lstm auto|libtorch] [--threads N] [--steps N] [--repeats N] [--precision fp32|bf16]
#include <iostream>
#include <map>
#include <stdexcept>

#include "bench/measure.h"
#include "kinemyo/base/random.h"
#include "kinemyo/train/train.h"

namespace {

using namespace kinemyo;

constexpr int kInputs = 126, kOutputs = 36, kHidden = 256, kLayers = 2;

std::vector<features::Example> windows(std::size_t count, std::size_t frames) {
  base::Random random(1);
  std::vector<features::Example> out(count);
  for (auto& window : out) {
    window.rate_hz = 100;
    window.placements.resize(frames);
    window.x = {frames, kInputs};
    window.y = {frames, kOutputs};
    for (float& v : window.x.flat()) v = static_cast<float>(random.normal());
    for (float& v : window.y.flat()) v = static_cast<float>(random.normal());
  }
  return out;
}

// Multiply-adds of forward, gradient of the inputs and gradient of the weights count twice each. The first layer needs no
// gradient of its inputs.
double operations(double batch, double steps) {
  const double first = 4.0 * kHidden * kInputs, others = 4.0 * kHidden * kHidden;
  const double last = 1.0 * kOutputs * kHidden;
  return 2 * batch * steps * (2 * first + 3 * others * (2 * kLayers - 1) + 3 * last);
}

}  // namespace

int main(int argc, char** argv) try {
  std::map<std::string, std::string> told = {
      {"--batch", "8"}, {"--lstm", "auto"}, {"--threads", "0"}, {"--steps", "500"}, {"--repeats", "15"}, {"--precision", "fp32"}};
  for (int i = 1; i < argc; i += 2) {
    if (!told.contains(argv[i]) || i + 1 == argc) throw std::invalid_argument(std::string("not known: ") + argv[i]);
    told[argv[i]] = argv[i + 1];
  }
  const int batch = std::stoi(told["--batch"]), steps = std::stoi(told["--steps"]), repeats = std::stoi(told["--repeats"]);
  model::Model blank;
  blank.rate_hz = 100;
  blank.network = {"lstm", kInputs, kOutputs, kLayers, kHidden, 0.3};
  model::Recipe recipe;
  recipe.training.window_frames = recipe.training.stride_frames = steps;
  recipe.training.batch = batch;
  recipe.training.epochs = 1;
  recipe.training.clip_norm = 0;
  train::Options options;
  options.lstm = told["--lstm"];
  options.precision = told["--precision"];
  options.threads = std::stoi(told["--threads"]);
  std::vector<double> at;
  options.on_batch = [&](int, std::size_t, std::size_t, double) { at.push_back(bench::now_s()); };
  const auto count = static_cast<std::size_t>(batch) * static_cast<std::size_t>(repeats + 2);
  train::train(blank, recipe, windows(count, static_cast<std::size_t>(steps)), {}, options);
  std::vector<double> times;  // the first steps take their memory
  for (std::size_t i = 2; i < at.size(); ++i) times.push_back(at[i] - at[i - 1]);
  std::sort(times.begin(), times.end());
  const std::string name = "train step batch " + told["--batch"] + (options.precision == "bf16" ? " bf16" : "");
  bench::print_line(name, times[times.size() / 2], "s",
                    {{"work", operations(batch, steps)}, {"work_unit", "FLOP"}, {"peak", "fma_f32_all"}, {"fastest", times[0]}});
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
