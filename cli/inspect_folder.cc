#include "cli/inspect_folder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "cli/command.h"
#include "cli/inspect_facts.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/layout.h"
#include "kinemyo/dataset/prepare.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using motion::Quantity;

constexpr std::size_t kProgressFrom = 50;  // files: fewer are done before a bar is read

struct BadChannel {
  std::string name;
  std::string reason;
};

// What is kept of a file: the recording itself is not, so that memory does not grow with the folder.
struct Outcome {
  bool done = false;
  std::string path;
  motion::TrialKey key;
  std::string error;  // empty: it was read
  std::string format;
  double span_s = 0;
  std::vector<std::string> rates;
  std::size_t frames = 0, markers = 0, angles = 0, emg = 0, other = 0, events = 0, notes = 0;
  std::size_t gaps = 0, missing = 0, cells = 0;  // of the leading series
  double longest_gap_s = 0;
  std::vector<BadChannel> bad_emg;
  std::vector<dataset::MarkerFault> marker_faults;
  dataset::NamedLayout layout;  // until all files of a person are read
  Json json;

  double missing_share() const { return cells > 0 ? static_cast<double>(missing) / static_cast<double>(cells) : 0; }
};

std::string rate_text(const motion::Clock& clock) {
  return trimmed(clock.rate_hz(), 2) + (clock.is_uniform() ? "" : "~");
}

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

std::vector<BadChannel> judge(const motion::Series& emg) {
  std::vector<BadChannel> out;
  if (!(emg.clock().rate_hz() > 0)) return out;
  const auto verdicts = dataset::judge_all_emg(emg, {}).channels;
  for (std::size_t c = 0; c < verdicts.size(); ++c) {
    if (!verdicts[c].usable) out.push_back({emg.channels()[c].name, verdicts[c].reason});
  }
  return out;
}

void describe(const motion::Recording& recording, Outcome& out) {
  out.format = recording.format;
  out.span_s = span_of(recording);
  out.events = recording.events.size();
  out.notes = recording.notes.size();
  for (const auto& series : recording.series) {
    add_once(out.rates, rate_text(series.clock()));
    const auto channels = series.channels().size();
    switch (series.quantity()) {
      case Quantity::position: out.markers += channels; break;
      case Quantity::coordinate:
      case Quantity::angle3: out.angles += channels; break;
      case Quantity::emg: {
        out.emg += channels;
        auto bad = judge(series);
        out.bad_emg.insert(out.bad_emg.end(), bad.begin(), bad.end());
        break;
      }
      default: out.other += channels;
    }
  }
  out.marker_faults = dataset::find_marker_faults(recording);
  out.layout = dataset::layout_of(recording);
  if (recording.series.empty()) return;
  const auto* markers = recording.find(Quantity::position);
  const auto& leading = markers != nullptr ? *markers : recording.series.front();
  const auto facts = facts_of(leading);
  out.frames = leading.frames();
  out.gaps = facts.gaps;
  out.missing = facts.missing;
  out.cells = leading.frames() * leading.channels().size();
  if (leading.clock().rate_hz() > 0) out.longest_gap_s = static_cast<double>(facts.longest_gap) / leading.clock().rate_hz();
}

Json bad_json(const Outcome& file) {
  auto out = Json::array();
  for (const auto& [name, reason] : file.bad_emg) out.push_back({{"channel", name}, {"reason", reason}});
  return out;
}

// Libraries that are not ours keep state of their own: their formats are read one at a time.
bool is_read_alone(const fs::path& path) {
  const auto ending = base::lower(path.extension().string());
  const auto& ours = {".c3d", ".trc", ".mot", ".sto", ".csv", ".npy", ".txt", ".tsv"};
  return std::find(ours.begin(), ours.end(), ending) == ours.end();
}

void look_at(const FoundFile& file, const io::ReadOptions& reading, bool json, Outcome& out) {
  static std::mutex alone;
  out.path = file.path.string();
  out.key = dataset::key_of(file.path, file.below);
  try {
    std::optional<std::unique_lock<std::mutex>> hold;
    if (is_read_alone(file.path)) hold.emplace(alone);
    const auto recording = io::read_recording(file.path, reading);
    hold.reset();
    describe(recording, out);
    if (json) {
      out.json = json_of(out.path, recording, out.marker_faults);
      out.json["bad_emg"] = bad_json(out);
    }
  } catch (const Error& problem) {
    out.error = problem.what();
  } catch (const std::bad_alloc&) {
    out.error = out.path + ": there is not enough memory to read it";
  }
  out.done = true;
}

