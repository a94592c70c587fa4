// A program of somebody else's: links the installed library and runs a network.
#include <cstdio>
#include <vector>

#include "kinemyo/infer/runner.h"
#include "kinemyo/model/model.h"

int main() {
  kinemyo::model::Model model;
  model.network.inputs = 3;
  model.network.outputs = 2;
  model.network.layers = 1;
  model.network.hidden = 4;
  for (const auto& [name, shape] : kinemyo::model::weight_shapes(model.network)) {
    std::size_t count = 1;
    for (const auto n : shape) count *= static_cast<std::size_t>(n);
    model.weights[name] = {shape, std::vector<float>(count, 0.125f)};
  }
  const kinemyo::infer::Network network(model);
  auto state = network.make_state();
  const std::vector<float> input(network.inputs(), 1.0f);
  std::vector<float> output(network.outputs());
  network.step(state, input, output);
  std::printf("%g\n", static_cast<double>(output[0]));
  return output[0] > 0.125f ? 0 : 1;  // bias plus something of the input
}
