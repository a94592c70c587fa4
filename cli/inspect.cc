#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/inspect_facts.h"
#include "cli/inspect_folder.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/keypoints_json.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> files;
  std::string units;
  std::string emg_units;
  double rate_hz = 0;
  std::string part;
  std::map<std::string, std::string> aliases;
  bool channels = false;
  bool details = false;
  bool json = false;
};

// Files are shown in full up to this number; of more there are tables.
constexpr std::size_t kFullFiles = 3;

// What people read: mm, degrees, mV.
struct Shown {
  std::string unit;
  double factor;
};

Shown shown_as(const motion::Channel& channel, motion::Quantity quantity) {
  if (channel.unit == "rad") return {"deg", 180 / std::numbers::pi};
  if (channel.unit == "m") return {"mm", 1000};
  if (channel.unit == "V" && quantity == motion::Quantity::emg) return {"mV", 1000};
  return {channel.unit.empty() ? "unit not stated" : channel.unit, 1};
}

std::string units_of(const motion::Series& series) {
  std::set<std::string> seen;
  std::vector<std::string> units;
  for (const auto& channel : series.channels()) {
    const std::string unit = shown_as(channel, series.quantity()).unit;
    if (seen.insert(unit).second) units.push_back(unit);
  }
  if (units.size() > 3) units = {units[0], units[1], std::to_string(units.size() - 2) + " more"};
  return base::join(units);
}

std::string rate_of(const motion::Clock& clock) {
  if (clock.rate_hz() <= 0) return "-";
  return trimmed(clock.rate_hz(), 3) + " Hz" + (clock.is_uniform() ? "" : ", uneven");
}

std::string longest_gap(std::size_t frames, const motion::Clock& clock) {
  if (frames == 0) return "-";
  const std::string count = std::to_string(frames) + (frames == 1 ? " frame" : " frames");
  return clock.rate_hz() > 0 ? count + ", " + trimmed(static_cast<double>(frames) / clock.rate_hz(), 3) + " s" : count;
}

void print_most_missing(const motion::Series& series, const SeriesFacts& facts) {
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < facts.channels.size(); ++c) {
    if (facts.channels[c].missing > 0) order.push_back(c);
  }
  if (order.empty() || series.channels().size() == 1) return;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return facts.channels[a].missing > facts.channels[b].missing;
  });
  std::string line;
  for (std::size_t i = 0; i < order.size() && i < 6; ++i) {
    line += (i == 0 ? "" : ", ") + series.channels()[order[i]].name + " " +
            share(facts.channels[order[i]].missing, series.frames());
  }
  if (order.size() > 6) line += ", " + std::to_string(order.size() - 6) + " more";
  std::printf("missing in %s: %s\n", std::string(motion::to_string(series.quantity())).c_str(), line.c_str());
}

void print_names(const motion::Series& series) {
  constexpr std::size_t kWidth = 100;
  std::string line = std::string(motion::to_string(series.quantity())) + ":";
  for (std::size_t c = 0; c < series.channels().size(); ++c) {
    const std::string item = " " + series.channels()[c].name + (c + 1 < series.channels().size() ? "," : "");
    if (line.size() + item.size() > kWidth) {
      std::printf("%s\n", line.c_str());
      line = " ";
    }
    line += item;
  }
  std::printf("%s\n", line.c_str());
}

void print_channels(const motion::Series& series, const SeriesFacts& facts) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t c = 0; c < series.channels().size(); ++c) {
    const auto& channel = facts.channels[c];
    const Shown shown = shown_as(series.channels()[c], series.quantity());
    rows.push_back({series.channels()[c].name, shown.unit, trimmed(channel.low * shown.factor, 4),
                    trimmed(channel.high * shown.factor, 4), share(channel.missing, series.frames()),
                    std::to_string(channel.gaps), longest_gap(channel.longest_gap, series.clock())});
  }
  std::printf("\n");
  print_table({std::string(motion::to_string(series.quantity())), "unit", "least", "most", "missing", "gaps", "longest gap"},
              rows);
}

void print_events(const std::vector<motion::Event>& events) {
  if (events.empty()) return;
  std::string line;
  for (std::size_t i = 0; i < events.size() && i < 8; ++i) {
    line += (i == 0 ? "" : ", ") + (events[i].context.empty() ? "" : events[i].context + " ") + events[i].label + " " +
            trimmed(events[i].time_s, 3) + " s";
  }
  if (events.size() > 8) line += ", " + std::to_string(events.size() - 8) + " more";
  std::printf("events: %s\n", line.c_str());
}

