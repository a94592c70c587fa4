#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/model_input.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/body/osim_scale.h"
#include "kinemyo/body/osim_write.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model;
  std::string standing;
  std::string out;
  double mass_kg = 0;
  bool stillest = false;
  bool json = false;
  InputOptions reading;
};

void run(const Options& options) {
  const auto recording = read_input(options.standing, options.reading);
  const auto* markers = recording.find(motion::Quantity::position);
  if (markers == nullptr) throw Error(recording.source + " holds no markers");
  const bool own = options.model == "full-body";
  const auto text = own ? std::string() : base::read_file(options.model);
  body::OsimModel read;
  if (own) {
    read.model = body::make_marked_body(body::Anthropometry::of_stature(1.75, 70), markers->names());
  } else {
    read = body::parse_osim(text, options.model);
  }
  for (const auto& note : read.notes) say(options.model + ": " + note);
  const auto standing = options.stillest ? body::stillest(*markers) : *markers;
  if (options.stillest) say(options.standing + ": the person moves least from " + fixed(standing.clock().start_s(), 2) + " s on; that is taken for standing");
  const auto scaling = body::fit_scale(read.model, standing);

  const double mass = read.model.mass_kg();
  if (options.mass_kg > 0 && !(mass > 0)) throw Error(options.model + ": the model has no mass that --mass could change");
  const double ratio = options.mass_kg > 0 ? options.mass_kg / mass : 1;
  base::write_file(options.out, own ? body::format_osim(body::with_masses(scaling.model, ratio), "full-body")
                                    : body::format_scaled_osim(text, options.model, scaling, read.model, ratio));
  if (!scaling.absent.empty()) {
    say(options.standing + " lacks " + std::to_string(scaling.absent.size()) + " of the model's markers, which stretch with their bodies: " + base::join(scaling.absent));
  }
  say("wrote " + options.out + ": landmarks of the standing person within " + fixed(1000 * scaling.rms_scaled, 1) + " mm (RMS) before they were moved to where they were measured; " +
      fixed(1000 * scaling.rms_unscaled, 1) + " mm unscaled");
  say(options.mass_kg > 0 ? "masses times " + fixed(ratio, 3) + ": " + fixed(options.mass_kg, 1) + " kg in all"
                          : "masses are the model's (" + fixed(mass, 1) + " kg); --mass KG gives the person's");
  if (!own) say("muscles' fibre and tendon lengths and radii of wrap objects are the model's");

  if (options.json) {
    nlohmann::ordered_json document{{"model", options.model}, {"standing", options.standing}, {"rms_unscaled_mm", 1000 * scaling.rms_unscaled},
                                    {"rms_scaled_mm", 1000 * scaling.rms_scaled}, {"mass_ratio", ratio}, {"absent", scaling.absent}};
    for (std::size_t b = 1; b < scaling.factors.size(); ++b) {
      const auto& f = scaling.factors[b];
      document["factors"][read.model.bodies()[b].name] = {f.x(), f.y(), f.z()};
    }
    for (const auto& m : scaling.markers) document["markers"].push_back({{"name", m.name}, {"unscaled_mm", 1000 * m.unscaled}, {"scaled_mm", 1000 * m.scaled}});
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t b = 1; b < scaling.factors.size(); ++b) {
    const auto& f = scaling.factors[b];
    rows.push_back({read.model.bodies()[b].name, fixed(f.x(), 3), fixed(f.y(), 3), fixed(f.z(), 3)});
  }
  print_table({"body", "x", "y", "z"}, rows);
  std::printf("\n");
  auto sorted = scaling.markers;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.scaled > b.scaled; });
  rows.clear();
  for (const auto& m : sorted) rows.push_back({m.name, fixed(1000 * m.unscaled, 1), fixed(1000 * m.scaled, 1)});
  print_table({"marker", "unscaled mm", "scaled mm"}, rows);
}

}  // namespace

void add_scale(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "A model of OpenSim (.osim) with markers, unscaled; or full-body: our own, with the original's 42 markers or Plug-in-Gait's 20")->required();
  app.add_option("static", options->standing, "A recording of the person standing still, or with --stillest of whatever he or she does (C3D, TRC, ...)")->required();
  app.add_option("--out", options->out, "Where the scaled model goes (.osim)")->required();
  app.add_option("--mass", options->mass_kg, "Of the person, kg: all masses change alike. Default: the model's")->check(CLI::Range(1.0, 400.0));
  app.add_flag("--stillest", options->stillest, "Without a standing trial: take the 0.2 s of the recording in which the markers move least");
  app.add_flag("--json", options->json, "One JSON document on stdout instead of the tables");
  add_input_options(app, options->reading);
  app.footer(
      "\nThe model's segments in the person's sizes, left and right alike, and its markers where they were measured. Sizes and\n"
      "posture are fitted together: joint centres (HJC ...) may lie 5 mm from where the model has them, landmarks 15 mm,\n"
      "thigh, shank and arm clusters anywhere. Tables: each body's factors; each marker's distance, unscaled and scaled\n"
      "before it was moved. What is far off there was put elsewhere than the model says, or bears the wrong name.\n\n"
      "Example:\n"
      "  kinemyo synth standing --subjects 1 --trials 1 --seconds 4 --activities NeutralStance Walking\n"
      "  kinemyo scale full-body standing/c3d/S1/NeutralStance/1.c3d --mass 70 --out S1.osim\n"
      "  kinemyo ik S1.osim standing/c3d/S1/Walking/1.c3d --out walk.mot");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
