#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "cli/commands.h"
#include "cli/model_input.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/keypoints.h"
#include "kinemyo/body/plug_in_gait.h"
#include "kinemyo/io/any.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string trial;
  std::string standing;
  std::string out;
  InputOptions reading;
  bool json = false;
};

// Plug-in-Gait's markers of a recording, made of the original's where it has those.
motion::Series gait_markers(const motion::Recording& recording) {
  const auto* markers = recording.find(motion::Quantity::position);
  if (markers == nullptr) throw Error(recording.source + " holds no markers");
  if (markers->find("LASI") || !markers->find("LASIS")) return *markers;
  const body::PointMap map(body::plug_in_gait_markers_from_original(), markers->names(), body::Absent::missing);
  say(recording.source + ": Plug-in-Gait's markers are made of the original's 42");
  return map.apply(*markers);
}

struct Difference {
  std::string channel;
  double rmse_deg[3];
};

// Against angles of the same names that stand in the recording, made by the laboratory's own software.
std::vector<Difference> compare(const motion::Series& angles, const motion::Recording& recording) {
  std::vector<Difference> out;
  for (const auto& theirs : recording.series) {
    if (theirs.quantity() != motion::Quantity::angle3 || theirs.frames() != angles.frames()) continue;
    for (std::size_t c = 0; c < angles.channels().size(); ++c) {
      const auto at = theirs.find(angles.channels()[c].name);
      if (!at) continue;
      Difference difference{angles.channels()[c].name, {}};
      for (const std::size_t plane : {0u, 1u, 2u}) {
        double sum = 0, count = 0;
        for (std::size_t f = 0; f < angles.frames(); ++f) {
          const double d = std::remainder(angles.at(f, c, plane) - theirs.at(f, *at, plane), 2 * std::numbers::pi);
          if (std::isfinite(d)) sum += d * d, ++count;
        }
        difference.rmse_deg[plane] = std::sqrt(sum / count) * 180 / std::numbers::pi;
      }
      out.push_back(difference);
    }
  }
  return out;
}

void run(const Options& options) {
  const auto trial = read_input(options.trial, options.reading);
  const auto markers = gait_markers(trial);
  const Eigen::Vector3d up = Eigen::Vector3d::UnitY();  // as read_input() turns it
  std::vector<std::string> estimated;
  auto measures = body::gait_measures(trial.measures);
  body::Sides<body::FootOffset> offsets;
  if (options.standing.empty()) {
    measures = body::complete_measures(measures, markers, estimated);
    offsets = body::estimate_foot_offsets(markers, up, measures);
  } else {
    const auto standing = read_input(options.standing, options.reading);
    const auto standing_markers = gait_markers(standing);
    auto tape = standing.measures;
    tape.merge(std::map<std::string, double>(trial.measures));
    measures = body::complete_measures(body::gait_measures(tape), standing_markers, estimated);
    offsets = body::fit_foot_offsets(standing_markers, up, measures);
  }
  const auto angles = body::plug_in_gait_angles(markers, measures, offsets);
  const auto differences = compare(angles, trial);

  if (!estimated.empty()) say("measures that the recording does not give, estimated from markers: " + base::join(estimated));
  if (options.standing.empty()) say("feet's offsets: from the frames in which the feet move least; --static STANDING is better");
  if (!options.out.empty()) {
    motion::Recording out;
    out.source = trial.source;
    out.format = trial.format;
    out.up = trial.up;
    out.series.push_back(angles);
    for (const auto& note : io::write_recording(out, options.out)) say(options.out + ": " + note);
    say("wrote " + options.out + ": " + std::to_string(angles.frames()) + " frames of " +
        std::to_string(angles.channels().size()) + " joints");
  }

  const auto degrees = [](double rad) { return rad * 180 / std::numbers::pi; };
  if (options.json) {
    nlohmann::json document{{"trial", options.trial}, {"frames", angles.frames()}, {"estimated", estimated}};
    for (const std::size_t side : {0u, 1u}) {
      document["foot_offsets_deg"].push_back({{"side", side == 0 ? "left" : "right"},
                                              {"plantarflexion", -degrees(offsets[side].plantarflexion)},
                                              {"rotation", degrees(offsets[side].rotation)}});
    }
    for (const auto& d : differences) document["rmse_against_file_deg"][d.channel] = d.rmse_deg;
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t c = 0; c < angles.channels().size(); ++c) {
    double low = INFINITY, high = -INFINITY;
    std::size_t seen = 0;
    for (std::size_t f = 0; f < angles.frames(); ++f) {
      const double value = degrees(angles.at(f, c, 0));
      if (!std::isfinite(value)) continue;
      ++seen;
      low = std::min(low, value);
      high = std::max(high, value);
    }
    std::vector<std::string> row{angles.channels()[c].name, seen ? fixed(low, 1) : "-", seen ? fixed(high, 1) : "-",
                                 std::to_string(angles.frames() - seen)};
    for (const auto& d : differences) {
      if (d.channel == angles.channels()[c].name) {
        for (const double rmse : d.rmse_deg) row.push_back(fixed(rmse, 3));
      }
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::string> header{"joint", "flexion from", "to (deg)", "frames missing"};
  if (!differences.empty()) header.insert(header.end(), {"file's own: RMSE x", "y", "z (deg)"});
  print_table(header, rows);
}

}  // namespace

void add_angles(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("trial", options->trial, "A recording with Plug-in-Gait's markers (C3D, TRC, ...), or with the original's 42")->required();
  app.add_option("--static", options->standing,
                 "A recording of the person standing with flat feet; gives the feet's offsets, and what no tape measured");
  app.add_option("--out", options->out, "Write the angles: C3D, MOT/STO, CSV (degrees), npy");
  app.add_flag("--json", options->json, "One JSON document on stdout instead of the table");
  add_input_options(app, options->reading);
  add_aliases_option(app, options->reading.aliases);
  app.footer(
      "\nHip, knee and ankle angles as Vicon's Plug-in-Gait defines, names and signs them, by geometry alone, without a\n"
      "network. Tape measures (InterAsisDistance, LLegLength, LKneeWidth, LAnkleWidth, ..., MarkerDiameter) are taken from\n"
      "the recording; those that it lacks are estimated from the markers, and named. Where the recording holds angles of\n"
      "the same names, the difference is shown. Only sagittal angles can be trusted where measures are estimated.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo angles people/c3d/S1/Walking/1.c3d --out gait.csv");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
