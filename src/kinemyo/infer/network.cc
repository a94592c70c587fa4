#include "kinemyo/infer/network.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>

#include "kinemyo/kernels/kernels.h"

namespace kinemyo::infer {

namespace {

using kernels::Packed;
using kernels::padded;

// Steps of one sequence that go through all layers together: enough to use each weight several times
// while it is in the cache.
constexpr std::size_t kBlock = 32;
// Sequences that take a step together, and steps of them that go through a layer before the next.
constexpr std::size_t kTogether = 32;
constexpr std::size_t kStepsTogether = 4;

// How many streams take part in each step of a block: one.
constexpr auto kOneStream = [] {
  std::array<std::size_t, kBlock> out{};
  out.fill(1);
  return out;
}();

Packed pack(const Arithmetic& with, const model::Tensor& tensor) {
  return kernels::pack(with.set, tensor.values.data(), static_cast<std::size_t>(tensor.shape[0]),
                       static_cast<std::size_t>(tensor.shape[1]), with.storage);
}

}  // namespace

kernels::Floats pad(const std::vector<float>& values) {
  kernels::Floats out(padded(values.size()));
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

Dense make_dense(const Arithmetic& with, const model::Weights& weights, const std::string& weight,
                 const std::string& bias) {
  return {pack(with, weights.at(weight)), pad(weights.at(bias).values)};
}

/// One layer in one direction of time.
struct Network::Direction {
  Packed input;
  Packed hidden;
  kernels::Floats input_bias;   ///< of an LSTM: both biases; padded
  kernels::Floats hidden_bias;  ///< of a GRU; padded
};

struct Network::Layers {
  model::NetworkSpec spec;
  const kernels::Set* set = nullptr;
  bool gru = false;
  std::size_t hidden = 0;
  std::size_t gates = 0;  ///< padded numbers of all gates
  std::vector<std::vector<Direction>>
      directions;  ///< a layer's: forward, and backward if there is one
  std::unique_ptr<const Sequence> sequence;  ///< the layers over time where they are not recurrent
  Packed head;
  kernels::Floats head_bias;
  Packed linear;  ///< from inputs to outputs, if the network has it
};

Network::Network(const model::Model& model, const Arithmetic& with)
    : layers_(std::make_unique<Layers>()) {
  model::check_weights(model.network, model.weights);
  auto& net = *layers_;
  net.set = &with.set;
  net.spec = model.network;
  net.gru = model.network.kind == "gru";
  net.hidden = static_cast<std::size_t>(model.network.hidden);
  net.gates = model.network.recurrent() ? padded((net.gru ? 3 : 4) * net.hidden) : 0;
  if (model.network.kind == "tcn") net.sequence = make_tcn(model.network, model.weights, with);
  if (model.network.kind == "transformer")
    net.sequence = make_transformer(model.network, model.weights, with);
  if (model.network.kind == "linear") net.sequence = make_linear(model.network, model.weights);
  for (int layer = 0; layer < model.network.layers && model.network.recurrent(); ++layer) {
    auto& directions = net.directions.emplace_back();
    for (int d = 0; d < (model.network.bidirectional ? 2 : 1); ++d) {
      const std::string tail = "_l" + std::to_string(layer) + (d == 1 ? "_reverse" : "");
      const auto tensor = [&](const std::string& name) -> const model::Tensor& {
        return model.weights.at(model.network.kind + "." + name + tail);
      };
      auto& direction = directions.emplace_back();
      direction.input = pack(with, tensor("weight_ih"));
      direction.hidden = pack(with, tensor("weight_hh"));
      direction.input_bias = pad(tensor("bias_ih").values);
      direction.hidden_bias = pad(tensor("bias_hh").values);
      if (!net.gru) {
        for (std::size_t i = 0; i < net.gates; ++i)
          direction.input_bias[i] += direction.hidden_bias[i];
      }
    }
  }
  const Arithmetic exact{with.set};
  net.head = pack(exact, model.weights.at("fc.weight"));
  net.head_bias = pad(model.weights.at("fc.bias").values);
  if (net.spec.linear) net.linear = pack(exact, model.weights.at("linear.weight"));
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

std::size_t Network::inputs() const { return static_cast<std::size_t>(layers_->spec.inputs); }
std::size_t Network::outputs() const { return static_cast<std::size_t>(layers_->spec.outputs); }
bool Network::causal() const { return layers_->spec.causal(); }

void Network::State::reset() {
  for (auto& values : hidden_) std::fill(values.begin(), values.end(), 0.0f);
  for (auto& values : cell_) std::fill(values.begin(), values.end(), 0.0f);
  memory_.reset();
}

Network::State Network::make_state(std::size_t streams, std::size_t rows, std::size_t width) const {
  const auto& net = *layers_;
  State state;
  if (net.sequence) state.memory_ = net.sequence->make_memory(rows);
  state.hidden_.assign(net.directions.size(), kernels::Floats(streams * net.hidden));
  state.cell_.assign(net.directions.size(), kernels::Floats(streams * net.hidden));
  for (auto& block : state.rows_) block.resize(rows * width);
  const std::size_t at_once = std::min(rows, std::max(kBlock, kStepsTogether * streams));
  state.sums_.resize(at_once * std::max(net.gates, net.head_bias.size()));
  state.recurrent_.resize(streams * net.gates);
  return state;
}

Network::State Network::make_state() const {
  if (!causal()) throw Error(model::why_not_live(layers_->spec));
  return make_state(1, kBlock, layers_->hidden);
}

// One block of steps through one layer: first what the inputs give to the gates, then the recurrence, step by step.
// In step s the first streams[s] of the state's streams take part, a row each; the rows of a step lie together.
void Network::run_layer(const Direction& layer, const float* x, std::size_t x_stride,
                        std::span<const std::size_t> streams, bool backwards, float* out,
                        std::size_t out_stride, State& state, std::size_t index) const {
  const auto& net = *layers_;
  float* h = state.hidden_[index].data();
  float* cell = state.cell_[index].data();
  const std::size_t rows = std::accumulate(streams.begin(), streams.end(), std::size_t{0});
  net.set->multiply(layer.input, x, x_stride, rows, layer.input_bias.data(), 0, state.sums_.data(), net.gates);
  std::size_t done = 0;
  for (std::size_t k = 0; k < streams.size(); ++k) {
    const std::size_t count = streams[backwards ? streams.size() - 1 - k : k];
    const std::size_t first = backwards ? rows - done - count : done;
    done += count;
    float* gates = state.sums_.data() + first * net.gates;
    if (net.gru) {
      net.set->multiply(layer.hidden, h, net.hidden, count, layer.hidden_bias.data(), 0, state.recurrent_.data(), net.gates);
    } else {
      kernels::accumulate(layer.hidden, h, net.hidden, count, gates, net.gates);
    }
    for (std::size_t r = 0; r < count; ++r) {
      float* now = h + r * net.hidden;
      if (net.gru) {
        net.set->gru_cell(gates + r * net.gates, state.recurrent_.data() + r * net.gates, net.hidden, now);
      } else {
        net.set->lstm_cell(gates + r * net.gates, net.hidden, cell + r * net.hidden, now);
      }
      std::copy(now, now + net.hidden, out + (first + r) * out_stride);
    }
  }
}

void Network::run_head(const float* x, std::size_t x_stride, const float* input, std::size_t rows,
                       float* output, State& state) const {
  const auto& net = *layers_;
  const std::size_t width = net.head_bias.size();
  for (std::size_t done = 0; done < rows; done += kBlock) {
    const std::size_t count = std::min(kBlock, rows - done);
    net.set->multiply(net.head, x + done * x_stride, x_stride, count, net.head_bias.data(), 0, state.sums_.data(), width);
    if (net.spec.linear) {
      kernels::accumulate(net.linear, input + done * inputs(), inputs(), count, state.sums_.data(), width);
    }
    for (std::size_t r = 0; r < count; ++r) {
      std::copy_n(state.sums_.data() + r * width, outputs(), output + (done + r) * outputs());
    }
  }
}

// A block of a causal network; rows as run_layer() has them.
void Network::run_block(State& state, const float* input, std::span<const std::size_t> streams,
                        float* output) const {
  const auto& net = *layers_;
  const std::size_t rows = std::accumulate(streams.begin(), streams.end(), std::size_t{0});
  if (net.sequence) {
    const float* out = net.sequence->run(state.memory_, input, rows);
    run_head(out, net.sequence->width(), input, rows, output, state);
    return;
  }
  const float* x = input;
  std::size_t x_stride = inputs();
  for (std::size_t layer = 0; layer < net.directions.size(); ++layer) {
    float* out = state.rows_[layer % 2].data();
    run_layer(net.directions[layer][0], x, x_stride, streams, false, out, net.hidden, state, layer);
    x = out;
    x_stride = net.hidden;
  }
  run_head(x, x_stride, input, rows, output, state);
}

void Network::step(State& state, std::span<const float> input, std::span<float> output) const {
  require(causal(), "Network::step: the network is not causal");
  require(state.hidden_.size() == layers_->directions.size() &&
              state.memory_.past.empty() == (layers_->sequence == nullptr),
          "Network::step: the state is of another network");
  require(input.size() == inputs(), "Network::step: wrong number of inputs");
  require(output.size() == outputs(), "Network::step: wrong number of outputs");
  run_block(state, input.data(), std::span(kOneStream).first(1), output.data());
}

void Network::check(base::MatrixView<const float> input, base::MatrixView<float> output) const {
  require(input.columns() == inputs(), "Network::run: " + std::to_string(input.columns()) +
                                           " input columns for a network that takes " +
                                           std::to_string(inputs()));
  require(output.rows() == input.rows() && output.columns() == outputs(),
          "Network::run: wrong shape of output");
}

void Network::run(base::MatrixView<const float> input, base::MatrixView<float> output) const {
  check(input, output);
  if (input.rows() == 0) return;
  const auto& net = *layers_;
  const auto each_block = [&](auto&& body) {
    for (std::size_t done = 0; done < input.rows(); done += kBlock)
      body(done, std::span(kOneStream).first(std::min(kBlock, input.rows() - done)));
  };
  if (causal()) {
    auto state = make_state();
    each_block([&](std::size_t done, std::span<const std::size_t> streams) {
      run_block(state, input.data() + done * inputs(), streams, output.data() + done * outputs());
    });
    return;
  }
  if (net.sequence) {
    auto state = make_state(1, input.rows(), net.hidden);
    const float* out = net.sequence->run(state.memory_, input.data(), input.rows());
    run_head(out, net.sequence->width(), input.data(), input.rows(), output.data(), state);
    return;
  }
  const std::size_t width = 2 * net.hidden;
  auto state = make_state(1, input.rows(), width);
  const float* x = input.data();
  std::size_t x_stride = inputs();
  for (std::size_t layer = 0; layer < net.directions.size(); ++layer) {
    float* out = state.rows_[layer % 2].data();
    for (std::size_t d = 0; d < 2; ++d) {
      state.reset();
      each_block([&](std::size_t done, std::span<const std::size_t> streams) {
        const std::size_t first = d == 1 ? input.rows() - done - streams.size() : done;
        run_layer(net.directions[layer][d], x + first * x_stride, x_stride, streams, d == 1,
                  out + first * width + d * net.hidden, width, state, layer);
      });
    }
    x = out;
    x_stride = width;
  }
  run_head(x, x_stride, input.data(), input.rows(), output.data(), state);
}

// Sequences `picked`, the longest first: those that have ended drop off the end.
void Network::run_together(std::span<const base::MatrixView<const float>> all_inputs,
                           std::span<const base::MatrixView<float>> all_outputs,
                           std::span<const std::size_t> picked) const {
  if (picked.size() == 1) return run(all_inputs[picked[0]], all_outputs[picked[0]]);
  const std::size_t rows = kStepsTogether * picked.size();
  auto state = make_state(picked.size(), rows, layers_->hidden);
  kernels::Floats in(rows * inputs()), out(rows * outputs());
  std::size_t streams[kStepsTogether];
  for (std::size_t begin = 0;; begin += kStepsTogether) {
    std::size_t steps = 0;
    float* to = in.data();
    for (; steps < kStepsTogether; ++steps) {
      std::size_t& count = streams[steps];
      for (count = 0; count < picked.size() && begin + steps < all_inputs[picked[count]].rows(); ++count)
        to = std::copy_n(all_inputs[picked[count]].row(begin + steps).data(), inputs(), to);
      if (count == 0) break;
    }
    if (steps == 0) return;
    run_block(state, in.data(), {streams, steps}, out.data());
    const float* from = out.data();
    for (std::size_t s = 0; s < steps; ++s) {
      for (std::size_t k = 0; k < streams[s]; ++k, from += outputs())
        std::copy_n(from, outputs(), all_outputs[picked[k]].row(begin + s).data());
    }
  }
}

void Network::run_all(std::span<const base::MatrixView<const float>> all_inputs,
                      std::span<const base::MatrixView<float>> all_outputs, unsigned threads) const {
  require(all_inputs.size() == all_outputs.size(), "Network::run_all: as many outputs as inputs are needed");
  for (std::size_t i = 0; i < all_inputs.size(); ++i) check(all_inputs[i], all_outputs[i]);
  std::vector<std::size_t> order(all_inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return all_inputs[a].rows() > all_inputs[b].rows();
  });
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  // Groups of equal size, as many for each thread.
  const bool together = causal() && layers_->spec.recurrent();
  std::size_t groups = together ? (order.size() + kTogether - 1) / kTogether : order.size();
  if (together) groups = std::min(order.size(), (groups + threads - 1) / threads * threads);
  std::atomic<std::size_t> next = 0;
  std::exception_ptr problem;
  std::mutex lock;
  const auto work = [&] {
    try {
      for (std::size_t g = next++; g < groups; g = next++) {
        const std::size_t first = order.size() * g / groups, last = order.size() * (g + 1) / groups;
        run_together(all_inputs, all_outputs, std::span(order).subspan(first, last - first));
      }
    } catch (...) {
      const std::lock_guard hold(lock);
      problem = std::current_exception();
    }
  };
  std::vector<std::jthread> team;
  for (unsigned t = 1; t < threads && t < groups; ++t) team.emplace_back(work);
  work();
  team.clear();  // joins
  if (problem) std::rethrow_exception(problem);
}

}  // namespace kinemyo::infer
