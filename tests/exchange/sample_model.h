#pragma once

#include <string>

#include "infer/random_model.h"
#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// A whole model around a network: scalers, named channels, a constant and a copy among them.
inline model::Model sample_model(const model::NetworkSpec& spec, std::uint64_t seed) {
  using Source = model::OutputChannel::Source;
  model::Model model;
  model.network = spec;
  model.weights = infer::random_weights(spec, seed);
  for (int i = 0; i < spec.inputs; ++i) {
    model.input.scalars.push_back("in_" + std::to_string(i));
    model.input_scaler.mean.push_back(0.1 * i - 0.3);
    model.input_scaler.scale.push_back(0.7 + 0.2 * i);
  }
  for (int i = 0; i < spec.outputs; ++i) {
    model.outputs.push_back({"out_" + std::to_string(i), "rad", Source::network, static_cast<std::size_t>(spec.outputs - 1 - i)});
    model.output_scaler.mean.push_back(1.0 / 3 + i);
    model.output_scaler.scale.push_back(2.0 - 0.25 * i);
  }
  model.outputs.push_back({"still", "rad", Source::constant, 0, -0.125});
  model.outputs.push_back({"again", "rad", Source::copy, 0});
  model.outputs.push_back({"still_too", "rad", Source::copy, model.outputs.size() - 2});
  model.rate_hz = 100;
  model.window_frames = 200;
  model.recipe = "name = \"α\"\n";
  model.metrics = "{\"loss\":0.1}";
  model.training_subjects = {"S1"};
  model.training_trials = {"S1/walk/1"};
  return model;
}

/// One of each kind of network, small.
inline std::vector<std::pair<std::string, model::NetworkSpec>> sample_networks() {
  std::vector<std::pair<std::string, model::NetworkSpec>> out = {
      {"lstm", {"lstm", 5, 3, 2, 7, 0}},
      {"lstm_one_layer", {"lstm", 4, 2, 1, 6, 0}},
      {"lstm_linear", {"lstm", 5, 3, 2, 7, 0, false, true}},
      {"bilstm", {"lstm", 5, 3, 2, 7, 0, true}},
      {"gru", {"gru", 5, 3, 2, 7, 0}},
      {"bigru_linear", {"gru", 5, 3, 2, 7, 0, true, true}},
      {"tcn", {"tcn", 5, 3, 3, 7, 0}},
      {"tcn_linear", {"tcn", 6, 3, 2, 6, 0, false, true}},
      {"transformer", {"transformer", 5, 3, 2, 8, 0}},
      {"transformer_causal", {"transformer", 5, 3, 2, 12, 0, false, true}},
      {"linear", {"linear", 5, 3, 1, 0, 0}},
      {"linear_adapted", {"linear", 5, 3, 1, 0, 0}},
      {"linear_near", {"linear", 5, 3, 1, 0, 0}},
      {"linear_near_adapted", {"linear", 5, 3, 1, 0, 0}},
  };
  for (auto& [name, spec] : out) {
    if (spec.kind == "transformer") spec.feedforward = 11;
    if (name == "transformer_causal") spec.look_back_frames = 6;
    if (spec.kind == "linear") {
      spec.lags_frames = {0, 2, 5};
      spec.look_ahead_frames = 4;
      spec.once = name == "linear" ? 2 : 0;
      spec.once_lag_frames = 1;
      spec.own_frames = name.ends_with("adapted") ? 4 : 0;
      spec.near_frames = name.find("near") == std::string::npos ? 0 : 3;
      spec.hidden = spec.features() + spec.near_frames + spec.own_frames;
    }
    if (name == "tcn_linear") {
      spec.kernel = 2;
      spec.dilations = {3, 1};
    }
  }
  return out;
}

}  // namespace kinemyo::exchange
