#pragma once

#include <onnx/onnx_pb.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "kinemyo/exchange/onnx/cells.h"

namespace kinemyo::exchange {

/// Whether numbers of the type have fractions.
inline bool is_real(int type) {
  using Type = onnx::TensorProto;
  return type == Type::FLOAT || type == Type::DOUBLE || type == Type::FLOAT16 || type == Type::BFLOAT16;
}

/// What a name of the graph stands for when the graph is followed with a few sequences of a few frames: numbers that do not
/// depend on the input (weights, sizes, indices), or the rows of a layer. A row is the vector that a layer gives for one
/// frame of one sequence; it is not computed, but where each row lies is known exactly.
struct Value {
  enum class Kind { absent, numbers, rows, unknown };
  Kind kind = Kind::absent;

  int type = onnx::TensorProto::FLOAT;  ///< of numbers
  std::shared_ptr<const Cells<double>> numbers;

  /// Of rows: cells row * parts + part in the order of the axes but the last, which is the vector of `width` numbers.
  std::shared_ptr<const Cells<int>> rows;
  int layer = 0;
  std::int64_t width = 0;
  int parts = 1;  ///< into which a row is cut: the directions of a layer, until they are joined

  std::string why;  ///< of what is unknown

  bool is_numbers() const { return kind == Kind::numbers; }
  bool is_rows() const { return kind == Kind::rows; }
  bool is_integers() const { return is_numbers() && !is_real(type); }
};

inline Value make_numbers(Cells<double> cells, int type) {
  Value out;
  out.kind = Value::Kind::numbers;
  out.type = type;
  out.numbers = std::make_shared<const Cells<double>>(std::move(cells));
  return out;
}
inline Value make_rows(Cells<int> cells, int layer, std::int64_t width, int parts) {
  Value out;
  out.kind = Value::Kind::rows;
  out.rows = std::make_shared<const Cells<int>>(std::move(cells));
  out.layer = layer;
  out.width = width;
  out.parts = parts;
  return out;
}
inline Value make_unknown(std::string why) {
  Value out;
  out.kind = Value::Kind::unknown;
  out.why = std::move(why);
  return out;
}

/// The whole shape, of rows with their width.
inline Shape shape_of(const Value& value) {
  if (value.is_numbers()) return value.numbers->shape;
  Shape shape = value.rows->shape;
  shape.push_back(value.width);
  return shape;
}

/// A number as a size or an index; those that a double cannot tell apart are far outside of every tensor.
inline std::int64_t to_integer(double value) {
  constexpr double kFar = 1e15;
  if (std::isnan(value)) throw Unsupported{"an index is not a number"};
  return static_cast<std::int64_t>(value < -kFar ? -kFar : value > kFar ? kFar : value);
}
inline Shape integers_of(const Value& value) {
  if (!value.is_numbers()) throw Unsupported{"sizes or indices depend on the network's input"};
  Shape out;
  for (const double number : value.numbers->values) out.push_back(to_integer(number));
  return out;
}
inline double scalar_of(const Value& value) {
  if (!value.is_numbers() || value.numbers->values.size() != 1) throw Unsupported{"a single number is expected"};
  return value.numbers->values[0];
}

/// A node's attributes.
class Attributes {
 public:
  explicit Attributes(const onnx::NodeProto& node) : node_(node) {}
  const onnx::AttributeProto* find(const std::string& name) const {
    for (const auto& attribute : node_.attribute()) {
      if (attribute.name() == name) return &attribute;
    }
    return nullptr;
  }
  std::int64_t integer(const std::string& name, std::int64_t otherwise) const {
    const auto* found = find(name);
    return found == nullptr ? otherwise : found->i();
  }
  float real(const std::string& name, float otherwise) const {
    const auto* found = find(name);
    return found == nullptr ? otherwise : found->f();
  }
  std::string text(const std::string& name, const std::string& otherwise) const {
    const auto* found = find(name);
    return found == nullptr ? otherwise : found->s();
  }
  Shape integers(const std::string& name) const {
    const auto* found = find(name);
    return found == nullptr ? Shape{} : Shape(found->ints().begin(), found->ints().end());
  }

 private:
  const onnx::NodeProto& node_;
};

/// Numbers of a tensor: float, double, float16, bfloat16, integers, booleans. Throws Error for other types, numbers that are
/// kept in another file, and bytes that do not fit the shape, which is checked before anything is allocated.
Value read_tensor(const onnx::TensorProto& tensor);

}  // namespace kinemyo::exchange
