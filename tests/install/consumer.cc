// A program of somebody else's: links the installed rooms, runs a network, and leaves its model and frames for the others.
// consumer MODEL FRAMES
#include <cstdio>
#include <fstream>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/infer/runner.h"
#include "kinemyo/model/model.h"

int main(int count, char** words) {
  if (count != 3) return 2;
  kinemyo::base::Random random(1);
  kinemyo::model::Model model;
  model.input.markers = {"LASI", "RASI", "LPSI", "RPSI"};
  model.input.scale = kinemyo::model::BodyScale::none;
  model.rate_hz = 100;
  model.outputs = {{.name = "hip_flexion_r", .unit = "rad", .index = 0}, {.name = "knee_angle_r", .unit = "rad", .index = 1}};
  model.network = {"lstm", 12, 2, 2, 40, 0};
  for (const auto& [name, shape] : kinemyo::model::weight_shapes(model.network)) {
    auto& tensor = model.weights[name];
    tensor.shape = shape;
    std::size_t size = 1;
    for (const auto n : shape) size *= static_cast<std::size_t>(n);
    while (tensor.values.size() < size) tensor.values.push_back(static_cast<float>(random.uniform(-0.3, 0.3)));
  }
  kinemyo::model::write_model(model, words[1]);

  kinemyo::base::Matrix<double> frames(200, 12);
  for (auto& value : frames.flat()) value = random.uniform(-1, 1);
  std::ofstream(words[2], std::ios::binary)
      .write(reinterpret_cast<const char*>(frames.data()), static_cast<std::streamsize>(8 * frames.flat().size()));

  const kinemyo::infer::Network network(model);
  kinemyo::infer::Stream stream(model, network);
  std::vector<double> outputs(2);
  for (std::size_t f = 0; f < frames.rows(); ++f) stream.step(frames.row(f), outputs);
  std::printf("%.17g %.17g\n", outputs[0], outputs[1]);
}
