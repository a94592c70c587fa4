#include "kinemyo/train/kernel_steps.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kinemyo/kernels/kernels.h"
#include "kinemyo/base/threads.h"

namespace kinemyo::train {

namespace {

using at::Tensor;
using kernels::Floats;

// Our layer as a step of autograd. Its inputs: x, w_ih, w_hh, b_ih, b_hh.
struct KernelLstm : torch::autograd::Function<KernelLstm> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input,
                        const Tensor& w_ih, const Tensor& w_hh, const Tensor& b_ih,
                        const Tensor& b_hh, LstmLayer* layer, double share, std::int64_t seed) {
    const Tensor x = input.contiguous();
    const Tensor bias = b_ih + b_hh;
    Tensor y = at::empty({x.size(0), x.size(1), w_hh.size(1)}, x.options());
    Tensor workspace = at::empty({static_cast<std::int64_t>(layer->workspace_bytes())}, at::kByte);
    layer->forward(x.data_ptr<float>(), weights(w_ih, w_hh, bias), y.data_ptr<float>(),
                   bytes(workspace), {share, static_cast<std::uint64_t>(seed)});
    context->save_for_backward({x, w_ih, w_hh, bias, y, workspace});
    context->saved_data["layer"] = reinterpret_cast<std::int64_t>(layer);
    context->saved_data["share"] = share;
    context->saved_data["seed"] = seed;
    context->saved_data["wants_dx"] = input.requires_grad();
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list of_outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &w_ih = saved[1], &w_hh = saved[2], &bias = saved[3], &y = saved[4];
    auto* layer = reinterpret_cast<LstmLayer*>(context->saved_data["layer"].toInt());
    const Tensor dy = of_outputs[0].contiguous();
    const Tensor dx = context->saved_data["wants_dx"].toBool() ? at::empty_like(x) : Tensor();
    const Tensor dw_ih = at::empty_like(w_ih), dw_hh = at::empty_like(w_hh), db = at::empty_like(bias);
    layer->backward(x.data_ptr<float>(), weights(w_ih, w_hh, bias), y.data_ptr<float>(),
                    bytes(saved[5]), dy.data_ptr<float>(),
                    {dx.defined() ? dx.data_ptr<float>() : nullptr, dw_ih.data_ptr<float>(),
                     dw_hh.data_ptr<float>(), db.data_ptr<float>()},
                    {context->saved_data["share"].toDouble(),
                     static_cast<std::uint64_t>(context->saved_data["seed"].toInt())});
    return {dx, dw_ih, dw_hh, db, db.clone(), Tensor(), Tensor(), Tensor()};
  }

 private:
  static LstmLayer::Weights weights(const Tensor& w_ih, const Tensor& w_hh, const Tensor& bias) {
    return {w_ih.data_ptr<float>(), w_hh.data_ptr<float>(), bias.data_ptr<float>()};
  }
  static std::byte* bytes(const Tensor& tensor) {
    return reinterpret_cast<std::byte*>(tensor.data_ptr<std::uint8_t>());
  }
};

