#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/model_input.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/coordinate_jumps.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/marker_faults.h"
#include "kinemyo/body/marker_fit.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/io/any.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model;
  std::string trial;
  std::string out;
  std::string weights;
  double stature = 0;
  double tolerance_deg = 0.005;
  bool no_limits = false;
  bool as_is = false;
  bool causal = false;
  bool json = false;
  InputOptions reading;
};

body::Model full_body(double stature, const motion::Series& markers) {
  return body::make_marked_body(body::Anthropometry::of_stature(stature, 70), markers.names());
}

// The stature whose average body fits a few frames best.
double find_stature(const motion::Series& markers) {
  std::vector<double> few;
  const std::size_t frames = std::min<std::size_t>(markers.frames(), 5);
  for (std::size_t i = 0; i < frames; ++i) {
    const auto row = markers.values().row(i * (markers.frames() - 1) / std::max<std::size_t>(frames - 1, 1));
    few.insert(few.end(), row.begin(), row.end());
  }
  const motion::Series sample(motion::Quantity::position, markers.channels(), motion::Clock::uniform(1, 0, frames),
                              base::Matrix<double>(frames, markers.values().columns(), few));
  const auto cost = [&](double stature) {
    auto model = full_body(stature, sample);
    const auto weights = body::task_weights(model);
    body::InverseKinematics solver(std::move(model), weights);
    return body::fit_markers(solver, sample).cost;
  };
  double low = 1.0, high = 2.2;
  while (high - low > 0.005) {
    const double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
    (cost(a) < cost(b) ? high : low) = cost(a) < cost(b) ? b : a;
  }
  return (low + high) / 2;
}

void say_jumps(const std::string& path, const std::vector<body::CoordinateJump>& jumps) {
  for (std::size_t i = 0; i < std::min<std::size_t>(jumps.size(), 5); ++i) {
    warn(path + ": " + jumps[i].coordinate + " jumps by " + fixed(jumps[i].change * 180 / std::acos(-1.0), 0) + " degrees in one frame, at " + fixed(jumps[i].time_s, 2) + " s");
  }
  if (jumps.size() > 5) warn(path + ": and " + std::to_string(jumps.size() - 5) + " jumps more");
}

