// kinemyo convert: from any format to any that can hold the content.

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/c3d.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> outs;
  io::ReadOptions read;
  std::string processor = "intel";
  bool integer = false;
  bool force = false;
};

bool is_c3d(const fs::path& path) { return base::lower(path.extension().string()) == ".c3d"; }

// Without --out the first file is read and the others are written.
void sort_files(Options& options) {
  if (!options.outs.empty()) return;
  if (options.files.size() < 2) throw UsageError("convert: name a file to write behind the one to read, or --out FILE");
  options.outs.assign(options.files.begin() + 1, options.files.end());
  options.files.resize(1);
  if (options.outs.size() < 2 || options.force) return;
  for (const auto& out : options.outs) {
    // Who forgets --out while joining files must not lose one.
    if (fs::exists(out)) {
      throw UsageError("convert: " + out + " exists, and would be written. To join files, name the result after --out; " +
                       "to overwrite it, give --force");
    }
  }
}

void check_outs(const Options& options) {
  for (const auto& out : options.outs) {
    if (!io::has_written_extension(out)) {
      throw UsageError("convert: " + out + ": no format is written under the extension " +
                       base::quoted(fs::path(out).extension().string()));
    }
    for (const auto& in : options.files) {
      std::error_code ignored;
      if (fs::equivalent(in, out, ignored)) throw UsageError("convert: " + out + " is to be read and written");
    }
  }
}

// Ctrl-C ends the work between files: each is written whole or not at all.
class Steps {
 public:
  explicit Steps(std::size_t total) : total_(total), progress_(make_progress()) {}
  void done(const char* doing) {
    ++done_;
    const bool go_on = total_ <= 2 ? !interrupted() : progress_(doing, done_, total_);
    if (!go_on && done_ < total_) throw Error("stopped after " + std::to_string(done_) + " of " + std::to_string(total_) + " files; what is written is whole");
  }

 private:
  std::size_t total_, done_ = 0;
  base::Progress progress_;
};

motion::Recording read_all(const Options& options, Steps& steps) {
  motion::Recording all;
  for (const auto& file : options.files) {
    auto one = io::read_recording(file, options.read);
    for (const auto& note : one.notes) say(file + ": " + note);
    std::move(one.series.begin(), one.series.end(), std::back_inserter(all.series));
    for (auto& event : one.events) {
      if (std::find(all.events.begin(), all.events.end(), event) == all.events.end()) all.events.push_back(event);
    }
    all.measures.merge(one.measures);
    if (all.up == motion::UpAxis::unknown) all.up = one.up;
    all.source += (all.source.empty() ? "" : ", ") + one.source;
    all.format += (all.format.empty() ? "" : ", ") + one.format;
    steps.done("convert");
  }
  return all;
}

std::string describe(const motion::Series& series) {
  return std::to_string(series.channels().size()) + " channels of " +
         std::string(motion::to_string(series.quantity())) + " at " + base::to_text(series.clock().rate_hz()) + " Hz";
}

// What goes into one of several outputs: that for which its format has a place.
motion::Recording part_for(const motion::Recording& all, const fs::path& out) {
  motion::Recording part;
  part.source = all.source;
  part.format = all.format;
  part.up = all.up;
  for (const auto& series : all.series) {
    if (io::holds(out, series.quantity())) part.series.push_back(series);
  }
  if (is_c3d(out)) {
    part.events = all.events;
    part.measures = all.measures;
  }
  return part;
}

std::vector<std::string> write_one(const motion::Recording& recording, const fs::path& out, const Options& options) {
  if (!is_c3d(out)) return io::write_recording(recording, out);
  const auto processor = options.processor == "dec"    ? io::C3dProcessor::dec
                         : options.processor == "mips" ? io::C3dProcessor::mips
                                                       : io::C3dProcessor::intel;
  const auto storage = options.integer ? io::C3dStorage::integer : io::C3dStorage::real;
  return io::write_c3d(recording, out, {processor, storage});
}

// What none of several outputs could take.
void say_what_is_nowhere(const motion::Recording& all, const std::vector<std::string>& outs) {
  const auto left_out = [](const std::string& what) { say("left out, since none of the files has a place for it: " + what); };
  for (const auto& series : all.series) {
    const bool held = std::any_of(outs.begin(), outs.end(),
                                  [&](const auto& out) { return io::holds(out, series.quantity()); });
    if (!held) left_out(describe(series));
  }
  if (std::any_of(outs.begin(), outs.end(), is_c3d)) return;
  if (!all.events.empty()) left_out(std::to_string(all.events.size()) + " events");
  if (!all.measures.empty()) left_out(std::to_string(all.measures.size()) + " tape measures");
}

void run(Options options) {
  handle_interrupts();
  sort_files(options);
  check_outs(options);
  Steps steps(options.files.size() + options.outs.size());
  const auto all = read_all(options, steps);
  const bool several = options.outs.size() > 1;
  for (const auto& out : options.outs) {
    const auto notes = write_one(several ? part_for(all, out) : all, out, options);
    if (!notes.empty()) say(out + " leaves out or changes:");
    for (const auto& note : notes) say("  " + note);
    steps.done("convert");
  }
  if (several) say_what_is_nowhere(all, options.outs);
}

std::string format_list() {
  std::string out;
  for (const auto& format : io::formats()) {
    out += "  " + base::join(format.extensions, " ") + "  " + format.holds + (format.written ? "" : " (read only)") + "\n";
  }
  return out;
}

}  // namespace

void add_convert(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("files", options->files, "IN OUT, or IN OUT OUT2 ...; with --out: IN IN2 ..., which are joined")->required();
  app.add_option("-o,--out", options->outs, "files to write, the format by the extension");
  app.add_option("--unit,--units", options->read.position_unit,
                 "unit of positions where a file does not say: m, cm, mm. Default: mm of CSV, m of keypoints; a C3D "
                 "without a unit is refused");
  app.add_option("--emg-units", options->read.emg_unit, "unit of EMG where a file does not say: V, mV, uV. Default: V")
      ->check(CLI::IsMember({"V", "mV", "uV"}));
  app.add_option("--part", options->read.part, "of MATLAB and HDF5 files: the only variable to read, as `inspect` names it, e.g. trials(2)");
  add_aliases_option(app, options->read.aliases);
  app.add_option("--rate", options->read.rate_hz, "frames a second of files without time, Hz. Default: 30 of keypoints, 1 of .npy")
      ->check(CLI::PositiveNumber);
  app.add_option("--processor", options->processor, "byte order and floats of a C3D: intel, dec or mips. Default: intel")
      ->check(CLI::IsMember({"intel", "dec", "mips"}));
  app.add_flag("--integer", options->integer, "16-bit integers in a C3D. Default: floats, which lose nothing");
  app.add_flag("--force", options->force, "overwrite files where several are written without --out");
  app.footer("Formats:\n" + format_list() +
             "\nWhat an output cannot hold is said on stderr. Angles are written in degrees, markers in mm, as the formats\n"
             "want them. Signals at another rate go to a file of their own beside a .sto, which is named.\n\n"
             "Example:\n"
             "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
             "  kinemyo convert people/c3d/S4/NormalSquat/1.c3d squat.trc squat.sto\n"
             "  kinemyo convert squat.trc squat.sto --out squat.c3d");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
