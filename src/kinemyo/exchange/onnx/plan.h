#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kinemyo/exchange/onnx/value.h"
#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// One step that a network does to the rows of another, the same for every frame or (recurrent) along time.
struct Layer {
  enum class Kind { input, recurrent, dense, bias, sum };
  Kind kind = Kind::input;
  int from = -1;
  int other = -1;  ///< of a sum
  std::int64_t width = 0;
  std::string node;  ///< for messages

  /// dense: inputs x width; bias: one number or `width`.
  std::shared_ptr<const Cells<double>> weights;

  /// Recurrent, in PyTorch's layout and order of gates, a direction each.
  std::string cell;  ///< lstm, gru
  std::int64_t hidden = 0;
  struct Direction {
    model::Tensor from_input, from_hidden, input_bias, hidden_bias;
  };
  std::vector<Direction> directions;
};

/// The layers found, the input first; equal steps from the same rows are one.
class Plan {
 public:
  explicit Plan(std::int64_t inputs);
  const std::vector<Layer>& layers() const { return layers_; }
  int add(Layer layer);

 private:
  std::vector<Layer> layers_;
};

/// The model that the layers up to `last` make: an LSTM or GRU and one linear layer behind it (none: the identity), with a
/// linear layer from the inputs beside. Throws Error that names the node which has no place in it.
model::Model to_model(const Plan& plan, int last);

}  // namespace kinemyo::exchange
