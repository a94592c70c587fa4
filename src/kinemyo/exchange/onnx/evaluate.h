#pragma once

#include <string>
#include <vector>

#include "kinemyo/exchange/onnx/plan.h"
#include "kinemyo/exchange/onnx/value.h"

namespace kinemyo::exchange {

/// How many sequences of how many frames the graph is followed with.
struct Sizes {
  std::int64_t batch = 0, frames = 0;
  /// Whether rows are frames x batch, all of them in order (sequence * frames + frame), cut into `parts`.
  bool are_frames_first(const Value& value) const;
  bool are_batch_first(const Value& value) const;
};

/// The outputs of one node that is no Loop, for inputs of which none is unknown; new layers go into the plan. Throws Unsupported.
std::vector<Value> evaluate(const onnx::NodeProto& node, const std::vector<Value>& inputs, const Sizes& sizes, Plan& plan);

/// The operators that are known, for messages.
std::string known_operators();

/// LSTM and GRU of ONNX: recurrent.cc.
std::vector<Value> evaluate_recurrent(const onnx::NodeProto& node, const std::vector<Value>& inputs, const Sizes& sizes,
                                      Plan& plan);
/// That a state begins with zeros. Throws Unsupported.
void require_zero_state(const Value& state, const char* what);

}  // namespace kinemyo::exchange
