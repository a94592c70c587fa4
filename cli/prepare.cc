#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/alignment.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/inspect_facts.h"
#include "cli/prepare_notes.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::vector<std::filesystem::path> sources;
  std::filesystem::path out;
  dataset::LayoutOptions layout;
  dataset::PrepareSettings settings;
  std::string units;
  std::string up = "auto";
  std::optional<double> dead_mv, smooth_hz, rms_ms;
  std::string envelope = "linear", reference = "peak";
  bool keep_spikes = false, no_notch = false;
  std::optional<std::filesystem::path> methods;
  bool json = false;
  bool no_raw = false;
  bool verbose = false;
};

void set_units(const std::string& text, dataset::TableUnits& units) {
  const auto parts = base::split(text, ',');
  if (parts.size() != 2) throw UsageError("--units wants two units, of markers and of EMG: mm,V");
  units = {std::string(base::trim(parts[0])), std::string(base::trim(parts[1]))};
  try {
    require_known(units);
  } catch (const Error& problem) {
    throw UsageError(std::string("--units: ") + problem.what());
  }
}

motion::UpAxis up_axis(const std::string& text) {
  if (text == "x") return motion::UpAxis::x;
  if (text == "y") return motion::UpAxis::y;
  return text == "z" ? motion::UpAxis::z : motion::UpAxis::unknown;
}

std::string gaps(const dataset::GapCount& count) {
  return std::to_string(count.filled_gaps) + "+" + std::to_string(count.left_gaps);
}

// Other devices' files, one a line.
void print_devices(const dataset::PrepareReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto* trials : {&report.mvc_trials, &report.trials}) {
    for (const auto& trial : *trials) {
      for (const auto& [file, how] : trial.synchronised) {
        rows.push_back(alignment_cells(how));
        rows.back().insert(rows.back().begin(), {to_string(trial.key), file});
      }
    }
  }
  if (rows.empty()) return;
  std::printf("\n");
  auto header = alignment_header();
  header.insert(header.begin(), {"trial", "device's file"});
  print_table(header, rows);
}

// The poorest channel that is used: what a model learns of the trial's EMG is as good as that.
std::string worst_score(const dataset::TrialReport& trial) {
  double worst = std::nan("");
  for (const auto& [channel, score] : trial.emg_scores) {
    if (!trial.emg_excluded.contains(channel)) worst = std::fmin(worst, score);
  }
  return fixed(worst, 2);
}

void print_report(const dataset::PrepareReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& trial : report.trials) {
    rows.push_back({to_string(trial.key), std::string(to_string(trial.source)), fixed(trial.rate_hz, 1),
                    fixed(trial.duration_s, 2), std::to_string(trial.markers), gaps(trial.marker_gaps),
                    fixed(100 * trial.marker_gaps.missing_share, 1), std::to_string(trial.angles),
                    gaps(trial.angle_gaps), fixed(100 * trial.angle_gaps.missing_share, 1),
                    std::to_string(trial.emg), std::to_string(trial.emg_excluded.size()), worst_score(trial)});
  }
  print_table({"trial", "source", "Hz", "s", "markers", "gaps filled+left", "missing %", "angles", "gaps filled+left",
               "missing %", "EMG", "EMG left out", "least score"},
              rows);
  rows.clear();
  for (const auto& trial : report.mvc_trials) {
    rows.push_back({to_string(trial.key), std::string(to_string(trial.source)), fixed(trial.duration_s, 2), std::to_string(trial.emg),
                    std::to_string(trial.emg_excluded.size()), worst_score(trial)});
  }
  if (!rows.empty()) {
    std::printf("\n");
    print_table({"of maximal contraction", "source", "s", "EMG", "EMG left out", "least score"}, rows);
  }
  print_devices(report);
}