// On all cores; false if it was stopped.
bool look_at_all(const std::vector<FoundFile>& files, const io::ReadOptions& reading, bool json, std::vector<Outcome>& out) {
  handle_interrupts();
  const auto progress = make_progress();
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> stop{false};
  std::mutex telling;
  std::exception_ptr fault;
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size() && !stop; i = next++) {
      try {
        look_at(files[i], reading, json, out[i]);
      } catch (...) {
        const std::lock_guard lock(telling);
        fault = std::current_exception();
        stop = true;
        return;
      }
      const std::size_t so_far = ++done;
      const std::lock_guard lock(telling);
      if (interrupted() || (files.size() >= kProgressFrom && !progress("inspecting", so_far, files.size()))) stop = true;
    }
  };
  std::vector<std::thread> threads;
  const std::size_t cores = std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), files.size());
  for (std::size_t t = 1; t < cores; ++t) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
  if (fault) std::rethrow_exception(fault);
  return !stop || done == files.size();
}

// Files that cannot be read, then bad EMG, then what is missing; else by name.
bool worse(const Outcome* a, const Outcome* b) {
  const auto rank = [](const Outcome* o) {
    return std::tuple(o->error.empty() ? 0 : 1, o->bad_emg.size(), o->marker_faults.size(), o->missing_share(), o->gaps);
  };
  return rank(a) != rank(b) ? rank(a) > rank(b) : a->path < b->path;
}

// Names that are exchanged in a whole trial show beside the person's other trials.
void compare_people(std::vector<Outcome>& files) {
  std::map<std::string, std::vector<Outcome*>> people;
  for (auto& file : files) {
    if (file.done && file.error.empty() && !file.layout.names.empty()) people[file.key.subject].push_back(&file);
  }
  for (auto& [name, mine] : people) {
    std::vector<dataset::NamedLayout> layouts;
    for (auto* file : mine) layouts.push_back(std::move(file->layout));
    const auto found = dataset::compare_trials(layouts);
    for (std::size_t i = 0; i < mine.size(); ++i) {
      for (const auto& fault : found[i]) {
        mine[i]->marker_faults.push_back(fault);
        if (mine[i]->json.is_object()) mine[i]->json["marker_faults"].push_back(to_json(fault));
      }
    }
  }
}

struct Person {
  std::size_t files = 0, broken = 0, gaps = 0, missing = 0, cells = 0, bad_emg = 0, emg = 0;
  double seconds = 0;
  std::set<std::string> trials;
  std::map<std::string, std::set<std::string>> activities;  // to trials
  std::vector<std::string> rates;
};

std::map<std::string, Person> people_of(const std::vector<const Outcome*>& files) {
  std::map<std::string, Person> out;
  for (const auto* file : files) {
    auto& person = out[file->key.subject];
    ++person.files;
    if (!file->error.empty()) {
      ++person.broken;
      continue;
    }
    if (person.trials.insert(file->key.activity + "/" + file->key.trial).second) person.seconds += file->span_s;
    person.activities[file->key.activity].insert(file->key.trial);
    person.gaps += file->gaps;
    person.missing += file->missing;
    person.cells += file->cells;
    person.bad_emg += file->bad_emg.size();
    person.emg += file->emg;
    for (const auto& rate : file->rates) add_once(person.rates, rate);
  }
  return out;
}

std::string number(std::size_t count) { return count == 0 ? "" : std::to_string(count); }

std::string shortened(const std::vector<std::string>& items, std::size_t most, const char* between) {
  auto shown = items;
  if (shown.size() > most) {
    shown.resize(most);
    shown.push_back("+" + std::to_string(items.size() - most));
  }
  return base::join(shown, between);
}

