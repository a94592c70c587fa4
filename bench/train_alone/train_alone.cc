// Training steps of the original's network on generated windows, by kinemyo's layers and by LibTorch's own, in turn; one
// line of JSON for each: median step, first and last loss.
// train_alone [--device cpu|cuda] [--precision fp32|bf16] [--kind lstm|bilstm|gru|tcn|transformer] [--batch N] [--frames N]
//   [--hidden N] [--layers N] [--dropout SHARE] [--steps N] [--threads N]
// peer.py beside it is PyTorch's own step of the same network.
#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kinemyo/kernels/kernels.h"
#include "kinemyo/train/adam.h"
#include "kinemyo/train/network.h"

namespace {

using namespace kinemyo;

struct Outcome {
  double median_s, first_loss, last_loss;
};

Outcome run(train::Network& network, const at::Tensor& x, const at::Tensor& y, int steps, int threads) {
  train::Adam adam(network.parameters(), 0, threads);
  std::vector<double> times, losses;
  for (int i = 0; i < steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    adam.zero_grad();
    const at::Tensor loss = at::mse_loss(network.forward(x, true), y);
    loss.backward();
    adam.step(1e-3);
    losses.push_back(loss.item<double>());
    if (x.is_cuda()) torch::cuda::synchronize();
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  times.erase(times.begin(), times.begin() + std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(times.size()) - 1));
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], losses.front(), losses.back()};
}

}  // namespace

int main(int argc, char** argv) try {
  std::map<std::string, std::string> told = {{"--device", "cpu"}, {"--precision", "fp32"}, {"--kind", "lstm"},
                                             {"--batch", "8"},    {"--frames", "500"},    {"--hidden", "256"},
                                             {"--layers", "2"},   {"--dropout", "0.3"},   {"--steps", "12"},
                                             {"--threads", "0"}};
  for (int i = 1; i < argc; i += 2) {
    if (!told.contains(argv[i]) || i + 1 == argc) throw std::invalid_argument(std::string("not known: ") + argv[i]);
    told[argv[i]] = argv[i + 1];
  }
  const auto number = [&](const char* name) { return std::stoi(told[name]); };
  if (told["--device"] == "cuda" && !torch::cuda::is_available())
    throw std::runtime_error("--device cuda: this LibTorch or this machine has no CUDA; use --device cpu");
  const at::Device device(told["--device"] == "cuda" ? at::kCUDA : at::kCPU);
  if (told["--precision"] != "fp32" && told["--precision"] != "bf16")
    throw std::invalid_argument("--precision is fp32 or bf16; got " + told["--precision"]);
  const auto precision = told["--precision"] == "bf16" ? train::Precision::bf16 : train::Precision::fp32;
  const int threads = number("--threads") > 0 ? number("--threads") : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  model::NetworkSpec spec{told["--kind"], 126, 36, number("--layers"), number("--hidden"), std::stod(told["--dropout"])};
  spec.bidirectional = told["--kind"] == "bilstm";
  if (spec.bidirectional) spec.kind = "lstm";

  at::manual_seed(1);
  const at::Tensor x = at::randn({number("--frames"), number("--batch"), spec.inputs}).to(device);
  // Something that can be learned: a smooth function of the inputs so far.
  const at::Tensor y = at::tanh(at::cumsum(x.slice(2, 0, spec.outputs), 0) / 10);
  if (precision == train::Precision::bf16 && device.is_cpu() && !train::Network::kernels_can(spec, device))
    throw std::invalid_argument("--precision bf16 on the CPU is for --kind lstm and bilstm; got " + told["--kind"]);
  for (const bool ours : {true, false}) {
    if (ours && !train::Network::kernels_can(spec, device)) continue;
    if (!ours && device.is_cpu() && precision == train::Precision::bf16) continue;
    at::manual_seed(2);
    train::Network network(spec, device, ours ? train::Network::Backend::kernels : train::Network::Backend::libtorch,
                           threads, precision);
    at::set_num_threads(ours ? 1 : threads);
    const Outcome out = run(network, x, y, std::max(1, number("--steps")), threads);
    std::cout << "{\"layers\": \"" << (ours ? "kinemyo (" + std::string(kernels::chosen().name) + ")" : "LibTorch")
              << "\", \"device\": \"" << told["--device"] << "\", \"precision\": \"" << told["--precision"]
              << "\", \"kind\": \"" << told["--kind"] << "\", \"batch\": " << told["--batch"] << ", \"frames\": " << told["--frames"]
              << ", \"step_s\": " << out.median_s << ", \"first_loss\": " << out.first_loss
              << ", \"last_loss\": " << out.last_loss << "}" << std::endl;
  }
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
