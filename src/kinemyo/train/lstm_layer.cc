#include "kinemyo/train/lstm_layer.h"

#include <cstring>
#include <dnnl.hpp>
#include <string>

#include "kinemyo/base/error.h"

namespace kinemyo::train {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc tensor(const memory::dims& dims, Tag tag) {
  return memory::desc(dims, memory::data_type::f32, tag);
}

// oneDNN takes mutable pointers for what it only reads.
memory view(const memory::desc& desc, const void* data) {
  return memory(desc, cpu(), const_cast<void*>(data));
}

}  // namespace

// Dimensions: layers, directions, inputs, gates, outputs; PyTorch's weights are ldgoi.
struct LstmLayer::Primitives {
  Shape shape;
  memory::desc x, y, w_ih, w_hh, bias;  // as the caller's numbers stand
  // States before the first step, always zero. oneDNN 2.6 gets the gradient of w_hh wrong when they are left out.
  memory::desc h, c;
  memory::desc none;  // states that are not asked for
  dnnl::lstm_forward::primitive_desc forward_desc;
  dnnl::lstm_backward::primitive_desc backward_desc;
  dnnl::lstm_forward forward;
  dnnl::lstm_backward backward;
  dnnl::stream stream{cpu()};
  // The layouts that oneDNN prefers; kept, so that a step allocates nothing.
  memory start_h, start_c, d_start_h, d_start_c;
  memory forward_w_ih, forward_w_hh, backward_w_ih, backward_w_hh, d_w_ih, d_w_hh;

  explicit Primitives(const Shape& s)
      : shape(s),
        x(tensor({s.steps, s.batch, s.inputs}, Tag::tnc)),
        y(tensor({s.steps, s.batch, s.hidden}, Tag::tnc)),
        w_ih(tensor({1, 1, s.inputs, 4, s.hidden}, Tag::ldgoi)),
        w_hh(tensor({1, 1, s.hidden, 4, s.hidden}, Tag::ldgoi)),
        bias(tensor({1, 1, 4, s.hidden}, Tag::ldgo)),
        h(tensor({1, 1, s.batch, s.hidden}, Tag::ldnc)),
        c(tensor({1, 1, s.batch, s.hidden}, Tag::ldnc)) {
    const auto any_w_ih = tensor({1, 1, s.inputs, 4, s.hidden}, Tag::any);
    const auto any_w_hh = tensor({1, 1, s.hidden, 4, s.hidden}, Tag::any);
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
    forward_desc = {dnnl::lstm_forward::desc(dnnl::prop_kind::forward_training, direction, x, h, c,
                                             any_w_ih, any_w_hh, bias, y, none, none),
                    cpu()};
    backward_desc = {dnnl::lstm_backward::desc(dnnl::prop_kind::backward, direction, x, h, c, any_w_ih, any_w_hh,
                                               bias, y, none, none, x, h, c, any_w_ih, any_w_hh, bias, y, none,
                                               none),
                     cpu(), forward_desc};
    forward = dnnl::lstm_forward(forward_desc);
    backward = dnnl::lstm_backward(backward_desc);
    for (auto* state : {&start_h, &start_c, &d_start_h, &d_start_c}) {
      *state = memory(h, cpu());
      std::memset(state->get_data_handle(), 0, h.get_size());
    }
    forward_w_ih = memory(forward_desc.weights_layer_desc(), cpu());
    forward_w_hh = memory(forward_desc.weights_iter_desc(), cpu());
    backward_w_ih = memory(backward_desc.weights_layer_desc(), cpu());
    backward_w_hh = memory(backward_desc.weights_iter_desc(), cpu());
    d_w_ih = memory(backward_desc.diff_weights_layer_desc(), cpu());
    d_w_hh = memory(backward_desc.diff_weights_iter_desc(), cpu());
  }

  void reorder(memory from, memory to) {
    if (from.get_data_handle() != to.get_data_handle()) dnnl::reorder(from, to).execute(stream, from, to);
  }
};

