#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kinemyo::exchange {

/// Fills an ONNX graph. A node's first output has the node's own name, so that nodes are joined by the names returned.
class Builder {
 public:
  using Attribute = std::variant<std::int64_t, std::vector<std::int64_t>, float, std::string>;
  using Attributes = std::vector<std::pair<std::string, Attribute>>;
  using Names = std::vector<std::string>;
  /// An axis: a length, or a name of one that is free.
  using Axis = std::variant<std::int64_t, std::string>;

  explicit Builder(onnx::GraphProto& graph) : graph_(graph) {}

  std::string node(const std::string& type, const std::string& name, const Names& inputs,
                   const Attributes& attributes = {});
  /// Outputs are called after `outputs`; "" for one that is not wanted.
  void node_with(const std::string& type, const std::string& name, const Names& inputs,
                 const Names& outputs, const Attributes& attributes = {});
  std::string floats(const std::string& name, const std::vector<std::int64_t>& shape,
                     const std::vector<float>& values);
  std::string integers(const std::string& name, const std::vector<std::int64_t>& values);
  /// Of no dimension.
  std::string number(const std::string& name, float value);
  std::string integer(const std::string& name, std::int64_t value);
  void input(const std::string& name, const std::vector<Axis>& shape);
  void output(const std::string& name, const std::vector<Axis>& shape);

 private:
  onnx::GraphProto& graph_;
};

}  // namespace kinemyo::exchange