void print_recording(const std::string& path, const motion::Recording& recording, bool channels) {
  std::printf("%s\n%s, %s s, %s\n\n", path.c_str(), recording.format.c_str(), trimmed(span_of(recording), 3).c_str(),
              std::string(motion::to_string(recording.up)).c_str());
  std::vector<std::vector<std::string>> rows;
  std::vector<SeriesFacts> facts;
  for (const auto& series : recording.series) {
    facts.push_back(facts_of(series));
    rows.push_back({std::string(motion::to_string(series.quantity())), std::to_string(series.channels().size()),
                    units_of(series), rate_of(series.clock()), std::to_string(series.frames()),
                    trimmed(series.clock().start_s(), 3), trimmed(series.clock().start_s() + series.clock().span_s(), 3),
                    share(facts.back().missing, series.frames() * series.channels().size()),
                    std::to_string(facts.back().gaps), longest_gap(facts.back().longest_gap, series.clock())});
  }
  print_table({"quantity", "channels", "unit", "rate", "frames", "from s", "to s", "missing", "gaps", "longest gap"}, rows);
  std::printf("\n");
  for (std::size_t s = 0; s < recording.series.size(); ++s) {
    if (channels) print_channels(recording.series[s], facts[s]);
    else print_names(recording.series[s]);
  }
  if (channels) std::printf("\n");
  for (std::size_t s = 0; s < recording.series.size() && !channels; ++s) print_most_missing(recording.series[s], facts[s]);
  print_events(recording.events);
  for (const auto& jump : jumps_of(recording)) {
    std::printf("finding: %s jumps by %s degrees in one frame, at %s s\n", jump.coordinate.c_str(), fixed(jump.change * 180 / std::numbers::pi, 0).c_str(), fixed(jump.time_s, 2).c_str());
  }
  if (!recording.measures.empty()) {
    std::vector<std::string> items;
    for (const auto& [name, value] : recording.measures) items.push_back(name + " " + trimmed(value, 4));
    std::printf("measures (m, kg): %s\n", base::join(items).c_str());
  }
  for (const auto& fault : dataset::find_marker_faults(recording)) std::printf("markers: %s\n", describe(fault).c_str());
  for (const auto& note : recording.notes) std::printf("note: %s\n", note.c_str());
}

// Files as given; below folders, those whose extension is known, sorted.
std::vector<FoundFile> files_of(const std::vector<std::string>& arguments, std::vector<std::string>& problems) {
  std::vector<FoundFile> out;
  for (const auto& argument : arguments) {
    if (!fs::is_directory(argument) || io::is_openpose_folder(argument)) {
      out.push_back({argument, argument});
      continue;
    }
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(argument)) {
      if (entry.is_directory() ? io::is_openpose_folder(entry.path()) : entry.is_regular_file() && io::has_known_extension(entry.path())) found.push_back(entry.path());
    }
    if (found.empty()) problems.push_back(argument + ": the folder holds no file of a known format");
    std::sort(found.begin(), found.end());
    for (auto& path : found) out.push_back({std::move(path), argument});
  }
  return out;
}

void inspect(const Options& options) {
  io::ReadOptions reading;
  reading.position_unit = options.units;
  reading.emg_unit = options.emg_units;
  reading.rate_hz = options.rate_hz;
  reading.part = options.part;
  reading.aliases = options.aliases;
  reading.angles = body::original_angles();
  reading.muscles = body::original_muscles();
  std::vector<std::string> problems;
  const auto files = files_of(options.files, problems);
  const bool full = files.size() <= kFullFiles || (!options.json && (options.details || options.channels));
  if (!full) return inspect_many(files, reading, options.json, std::move(problems));
  handle_interrupts();
  Json json{{"files", Json::array()}};
  std::size_t shown = 0;
  for (const auto& [file, below] : files) {
    if (interrupted()) throw Error("stopped after " + std::to_string(shown) + " of " + std::to_string(files.size()) + " files");
    try {
      const motion::Recording recording = io::read_recording(file, reading);
      if (options.json) {
        json["files"].push_back(json_of(file.string(), recording, dataset::find_marker_faults(recording)));
      } else {
        if (shown++ > 0) std::printf("\n\n");
        print_recording(file.string(), recording, options.channels);
      }
    } catch (const Error& problem) {
      problems.emplace_back(problem.what());
      if (options.json) json["files"].push_back({{"path", file.string()}, {"error", problem.what()}});
    }
  }
  if (options.json) std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  std::fflush(stdout);
  if (problems.empty()) return;
  for (const auto& problem : problems) say("kinemyo: " + problem);
  throw Error(std::to_string(problems.size()) + " of " + std::to_string(std::max(files.size(), problems.size())) +
              " could not be read");
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->files, "recordings, and folders of them (searched to the bottom)")->required();
  app.add_flag("--channels", options->channels, "a line for every channel: range, missing, gaps");
  app.add_flag("--long", options->details, "every file in full, also where there are more than three");
  app.add_option("--units", options->units, "of positions in CSV: mm, cm or m; default mm, of video keypoints m")
      ->check(CLI::IsMember({"mm", "cm", "m"}));
  app.add_option("--emg-units", options->emg_units, "of EMG in CSV: V, mV or uV; default V")
      ->check(CLI::IsMember({"V", "mV", "uV"}));
  app.add_option("--rate", options->rate_hz, "Hz, of files without time; default 30 for video keypoints, 1 for npy")
      ->check(CLI::PositiveNumber);
  app.add_option("--part", options->part, "of MATLAB and HDF5 files: the only variable to read, e.g. trials(2)");
  add_aliases_option(app, options->aliases);
  app.add_flag("--json", options->json, "one JSON document, in SI units");
  std::string known;
  for (const auto& format : io::formats()) {
    known += "\n  " + base::join(format.extensions, " ") + "  " + format.holds;
  }
  app.footer("Formats:" + known +
             "\n\nPositions are shown in mm, angles in degrees, EMG in mV, times in s.\n"
             "Of more than three files there are tables, the worst first: people, files that cannot be read and why, EMG channels\n"
             "that cannot be used and why, markers whose names are exchanged or that jump (within a trial, or throughout it\n"
             "beside the person's other trials), and a line for every file. The exit is 1 if one cannot be read.\n\n"
             "Example:\n"
             "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
             "  kinemyo inspect people/c3d/S1\n"
             "  kinemyo inspect people/c3d/S1 --json");
  app.callback([options] { inspect(*options); });
}

}  // namespace kinemyo::cli
