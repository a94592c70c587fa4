#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/base/text.h"
#include "kinemyo/synth/write.h"

namespace kinemyo::cli {

namespace {

struct SynthOptions {
  std::string folder;
  synth::Options make;
  std::string formats = "raw,c3d";
  bool json = false;
};

void choose_formats(SynthOptions& options) {
  options.make.raw = options.make.c3d = false;
  for (const auto field : base::split(options.formats, ',')) {
    const auto format = base::trim(field);
    if (format == "raw") {
      options.make.raw = true;
    } else if (format == "c3d") {
      options.make.c3d = true;
    } else {
      throw UsageError("--format: " + base::quoted(format) + " is neither raw nor c3d");
    }
  }
}

void run(SynthOptions& options) {
  choose_formats(options);
  say("SYNTHETIC data: movements and muscle signals made by a model, no person was measured");
  handle_interrupts();
  const auto written = synth::write_synthetic(options.folder, options.make, make_progress());
  if (written.stopped) warn("stopped; the files that are there are whole");
  if (options.json) {
    nlohmann::json report = {{"folder", options.folder},
                             {"synthetic", true},
                             {"seed", options.make.seed},
                             {"trials", written.trials},
                             {"files", written.files},
                             {"bytes", written.bytes},
                             {"stopped", written.stopped},
                             {"subjects", nlohmann::json::array()},
                             {"activities", options.make.activities}};
    for (const auto& subject : written.subjects) {
      report["subjects"].push_back({{"name", subject.name},
                                    {"stature_m", subject.size.stature},
                                    {"mass_kg", subject.size.mass_kg}});
    }
    std::printf("%s\n", report.dump(2).c_str());
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto& subject : written.subjects) {
      rows.push_back(
          {subject.name, fixed(subject.size.stature, 2), fixed(subject.size.mass_kg, 1)});
    }
    print_table({"synthetic subject", "stature (m)", "mass (kg)"}, rows);
    say(std::to_string(written.trials) + " trials in " + std::to_string(written.files) +
        " files, " + fixed(static_cast<double>(written.bytes) / 1e6, 1) + " MB, in " +
        options.folder);
  }
}

}  // namespace

void add_synth(CLI::App& app) {
  auto options = std::make_shared<SynthOptions>();
  std::vector<std::string> known;
  for (const auto& activity : synth::activities()) known.push_back(activity.name);
  app.add_option("DIR", options->folder, "Folder to write to; made if it is not there")->required();
  app.add_option("--subjects", options->make.subjects, "People")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--first", options->make.first_subject, "Number of the first person")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--activities", options->make.activities, "Names, separated by commas or blanks")
      ->delimiter(',')
      ->check(CLI::IsMember(known))
      ->capture_default_str();
  app.add_option("--trials", options->make.trials, "Trials of each activity")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", options->make.seconds, "Length of a trial, s")
      ->check(CLI::Range(0.5, 600.0))
      ->capture_default_str();
  app.add_option("--seed", options->make.seed, "The same seed makes the same people and trials")
      ->capture_default_str();
  app.add_option("--format", options->formats,
                 "raw (the original's CSV, mm, degrees, V, 1000 Hz, with video tables), c3d (C3D "
                 "and MOT), or both")
      ->capture_default_str();
  app.add_flag("--json", options->json, "One JSON document on stdout instead of the table");
  app.footer(
      "Makes sample subjects: a jointed body with 39 coordinates and 42 markers that does the "
      "activities, muscles that\n"
      "follow from the motion, and what a laboratory would measure of both, with noise, hum, "
      "artefacts and gaps.\n"
      "True angles and activations are in DIR/truth. Person n is the same however many people are "
      "made.\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo inspect people/c3d/S1");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
