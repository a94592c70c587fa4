#include "kinemyo/exchange/onnx/loop_cell.h"

namespace kinemyo::exchange {

namespace {

class Matcher {
 public:
  Matcher(const onnx::GraphProto& body, const Names& names) : names_(names) {
    for (const auto& node : body.node()) {
      for (const auto& output : node.output()) producers_[output] = &node;
    }
  }

  std::string real_name(std::string name) const {
    for (int steps = 0; steps < 64; ++steps) {
      const auto* node = producer(name);
      if (node == nullptr || node->op_type() != "Identity" || node->input_size() != 1) break;
      name = node->input(0);
    }
    return name;
  }

  std::optional<LoopCell> match(const std::string& output) {
    LoopCell cell;
    std::string gates;
    // h' = sigmoid(o) tanh(c')
    const auto* product = operation(output, "Mul", 2);
    if (product == nullptr) return std::nullopt;
    for (int side = 0; side < 2; ++side) {
      std::string out_gate, c;
      if (argument(product->input(side), "Sigmoid", out_gate) && argument(product->input(1 - side), "Tanh", c) &&
          gate(out_gate, cell.gates[3], gates) && match_new_cell(c, cell, gates) && match_gates(gates, cell)) {
        cell.new_cell = real_name(c);
        return cell;
      }
    }
    return std::nullopt;
  }

 private:
  const onnx::NodeProto* producer(const std::string& name) const {
    const auto found = producers_.find(name);
    return found == producers_.end() ? nullptr : found->second;
  }
  const onnx::NodeProto* operation(const std::string& name, const char* type, int inputs) const {
    const auto* node = producer(real_name(name));
    return node != nullptr && node->op_type() == type && node->input_size() == inputs ? node : nullptr;
  }
  bool argument(const std::string& name, const char* type, std::string& out) const {
    const auto* node = operation(name, type, 1);
    if (node == nullptr) return false;
    out = node->input(0);
    return true;
  }

  // One part of the gates, all of the same split into four.
  bool gate(const std::string& name, int& place, std::string& gates) const {
    const auto real = real_name(name);
    const auto* node = producer(real);
    if (node == nullptr || node->op_type() != "Split" || node->input_size() != 1 || node->output_size() != 4) return false;
    const auto axis = Attributes(*node).integer("axis", 0);
    if ((axis != 1 && axis != -1) || Attributes(*node).find("split") != nullptr) return false;
    for (int i = 0; i < 4; ++i) {
      if (node->output(i) == real) place = i;
    }
    if (gates.empty()) gates = node->input(0);
    return gates == node->input(0);
  }

  // c' = sigmoid(f) c + sigmoid(i) tanh(g)
  bool match_new_cell(const std::string& name, LoopCell& cell, std::string& gates) const {
    const auto* sum = operation(name, "Add", 2);
    if (sum == nullptr) return false;
    for (int side = 0; side < 2; ++side) {
      const auto* kept = operation(sum->input(side), "Mul", 2);
      const auto* fresh = operation(sum->input(1 - side), "Mul", 2);
      if (kept == nullptr || fresh == nullptr) continue;
      std::string in_gate, candidate, forget;
      const auto fresh_matches = [&] {
        return (argument(fresh->input(0), "Sigmoid", in_gate) && argument(fresh->input(1), "Tanh", candidate)) ||
               (argument(fresh->input(1), "Sigmoid", in_gate) && argument(fresh->input(0), "Tanh", candidate));
      };
      if (!fresh_matches()) continue;
      for (int k = 0; k < 2; ++k) {
        if (argument(kept->input(k), "Sigmoid", forget) && producer(real_name(kept->input(1 - k))) == nullptr) {
          cell.cell = real_name(kept->input(1 - k));
          return gate(in_gate, cell.gates[0], gates) && gate(forget, cell.gates[1], gates) && gate(candidate, cell.gates[2], gates);
        }
      }
    }
    return false;
  }

