#pragma once

#include <filesystem>
#include <string>

#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

struct OnnxOptions {
  /// The scalers stand inside the graph, and its outputs are all named channels, constant and copied ones too.
  bool scaled = false;
  /// The state of an LSTM or GRU of one direction goes in and comes out, so that frames can be run as they arrive.
  bool stateful = false;
};

/// An ONNX model, opset 17: `frames` (batch x time x inputs, both free) to `outputs`; docs/formats/onnx.md lists inputs,
/// outputs and metadata. Throws Error for a state where the network has none to carry.
std::string format_onnx(const model::Model& model, const OnnxOptions& options);
/// Atomic. Throws IoError too.
void write_onnx(const model::Model& model, const OnnxOptions& options, const std::filesystem::path& path);

}  // namespace kinemyo::exchange
