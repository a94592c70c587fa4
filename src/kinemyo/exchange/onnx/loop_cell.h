#pragma once

#include <optional>
#include <string>

#include "kinemyo/exchange/onnx/walk.h"

namespace kinemyo::exchange {

/// One step of an LSTM as a loop's body spells it out, with the names of its parts:
/// gates = x W + h R + b; c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c').
struct LoopCell {
  std::string x, from_input, from_hidden, bias, hidden, cell;
  std::string new_cell;
  int gates[4] = {};  ///< places of i f g o among the parts of the gates
};

/// The LSTM whose h' has the name `output`; `names` hold what the first pass through the body gave. Nothing where the body
/// computes something else.
std::optional<LoopCell> match_cell(const onnx::GraphProto& body, const Names& names, const std::string& output);

/// The layer of a matched cell. Throws Unsupported where weights do not fit.
Layer make_layer(const LoopCell& cell, const Names& names, const Value& x);

/// The name that a chain of Identity nodes begins with.
std::string behind_identities(const onnx::GraphProto& body, std::string name);

}  // namespace kinemyo::exchange
