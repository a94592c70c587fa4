#include "kinemyo/train/lstm_layer.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <dnnl.hpp>
#include <exception>
#include <string>
#include <thread>

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

memory zeros(const memory::desc& desc) {
  memory out(desc, cpu());
  std::memset(out.get_data_handle(), 0, desc.get_size());
  return out;
}

const float* numbers(const memory& m) { return static_cast<const float*>(m.get_data_handle()); }
float* numbers(memory& m) { return static_cast<float*>(m.get_data_handle()); }

}  // namespace

// Some of the batch's sequences, for one thread. Dimensions of oneDNN's weights: layers,
// directions, inputs, gates, outputs; PyTorch's are ldgoi.
class LstmLayer::Part {
 public:
  Part(const Shape& whole, std::int64_t first, std::int64_t count)
      : whole_(whole), first_(first), count_(count) {
    const auto [steps, batch, inputs, hidden] = whole;
    const auto x = tensor({steps, count, inputs}, Tag::tnc),
               y = tensor({steps, count, hidden}, Tag::tnc);
    const auto h = tensor({1, 1, count, hidden}, Tag::ldnc);
    const auto bias = tensor({1, 1, 4, hidden}, Tag::ldgo);
    const auto any_w_ih = tensor({1, 1, inputs, 4, hidden}, Tag::any);
    const auto any_w_hh = tensor({1, 1, hidden, 4, hidden}, Tag::any);
    const memory::desc none;
    // A scratchpad of one's own: oneDNN's belongs to the thread that made the primitive, and goes
    // with it.
    dnnl::primitive_attr own;
    own.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
    // The states before the first step are zero, and given all the same: without them oneDNN 2.6
    // gets the gradient of w_hh wrong.
    forward_desc_ = {dnnl::lstm_forward::desc(dnnl::prop_kind::forward_training, direction, x, h, h,
                                              any_w_ih, any_w_hh, bias, y, none, none),
                     own, cpu()};
    backward_desc_ = {dnnl::lstm_backward::desc(dnnl::prop_kind::backward, direction, x, h, h,
                                                any_w_ih, any_w_hh, bias, y, none, none, x, h, h,
                                                any_w_ih, any_w_hh, bias, y, none, none),
                      own, cpu(), forward_desc_};
    forward_ = dnnl::lstm_forward(forward_desc_);
    backward_ = dnnl::lstm_backward(backward_desc_);
    if (!all()) {
      for (auto* m : {&x_, &dx_}) *m = memory(x, cpu());
      for (auto* m : {&y_, &dy_}) *m = memory(y, cpu());
    } else {  // the caller's arrays serve as they are
      for (auto* m : {&x_, &dx_}) *m = memory(x, cpu(), nullptr);
      for (auto* m : {&y_, &dy_}) *m = memory(y, cpu(), nullptr);
    }
    for (auto* m : {&start_h_, &start_c_, &d_start_h_, &d_start_c_}) *m = zeros(h);
    plain_w_ih_ = tensor({1, 1, inputs, 4, hidden}, Tag::ldgoi);
    plain_w_hh_ = tensor({1, 1, hidden, 4, hidden}, Tag::ldgoi);
    forward_w_ih_ = memory(forward_desc_.weights_layer_desc(), cpu());
    forward_w_hh_ = memory(forward_desc_.weights_iter_desc(), cpu());
    backward_w_ih_ = memory(backward_desc_.weights_layer_desc(), cpu());
    backward_w_hh_ = memory(backward_desc_.weights_iter_desc(), cpu());
    summed_w_ih_ = memory(backward_desc_.diff_weights_layer_desc(), cpu());
    summed_w_hh_ = memory(backward_desc_.diff_weights_iter_desc(), cpu());
    d_w_ih_ = memory(plain_w_ih_, cpu());
    d_w_hh_ = memory(plain_w_hh_, cpu());
    scratchpad_ = memory(forward_desc_.scratchpad_desc(), cpu());
    backward_scratchpad_ = memory(backward_desc_.scratchpad_desc(), cpu());
    bias_ = memory(bias, cpu());
    d_bias_ = memory(bias, cpu());
  }

  std::size_t workspace_bytes() const { return forward_desc_.workspace_desc().get_size(); }

