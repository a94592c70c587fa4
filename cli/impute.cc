#include <memory>

#include "cli/commands.h"
#include "cli/original_steps.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/original.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path source;
  fs::path out;
  bool json = false;
};

void impute(const Options& options) {
  handle_interrupts();
  const auto files = step_inputs(options.source, "_Synchronized.csv");
  say("The original's step, number for number. What it gets wrong: gaps of any length are filled, "
      "from neighbours "
      "that were filled themselves and across the edges of trials; wholly empty columns become 0; "
      "nothing marks what "
      "was invented. `kinemyo prepare` fills short gaps only, inside trials, and keeps a mask.");
  fs::create_directories(options.out);
  std::vector<StepRow> rows;
  const auto progress = make_progress();
  for (const auto& path : files) {
    auto table = io::read_csv(path);
    if (interrupted()) break;  // a large file takes a while
    const auto done = dataset::impute_original(table);
    if (interrupted()) break;
    const std::string name = path.stem().string() + "_imputed.csv";
    if (!done.empty_columns.empty())
      warn(name + ": empty, now 0: " + base::join(done.empty_columns));
    if (!done.text_columns.empty())
      warn(name + ": holds text, left as it is: " + base::join(done.text_columns));
    io::write_csv(table, options.out / name);
    rows.push_back({.file = name,
                    .rows = table.rows(),
                    .columns = table.columns.size(),
                    .notes = {{"filled", std::to_string(done.filled)},
                              {"of them 0", std::to_string(done.zeros)},
                              {"longest gap (rows)", std::to_string(done.longest_gap)}}});
    if (!progress("impute", rows.size(), files.size())) break;
  }
  finish_step(rows, files.size(), options.json);
}

}  // namespace

void add_impute(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("source", options->source,
                 "folder with *_Synchronized.csv, as `sync` makes them, or one CSV")
      ->required();
  app.add_option("--out", options->out, "folder for *_imputed.csv")->required();
  app.add_flag("--json", options->json, "the table on stdout as JSON");
  app.footer(
      "A missing number becomes the mean of rows i-5 to i+4, 0 if all are missing.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo sync people/raw/S1 --out original/synchronized\n"
      "  kinemyo impute original/synchronized --out original/imputed");
  app.callback([options] { impute(*options); });
}

}  // namespace kinemyo::cli
