// The C interface: include/kinemyo.h has its contract.
#include <exception>
#include <filesystem>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/infer/runner.h"

namespace {

using namespace kinemyo;

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

thread_local std::string last_error;

kinemyo_status fail(kinemyo_status status, const char* text) noexcept {
  try {
    last_error = text;
  } catch (...) {  // no memory for the text
    last_error.clear();
  }
  return status;
}

// Runs body; what it throws becomes a status and a text.
template <typename Body>
kinemyo_status guarded(Body body) noexcept {
  try {
    body();
    return KINEMYO_OK;
  } catch (const Error& problem) {
    return fail(KINEMYO_BAD_DATA, problem.what());
  } catch (const std::invalid_argument& problem) {
    return fail(KINEMYO_BAD_USE, problem.what());
  } catch (const std::bad_alloc&) {
    return fail(KINEMYO_FAULT, "not enough memory");
  } catch (const std::exception& problem) {
    return fail(KINEMYO_FAULT, problem.what());
  } catch (...) {
    return fail(KINEMYO_FAULT, "unknown fault");
  }
}

std::vector<std::string> input_names(const model::InputSpec& input) {
  std::vector<std::string> out;
  for (const auto& marker : input.markers) {
    for (const char* axis : {"_X", "_Y", "_Z"}) out.push_back(marker + axis);
  }
  out.insert(out.end(), input.scalars.begin(), input.scalars.end());
  return out;
}

// Of each of the model's inputs, where it stands among the caller's names.
std::vector<std::size_t> positions(const model::InputSpec& input, const char* const* names, std::size_t count) {
  std::vector<std::string> all, markers;
  std::vector<std::size_t> x_of, missing_axis;
  for (std::size_t i = 0; i < count; ++i) {
    require(names[i] != nullptr, "kinemyo_stream_create: name " + std::to_string(i) + " is NULL");
    all.emplace_back(names[i]);
    if (all.back().size() > 2 && (all.back().ends_with("_X") || all.back().ends_with("_x"))) {
      markers.push_back(all.back().substr(0, all.back().size() - 2));
      x_of.push_back(i);
    }
  }
  const auto place = [&](const std::string& name) {
    std::size_t found = kNone;
    for (std::size_t i = 0; i < count; ++i) {
      if (all[i] != name) continue;
      if (found != kNone) throw Error("the name " + base::quoted(name) + " is there twice");
      found = i;
    }
    return found;
  };
  std::vector<std::size_t> out;
  std::vector<std::string> missing;
  for (const auto& wanted : input.markers) {
    const auto marker = features::find_marker(markers, wanted);
    if (!marker) {
      missing.push_back(wanted);
      continue;
    }
    const std::string& x = all[x_of[*marker]];
    for (char axis : {'X', 'Y', 'Z'}) {
      const char same_case = x.back() == 'x' ? static_cast<char>(axis - 'X' + 'x') : axis;
      const auto at = place(markers[*marker] + '_' + same_case);
      if (at == kNone) missing.push_back(markers[*marker] + '_' + same_case);
      out.push_back(at);
    }
  }
  for (const auto& wanted : input.scalars) {
    const auto at = features::find_scalar(all, wanted);
    if (!at) missing.push_back(wanted);
    out.push_back(at.value_or(kNone));
  }
  if (!missing.empty()) throw Error("the frames lack " + base::join(missing));
  return out;
}

}  // namespace

struct kinemyo_model {
  explicit kinemyo_model(model::Model read) : model(std::move(read)), network(model), inputs(input_names(model.input)) {}
  const model::Model model;
  const infer::Network network;
  const std::vector<std::string> inputs;
};

struct kinemyo_stream {
  infer::Stream stream;
  std::vector<std::size_t> positions;  ///< empty: the frames are in the model's order
  std::size_t width;                   ///< numbers in the caller's frames
  std::vector<double> frame;           ///< in the model's order
  std::size_t outputs;

  std::span<const double> in_order(const double* from) noexcept {
    if (positions.empty()) return {from, width};
    for (std::size_t i = 0; i < positions.size(); ++i) frame[i] = from[positions[i]];
    return frame;
  }
};

namespace {

template <typename Read>
kinemyo_status make_model(kinemyo_model** model, Read read) noexcept {
  if (model == nullptr) return fail(KINEMYO_BAD_USE, "the place for the model is NULL");
  *model = nullptr;
  return guarded([&] { *model = new kinemyo_model(read()); });
}

}  // namespace

