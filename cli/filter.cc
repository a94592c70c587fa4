#include <algorithm>
#include <memory>
#include <numeric>

#include "cli/commands.h"
#include "cli/original_steps.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/dataset/original.h"
#include "kinemyo/report/svg_plot.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path source;
  fs::path out;
  fs::path plots;
  std::string muscle = "Hamstrings Lateral";
  std::string unit = "V";
  bool json = false;
};

report::Figure plot(const std::string& title, const std::string& muscle, std::vector<double> raw,
                    std::vector<double> envelope, double to_mv) {
  for (double& v : raw) v *= to_mv;
  for (double& v : envelope) v *= to_mv;
  std::vector<double> row(raw.size());
  std::iota(row.begin(), row.end(), 0.0);
  const std::string x_label = "Row (the original's filter takes rows to be 1 ms apart)";
  report::Panel both{.title = muscle, .y_label = "EMG (mV)"};
  both.lines.push_back(
      {.name = "raw", .x = row, .y = std::move(raw), .color = "#7fa6c9", .width_px = 1});
  both.lines.push_back(
      {.name = "envelope", .x = row, .y = envelope, .color = "#d55e00", .width_px = 2});
  report::Panel alone{.title = "Envelope alone", .x_label = x_label, .y_label = "Envelope (mV)"};
  alone.lines.push_back({.x = row, .y = std::move(envelope), .color = "#d55e00", .width_px = 1.75});
  for (auto* panel : {&both, &alone}) {
    panel->x_min = 0;
    panel->x_max = static_cast<double>(row.size() - 1);
  }
  return {.title = title, .panels = {both, alone}, .panel_width_px = 820, .panel_height_px = 230};
}

void filter(Options options) {
  handle_interrupts();
  const auto& muscles = body::original_muscles();
  if (std::find(muscles.begin(), muscles.end(), options.muscle) == muscles.end()) {
    const auto near = base::nearest(options.muscle, muscles);
    throw UsageError(
        "--muscle " + base::quoted(options.muscle) + " is none of the 16 channels" +
        (near ? "; the nearest is " + base::quoted(*near) : ": " + base::join(muscles)));
  }
  const double to_mv = options.unit == "V" ? 1e3 : options.unit == "mV" ? 1 : 1e-3;
  const auto files = step_inputs(options.source, "_imputed.csv");
  say("The original's step, number for number. What it gets wrong: the rate is taken as 1000 Hz "
      "whatever it is (rows "
      "of synchronised files are about 33 ms apart); the filters run across the edges of trials; "
      "the moving average "
      "counts what lies outside as 0 and bends both ends down. `kinemyo prepare` filters each "
      "trial at its own rate.");
  if (options.plots.empty()) options.plots = options.out / "plots";
  fs::create_directories(options.out);
  fs::create_directories(options.plots);
  std::vector<StepRow> rows;
  const auto progress = make_progress();
  std::size_t done = 0;
  for (const auto& path : files) {
    auto table = io::read_csv(path);
    if (interrupted()) break;  // a large file takes a while
    const std::string name = path.stem().string() + "_filtered.csv";
    StepRow row{.file = name, .rows = table.rows(), .columns = table.columns.size()};
    row.skipped = dataset::reason_to_skip(table);
    if (row.skipped.empty()) {
      const auto raw = table.numbers(options.muscle);
      dataset::filter_original(table);
      if (interrupted()) break;
      io::write_csv(table, options.out / name);
      const std::string drawing = path.stem().string() + ".svg";
      base::write_file(options.plots / drawing,
                       report::format_svg(plot(path.stem().string(), options.muscle, raw,
                                               table.numbers(options.muscle), to_mv)));
      row.notes.push_back({"plot", (options.plots / drawing).string()});
    } else {
      warn("skipped " + path.filename().string() + ": " + row.skipped);
    }
    rows.push_back(std::move(row));
    if (!progress("filter", ++done, files.size())) break;
  }
  finish_step(rows, files.size(), options.json);
}

}  // namespace

void add_filter(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("source", options->source,
                 "folder with *_imputed.csv, as `impute` makes them, or one CSV")
      ->required();
  app.add_option("--out", options->out,
                 "folder for *_filtered.csv: the 16 EMG columns become envelopes")
      ->required();
  app.add_option("--muscle", options->muscle, "the channel that is plotted, raw against envelope")
      ->capture_default_str();
  app.add_option("--plots", options->plots,
                 "folder for the plots, one SVG a file [default: plots in --out]");
  app.add_option("--units", options->unit,
                 "what the EMG columns are in; files do not say. Only the plots' axis follows it")
      ->check(CLI::IsMember({"V", "mV", "uV"}))
      ->capture_default_str();
  app.add_flag("--json", options->json, "the table on stdout as JSON");
  app.footer(
      "Butterworth 20-450 Hz (order 4, forward-backward), absolute value, Butterworth 10 Hz (order "
      "4),\n"
      "moving average of 40 samples, the rate taken as 1000 Hz.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo sync people/raw/S1 --out original/synchronized\n"
      "  kinemyo impute original/synchronized --out original/imputed\n"
      "  kinemyo filter original/imputed --out original/filtered --muscle \"Vastus Medialis\"");
  app.callback([options] { filter(*options); });
}

}  // namespace kinemyo::cli
