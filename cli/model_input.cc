#include "cli/model_input.h"

#include "kinemyo/dataset/prepare_axes.h"
#include "kinemyo/io/any.h"

namespace kinemyo::cli {

namespace {

// Cameras' keypoints have y down and z away from the camera negative: half a turn about x makes
// them Y up.
void turn_from_y_down(motion::Series& markers) {
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    for (std::size_t m = 0; m < markers.channels().size(); ++m) {
      markers.at(f, m, 1) = -markers.at(f, m, 1);
      markers.at(f, m, 2) = -markers.at(f, m, 2);
    }
  }
}

// Told by the body: with y down, the turned keypoints stand upright, the others hang.
bool is_y_down(const motion::Series& keypoints) {
  auto turned = keypoints;
  turn_from_y_down(turned);
  try {
    return dataset::recognise_up(turned) == motion::UpAxis::y;
  } catch (const Error&) {
    return false;
  }
}

motion::UpAxis up_of(const motion::Recording& recording, const motion::Series& markers,
                     const std::string& option) {
  if (option == "x") return motion::UpAxis::x;
  if (option == "y") return motion::UpAxis::y;
  if (option == "z") return motion::UpAxis::z;
  if (recording.up != motion::UpAxis::unknown) return recording.up;
  const auto seen = dataset::recognise_up(markers);  // throws for a body upside down
  if (seen != motion::UpAxis::unknown) return seen;
  warn(
      recording.source +
      " does not say which axis is up, and the markers do not tell; taken as Y up (--up z if not)");
  return motion::UpAxis::y;
}

}  // namespace

void add_input_options(CLI::App& app, InputOptions& options) {
  app.add_option("--units", options.position_unit,
                 "unit of positions in CSV: mm, cm or m. Default: mm (keypoints of video: m)")
      ->check(CLI::IsMember({"mm", "cm", "m"}));
  app.add_option("--rate", options.rate_hz,
                 "rate of files without time, Hz. Default: 30 for keypoints of video")
      ->check(CLI::PositiveNumber);
  app.add_option("--up", options.up,
                 "the axis that points up: x, y, z, -y (cameras), or auto (the file, else how the "
                 "body stands)")
      ->check(CLI::IsMember({"auto", "x", "y", "z", "-y"}))
      ->capture_default_str();
}

void add_weights_option(CLI::App& app, kernels::Storage& weights) {
  app.add_option_function<std::string>(
         "--weights", [&weights](const std::string& name) { weights = kernels::storage_named(name); },
         "how weights are kept while running: fp32, bf16 (half the memory, faster live) or int8 (a quarter, faster still); the model file "
         "stays as it is. Default: fp32")
      ->check(CLI::IsMember({"fp32", "bf16", "int8"}));
}

motion::Recording read_input(const std::string& path, const InputOptions& options) {
  io::ReadOptions read;
  read.position_unit = options.position_unit;
  read.rate_hz = options.rate_hz;
  read.aliases = options.aliases;
  auto recording = io::read_recording(path, read);
  for (const auto& note : recording.notes) say(path + ": " + note);
  if (auto* markers = recording.find(motion::Quantity::position)) {
    if (options.up == "-y" ||
        (options.up == "auto" && recording.format.starts_with("landmarks") && is_y_down(*markers))) {
      turn_from_y_down(*markers);
      recording.up = motion::UpAxis::y;
      say(path + ": y points down, as cameras have it; turned to Y up");
    }
    const auto up = up_of(recording, *markers, options.up == "-y" ? "y" : options.up);
    if (up != motion::UpAxis::y)
      say(path + ": turned from " + std::string(motion::to_string(up)) + " to Y up");
    for (auto& series : recording.series) {
      if (series.quantity() == motion::Quantity::position) dataset::turn_y_up(series, up);
    }
    recording.up = motion::UpAxis::y;
  }
  return recording;
}

void warn_of_gaps(const model::Model& model, const std::string& path) {
  if (model.input_scaler.empty() && model.output_scaler.empty()) {
    warn(path +
         " has no scaler: named predictions are the network's own numbers for inputs in m and rad");
  }
  if (model.rate_hz == 0) warn(path + " does not know its rate: frames are taken as they come");
}

}  // namespace kinemyo::cli
