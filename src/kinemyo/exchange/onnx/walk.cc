#include "kinemyo/exchange/onnx/walk.h"

#include <array>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/exchange/onnx/loop_cell.h"

namespace kinemyo::exchange {

namespace {

constexpr std::int64_t kMostNodes = 500'000;              // that are followed, each pass through a loop counted
constexpr std::int64_t kMostCellsInAll = std::int64_t{1} << 26;  // that are made on the way
constexpr std::int64_t kMostCellsSeen = std::int64_t{1} << 30;   // that nodes take, each counted every time
constexpr int kDeepest = 8;                               // of loops in loops

std::string name_of(const onnx::NodeProto& node) {
  const auto& name = !node.name().empty() ? node.name() : node.output_size() > 0 ? node.output(0) : node.op_type();
  return "node " + base::quoted(name, 120) + " (" + base::quoted(node.op_type(), 40) + ")";
}

}  // namespace

Value Names::find(const std::string& name) const {
  if (name.empty()) return {};
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  if (around_ != nullptr) return around_->find(name);
  return make_unknown("nothing gives " + base::quoted(name, 120));
}

void Walk::count(const Value& value, std::int64_t& sum, std::int64_t most) {
  if (value.is_numbers()) sum += static_cast<std::int64_t>(value.numbers->values.size());
  if (value.is_rows()) sum += static_cast<std::int64_t>(value.rows->values.size());
  if (sum > most) throw Error("the graph moves more numbers than any network that is read");
}

void Walk::count_node() {
  if (++nodes_ > kMostNodes)
    throw Error("the graph has more than " + std::to_string(kMostNodes) + " nodes, passes through loops counted");
}

void Walk::run(const onnx::GraphProto& graph, Names& names) {
  for (const auto& tensor : graph.initializer()) {
    auto value = read_tensor(tensor);
    if (depth_ > 0) count(value, cells_, kMostCellsInAll);
    names.set(tensor.name(), std::move(value));
  }
  for (const auto& node : graph.node()) {
    count_node();
    const auto outputs = evaluate_node(node, names);
    for (int i = 0; i < node.output_size(); ++i) {
      if (node.output(i).empty()) continue;
      const auto which = static_cast<std::size_t>(i);
      names.set(node.output(i), which < outputs.size() ? outputs[which] : make_unknown(name_of(node) + ": an output that it does not have"));
    }
  }
}

std::vector<Value> Walk::evaluate_node(const onnx::NodeProto& node, const Names& names) {
  std::vector<Value> outputs;
  try {
    if (node.op_type() == "Loop") {
      outputs = run_loop(node, names);
    } else {
      std::vector<Value> inputs;
      for (const auto& input : node.input()) {
        inputs.push_back(names.find(input));
        if (inputs.back().kind == Value::Kind::unknown) {  // the first reason is the one to tell
          return std::vector<Value>(static_cast<std::size_t>(node.output_size()), inputs.back());
        }
        count(inputs.back(), cells_seen_, kMostCellsSeen);
      }
      outputs = evaluate(node, inputs, sizes_, plan_);
    }
  } catch (const Unsupported& problem) {
    const auto unknown = make_unknown(name_of(node) + ": " + problem.why);
    return std::vector<Value>(static_cast<std::size_t>(node.output_size()), unknown);
  }
  for (const auto& output : outputs) count(output, cells_, kMostCellsInAll);
  return outputs;
}

namespace {

// Values of one name, a pass of the loop each, put together along a new first axis.
Value stack(const std::vector<Value>& passes) {
  if (passes.empty()) throw Unsupported{"the loop is never run"};
  const auto& first = passes[0];
  const auto put = [&](auto cells_of) {
    auto all = cells_of(first);
    const auto shape = all.shape;
    auto stacked = shape;
    stacked.insert(stacked.begin(), static_cast<std::int64_t>(passes.size()));
    all.values.reserve(static_cast<std::size_t>(count_cells(stacked)));
    for (std::size_t i = 1; i < passes.size(); ++i) {
      const auto& next = cells_of(passes[i]);
      if (next.shape != shape) throw Unsupported{"a loop's passes give different sizes"};
      all.values.insert(all.values.end(), next.values.begin(), next.values.end());
    }
    all.shape = stacked;
    return all;
  };
  for (const auto& pass : passes) {
    if (pass.kind == Value::Kind::unknown) return pass;
    if (pass.kind != first.kind || pass.layer != first.layer || pass.width != first.width || pass.parts != first.parts)
      throw Unsupported{"a loop's passes give different things"};
  }
  if (first.is_numbers()) return make_numbers(put([](const Value& value) { return *value.numbers; }), first.type);
  if (first.is_rows()) return make_rows(put([](const Value& value) { return *value.rows; }), first.layer, first.width, first.parts);
  return first;
}

// What an LSTM written out as a loop needs besides its equations: it sees the frames one after the other, begins with zeros,
// and hands its state on.
class CellCheck {
 public:
  CellCheck(LoopCell cell, std::size_t scan) : cell_(std::move(cell)), scan_(scan) {}
  std::size_t scan() const { return scan_; }

