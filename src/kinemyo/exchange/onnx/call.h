#pragma once

#include <string>
#include <vector>

#include "kinemyo/exchange/onnx/evaluate.h"

namespace kinemyo::exchange {

/// A node and what it is given, as its operator sees them.
struct Call {
  const onnx::NodeProto& node;
  const std::vector<Value>& inputs;
  const Sizes& sizes;
  Plan& plan;
  Attributes attributes{node};
  /// Throws Unsupported where the input is absent.
  const Value& in(std::size_t i) const {
    if (!has(i)) throw Unsupported{"input " + std::to_string(i) + " is absent"};
    return inputs[i];
  }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].kind != Value::Kind::absent; }
  /// Throws Unsupported where the input depends on the network's.
  const Value& numbers(std::size_t i) const {
    if (!in(i).is_numbers()) throw Unsupported{"the network's input is used in a way that no layer of ours has"};
    return in(i);
  }
};

/// Other cells of the same type or layer.
inline Value like(const Value& value, Cells<double> cells) { return make_numbers(std::move(cells), value.type); }
inline Value like(const Value& value, Cells<int> cells) { return make_rows(std::move(cells), value.layer, value.width, value.parts); }

/// Axes of an operator: its second input since opset 13, an attribute before.
inline Shape axes_of(const Call& call) { return call.has(1) ? integers_of(call.in(1)) : call.attributes.integers("axes"); }

/// Operators that move cells about, of numbers or of rows, whose last axis stays where it is: moves.cc. They throw Unsupported.
Value transpose_value(const Call& call);
Value reshape_value(const Call& call);
Value squeeze_value(const Call& call);
Value unsqueeze_value(const Call& call);
Value slice_value(const Call& call);
Value gather_value(const Call& call);
Value concat_value(const Call& call);
std::vector<Value> split_value(const Call& call);

}  // namespace kinemyo::exchange