  void forward(const float* x, const Weights& weights, float* y, std::byte* workspace) {
    take(x, whole_.inputs, x_);
    aim(y, y_);
    take_weights(weights, forward_w_ih_, forward_w_hh_);
    forward_.execute(stream_,
                     {{DNNL_ARG_SRC_LAYER, x_},
                      {DNNL_ARG_SRC_ITER, start_h_},
                      {DNNL_ARG_SRC_ITER_C, start_c_},
                      {DNNL_ARG_WEIGHTS_LAYER, forward_w_ih_},
                      {DNNL_ARG_WEIGHTS_ITER, forward_w_hh_},
                      {DNNL_ARG_BIAS, bias_},
                      {DNNL_ARG_DST_LAYER, y_},
                      {DNNL_ARG_SCRATCHPAD, scratchpad_},
                      {DNNL_ARG_WORKSPACE, view(forward_desc_.workspace_desc(), workspace)}});
    stream_.wait();
    give(y_, whole_.hidden, y);
  }

  void backward(const float* x, const Weights& weights, const float* y, const std::byte* workspace,
                const float* dy, float* dx) {
    take(x, whole_.inputs, x_);
    take(y, whole_.hidden, y_);
    take(dy, whole_.hidden, dy_);
    aim(dx, dx_);
    take_weights(weights, backward_w_ih_, backward_w_hh_);
    // oneDNN adds to what stands in the gradients of weights.
    for (auto* sum : {&summed_w_ih_, &summed_w_hh_, &d_bias_}) {
      std::memset(sum->get_data_handle(), 0, sum->get_desc().get_size());
    }
    backward_.execute(stream_,
                      {{DNNL_ARG_SRC_LAYER, x_},
                       {DNNL_ARG_SRC_ITER, start_h_},
                       {DNNL_ARG_SRC_ITER_C, start_c_},
                       {DNNL_ARG_WEIGHTS_LAYER, backward_w_ih_},
                       {DNNL_ARG_WEIGHTS_ITER, backward_w_hh_},
                       {DNNL_ARG_BIAS, bias_},
                       {DNNL_ARG_DST_LAYER, y_},
                       {DNNL_ARG_SCRATCHPAD, backward_scratchpad_},
                       {DNNL_ARG_WORKSPACE, view(forward_desc_.workspace_desc(), workspace)},
                       {DNNL_ARG_DIFF_DST_LAYER, dy_},
                       {DNNL_ARG_DIFF_SRC_LAYER, dx_},
                       {DNNL_ARG_DIFF_SRC_ITER, d_start_h_},
                       {DNNL_ARG_DIFF_SRC_ITER_C, d_start_c_},
                       {DNNL_ARG_DIFF_WEIGHTS_LAYER, summed_w_ih_},
                       {DNNL_ARG_DIFF_WEIGHTS_ITER, summed_w_hh_},
                       {DNNL_ARG_DIFF_BIAS, d_bias_}});
    reorder(summed_w_ih_, d_w_ih_);
    reorder(summed_w_hh_, d_w_hh_);
    stream_.wait();
    give(dx_, whole_.inputs, dx);
  }

  /// Adds this part's gradients of weights to `to`.
  void add_to(const Gradients& to) const {
    const auto [steps, batch, inputs, hidden] = whole_;
    add(d_w_ih_, 4 * hidden * inputs, to.w_ih);
    add(d_w_hh_, 4 * hidden * hidden, to.w_hh);
    add(d_bias_, 4 * hidden, to.bias);
  }
  /// Writes them to `to`.
  void copy_to(const Gradients& to) const {
    const auto [steps, batch, inputs, hidden] = whole_;
    std::copy_n(numbers(d_w_ih_), 4 * hidden * inputs, to.w_ih);
    std::copy_n(numbers(d_w_hh_), 4 * hidden * hidden, to.w_hh);
    std::copy_n(numbers(d_bias_), 4 * hidden, to.bias);
  }

 private:
  bool all() const { return count_ == whole_.batch; }
  void aim(float* at, memory& m) const {
    if (all()) m.set_data_handle(at);
  }
  void take(const float* from, std::int64_t width, memory& to) const {
    if (all()) return to.set_data_handle(const_cast<float*>(from));  // only read
    for (std::int64_t t = 0; t < whole_.steps; ++t) {
      std::copy_n(from + (t * whole_.batch + first_) * width, count_ * width,
                  numbers(to) + t * count_ * width);
    }
  }
  void give(const memory& from, std::int64_t width, float* to) const {
    if (all()) return;
    for (std::int64_t t = 0; t < whole_.steps; ++t) {
      std::copy_n(numbers(from) + t * count_ * width, count_ * width,
                  to + (t * whole_.batch + first_) * width);
    }
  }
  void take_weights(const Weights& weights, memory& w_ih, memory& w_hh) {
    reorder(view(plain_w_ih_, weights.w_ih), w_ih);
    reorder(view(plain_w_hh_, weights.w_hh), w_hh);
    std::copy_n(weights.bias, 4 * whole_.hidden, numbers(bias_));
  }
  void reorder(memory from, memory to) { dnnl::reorder(from, to).execute(stream_, from, to); }
  static void add(const memory& from, std::int64_t count, float* to) {
    const float* values = numbers(from);
    for (std::int64_t i = 0; i < count; ++i) to[i] += values[i];
  }

