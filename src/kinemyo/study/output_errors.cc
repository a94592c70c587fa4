#include "kinemyo/study/output_errors.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "kinemyo/infer/network.h"

namespace kinemyo::study {

void note_output_errors(model::Model& model, const std::vector<features::Example>& validation) {
  const infer::Network network(model);
  std::vector<double> squares(network.outputs(), 0), counts(network.outputs(), 0);
  for (const auto& example : validation) {
    base::Matrix<float> x = example.x, y(x.rows(), network.outputs());
    features::scale(x, model.input_scaler);
    network.run(x, y);
    for (std::size_t r = 0; r < y.rows(); ++r) {
      for (std::size_t o = 0; o < y.columns(); ++o) {
        const double scale = model.output_scaler.empty() ? 1 : model.output_scaler.scale[o], mean = model.output_scaler.empty() ? 0 : model.output_scaler.mean[o];
        const double error = (example.y(r, o) - mean) / scale - y(r, o);
        if (std::isfinite(error)) squares[o] += error * error, ++counts[o];
      }
    }
  }
  auto losses = nlohmann::json::array();
  for (std::size_t o = 0; o < squares.size(); ++o) {
    if (counts[o] == 0) return;
    losses.push_back(squares[o] / counts[o]);
  }
  auto metrics = model.metrics.empty() ? nlohmann::json::object() : nlohmann::json::parse(model.metrics);
  metrics["validation_loss_of"] = losses;
  model.metrics = metrics.dump();
}

}  // namespace kinemyo::study
