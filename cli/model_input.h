#pragma once

#include <string>

#include "cli/command.h"
#include "kinemyo/kernels/kernels.h"
#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

// What `predict` and `stream` share: recordings as a model takes them.
namespace kinemyo::cli {

/// What files leave unsaid; --units, --emg-units, --rate, --up.
struct InputOptions {
  std::string position_unit;
  double rate_hz = 0;
  std::string up = "auto";
  std::map<std::string, std::string> aliases;  ///< --aliases, of commands that read whole recordings
};
void add_input_options(CLI::App& app, InputOptions& options);

/// --weights: how the network's weights are kept while it runs.
void add_weights_option(CLI::App& app, kernels::Storage& weights);

/// Reads a recording, says what was assumed, and turns it to Y up: as the file or --up says, else
/// as the body stands.
motion::Recording read_input(const std::string& path, const InputOptions& options);

/// Warns where the model has no scaler, or was never told at which rate it was trained.
void warn_of_gaps(const model::Model& model, const std::string& path);

}  // namespace kinemyo::cli
