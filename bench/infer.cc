// Running the original's network (126 -> 36, 2 x 256 LSTM) without LibTorch.
// bench_infer stream [STORAGE]     one frame after another on one core; weights kept as fp32, bf16 or int8, and what that costs
// bench_infer stream STORAGE as NAME    the same, printed under the name of another storage: to stand beside it
// bench_infer offline [STORAGE]    64 windows of 500 frames on all cores
#include <cmath>
#include <cstring>
#include <iostream>
#include <string>

#include "bench/measure.h"
#include "kinemyo/base/random.h"
#include "kinemyo/infer/network.h"

namespace {

using namespace kinemyo;

model::Model original() {
  model::Model model;
  model.network = {"lstm", 126, 36, 2, 256, 0.3};
  base::Random random(1);
  const double reach = 1.0 / std::sqrt(256);
  for (const auto& [name, shape] : model::weight_shapes(model.network)) {
    auto& tensor = model.weights[name];
    tensor.shape = shape;
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    for (std::int64_t i = 0; i < count; ++i)
      tensor.values.push_back(static_cast<float>(random.uniform(-reach, reach)));
  }
  return model;
}

base::Matrix<float> frames(std::size_t count) {
  base::Random random(2);
  base::Matrix<float> x(count, 126);
  for (auto& value : x.flat()) value = static_cast<float>(random.normal());
  return x;
}

// What smaller weights change, root mean square over outputs, over whose standard deviation.
void tell_loss(const infer::Network& network, const std::string& storage, const base::Matrix<float>& x) {
  base::Matrix<float> exact(x.rows(), network.outputs()), y = exact;
  infer::Network(original(), kernels::Storage::fp32).run(x, exact);
  network.run(x, y);
  double error = 0, sum = 0, squares = 0;
  const auto count = static_cast<double>(y.flat().size());
  for (std::size_t i = 0; i < y.flat().size(); ++i) {
    const double value = exact.flat()[i], off = y.flat()[i] - value;
    error += off * off;
    sum += value;
    squares += value * value;
  }
  const double spread = std::sqrt(squares / count - sum / count * (sum / count));
  bench::print_line("loss of " + storage, std::sqrt(error / count) / spread, "of the outputs' spread");
}

// Every frame of 10,000 by itself, as they come from a camera: nothing of the next is known.
void stream(const std::string& storage, const std::string& as) {
  const infer::Network network(original(), kernels::storage_named(storage));
  const std::string name = as == "fp32" ? "" : " " + as;
  auto state = network.make_state();
  const auto x = frames(500);
  std::vector<float> y(network.outputs());
  std::vector<double> times;
  for (int i = 0; i < 10500; ++i) {
    const double start = bench::now_s();
    network.step(state, x.row(static_cast<std::size_t>(i) % x.rows()), y);
    if (i >= 500) times.push_back(bench::now_s() - start);
  }
  std::sort(times.begin(), times.end());
  double weights = 0;
  for (const auto& [_, tensor] : original().weights) weights += 4.0 * static_cast<double>(tensor.values.size());
  bench::print_line("streaming step" + name, times[times.size() / 2], "s", {{"weights_bytes", weights}});
  bench::print_line("streaming step" + name + " p99", times[times.size() * 99 / 100], "s");
  if (storage != "fp32") tell_loss(network, storage, x);
}

void offline(const std::string& storage) {
  const infer::Network network(original(), kernels::storage_named(storage));
  const std::size_t windows = 64, length = 500;
  const auto x = frames(windows * length);
  base::Matrix<float> y(x.rows(), network.outputs());
  std::vector<base::MatrixView<const float>> inputs;
  std::vector<base::MatrixView<float>> outputs;
  for (std::size_t w = 0; w < windows; ++w) {
    inputs.push_back(x.view().rows_from(w * length, length));
    outputs.push_back(y.view().rows_from(w * length, length));
  }
  double weights = 0;
  for (const auto& [name, tensor] : original().weights)
    weights += tensor.shape.size() == 2 ? static_cast<double>(tensor.values.size()) : 0;
  bench::print_line(storage == "fp32" ? "offline" : "offline " + storage, bench::median_seconds([&] { network.run_all(inputs, outputs); }), "s",
                    {{"work", 2 * weights * static_cast<double>(x.rows())}, {"work_unit", "FLOP"}, {"peak", "fma_f32_all"}});
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count >= 2 ? words[1] : "", storage = count >= 3 ? words[2] : "fp32";
  if (what == "stream") {
    stream(storage, count == 5 ? words[4] : storage);
  } else if (what == "offline") {
    offline(storage);
  } else {
    std::cerr << "usage: bench_infer stream|offline [fp32|bf16|int8 [as NAME]]\n";
    return 2;
  }
}
