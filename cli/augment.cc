#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/model_input.h"
#include "kinemyo/infer/augmenter.h"
#include "kinemyo/io/any.h"
#include "kinemyo/model/model.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string keypoints, model, out;
  infer::Person person;
  InputOptions reading;
  bool json = false;
};

void run(const Options& options) {
  const auto model = model::read_model(options.model);
  const auto recording = read_input(options.keypoints, options.reading);
  const auto* keypoints = recording.find(motion::Quantity::position);
  if (keypoints == nullptr) throw Error(options.keypoints + " holds no keypoints in space (positions); of single cameras' pictures (2-D) they are made by triangulation, as Pose2Sim or OpenCap do");
  std::vector<std::string> notes;
  motion::Recording out;
  out.source = recording.source;
  out.format = recording.format;
  out.up = recording.up;
  out.events = recording.events;
  out.series.push_back(infer::augment_markers(model, *keypoints, options.person, notes));
  for (const auto& note : io::write_recording(out, options.out)) notes.push_back(options.out + ": " + note);
  for (const auto& note : notes) say(note);
  const auto& markers = out.series.front();
  if (options.json) {
    const nlohmann::json document{{"keypoints", options.keypoints}, {"out", options.out}, {"frames", markers.frames()}, {"markers", markers.names()}, {"notes", notes}};
    std::printf("%s\n", document.dump(2).c_str());
  } else {
    say("wrote " + options.out + ": " + std::to_string(markers.frames()) + " frames of " + std::to_string(markers.channels().size()) + " markers");
  }
}

}  // namespace

void add_augment(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("keypoints", options->keypoints, "A recording of keypoints in space, by OpenPose's or MediaPipe's names (TRC, C3D, JSON, ...)")->required();
  app.add_option("--model", options->model, "OpenCap's augmenter of the lower limbs as `kinemyo import` made it, with its scaler")->required();
  app.add_option("--stature", options->person.stature_m, "The person's height, m")->required();
  app.add_option("--mass", options->person.mass_kg, "The person's mass, kg")->required();
  app.add_option("--out", options->out, "Where the markers go: TRC, C3D, CSV, npy")->required();
  app.add_flag("--json", options->json, "One JSON document on stdout");
  add_input_options(app, options->reading);
  add_aliases_option(app, options->reading.aliases);
  app.footer(
      "\nA network that others trained puts 35 markers where a camera's system would have them; `kinemyo scale` and\n"
      "`kinemyo ik` make joint angles of those, with OpenCap's models or others that have markers of these names. Shoulders,\n"
      "hips, knees, ankles, heels and toes are needed; gaps up to 0.2 s are bridged.\n\n"
      "Example, with OpenCap's files (lower.onnx, mean.npy, std.npy) and a model of OpenSim:\n"
      "  kinemyo import lower.onnx --input-mean mean.npy --input-scale std.npy --rate 60 --out augmenter.safetensors\n"
      "  kinemyo augment squats.trc --model augmenter.safetensors --stature 1.8 --mass 75 --out markers.trc\n"
      "  kinemyo scale generic.osim markers.trc --stillest --out scaled.osim\n"
      "  kinemyo ik scaled.osim markers.trc --out squats.mot");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
