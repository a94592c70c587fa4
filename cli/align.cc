// kinemyo align: recordings of one trial from several devices onto one clock.

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/alignment.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/align.h"
#include "kinemyo/io/any.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path reference;
  std::vector<fs::path> others;
  dataset::AlignSettings settings;
  io::ReadOptions read;
  fs::path out;
  bool json = false;
};

void run(Options& options) {
  if (!options.out.empty() && !io::has_written_extension(options.out)) {
    throw UsageError("align: no format is written under the extension " + base::quoted(options.out.extension().string()));
  }
  const auto reference = io::read_recording(options.reference, options.read);
  std::vector<motion::Recording> moved;
  std::vector<std::vector<std::string>> rows;
  auto document = nlohmann::ordered_json::array();
  for (const auto& path : options.others) {
    auto other = io::read_recording(path, options.read);
    dataset::Aligned found;
    try {
      found = align_recordings(reference, other, options.settings);
    } catch (const Error& problem) {
      throw Error(path.string() + " onto " + options.reference.string() + ": " + problem.what());
    }
    rows.push_back(alignment_cells(found));
    rows.back().insert(rows.back().begin(), path.filename().string());
    document.push_back(to_json(path.string(), found));
    moved.push_back(dataset::on_reference_clock(std::move(other), found.clock));
  }
  if (options.json) {
    std::printf("%s\n", document.dump(2).c_str());
  } else {
    auto header = alignment_header();
    header.insert(header.begin(), "onto " + options.reference.filename().string());
    print_table(header, rows);
  }
  if (options.out.empty()) return;
  std::vector<std::string> notes;
  const auto merged = dataset::merge_aligned(reference, moved, notes);
  for (const auto& note : notes) say(note);
  for (const auto& note : io::write_recording(merged, options.out)) say(note);
  say("written: " + options.out.string());
}

}  // namespace

void add_align(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto& settings = options->settings;
  app.add_option("REFERENCE", options->reference, "the recording whose clock counts")->required();
  app.add_option("OTHER", options->others, "recordings of the same trial from other devices")->required();
  add_alignment(app, settings, "--by", "--");
  app.add_option("--units", options->read.position_unit, "of positions in CSV: mm, cm or m; default mm, of video keypoints m")
      ->check(CLI::IsMember({"mm", "cm", "m"}));
  app.add_option("--emg-units", options->read.emg_unit, "of EMG in CSV: V, mV or uV; default V")
      ->check(CLI::IsMember({"V", "mV", "uV"}));
  add_aliases_option(app, options->read.aliases);
  app.add_option("--out", options->out, "write all on REFERENCE's clock into one file; what its format does not hold is said");
  app.add_flag("--json", options->json, "print the result as JSON");
  app.footer(
      "time on REFERENCE = time on OTHER + lag, at OTHER's start; + drift from there on (1 ppm is 0.6 ms in ten\n"
      "minutes). Drift is measured where 10 s of stamps or events, or about a minute of activity, overlap.\n"
      "What does not surely belong together is refused (exit 1), with what to do.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 1 --trials 1 --seconds 4\n"
      "  kinemyo convert people/c3d/S1/NormalSquat/1.c3d markers.trc\n"
      "  kinemyo align people/c3d/S1/NormalSquat/1.c3d markers.trc");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
