#include "kinemyo/infer/network.h"

#include <algorithm>
#include <string>

#include "kinemyo/infer/kernels/kernels.h"

namespace kinemyo::infer {

namespace {

using kernels::Packed;
using kernels::padded;

// Rows that go through all layers together: enough to use each weight several times while it is in
// the cache.
constexpr std::size_t kBlock = 32;

Packed pack(const kernels::Set& set, const model::Tensor& tensor) {
  return kernels::pack(set, tensor.values.data(), static_cast<std::size_t>(tensor.shape[0]),
                       static_cast<std::size_t>(tensor.shape[1]));
}

}  // namespace

kernels::Floats pad(const std::vector<float>& values) {
  kernels::Floats out(padded(values.size()));
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

Dense make_dense(const kernels::Set& set, const model::Weights& weights, const std::string& weight,
                 const std::string& bias) {
  return {pack(set, weights.at(weight)), pad(weights.at(bias).values)};
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

Network::Network(const model::Model& model, const kernels::Set& set)
    : layers_(std::make_unique<Layers>()) {
  model::check_weights(model.network, model.weights);
  auto& net = *layers_;
  net.set = &set;
  net.spec = model.network;
  net.gru = model.network.kind == "gru";
  net.hidden = static_cast<std::size_t>(model.network.hidden);
  net.gates = model.network.recurrent() ? padded((net.gru ? 3 : 4) * net.hidden) : 0;
  if (model.network.kind == "tcn") net.sequence = make_tcn(model.network, model.weights, set);
  if (model.network.kind == "transformer")
    net.sequence = make_transformer(model.network, model.weights, set);
  for (int layer = 0; layer < model.network.layers && model.network.recurrent(); ++layer) {
    auto& directions = net.directions.emplace_back();
    for (int d = 0; d < (model.network.bidirectional ? 2 : 1); ++d) {
      const std::string tail = "_l" + std::to_string(layer) + (d == 1 ? "_reverse" : "");
      const auto tensor = [&](const std::string& name) -> const model::Tensor& {
        return model.weights.at(model.network.kind + "." + name + tail);
      };
      auto& direction = directions.emplace_back();
      direction.input = pack(set, tensor("weight_ih"));
      direction.hidden = pack(set, tensor("weight_hh"));
      direction.input_bias = pad(tensor("bias_ih").values);
      direction.hidden_bias = pad(tensor("bias_hh").values);
      if (!net.gru) {
        for (std::size_t i = 0; i < net.gates; ++i)
          direction.input_bias[i] += direction.hidden_bias[i];
      }
    }
  }
  net.head = pack(set, model.weights.at("fc.weight"));
  net.head_bias = pad(model.weights.at("fc.bias").values);
  if (net.spec.linear) net.linear = pack(set, model.weights.at("linear.weight"));
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

Network::State Network::make_state(std::size_t rows, std::size_t width) const {
  const auto& net = *layers_;
  State state;
  if (net.sequence) state.memory_ = net.sequence->make_memory(rows);
  state.hidden_.assign(net.directions.size(), kernels::Floats(net.hidden));
  state.cell_.assign(net.directions.size(), kernels::Floats(net.hidden));
  for (auto& block : state.rows_) block.resize(rows * width);
  state.sums_.resize(std::min(rows, kBlock) * std::max(net.gates, net.head_bias.size()));
  state.recurrent_.resize(net.gates);
  return state;
}

Network::State Network::make_state() const {
  if (!causal()) throw Error(model::why_not_live(layers_->spec));
  return make_state(kBlock, layers_->hidden);
}

// Rows x .. of one layer, in blocks: first what the inputs give to the gates, then the recurrence,
// row by row.
void Network::run_layer(const Direction& layer, const float* x, std::size_t x_stride,
                        std::size_t rows, bool backwards, float* out, std::size_t out_stride,
                        State& state, std::size_t index) const {
  const auto& net = *layers_;
  float* h = state.hidden_[index].data();
  float* cell = state.cell_[index].data();
  for (std::size_t done = 0; done < rows;) {
    const std::size_t count = std::min(kBlock, rows - done);
    const std::size_t first = backwards ? rows - done - count : done;
    for (std::size_t r = 0; r < count; ++r) {
      std::copy(layer.input_bias.begin(), layer.input_bias.end(),
                state.sums_.data() + r * net.gates);
    }
    kernels::accumulate(layer.input, x + first * x_stride, x_stride, count, state.sums_.data(),
                        net.gates);
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t r = backwards ? count - 1 - k : k;
      float* gates = state.sums_.data() + r * net.gates;
      if (net.gru) {
        std::copy(layer.hidden_bias.begin(), layer.hidden_bias.end(), state.recurrent_.data());
        kernels::accumulate(layer.hidden, h, net.hidden, 1, state.recurrent_.data(), net.gates);
        net.set->gru_cell(gates, state.recurrent_.data(), net.hidden, h);
      } else {
        kernels::accumulate(layer.hidden, h, net.hidden, 1, gates, net.gates);
        net.set->lstm_cell(gates, net.hidden, cell, h);
      }
      std::copy(h, h + net.hidden, out + (first + r) * out_stride);
    }
    done += count;
  }
}

void Network::run_head(const float* x, std::size_t x_stride, const float* input, std::size_t rows,
                       float* output, State& state) const {
  const auto& net = *layers_;
  const std::size_t width = net.head_bias.size();
  for (std::size_t done = 0; done < rows; done += kBlock) {
    const std::size_t count = std::min(kBlock, rows - done);
    for (std::size_t r = 0; r < count; ++r) {
      std::copy(net.head_bias.begin(), net.head_bias.end(), state.sums_.data() + r * width);
    }
    kernels::accumulate(net.head, x + done * x_stride, x_stride, count, state.sums_.data(), width);
    if (net.spec.linear) {
      kernels::accumulate(net.linear, input + done * inputs(), inputs(), count, state.sums_.data(), width);
    }
    for (std::size_t r = 0; r < count; ++r) {
      std::copy_n(state.sums_.data() + r * width, outputs(), output + (done + r) * outputs());
    }
  }
}

void Network::run_block(State& state, const float* input, std::size_t rows, float* output) const {
  const auto& net = *layers_;
  if (net.sequence) {
    const float* out = net.sequence->run(state.memory_, input, rows);
    run_head(out, net.sequence->width(), input, rows, output, state);
    return;
  }
  const float* x = input;
  std::size_t x_stride = inputs();
  for (std::size_t layer = 0; layer < net.directions.size(); ++layer) {
    float* out = state.rows_[layer % 2].data();
    run_layer(net.directions[layer][0], x, x_stride, rows, false, out, net.hidden, state, layer);
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
  run_block(state, input.data(), 1, output.data());
}

void Network::run(base::MatrixView<const float> input, base::MatrixView<float> output) const {
  require(input.columns() == inputs(), "Network::run: " + std::to_string(input.columns()) +
                                           " input columns for a network that takes " +
                                           std::to_string(inputs()));
  require(output.rows() == input.rows() && output.columns() == outputs(),
          "Network::run: wrong shape of output");
  if (input.rows() == 0) return;
  if (causal()) {
    auto state = make_state();
    for (std::size_t done = 0; done < input.rows(); done += kBlock) {
      const std::size_t count = std::min(kBlock, input.rows() - done);
      run_block(state, input.data() + done * inputs(), count, output.data() + done * outputs());
    }
    return;
  }
  const auto& net = *layers_;
  if (net.sequence) {
    auto state = make_state(input.rows(), net.hidden);
    run_block(state, input.data(), input.rows(), output.data());
    return;
  }
  const std::size_t width = 2 * net.hidden;
  auto state = make_state(input.rows(), width);
  const float* x = input.data();
  std::size_t x_stride = inputs();
  for (std::size_t layer = 0; layer < net.directions.size(); ++layer) {
    float* out = state.rows_[layer % 2].data();
    for (std::size_t d = 0; d < 2; ++d) {
      state.reset();
      run_layer(net.directions[layer][d], x, x_stride, input.rows(), d == 1, out + d * net.hidden,
                width, state, layer);
    }
    x = out;
    x_stride = width;
  }
  run_head(x, x_stride, input.data(), input.rows(), output.data(), state);
}

}  // namespace kinemyo::infer
