// A linear network (features/lagged.h, infer/linear.cc) as ONNX nodes: frames are gathered by clipped numbers, distances to
// frames of people are taken by their squares and products.
#include "kinemyo/exchange/onnx/layers.h"

namespace kinemyo::exchange {

namespace {

// Columns `first` to `end` of batch x time x columns.
std::string columns(Builder& graph, const std::string& name, const std::string& x, std::int64_t first, std::int64_t end) {
  return graph.node("Slice", name,
                    {x, graph.integers(name + "_first", {first}), graph.integers(name + "_end", {end}), graph.integers(name + "_axis", {2})});
}

// How near each frame is to each of the frames "near" (of people) or "own" (of the person).
std::string build_nearness(Builder& graph, const model::Model& model, const std::string& kind, int frames, const std::string& features) {
  const auto& spec = model.network;
  const auto width = static_cast<std::size_t>(spec.features()), count = static_cast<std::size_t>(frames);
  const auto& scale = model.weights.at(kind + ".scale").values;
  const auto& centres = model.weights.at(kind + ".centres").values;
  std::vector<float> factors(width), turned(width * count), squares(count);
  for (std::size_t i = 0; i < width; ++i) {
    if (scale[i] > 0) factors[i] = 1 / scale[i];
  }
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < width; ++i) {
      const float at = centres[k * width + i] * factors[i];
      turned[i * count + k] = at;
      squares[k] += at * at;
    }
  }
  const auto scaled = graph.node("Mul", kind + "_scaled", {features, graph.floats(kind + "_factors", {spec.features()}, factors)});
  const auto square = graph.node("ReduceSum", kind + "_square",
                                 {graph.node("Mul", kind + "_squares", {scaled, scaled}), graph.integers(kind + "_axis", {2})},
                                 {{"keepdims", std::int64_t{1}}});
  const auto product = graph.node("MatMul", kind + "_product", {scaled, graph.floats(kind + "_centres", {spec.features(), frames}, turned)});
  const auto sum = graph.node("Add", kind + "_sum", {square, graph.floats(kind + "_centre_squares", {frames}, squares)});
  const auto distance = graph.node("Sub", kind + "_distance", {sum, graph.node("Mul", kind + "_twice", {product, graph.number(kind + "_two", 2)})});
  const auto exponent = graph.node("Mul", kind + "_exponent", {graph.node("Relu", kind + "_positive", {distance}), graph.number(kind + "_half", -0.5F)});
  return graph.node("Exp", kind + "_nearness", {exponent});
}

}  // namespace

std::string build_linear(Builder& graph, const model::Model& model, const std::string& x) {
  const auto& spec = model.network;
  const auto zero = graph.integer("zero", 0), one = graph.integer("one", 1);
  const auto frames = graph.node("Gather", "frame_count", {graph.node("Shape", "frame_shape", {x}), one});
  const auto numbers = graph.node("Range", "frame_numbers", {zero, frames, one});
  const auto last = graph.node("Sub", "last_frame", {frames, one});
  const auto of_lag = [&](const std::string& name, int lag) {
    const auto moved = graph.node("Add", name + "_moved", {numbers, graph.integer(name + "_by", spec.look_ahead_frames - lag)});
    const auto held = graph.node("Min", name + "_held", {graph.node("Max", name + "_begun", {moved, zero}), last});
    return graph.node("Gather", name, {x, held}, {{"axis", std::int64_t{1}}});
  };
  const std::int64_t each = spec.inputs - spec.once;
  Builder::Names parts;
  for (std::size_t l = 0; each > 0 && l < spec.lags_frames.size(); ++l) {
    const std::string name = "lag_" + std::to_string(l);
    const auto all = of_lag(name, spec.lags_frames[l]);
    parts.push_back(spec.once == 0 ? all : columns(graph, name + "_columns", all, 0, each));
  }
  if (spec.once > 0) parts.push_back(columns(graph, "once_columns", of_lag("once", spec.once_lag_frames), each, spec.inputs));
  const auto features = graph.node("Concat", "features", parts, {{"axis", std::int64_t{2}}});
  parts = {features};
  if (spec.near_frames > 0) parts.push_back(build_nearness(graph, model, "near", spec.near_frames, features));
  if (spec.own_frames > 0) parts.push_back(build_nearness(graph, model, "own", spec.own_frames, features));
  if (parts.size() == 1) return features;
  return graph.node("Concat", "features_and_nearness", parts, {{"axis", std::int64_t{2}}});
}

}  // namespace kinemyo::exchange