void run(const Options& options) {
  const auto trial = read_input(options.trial, options.reading);
  const auto* recorded = trial.find(motion::Quantity::position);
  if (recorded == nullptr) throw Error(trial.source + " holds no markers");
  const auto* markers = recorded;
  body::Model model;
  if (options.model == "full-body") {
    double stature = options.stature;
    if (stature == 0) {
      stature = find_stature(*markers);
      say("stature " + fixed(stature, 2) + " m: the one that fits best; --stature to set it");
    }
    model = full_body(stature, *markers);
  } else {
    if (options.stature != 0) throw UsageError("--stature goes with the model full-body only");
    auto read = body::read_osim(options.model);
    for (const auto& note : read.notes) say(options.model + ": " + note);
    model = std::move(read.model);
  }
  const auto weights = options.weights.empty() ? body::task_weights(model)
                                               : body::parse_weights(base::read_file(options.weights), options.weights, model);
  if (std::none_of(weights.begin(), weights.end(), [](double w) { return w > 0; })) throw Error("no marker of the model weighs anything");
  body::IkOptions settings;
  settings.tolerance = options.tolerance_deg * std::acos(-1.0) / 180;
  settings.limits = !options.no_limits;
  body::InverseKinematics solver(model, weights, settings);
  body::RepairedMarkers repaired;
  if (!options.as_is) {
    repaired = body::repair_markers(model, *recorded);
    for (const auto& fault : repaired.faults) warn(options.trial + ": " + body::to_text(fault) + (fault.put_right ? "; put right" : "; left out"));
    markers = &repaired.markers;
  }
  body::FitOptions fitting;
  fitting.causal = options.causal;
  const auto fit = body::fit_markers(solver, *markers, fitting);
  const auto jumps = body::find_jumps(fit.coordinates);
  say_jumps(options.out, jumps);
  if (!fit.absent.empty()) say(options.trial + " lacks " + std::to_string(fit.absent.size()) + " of the model's markers: " + base::join(fit.absent));
  if (fit.restarts > 0) say("the fit was lost and found again " + std::to_string(fit.restarts) + " times");
  if (fit.not_converged > 0) warn(std::to_string(fit.not_converged) + " frames did not converge");

  motion::Recording out;
  out.source = trial.source;
  out.format = trial.format;
  out.series.push_back(fit.coordinates);
  for (const auto& note : io::write_recording(out, options.out)) say(options.out + ": " + note);
  say("wrote " + options.out + ": " + std::to_string(fit.coordinates.frames()) + " frames of " +
      std::to_string(fit.coordinates.channels().size()) + " coordinates; markers within " + fixed(1000 * fit.rms, 1) + " mm (RMS)");

  auto residuals = fit.residuals;
  std::stable_sort(residuals.begin(), residuals.end(), [](const auto& a, const auto& b) { return a.rms > b.rms || (std::isnan(b.rms) && !std::isnan(a.rms)); });
  const auto number = [](double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr); };
  if (options.json) {
    nlohmann::ordered_json document{{"trial", options.trial}, {"model", options.model}, {"frames", fit.coordinates.frames()},
                                    {"rms_mm", number(1000 * fit.rms)}, {"cost_m2", number(fit.cost)}, {"absent", fit.absent},
                                    {"restarts", fit.restarts}, {"not_converged", fit.not_converged}};
    document["faults"] = nlohmann::json::array();
    for (const auto& fault : repaired.faults) {
      document["faults"].push_back({{"kind", fault.kind == body::MarkerFault::Kind::exchanged ? "exchanged" : "displaced"}, {"markers", fault.markers},
                                    {"from_s", fault.from_s}, {"to_s", fault.to_s}, {"distance_mm", number(1000 * fault.distance)}, {"put_right", fault.put_right}});
    }
    document["jumps"] = nlohmann::json::array();
    for (const auto& jump : jumps) {
      document["jumps"].push_back({{"coordinate", jump.coordinate}, {"time_s", jump.time_s}, {"change_deg", jump.change * 180 / std::acos(-1.0)}});
    }
    for (const auto& r : residuals) {
      document["markers"].push_back({{"name", r.name}, {"weight", r.weight}, {"rms_mm", number(1000 * r.rms)}, {"worst_mm", number(1000 * r.worst)},
                                     {"worst_time_s", r.worst_time_s}, {"missing_frames", r.missing_frames}});
    }
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& r : residuals) {
    rows.push_back({r.name, base::to_text(r.weight), fixed(1000 * r.rms, 1), fixed(1000 * r.worst, 1), fixed(r.worst_time_s, 2), std::to_string(r.missing_frames)});
  }
  print_table({"marker", "weight", "RMS mm", "worst mm", "at s", "frames missing"}, rows);
}

}  // namespace

void add_ik(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "A model of OpenSim (.osim), or full-body: our own, with the original's 42 markers or Plug-in-Gait's 20")->required();
  app.add_option("trial", options->trial, "A recording with markers (C3D, TRC, CSV, ...)")->required();
  app.add_option("--out", options->out, "Where the coordinates go: MOT/STO, CSV (degrees, m), npy")->required();
  app.add_option("--weights", options->weights, "Weights of markers: lines marker,weight, or OpenSim's task set (.xml); others weigh 0");
  app.add_option("--stature", options->stature, "Of the full-body model, m. Default: the one that fits best")->check(CLI::Range(1.0, 2.2));
  app.add_option("--tolerance", options->tolerance_deg, "A frame is done when no angle moves by more, degrees")->check(CLI::Range(1e-9, 1.0))->capture_default_str();
  app.add_flag("--no-limits", options->no_limits, "Coordinates may leave the ranges that the model clamps them to");
  app.add_flag("--as-is", options->as_is, "Take the markers as they are: neither look for faults nor mend them");
  app.add_flag("--causal", options->causal, "Frame by frame as live: nothing of later frames is used");
  app.add_flag("--json", options->json, "One JSON document on stdout instead of the table");
  add_input_options(app, options->reading);
  add_aliases_option(app, options->reading.aliases);
  app.footer(
      "\nInverse kinematics: the coordinates that bring the model's markers nearest to the measured ones, frame by frame; and how\n"
      "far each marker stays away, the worst first. Weights without --weights, by names: iliac spines and sacrum 25; knee and\n"
      "ankle 20; toe, fifth metatarsal and heel 7; thigh and shank 4; medial knee and ankle and hip joint centres 0; others 5.\n"
      "A marker that is missing for a while is put where it was on its body before and is after. Markers that bear each other's\n"
      "names are put right; those that jump off their body and back are moved back where both jumps are the same, and left out\n"
      "where not; each with a warning.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo ik full-body people/c3d/S1/Walking/1.c3d --out walk.mot");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
