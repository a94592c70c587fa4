#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <numbers>

#include "cli/commands.h"
#include "cli/frame_lines.h"
#include "cli/model_input.h"
#include "kinemyo/base/text.h"
#include "kinemyo/features/features.h"
#include "kinemyo/infer/runner.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/rows.h"
#include "kinemyo/io/trial_csv.h"

namespace kinemyo::cli {

namespace {

constexpr double kDegPerRad = 180.0 / std::numbers::pi;

struct Options {
  std::string model;
  std::string calibrate;
  std::string binary;
  InputOptions reading;
  kernels::Storage weights = kernels::Storage::fp32;
};

motion::UpAxis up_of(const std::string& option) {
  if (option == "auto") return motion::UpAxis::unknown;
  return option == "x" ? motion::UpAxis::x : option == "z" ? motion::UpAxis::z : motion::UpAxis::y;
}

// A reader that has gone away ends the stream quietly, as for any program in a pipe.
bool put(std::string_view bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
         std::fflush(stdout) == 0;
}

void stream_lines(const model::Model& model, infer::Stream& stream, const Options& options) {
  std::string line;
  if (!std::getline(std::cin, line)) throw Error("<stdin>: no line of names came");
  if (line.ends_with('\r')) line.pop_back();
  const double per_metre = io::units_per_metre(
      options.reading.position_unit.empty() ? "mm" : options.reading.position_unit);
  FrameLines frames(line, model.input, per_metre, up_of(options.reading.up));

  std::string out(frames.time_name());
  for (const auto& output : model.outputs) {
    if (!out.empty()) out += ',';
    out += output.name.find_first_of(",\"\n") == std::string::npos
               ? output.name
               : base::quoted(output.name, 1000);
  }
  if (!put(out + "\n")) return;
  std::vector<double> named(model.outputs.size());
  for (std::size_t number = 2; std::getline(std::cin, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const bool first = frames.up() == motion::UpAxis::unknown;
    stream.step(frames.parse(line, number), named);
    if (first) say("lines are taken as " + std::string(motion::to_string(frames.up())) + " up, as the first frame stands (--up)");
    out = frames.time();
    for (std::size_t i = 0; i < named.size(); ++i) {
      if (i > 0 || !frames.time_name().empty()) out += ',';
      io::append_number(
          out, io::undo_division(named[i], model.outputs[i].unit == "rad" ? kDegPerRad : 1.0));
    }
    if (!put(out + "\n")) return;
  }
}

template <typename T>
void stream_binary(const model::Model& model, infer::Stream& stream) {
  static_assert(std::endian::native == std::endian::little, "frames are little-endian");
  std::vector<T> cells(stream.raw_width()), answer(model.outputs.size());
  std::vector<double> raw(cells.size()), named(answer.size());
  const std::size_t frame_bytes = cells.size() * sizeof(T);
  for (std::size_t frame = 0;; ++frame) {
    const auto got = std::fread(cells.data(), 1, frame_bytes, stdin);
    if (got == 0) return;
    if (got != frame_bytes) {
      throw FormatError("<stdin>", Place::byte(frame * frame_bytes + got),
                        "frame " + std::to_string(frame) + " is cut off",
                        std::to_string(frame_bytes) + " bytes", std::to_string(got));
    }
    for (std::size_t i = 0; i < cells.size(); ++i) raw[i] = static_cast<double>(cells[i]);
    stream.step(raw, named);
    for (std::size_t i = 0; i < answer.size(); ++i) answer[i] = static_cast<T>(named[i]);
    if (!put({reinterpret_cast<const char*>(answer.data()), answer.size() * sizeof(T)})) return;
  }
}

void run(const Options& options) {
  const auto model = model::read_model(options.model);
  const infer::Network network(model, options.weights);
  infer::Stream stream(model, network);
  warn_of_gaps(model, options.model);
  if (!options.calibrate.empty()) {
    const auto calibration =
        infer::at_rate(read_input(options.calibrate, options.reading), model.rate_hz);
    stream.calibrate(features::raw_frames(calibration, model.input));
  }
  say(model.rate_hz > 0
          ? "frames are taken as " + base::to_text(model.rate_hz) + " a second, the model's rate"
          : "frames are taken as they come");
  if (options.binary == "f4") {
    stream_binary<float>(model, stream);
  } else if (options.binary == "f8") {
    stream_binary<double>(model, stream);
  } else {
    stream_lines(model, stream, options);
  }
}

}  // namespace

void add_stream(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a model file (.safetensors) of a causal network")
      ->required();
  app.add_option("--binary", options->binary,
                 "frames as little-endian numbers instead of lines: f4 or f8; x y z of each input "
                 "marker in m, then scalars "
                 "(rad), in the model's order; outputs alike (rad, V)")
      ->check(CLI::IsMember({"f4", "f8"}));
  app.add_option("--units", options->reading.position_unit,
                 "unit of positions in lines: mm, cm or m. Default: mm")
      ->check(CLI::IsMember({"mm", "cm", "m"}));
  app.add_option("--up", options->reading.up,
                 "the axis that points up in lines: x, y, z, or auto (as the body of the first frame stands, else y)")
      ->check(CLI::IsMember({"auto", "x", "y", "z"}))
      ->capture_default_str();
  add_weights_option(app, options->weights);
  app.add_option("--calibrate", options->calibrate,
                 "a recording of the same person that the body's size is taken from first. "
                 "Default: the first frames");
  app.footer(
      "Frames on stdin, predictions on stdout, each as soon as it is there. Lines are CSV: first "
      "the names\n"
      "(LASIS_X,LASIS_Y,LASIS_Z, ...; angles in deg), then a frame a line at the model's rate; "
      "empty cells are missing.\n"
      "Predictions (deg, V) equal those of `kinemyo predict` on the same frames, bit for bit. A "
      "network that looks\n"
      "ahead (bidirectional, or a transformer without look_back_frames) is refused. The original "
      "system waits for\n"
      "500 frames instead, and computes all 500 anew for every frame.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe angles --test S4 --epochs 3 --out angles.safetensors\n"
      "  kinemyo convert people/c3d/S4/NormalSquat/1.c3d squat.csv\n"
      "  kinemyo stream angles.safetensors < squat.csv > live.csv");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
