#include <cmath>
#include <memory>

#include "cli/commands.h"
#include "cli/model_input.h"
#include "kinemyo/base/text.h"
#include "kinemyo/infer/live.h"
#include "kinemyo/infer/runner.h"
#include "kinemyo/infer/video.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/landmark_frames.h"
#include "kinemyo/io/npy.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model;
  std::string input;
  std::string out;
  std::string calibrate;
  InputOptions reading;
  kernels::Storage weights = kernels::Storage::fp32;
  bool raw = false;
  bool expand = false;
  bool live = false;
  std::string emg;
};

void predict_raw(const model::Model& model, const Options& options) {
  const auto array = io::read_npy(options.input);
  const infer::Network network(model, options.weights);
  if (array.shape.size() != 2 || array.shape[1] != network.inputs()) {
    std::vector<std::string> sizes;
    for (const auto size : array.shape) sizes.push_back(std::to_string(size));
    throw Error(options.input + ": wrong input for " + options.model +
                ": its network takes frames x " + std::to_string(network.inputs()) +
                " numbers, the array has shape [" + base::join(sizes) + "]");
  }
  base::Matrix<float> x(array.shape[0], array.shape[1]);
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    if (!std::isfinite(array.values[i])) {
      throw FormatError(options.input,
                        Place::named("row " + std::to_string(i / x.columns()) + ", column " +
                                     std::to_string(i % x.columns())),
                        "a network's input", "a finite number", base::to_text(array.values[i]));
    }
    x.flat()[i] = static_cast<float>(array.values[i]);
  }
  base::Matrix<float> y(x.rows(), network.outputs());
  network.run(x, y);
  const std::vector<double> values(y.flat().begin(), y.flat().end());
  io::write_npy(options.out, {y.rows(), y.columns()}, values, io::NpyType::f4);
  say("wrote " + options.out + ": " + std::to_string(y.rows()) + " frames x " +
      std::to_string(y.columns()) + " unscaled numbers of the network");
}

void write_prediction(const motion::Recording& prediction, const Options& options) {
  for (const auto& note : prediction.notes) say(note);
  for (const auto& left_out : io::write_recording(prediction, options.out))
    say(options.out + ": " + left_out);
  std::size_t channels = 0;
  for (const auto& series : prediction.series) channels += series.channels().size();
  say("wrote " + options.out + ": " + std::to_string(prediction.series.front().frames()) +
      " frames of " + std::to_string(channels) + " channels");
}

// The way of `kinemyo serve`: the camera's own frames, smoothed, calibrated and resampled causally.
void predict_live(model::Model model, const Options& options) {
  if (options.raw || options.expand || !options.calibrate.empty() || options.weights != kernels::Storage::fp32)
    throw UsageError("--live goes with --emg and --rate alone");
  std::optional<model::Model> muscles;
  if (!options.emg.empty()) muscles = model::read_model(options.emg);
  const infer::LiveModels models(std::move(model), std::move(muscles));
  io::LandmarkOptions reading;
  if (options.reading.rate_hz > 0) reading.rate_hz = options.reading.rate_hz;
  if (!options.reading.position_unit.empty()) reading.position_unit = options.reading.position_unit;
  auto out = infer::predict_live(models, io::read_landmark_trials(options.input, reading));
  out.source = options.input;
  out.notes.push_back("as live: smoothed and resampled causally, at most " + fixed(1000 * models.delay_s(), 0) + " ms late");
  write_prediction(out, options);
}

void predict_named(const model::Model& model, const Options& options) {
  if (options.expand && options.weights != kernels::Storage::fp32)
    throw UsageError("--expand-original repeats the original; it does not go with --weights");
  warn_of_gaps(model, options.model);
  auto reading = options.reading;
  if (options.expand && reading.up == "auto") reading.up = "y";  // as they come, the original's way
  const auto input = read_input(options.input, reading);
  motion::Recording prediction;
  if (options.expand) {
    prediction = infer::predict_expanded(model, input);
  } else if (!options.calibrate.empty()) {
    const auto calibration = read_input(options.calibrate, options.reading);
    prediction = infer::predict(model, input, &calibration, options.weights);
  } else {
    prediction = infer::predict(model, input, nullptr, options.weights);
  }
  write_prediction(prediction, options);
}

void run(const Options& options) {
  auto model = model::read_model(options.model);
  if (!options.emg.empty() && !options.live) throw UsageError("--emg goes with --live");
  if (options.live) {
    predict_live(std::move(model), options);
  } else if (options.raw) {
    if (options.expand || !options.calibrate.empty()) {
      throw UsageError(
          "--raw takes the network's own numbers; it does not go with --expand-original or "
          "--calibrate");
    }
    predict_raw(model, options);
  } else {
    predict_named(model, options);
  }
}

}  // namespace

void add_predict(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a model file (.safetensors)")->required();
  app.add_option("input", options->input,
                 "a recording: C3D, TRC, MOT/STO, CSV (with --raw: .npy, frames x inputs)")
      ->required();
  app.add_option(
         "--out", options->out,
         "what to write, by extension: .csv, .mot, .sto (angles in deg, EMG in V), .npy (SI)")
      ->required();
  app.add_flag("--raw", options->raw,
               "feed and write the network's own numbers, unscaled: .npy in, .npy (float32) out");
  app.add_flag("--expand-original", options->expand,
               "the input is keypoints of video; make the original's 42 markers of them and "
               "predict in windows, as the original does");
  app.add_option("--calibrate", options->calibrate,
                 "a recording of the same person that the body's size is taken from first");
  app.add_flag("--live", options->live,
               "as `kinemyo serve` does it of a recording of MediaPipe's 33 landmarks: a prediction for each picture, at its own time");
  app.add_option("--emg", options->emg, "with --live: a second model for muscles, fed with the first one's angles");
  add_weights_option(app, options->weights);
  add_input_options(app, options->reading);
  add_aliases_option(app, options->reading.aliases);
  app.footer(
      "Channels are matched by name, with the usual aliases; what is missing is listed. A "
      "recording at another rate\n"
      "than the model's is resampled, and that is said.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe angles --test S4 --epochs 3 --out angles.safetensors\n"
      "  kinemyo predict angles.safetensors people/c3d/S4/NormalSquat/1.c3d --out angles.mot");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