extern "C" {

const char* kinemyo_version(void) { return KINEMYO_VERSION; }

const char* kinemyo_error(void) { return last_error.c_str(); }

kinemyo_status kinemyo_model_load(const char* path, kinemyo_model** model) {
  return make_model(model, [&] {
    require(path != nullptr, "kinemyo_model_load: path is NULL");
    return model::read_model(path);
  });
}

kinemyo_status kinemyo_model_parse(const void* bytes, size_t size, kinemyo_model** model) {
  return make_model(model, [&] {
    require(bytes != nullptr, "kinemyo_model_parse: bytes is NULL");
    return model::parse_model("<memory>", {static_cast<const char*>(bytes), size});
  });
}

void kinemyo_model_free(kinemyo_model* model) { delete model; }

size_t kinemyo_model_inputs(const kinemyo_model* model) { return model == nullptr ? 0 : model->inputs.size(); }

const char* kinemyo_model_input_name(const kinemyo_model* model, size_t input) {
  return input < kinemyo_model_inputs(model) ? model->inputs[input].c_str() : nullptr;
}

size_t kinemyo_model_outputs(const kinemyo_model* model) {
  return model == nullptr ? 0 : model->model.outputs.size();
}

const char* kinemyo_model_output_name(const kinemyo_model* model, size_t output) {
  return output < kinemyo_model_outputs(model) ? model->model.outputs[output].name.c_str() : nullptr;
}

const char* kinemyo_model_output_unit(const kinemyo_model* model, size_t output) {
  return output < kinemyo_model_outputs(model) ? model->model.outputs[output].unit.c_str() : nullptr;
}

double kinemyo_model_rate_hz(const kinemyo_model* model) { return model == nullptr ? 0 : model->model.rate_hz; }

int kinemyo_model_can_stream(const kinemyo_model* model) { return model != nullptr && model->network.causal(); }

kinemyo_status kinemyo_stream_create(const kinemyo_model* model, const char* const* names, size_t count,
                                     kinemyo_stream** stream) {
  if (stream == nullptr) return fail(KINEMYO_BAD_USE, "the place for the stream is NULL");
  *stream = nullptr;
  return guarded([&] {
    require(model != nullptr, "kinemyo_stream_create: model is NULL");
    require(names != nullptr || count == 0, "kinemyo_stream_create: names is NULL but count is not 0");
    infer::Stream made(model->model, model->network);
    const std::size_t width = made.raw_width();
    std::vector<std::size_t> order;
    if (names != nullptr) order = positions(model->model.input, names, count);
    *stream = new kinemyo_stream{std::move(made), std::move(order), names != nullptr ? count : width,
                                 std::vector<double>(width), model->model.outputs.size()};
  });
}

void kinemyo_stream_free(kinemyo_stream* stream) { delete stream; }

kinemyo_status kinemyo_stream_calibrate(kinemyo_stream* stream, const double* frames, size_t count) {
  return guarded([&] {
    require(stream != nullptr && (frames != nullptr || count == 0), "kinemyo_stream_calibrate: a pointer is NULL");
    base::Matrix<double> raw(count, stream->stream.raw_width());
    for (std::size_t f = 0; f < count; ++f) {
      const auto frame = stream->in_order(frames + f * stream->width);
      std::copy(frame.begin(), frame.end(), raw.row(f).begin());
    }
    stream->stream.calibrate(raw);
  });
}

kinemyo_status kinemyo_stream_step(kinemyo_stream* stream, const double* frame, double* outputs) {
  if (stream == nullptr || frame == nullptr || outputs == nullptr)
    return fail(KINEMYO_BAD_USE, "kinemyo_stream_step: a pointer is NULL");
  return guarded([&] { stream->stream.step(stream->in_order(frame), {outputs, stream->outputs}); });
}

kinemyo_status kinemyo_stream_reset(kinemyo_stream* stream) {
  return guarded([&] {
    require(stream != nullptr, "kinemyo_stream_reset: stream is NULL");
    stream->stream.reset();
  });
}

kinemyo_status kinemyo_predict(const kinemyo_model* model, const double* frames, const size_t* lengths,
                               size_t recordings, double* outputs) {
  return guarded([&] {
    require(model != nullptr, "kinemyo_predict: model is NULL");
    require(recordings == 0 || (frames != nullptr && lengths != nullptr && outputs != nullptr),
            "kinemyo_predict: a pointer is NULL");
    std::vector<base::MatrixView<const double>> in;
    for (std::size_t r = 0; r < recordings; ++r) {
      in.emplace_back(frames, lengths[r], model->inputs.size());
      frames += lengths[r] * model->inputs.size();
    }
    for (const auto& named : infer::predict_frames(model->model, model->network, in)) {
      const auto values = named.flat();
      outputs = std::copy(values.begin(), values.end(), outputs);
    }
  });
}

}  // extern "C"