  Shape whole_;
  std::int64_t first_, count_;  // sequences of the batch
  dnnl::stream stream_{cpu()};
  dnnl::lstm_forward::primitive_desc forward_desc_;
  dnnl::lstm_backward::primitive_desc backward_desc_;
  dnnl::lstm_forward forward_;
  dnnl::lstm_backward backward_;
  memory::desc plain_w_ih_, plain_w_hh_;  // as PyTorch has them
  memory x_, y_, dx_, dy_, start_h_, start_c_, d_start_h_, d_start_c_, bias_, d_bias_;
  // In the layouts that oneDNN prefers for each direction.
  memory forward_w_ih_, forward_w_hh_, backward_w_ih_, backward_w_hh_, summed_w_ih_, summed_w_hh_;
  memory d_w_ih_, d_w_hh_, scratchpad_, backward_scratchpad_;
};

namespace {

// Calls work(0) here and work(1) ... work(count - 1) in threads, each with an OpenMP of one thread.
template <typename Work>
void in_threads(std::size_t count, const Work& work) {
  std::vector<std::exception_ptr> problems(count);
  const auto guarded = [&](std::size_t i) {
    omp_set_num_threads(1);
    try {
      work(i);
    } catch (...) {
      problems[i] = std::current_exception();
    }
  };
  const int before = omp_get_max_threads();
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(guarded, i);
  guarded(0);
  for (auto& thread : threads) thread.join();
  omp_set_num_threads(before);
  for (const auto& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
}

}  // namespace

LstmLayer::LstmLayer(const Shape& s, int threads) : shape_(s) {
  require(s.steps > 0 && s.batch > 0 && s.inputs > 0 && s.hidden > 0 && threads > 0,
          "LstmLayer: sizes must be 1 or more; steps " + std::to_string(s.steps) + ", batch " +
              std::to_string(s.batch) + ", inputs " + std::to_string(s.inputs) + ", hidden " +
              std::to_string(s.hidden) + ", threads " + std::to_string(threads));
  const auto count = std::min<std::int64_t>(threads, s.batch);
  parts_.resize(static_cast<std::size_t>(count));
  in_threads(parts_.size(), [&](std::size_t i) {
    const auto k = static_cast<std::int64_t>(i);
    const auto first = k * s.batch / count, end = (k + 1) * s.batch / count;
    parts_[i] = std::make_unique<Part>(s, first, end - first);
  });
}
LstmLayer::~LstmLayer() = default;
LstmLayer::LstmLayer(LstmLayer&&) noexcept = default;

std::size_t LstmLayer::workspace_bytes() const {
  std::size_t sum = 0;
  for (const auto& part : parts_) sum += part->workspace_bytes();
  return sum;
}

void LstmLayer::forward(const float* x, const Weights& weights, float* y, std::byte* workspace) {
  std::vector<std::byte*> workspaces;
  for (const auto& part : parts_) {
    workspaces.push_back(workspace);
    workspace += part->workspace_bytes();
  }
  in_threads(parts_.size(),
             [&](std::size_t i) { parts_[i]->forward(x, weights, y, workspaces[i]); });
}

void LstmLayer::backward(const float* x, const Weights& weights, const float* y,
                         const std::byte* workspace, const float* dy, const Gradients& gradients) {
  std::vector<const std::byte*> workspaces;
  for (const auto& part : parts_) {
    workspaces.push_back(workspace);
    workspace += part->workspace_bytes();
  }
  in_threads(parts_.size(), [&](std::size_t i) {
    parts_[i]->backward(x, weights, y, workspaces[i], dy, gradients.x);
  });
  parts_[0]->copy_to(gradients);
  for (std::size_t i = 1; i < parts_.size(); ++i) parts_[i]->add_to(gradients);
}

}  // namespace kinemyo::train