  void see_pass(const Names& names, const Sizes& sizes) {
    const auto x = names.find(cell_.x);
    bool right = x.is_rows() && x.parts == 1 && x.rows->shape == Shape{sizes.batch} && pass_ < sizes.frames;
    for (std::int64_t b = 0; right && b < sizes.batch; ++b)
      right = x.rows->values[static_cast<std::size_t>(b)] == b * sizes.frames + pass_;
    if (pass_ == 0) x_ = x;
    right = right && x.layer == x_.layer && x.width == x_.width;
    const std::array weights = {names.find(cell_.from_input).numbers, names.find(cell_.from_hidden).numbers, names.find(cell_.bias).numbers};
    if (pass_ == 0) weights_ = weights;
    right = right && weights == weights_;
    if (!right) throw Unsupported{"a loop computes an LSTM, but not of one frame after the other with the same weights"};
    ++pass_;
  }

  /// The layer, once all passes were seen.
  Layer finish(const onnx::NodeProto& node, const onnx::GraphProto& body, const Names& first_pass, const Names& around,
               const Sizes& sizes) const {
    if (pass_ != sizes.frames) throw Unsupported{"a loop computes an LSTM, but not of all frames"};
    const auto h = behind_identities(body, body.output(static_cast<int>(scan_)).name());
    for (const auto& [state, next] : {std::pair{cell_.hidden, h}, {cell_.cell, cell_.new_cell}}) {
      bool handed_on = false;
      for (int i = 2; i < body.input_size() && i < node.input_size(); ++i) {
        if (body.input(i).name() != state) continue;
        handed_on = i - 1 < body.output_size() && behind_identities(body, body.output(i - 1).name()) == next;
        const auto begin = around.find(node.input(i));
        require_zero_state(begin, "the state that an LSTM begins with");
        if (begin.numbers == nullptr || begin.numbers->shape != Shape{sizes.batch, first_pass.find(cell_.from_hidden).numbers->shape[0]})
          throw Unsupported{"an LSTM's state has another size than its weights"};
      }
      if (!handed_on) throw Unsupported{"a loop computes an LSTM, but does not hand its state on"};
    }
    auto layer = make_layer(cell_, first_pass, x_);
    layer.node = node.name();
    return layer;
  }

 private:
  LoopCell cell_;
  std::size_t scan_;
  Value x_;
  std::array<std::shared_ptr<const Cells<double>>, 3> weights_;
  std::int64_t pass_ = 0;
};

}  // namespace

std::vector<Value> Walk::run_loop(const onnx::NodeProto& node, const Names& names) {
  const auto* attribute = Attributes(node).find("body");
  if (attribute == nullptr || !attribute->has_g()) throw Unsupported{"it has no body"};
  const auto& body = attribute->g();
  const int states = node.input_size() - 2;
  if (states < 0 || body.input_size() != states + 2 || body.output_size() < states + 1) throw Unsupported{"its body has other inputs than it"};
  if (++depth_ > kDeepest) throw Error("loops in loops, more than " + std::to_string(kDeepest));
  struct Rise {
    int& depth;
    ~Rise() { --depth; }
  } rise{depth_};

  const auto limit_value = names.find(node.input(0)), first_condition = names.find(node.input(1));
  const std::int64_t limit = limit_value.kind == Value::Kind::absent ? kMostNodes : to_integer(scalar_of(limit_value));
  bool go_on = first_condition.kind == Value::Kind::absent || scalar_of(first_condition) != 0;
  std::vector<Value> state;
  for (int i = 0; i < states; ++i) state.push_back(names.find(node.input(i + 2)));
  const auto scans = static_cast<std::size_t>(body.output_size() - 1 - states);
  std::vector<std::vector<Value>> passes(scans);
  std::vector<CellCheck> cells;
  Names first_pass(&names);

  for (std::int64_t pass = 0; pass < limit && go_on; ++pass) {
    count_node();
    Names inner(&names);
    inner.set(body.input(0).name(), make_numbers({{}, {static_cast<double>(pass)}}, onnx::TensorProto::INT64));
    inner.set(body.input(1).name(), make_numbers({{}, {1.0}}, onnx::TensorProto::BOOL));
    for (int i = 0; i < states; ++i) inner.set(body.input(i + 2).name(), state[static_cast<std::size_t>(i)]);
    run(body, inner);
    for (int i = 0; i < states; ++i) state[static_cast<std::size_t>(i)] = inner.find(body.output(i + 1).name());
    for (std::size_t k = 0; k < scans; ++k) {
      const auto& output = body.output(states + 1 + static_cast<int>(k)).name();
      passes[k].push_back(inner.find(output));
      if (pass > 0 || passes[k].back().kind != Value::Kind::unknown) continue;
      if (auto cell = match_cell(body, inner, output)) cells.emplace_back(std::move(*cell), static_cast<std::size_t>(states + 1) + k);
    }
    for (auto& cell : cells) cell.see_pass(inner, sizes_);
    const auto condition = inner.find(body.output(0).name());
    if (condition.kind == Value::Kind::unknown) throw Unsupported{condition.why};
    go_on = scalar_of(condition) != 0;
    if (pass == 0) first_pass = std::move(inner);
  }

  std::vector<Value> outputs = state;
  for (const auto& values : passes) outputs.push_back(stack(values));
  for (const auto& cell : cells) {
    auto layer = cell.finish(node, body, first_pass, names, sizes_);
    const auto hidden = layer.width;
    Cells<int> rows{{sizes_.frames, sizes_.batch}, {}};
    for (std::int64_t t = 0; t < sizes_.frames; ++t) {
      for (std::int64_t b = 0; b < sizes_.batch; ++b) rows.values.push_back(static_cast<int>(b * sizes_.frames + t));
    }
    outputs[cell.scan() - 1] = make_rows(std::move(rows), plan_.add(std::move(layer)), hidden, 1);
  }
  return outputs;
}

}  // namespace kinemyo::exchange