  // gates = x W + h R + b, in any order
  bool match_gates(const std::string& name, LoopCell& cell) const {
    std::vector<std::string> terms = {name};
    for (std::size_t i = 0; i < terms.size() && terms.size() < 8;) {
      const auto* sum = operation(terms[i], "Add", 2);
      if (sum == nullptr) {
        ++i;
        continue;
      }
      terms[i] = sum->input(0);
      terms.push_back(sum->input(1));
    }
    if (terms.size() != 3) return false;
    for (const auto& term : terms) {
      const auto* product = operation(term, "MatMul", 2);
      if (product == nullptr) {
        if (!cell.bias.empty()) return false;
        cell.bias = real_name(term);
        continue;
      }
      const bool of_input = names_.find(product->input(0)).is_rows();
      auto& weights = of_input ? cell.from_input : cell.from_hidden;
      auto& vector = of_input ? cell.x : cell.hidden;
      if (!weights.empty()) return false;
      weights = product->input(1);
      vector = of_input ? product->input(0) : real_name(product->input(0));
    }
    return !cell.bias.empty() && !cell.from_input.empty() && !cell.from_hidden.empty() && names_.find(cell.bias).is_numbers() &&
           names_.find(cell.from_input).is_numbers() && names_.find(cell.from_hidden).is_numbers();
  }

  const Names& names_;
  std::map<std::string, const onnx::NodeProto*> producers_;
};

}  // namespace

std::optional<LoopCell> match_cell(const onnx::GraphProto& body, const Names& names, const std::string& output) {
  auto cell = Matcher(body, names).match(output);
  if (!cell) return cell;
  int seen = 0;
  for (const int place : cell->gates) seen |= 1 << place;
  return seen == 0b1111 ? cell : std::nullopt;
}

std::string behind_identities(const onnx::GraphProto& body, std::string name) {
  return Matcher(body, Names{}).real_name(std::move(name));
}

Layer make_layer(const LoopCell& cell, const Names& names, const Value& x) {
  const auto from_input = names.find(cell.from_input), from_hidden = names.find(cell.from_hidden), bias = names.find(cell.bias);
  const auto& shape = from_hidden.numbers->shape;
  const std::int64_t hidden = shape.size() == 2 ? shape[0] : 0;
  if (hidden < 1 || hidden > 1'000'000 || shape != Shape{hidden, 4 * hidden} || from_input.numbers->shape != Shape{x.width, 4 * hidden} ||
      static_cast<std::int64_t>(bias.numbers->values.size()) != 4 * hidden) {
    throw Unsupported{"an LSTM's weights do not fit each other and its input"};
  }
  const auto take = [&](const Cells<double>& from, std::int64_t rows) {
    model::Tensor out;
    for (const int gate : cell.gates) {
      for (std::int64_t h = 0; h < hidden; ++h) {
        for (std::int64_t r = 0; r < rows; ++r)
          out.values.push_back(static_cast<float>(from.values[static_cast<std::size_t>(r * 4 * hidden + gate * hidden + h)]));
      }
    }
    return out;
  };
  Layer layer;
  layer.kind = Layer::Kind::recurrent;
  layer.from = x.layer;
  layer.cell = "lstm";
  layer.hidden = layer.width = hidden;
  auto& direction = layer.directions.emplace_back();
  direction.from_input = take(*from_input.numbers, x.width);
  direction.from_input.shape = {4 * hidden, x.width};
  direction.from_hidden = take(*from_hidden.numbers, hidden);
  direction.from_hidden.shape = {4 * hidden, hidden};
  direction.input_bias = take(*bias.numbers, 1);
  direction.input_bias.shape = {4 * hidden};
  direction.hidden_bias = {{4 * hidden}, std::vector<float>(static_cast<std::size_t>(4 * hidden))};
  return layer;
}

}  // namespace kinemyo::exchange
