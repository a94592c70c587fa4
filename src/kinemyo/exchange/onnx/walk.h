#pragma once

#include <map>
#include <string>
#include <vector>

#include "kinemyo/exchange/onnx/evaluate.h"
#include "kinemyo/exchange/onnx/plan.h"
#include "kinemyo/exchange/onnx/value.h"

namespace kinemyo::exchange {

/// Names and what they stand for; those of the graph around are seen too.
class Names {
 public:
  explicit Names(const Names* around = nullptr) : around_(around) {}
  /// Nothing for "" and for names that nothing gives.
  Value find(const std::string& name) const;
  void set(const std::string& name, Value value) { values_[name] = std::move(value); }

 private:
  const Names* around_;
  std::map<std::string, Value> values_;
};

/// Follows a graph node by node. Loops are run: those that move rows about, and those that are an LSTM written out
/// (loop_cell.h). Work and memory are bounded: throws Error.
class Walk {
 public:
  Walk(Sizes sizes, Plan& plan) : sizes_(sizes), plan_(plan) {}
  void run(const onnx::GraphProto& graph, Names& names);

 private:
  std::vector<Value> evaluate_node(const onnx::NodeProto& node, const Names& names);
  std::vector<Value> run_loop(const onnx::NodeProto& node, const Names& names);
  static void count(const Value& value, std::int64_t& sum, std::int64_t most);
  void count_node();

  Sizes sizes_;
  Plan& plan_;
  int depth_ = 0;
  std::int64_t nodes_ = 0, cells_ = 0, cells_seen_ = 0;
};

}  // namespace kinemyo::exchange