nlohmann::ordered_json to_json(const dataset::GapCount& count) {
  auto fills = nlohmann::ordered_json::array();
  for (const auto& fill : count.fills) {
    fills.push_back({{"channel", fill.channel},
                     {"method", fill.method},
                     {"gaps", fill.gaps},
                     {"frames", fill.frames},
                     {"worst_error_bar_m", fill.worst_error_bar_m}});
  }
  return {{"filled_gaps", count.filled_gaps},
          {"filled_frames", count.filled_frames},
          {"left_gaps", count.left_gaps},
          {"missing_share", count.missing_share},
          {"fills", std::move(fills)}};
}

nlohmann::ordered_json devices_json(const dataset::TrialReport& trial) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& [file, how] : trial.synchronised) out.push_back(cli::to_json(file, how));
  return out;
}

nlohmann::ordered_json faults_json(const dataset::TrialReport& trial) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& fault : trial.marker_faults) out.push_back(cli::to_json(fault));
  return out;
}

nlohmann::ordered_json remarks_json(const dataset::TrialReport& trial) {
  auto out = nlohmann::ordered_json::object();
  for (const auto& [channel, remarks] : trial.emg_remarks)
    for (const auto& remark : remarks) out[channel].push_back(remark.text);
  return out;
}

nlohmann::ordered_json to_json(const dataset::TrialReport& trial) {
  return {{"subject", trial.key.subject},
          {"activity", trial.key.activity},
          {"trial", trial.key.trial},
          {"file", trial.file},
          {"source", to_string(trial.source)},
          {"rate_hz", trial.rate_hz},
          {"duration_s", trial.duration_s},
          {"markers", trial.markers},
          {"angles", trial.angles},
          {"emg", trial.emg},
          {"marker_gaps", to_json(trial.marker_gaps)},
          {"angle_gaps", to_json(trial.angle_gaps)},
          {"emg_left_out", trial.emg_excluded},
          {"emg_scores", trial.emg_scores},
          {"emg_remarks", remarks_json(trial)},
          {"emg_edge_s", trial.emg_edge_s},
          {"devices", devices_json(trial)},
          {"marker_faults", faults_json(trial)},
          {"notes", trial.notes}};
}

