#include "cli/prepare_notes.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "kinemyo/base/text.h"

namespace kinemyo::cli {

namespace {

using Trials = std::vector<const dataset::TrialReport*>;

// Of a person's trials: what it is that channels have -> channel -> in how many trials.
using Counts = std::map<std::string, std::map<std::string, std::size_t>>;

std::string describe(const Counts& counts, std::size_t trials) {
  std::vector<std::string> kinds;
  for (const auto& [kind, channels] : counts) {
    std::vector<std::string> names;
    for (const auto& [channel, count] : channels)
      names.push_back(count == trials ? channel : channel + " (" + std::to_string(count) + " of " + std::to_string(trials) + ")");
    kinds.push_back(kind + ": " + base::join(names));
  }
  return base::join(kinds, "; ");
}

// A reason's first words: "dead: strength ..." is "dead".
std::string kind_of(const std::string& reason) { return reason.substr(0, reason.find(':')); }

void say_emg_by_person(const Trials& all) {
  std::map<std::string, Trials> people;
  for (const auto* trial : all) people[trial->key.subject].push_back(trial);
  bool told = false;
  for (const auto& [person, trials] : people) {
    Counts left_out, remarked;
    for (const auto* trial : trials) {
      for (const auto& [channel, reason] : trial->emg_excluded) ++left_out[kind_of(reason)][channel];
      for (const auto& [channel, remarks] : trial->emg_remarks)
        for (const auto& remark : remarks) ++remarked[remark.kind][channel];
    }
    if (!left_out.empty()) say(person + ": EMG left out, " + describe(left_out, trials.size()));
    if (!remarked.empty()) say(person + ": EMG used, " + describe(remarked, trials.size()));
    told = told || !left_out.empty() || !remarked.empty();
  }
  if (told) say("--notes tells EMG channel by channel, with figures");
}

void say_emg(const dataset::TrialReport& trial) {
  for (const auto& [channel, reason] : trial.emg_excluded) say(to_string(trial.key) + ": EMG " + channel + " left out: " + reason);
  for (const auto& [channel, remarks] : trial.emg_remarks) {
    std::vector<std::string> texts;
    for (const auto& remark : remarks) texts.push_back(remark.text);
    say(to_string(trial.key) + ": EMG " + channel + ": " + base::join(texts, "; "));
  }
}

void say_marker_faults(const dataset::TrialReport& trial, std::size_t most) {
  const auto count = trial.marker_faults.size(), shown = std::min(most, count);
  for (std::size_t i = 0; i < shown; ++i) warn(to_string(trial.key) + ": " + dataset::describe(trial.marker_faults[i]) + "; not mended");
  if (shown < count) warn(to_string(trial.key) + ": " + std::to_string(count - shown) + " more faults of markers; --notes tells all");
}

// What is the same in many trials, once; of a single trial, what is not as usual.
void say_common_notes(const Trials& all) {
  std::map<std::string, Trials> by_note;
  std::vector<std::string> order;
  for (const auto* trial : all) {
    for (const auto& note : trial->notes) {
      auto& trials = by_note[note];
      if (trials.empty()) order.push_back(note);
      trials.push_back(trial);
    }
  }
  for (const auto& note : order) {
    const auto& trials = by_note[note];
    if (trials.size() > 1) {
      say(std::to_string(trials.size()) + " trials: " + note);
    } else if (!note.starts_with("from ") && !note.starts_with("timeline:")) {
      say(to_string(trials.front()->key) + ": " + note);
    }
  }
}

Trials trials_of(const dataset::PrepareReport& report) {
  Trials out;
  for (const auto* trials : {&report.mvc_trials, &report.trials})
    for (const auto& trial : *trials) out.push_back(&trial);
  return out;
}

void say_rest(const dataset::PrepareReport& report) {
  for (const auto& note : report.notes) warn(note);
  for (const auto& [file, reason] : report.bad) warn("skipped: " + reason);
}

}  // namespace

void say_notes_in_short(const dataset::PrepareReport& report) {
  constexpr std::size_t kShownFaults = 6;
  const auto all = trials_of(report);
  for (const auto* trial : all) say_marker_faults(*trial, kShownFaults);
  say_emg_by_person(all);
  say_common_notes(all);
  say_rest(report);
}

void say_every_note(const dataset::PrepareReport& report) {
  for (const auto* trial : trials_of(report)) {
    say_emg(*trial);
    say_marker_faults(*trial, trial->marker_faults.size());
    for (const auto& note : trial->notes) say(to_string(trial->key) + ": " + note);
  }
  say_rest(report);
}

}  // namespace kinemyo::cli