// A linear layer over many rows, a part of them for each thread.
struct KernelLinear : torch::autograd::Function<KernelLinear> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& w,
                        const Tensor& b, std::int64_t threads) {
    const Tensor x = input.contiguous();
    auto shape = x.sizes().vec();
    shape.back() = w.size(0);
    Tensor y = at::empty(shape, x.options());
    const auto& set = kernels::chosen();
    const auto inputs = static_cast<std::size_t>(w.size(1)), outputs = static_cast<std::size_t>(w.size(0));
    const auto packed = kernels::pack(set, w.data_ptr<float>(), outputs, inputs);
    Floats start(kernels::padded(outputs));
    std::copy_n(b.data_ptr<float>(), outputs, start.begin());
    for_rows(x, threads, [&, from = x.data_ptr<float>(), to = y.data_ptr<float>()](std::size_t, std::size_t begin,
                                                                                  std::size_t end) {
      multiply(packed, from + begin * inputs, end - begin, start, to + begin * outputs);
    });
    context->save_for_backward({x, w});
    context->saved_data["threads"] = threads;
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list of_outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &w = saved[1];
    const Tensor dy = of_outputs[0].contiguous();
    const auto threads = context->saved_data["threads"].toInt();
    const auto& set = kernels::chosen();
    const auto inputs = static_cast<std::size_t>(w.size(1)), outputs = static_cast<std::size_t>(w.size(0));
    const std::size_t width = kernels::padded(inputs);
    kernels::Packed back;
    kernels::pack_by_input(set, w.data_ptr<float>(), inputs, inputs, outputs, back);
    const Floats zero(width);
    const Tensor dx = at::empty_like(x), dw = at::empty_like(w), db = at::zeros({w.size(0)}, w.options());
    struct Sums {
      Floats w, b;
      kernels::Packed x;
    };
    std::vector<Sums> sums(static_cast<std::size_t>(threads));
    for (auto& part : sums) {
      part.w.resize(outputs * width);
      part.b.resize(outputs);
    }
    const float *from = x.data_ptr<float>(), *d = dy.data_ptr<float>();
    float* to = dx.data_ptr<float>();
    for_rows(x, threads, [&](std::size_t part, std::size_t begin, std::size_t end) {
      auto& sum = sums[part];
      multiply(back, d + begin * outputs, end - begin, zero, to + begin * inputs);
      kernels::pack_by_input(set, from + begin * inputs, inputs, inputs, end - begin, sum.x);
      set.multiply_by_input(sum.x, d + begin * outputs, outputs, outputs, sum.w.data(), width, sum.w.data(), width);
      for (std::size_t r = begin; r < end; ++r)
        for (std::size_t o = 0; o < outputs; ++o) sum.b[o] += d[r * outputs + o];
    });
    float *dw_to = dw.data_ptr<float>(), *db_to = db.data_ptr<float>();
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < inputs; ++i) {
        float value = 0;
        for (const auto& part : sums) value += part.w[o * width + i];
        dw_to[o * inputs + i] = value;
      }
      for (const auto& part : sums) db_to[o] += part.b[o];
    }
    return {dx, dw, db, Tensor()};
  }

 private:
  static constexpr std::size_t kRows = 256;  // at once: they stay in the second-level cache

  // Calls each(thread, first row, last row) for stretches of rows.
  template <typename Each>
  static void for_rows(const Tensor& x, std::int64_t threads, const Each& each) {
    const auto rows = static_cast<std::size_t>(x.numel() / x.size(-1)), count = static_cast<std::size_t>(threads);
    base::in_threads(count, [&](std::size_t part) {
      const std::size_t last = rows * (part + 1) / count;
      for (std::size_t begin = rows * part / count; begin < last; begin += kRows)
        each(part, begin, std::min(begin + kRows, last));
    });
  }

  // start + W x of whole rows without padding.
  static void multiply(const kernels::Packed& w, const float* x, std::size_t rows, const Floats& start, float* y) {
    const std::size_t width = kernels::padded(w.outputs);
    Floats padded(rows * width);
    w.set->multiply(w, x, w.inputs, rows, start.data(), 0, padded.data(), width);
    for (std::size_t r = 0; r < rows; ++r) std::copy_n(padded.data() + r * width, w.outputs, y + r * w.outputs);
  }
};

}  // namespace

Tensor lstm_step(const Tensor& x, const Tensor& w_ih, const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh,
                 LstmLayer& layer, const Drop& drop) {
  return KernelLstm::apply(x, w_ih, w_hh, b_ih, b_hh, &layer, drop.share, static_cast<std::int64_t>(drop.seed));
}

Tensor linear_step(const Tensor& x, const Tensor& w, const Tensor& b, int threads) {
  return KernelLinear::apply(x, w, b, static_cast<std::int64_t>(threads));
}

}  // namespace kinemyo::train