LstmLayer::LstmLayer(const Shape& s) {
  require(s.steps > 0 && s.batch > 0 && s.inputs > 0 && s.hidden > 0,
          "LstmLayer: sizes must be 1 or more; steps " + std::to_string(s.steps) + ", batch " +
              std::to_string(s.batch) + ", inputs " + std::to_string(s.inputs) + ", hidden " +
              std::to_string(s.hidden));
  primitives_ = std::make_unique<Primitives>(s);
}
LstmLayer::~LstmLayer() = default;
LstmLayer::LstmLayer(LstmLayer&&) noexcept = default;

std::size_t LstmLayer::workspace_bytes() const {
  return primitives_->forward_desc.workspace_desc().get_size();
}

void LstmLayer::forward(const float* x, const Weights& weights, float* y, std::byte* workspace) {
  auto& p = *primitives_;
  p.reorder(view(p.w_ih, weights.w_ih), p.forward_w_ih);
  p.reorder(view(p.w_hh, weights.w_hh), p.forward_w_hh);
  p.forward.execute(p.stream, {{DNNL_ARG_SRC_LAYER, view(p.x, x)},
                               {DNNL_ARG_SRC_ITER, p.start_h},
                               {DNNL_ARG_SRC_ITER_C, p.start_c},
                               {DNNL_ARG_WEIGHTS_LAYER, p.forward_w_ih},
                               {DNNL_ARG_WEIGHTS_ITER, p.forward_w_hh},
                               {DNNL_ARG_BIAS, view(p.bias, weights.bias)},
                               {DNNL_ARG_DST_LAYER, view(p.y, y)},
                               {DNNL_ARG_WORKSPACE, view(p.forward_desc.workspace_desc(), workspace)}});
  p.stream.wait();
}

void LstmLayer::backward(const float* x, const Weights& weights, const float* y, const std::byte* workspace,
                         const float* dy, const Gradients& gradients) {
  auto& p = *primitives_;
  p.reorder(view(p.w_ih, weights.w_ih), p.backward_w_ih);
  p.reorder(view(p.w_hh, weights.w_hh), p.backward_w_hh);
  // oneDNN adds to what stands in the gradients of weights.
  std::memset(p.d_w_ih.get_data_handle(), 0, p.d_w_ih.get_desc().get_size());
  std::memset(p.d_w_hh.get_data_handle(), 0, p.d_w_hh.get_desc().get_size());
  std::memset(gradients.bias, 0, p.bias.get_size());
  p.backward.execute(p.stream, {{DNNL_ARG_SRC_LAYER, view(p.x, x)},
                                {DNNL_ARG_SRC_ITER, p.start_h},
                                {DNNL_ARG_SRC_ITER_C, p.start_c},
                                {DNNL_ARG_WEIGHTS_LAYER, p.backward_w_ih},
                                {DNNL_ARG_WEIGHTS_ITER, p.backward_w_hh},
                                {DNNL_ARG_BIAS, view(p.bias, weights.bias)},
                                {DNNL_ARG_DST_LAYER, view(p.y, y)},
                                {DNNL_ARG_WORKSPACE, view(p.forward_desc.workspace_desc(), workspace)},
                                {DNNL_ARG_DIFF_DST_LAYER, view(p.y, dy)},
                                {DNNL_ARG_DIFF_SRC_LAYER, view(p.x, gradients.x)},
                                {DNNL_ARG_DIFF_SRC_ITER, p.d_start_h},
                                {DNNL_ARG_DIFF_SRC_ITER_C, p.d_start_c},
                                {DNNL_ARG_DIFF_WEIGHTS_LAYER, p.d_w_ih},
                                {DNNL_ARG_DIFF_WEIGHTS_ITER, p.d_w_hh},
                                {DNNL_ARG_DIFF_BIAS, view(p.bias, gradients.bias)}});
  p.reorder(p.d_w_ih, view(p.w_ih, gradients.w_ih));
  p.reorder(p.d_w_hh, view(p.w_hh, gradients.w_hh));
  p.stream.wait();
}

}  // namespace kinemyo::train