void print_json(const dataset::PrepareReport& report, const std::vector<std::string>& notes,
                const std::filesystem::path& out, const std::string& hash) {
  nlohmann::ordered_json document;
  document["store"] = out.string();
  document["hash"] = hash;
  document["notes"] = notes;
  for (const auto& note : report.notes) document["notes"].push_back(note);
  document["trials"] = nlohmann::ordered_json::array();
  for (const auto& trial : report.trials) document["trials"].push_back(to_json(trial));
  document["mvc_trials"] = nlohmann::ordered_json::array();
  for (const auto& trial : report.mvc_trials) document["mvc_trials"].push_back(to_json(trial));
  document["emg_references"] = nlohmann::ordered_json::object();
  for (const auto& [subject, units] : report.emg_units) {
    auto& muscles = document["emg_references"][subject] = nlohmann::ordered_json::object();
    for (const auto& [muscle, unit] : units) muscles[muscle] = {{"kind", to_string(unit.kind)}, {"value_v", unit.value_v}};
  }
  document["methods"] = report.methods;
  document["bad"] = nlohmann::ordered_json::array();
  for (const auto& [file, reason] : report.bad) document["bad"].push_back({{"file", file}, {"reason", reason}});
  std::printf("%s\n", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

// An option that the chosen envelope has no use for is refused, not passed over.
void set_envelope(const Options& options, signal::EnvelopeSettings& envelope) {
  for (const auto detector : signal::kDetectors) {
    if (options.envelope == to_string(detector)) envelope.detector = detector;
  }
  const bool rms = envelope.detector == signal::Detector::rms, likelihood = envelope.detector == signal::Detector::likelihood;
  if (options.smooth_hz && (rms || likelihood)) {
    throw UsageError("--emg-smooth is of --emg-envelope linear and tkeo; " +
                     std::string(rms ? "rms has --emg-rms" : "likelihood smooths each channel as far as its signal asks"));
  }
  if (options.rms_ms && !rms) throw UsageError("--emg-rms is of --emg-envelope rms; this is " + options.envelope);
  if (options.smooth_hz) envelope.smooth_hz = *options.smooth_hz;
  if (options.rms_ms) envelope.rms_window_s = *options.rms_ms / 1000;
}

void run(Options& options) {
  const bool stated = !options.units.empty();
  set_units(stated ? options.units : "mm,V", options.settings.units);
  if (stated) {
    // Recordings that are silent about their units are believed only to be in those that somebody states.
    options.settings.reading.position_unit = options.settings.units.length;
    options.settings.reading.emg_unit = options.settings.units.emg;
  }
  options.settings.up = up_axis(options.up);
  if (options.dead_mv) {
    options.settings.emg_limits.dead_std_v = *options.dead_mv / 1000;
    options.settings.recognise_skin_level = false;
  }
  options.settings.keep_raw_emg = !options.no_raw;
  options.settings.envelope.remove_spikes = !options.keep_spikes;
  options.settings.envelope.notch_lines = !options.no_notch;
  set_envelope(options, options.settings.envelope);
  options.settings.emg_reference = options.reference == "mvc"    ? dataset::EmgReference::mvc
                                   : options.reference == "mean" ? dataset::EmgReference::mean
                                                                 : dataset::EmgReference::peak;
  try {
    require_sane(options.settings);
  } catch (const Error& problem) {
    throw UsageError(problem.what());
  }
  handle_interrupts();
  const auto layout = find_trials(options.sources, options.layout);
  for (const auto& note : layout.notes) say(note);
  const auto report = prepare(layout.trials, options.out, options.settings, make_progress());
  options.verbose ? say_every_note(report) : say_notes_in_short(report);
  const auto hash = dataset::Store(options.out).hash();
  if (options.json) {
    print_json(report, layout.notes, options.out, hash);
  } else {
    print_report(report);
  }
  if (options.methods) base::write_file(*options.methods, report.methods + "\n");
  if (const auto n = report.mvc_trials.size(); n > 0) {
    say(std::to_string(n) + (n == 1 ? " trial" : " trials") + " of maximal voluntary contraction gave reference values of EMG");
  }
  say(std::to_string(report.trials.size()) + " trials are in " + options.out.string() + " (content " + hash + ")");
}

}  // namespace

void add_prepare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto& settings = options->settings;
  app.add_option("SRC", options->sources,
                 "folders or files: the original's raw layout, its *_Synchronized*.csv, C3D, TRC with MOT or STO, XDF, EDF, MATLAB, exports")
      ->required();
  app.add_option("--out", options->out, "the prepared store, HDF5")->required();
  app.add_option("--device", options->layout.devices,
                 "files or folders of other devices (EMG, a second camera system) that recorded the same trials on clocks of\n"
                 "their own; each joins the trial of its name, on the trial's clock, or is refused");
  add_alignment(app, settings.align, "--align", "--align-");
  app.add_option("--rate", settings.rate_hz, "of the timeline of markers, angles and envelopes, Hz")
      ->capture_default_str();
  app.add_option("--fill", settings.fill_limit_s, "longest gap of markers and angles that is filled from their own path, s")
      ->capture_default_str();
  app.add_option("--rebuild", settings.rebuild_limit_s,
                 "longest gap of a marker that is rebuilt from the other markers, s; 0: none")
      ->capture_default_str();
  app.add_option_function<double>(
         "--worst-fill", [options](double value_mm) { options->settings.worst_fill_m = value_mm / 1000; },
         "a marker's gap whose 90 % error bar is wider stays missing, mm")
      ->default_str("30");
  app.add_option("--units", options->units, "of markers (m, cm, mm) and EMG (V, mV, uV) in files that state none. Default: mm,V of CSV files; others are refused")
      ->type_name("UNIT,UNIT");
  add_aliases_option(app, settings.reading.aliases);
  app.add_option("--joined-rate", settings.joined_hz, "nominal rate of *_Synchronized*.csv files, Hz")
      ->capture_default_str();
  app.add_option("--up", options->up, "the axis that points up: x, y, z; auto: as the file says, else from the markers")
      ->check(CLI::IsMember({"auto", "x", "y", "z"}))
      ->capture_default_str();
  app.add_option("--subject", options->layout.subject, "name of the subject, instead of the folder's or file's");
  app.add_option("--activity", options->layout.activity, "name of the activity, instead of the folder's or file's");
  app.add_option("--layout", options->layout.pattern,
                 "how paths name trials, e.g. {subject}/{activity}/{trial} or {subject}_{activity}_{trial}");
  app.add_option("--emg-low", settings.envelope.band_low_hz, "lower edge of the EMG band, Hz")->capture_default_str();
  app.add_option("--emg-high", settings.envelope.band_high_hz, "upper edge of the EMG band, Hz")->capture_default_str();
  app.add_option("--emg-smooth", options->smooth_hz, "low-pass of the envelopes linear and tkeo, Hz")->default_str(base::to_text(settings.envelope.smooth_hz));
  app.add_option("--emg-envelope", options->envelope,
                 "linear: rectified and low-passed; rms: root mean square over --emg-rms; tkeo: root of the\n"
                 "Teager-Kaiser energy, low-passed; likelihood: spectrum made even, the likeliest smooth course of its\n"
                 "strength, which smooths each channel as far as it asks and is nearest to the activation in simulated EMG")
      ->check(CLI::IsMember({"linear", "rms", "tkeo", "likelihood"}))
      ->capture_default_str();
  app.add_option("--emg-rms", options->rms_ms, "window of the envelope rms, ms")->default_str("100");
  app.add_flag("--emg-keep-spikes", options->keep_spikes, "do not replace single samples that no muscle makes by straight lines");
  app.add_flag("--emg-no-notch", options->no_notch, "do not notch mains hum where it shows");
  app.add_option("--emg-reference", options->reference,
                 "what 100 % is, one value a muscle and person: peak: the largest of all trials, those of activity MVC\n"
                 "or MVIC included (they give nothing else); mvc: the same, and every muscle of everybody needs one; mean: of\n"
                 "all trials but these")
      ->check(CLI::IsMember({"peak", "mvc", "mean"}))
      ->capture_default_str();
  app.add_option_function<double>(
         "--emg-delay", [options](double delay_ms) { options->settings.emg_delay_s = delay_ms / 1000; },
         "electromechanical delay, ms: envelopes go later by it (30 to 100 is usual)")
      ->default_str("0");
  app.add_flag("--emg-onsets", settings.emg_onsets, "find when each muscle is active: events \"EMG on\", \"EMG off\"");
  app.add_option("--methods", options->methods,
                 "file for a paragraph on what was done, for the methods section of a paper (also in the store)");
  app.add_option("--emg-dead", options->dead_mv,
                 "a steady EMG channel is dead under this standard deviation, mV; without: 1, or 0.002 where the\n"
                 "recording is recognised as EMG at skin level");
  app.add_flag("--static", options->layout.keep_static, "keep static trials, as activity Static");
  app.add_flag("--no-raw-emg", options->no_raw, "do not keep the raw EMG beside the envelopes");
  app.add_flag("--skip-bad", settings.skip_bad, "go on after a trial that cannot be used, and list it");
  app.add_flag("--notes", options->verbose, "tell every note of every trial");
  app.add_flag("--json", options->json, "print the report as JSON");
  app.footer(
      "Keeps trials apart, fills short gaps and marks them, leaves long ones missing, filters EMG at its own rate,\n"
      "brings everything to one rate without aliasing, Y up, in m, rad and V. Joined CSV files of the original are\n"
      "taken as they are. Table: gaps filled + gaps left missing.\n"
      "Recordings of other devices (--device) are aligned as `kinemyo align` does it, and how is told and kept in the store.\n"
      "Markers whose names are exchanged, or that jump, are told and kept in the store as a warning; nothing is mended.\n"
      "Uneven stamps: markers and angles are read between them by pchip, EMG by a cubic spline at its own rate.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5 --methods methods.txt");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