void print_people(const std::map<std::string, Person>& people) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, person] : people) {
    std::vector<std::string> activities;
    for (const auto& [activity, trials] : person.activities) {
      activities.push_back(activity + (trials.size() > 1 ? " x" + std::to_string(trials.size()) : ""));
    }
    rows.push_back({name, std::to_string(person.files), number(person.broken), std::to_string(person.trials.size()),
                    trimmed(person.seconds, 1), shortened(person.rates, 4, "/"), share(person.missing, person.cells),
                    number(person.gaps), number(person.emg), number(person.bad_emg), shortened(activities, 6, ", ")});
  }
  print_table({"person", "files", "unread", "trials", "s", "Hz", "missing", "gaps", "EMG", "bad EMG", "activities"}, rows);
}

void print_all(const std::vector<const Outcome*>& files) {
  print_people(people_of(files));
  std::vector<std::vector<std::string>> bad, labels, read, broken;
  for (const auto* file : files) {
    if (!file->error.empty()) {
      broken.push_back({file->error});
      continue;
    }
    for (const auto& [name, reason] : file->bad_emg) bad.push_back({file->path, name, reason});
    for (const auto& fault : file->marker_faults) labels.push_back({file->path, describe(fault)});
    read.push_back({file->path, file->format, trimmed(file->span_s, 2), base::join(file->rates, "/"), std::to_string(file->frames),
                    number(file->markers), number(file->angles), number(file->emg), number(file->bad_emg.size()),
                    number(file->other), share(file->missing, file->cells), number(file->gaps),
                    file->gaps > 0 ? trimmed(file->longest_gap_s, 3) : "", number(file->events), number(file->notes)});
  }
  if (!broken.empty()) {
    std::printf("\ncannot be read:\n");
    for (const auto& row : broken) std::printf("  %s\n", row[0].c_str());
  }
  if (!bad.empty()) {
    std::printf("\n");
    print_table({"bad EMG in", "channel", "reason"}, bad);
  }
  if (!labels.empty()) {
    std::printf("\n");
    print_table({"markers in", "what is wrong"}, labels);
  }
  if (!read.empty()) {
    std::printf("\n");
    print_table({"file", "format", "s", "Hz", "frames", "markers", "angles", "EMG", "bad EMG", "other", "missing", "gaps",
                 "longest s", "events", "notes"},
                read);
  }
}

void print_json(const std::vector<const Outcome*>& files) {
  Json out;
  out["people"] = Json::array();
  for (const auto& [name, person] : people_of(files)) {
    Json activities;
    for (const auto& [activity, trials] : person.activities) activities[activity] = trials;
    out["people"].push_back({{"person", name},
                             {"files", person.files},
                             {"unread", person.broken},
                             {"trials", person.trials.size()},
                             {"seconds", person.seconds},
                             {"rates_hz", person.rates},
                             {"missing_share", person.cells > 0 ? static_cast<double>(person.missing) / static_cast<double>(person.cells) : 0.0},
                             {"gaps", person.gaps},
                             {"emg", person.emg},
                             {"bad_emg", person.bad_emg},
                             {"activities", std::move(activities)}});
  }
  out["files"] = Json::array();
  for (const auto* file : files) {
    Json one{{"path", file->path},
             {"person", file->key.subject},
             {"activity", file->key.activity},
             {"trial", file->key.trial}};
    if (file->error.empty()) {
      one.update(file->json);
    } else {
      one["error"] = file->error;
    }
    out["files"].push_back(std::move(one));
  }
  std::printf("%s\n", out.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace

void inspect_many(const std::vector<FoundFile>& files, const io::ReadOptions& reading, bool json,
                  std::vector<std::string> problems) {
  std::vector<Outcome> outcomes(files.size());
  const bool whole = look_at_all(files, reading, json, outcomes);
  compare_people(outcomes);
  std::vector<const Outcome*> order;
  std::size_t unread = problems.size();
  for (const auto& outcome : outcomes) {
    if (!outcome.done) continue;
    order.push_back(&outcome);
    if (!outcome.error.empty()) ++unread;
  }
  std::sort(order.begin(), order.end(), worse);
  if (json) {
    print_json(order);
  } else {
    print_all(order);
  }
  std::fflush(stdout);
  for (const auto& problem : problems) say("kinemyo: " + problem);
  if (!whole) throw Error("stopped after " + std::to_string(order.size()) + " of " + std::to_string(files.size()) + " files");
  if (unread > 0) {
    throw Error(std::to_string(unread) + " of " + std::to_string(std::max(files.size(), unread)) + " could not be read");
  }
}

}  // namespace kinemyo::cli
