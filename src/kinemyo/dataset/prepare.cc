#include "kinemyo/dataset/prepare.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/methods.h"
#include "kinemyo/dataset/prepare_axes.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/sto.h"

namespace kinemyo::dataset {

namespace {

using motion::UpAxis;

constexpr std::size_t kMostFaults = 100;  // of a trial's markers, in the store

void require_between(double value, double low, double high, const char* what) {
  if (value >= low && value <= high) return;
  throw Error(std::string(what) + " is " + base::to_text(value) + "; it can be " + base::to_text(low) + " to " +
              base::to_text(high));
}

std::string span_text(const motion::Clock& clock) {
  const auto text = [](double time_s) { return base::to_text(std::round(time_s * 1e6) / 1e6); };
  return text(clock.start_s()) + " to " + text(clock.start_s() + clock.span_s()) + " s";
}

void note_overlap(const motion::Clock& markers, const motion::Clock& angles, std::vector<std::string>& notes) {
  if (span_text(markers) == span_text(angles)) return;
  notes.push_back("angles are matched by time: they cover " + span_text(angles) + ", markers " + span_text(markers));
}

motion::Recording read_c3d(const std::filesystem::path& path, const io::ReadOptions& reading) {
  const auto file = io::parse_c3d(path.string(), base::read_file(path));
  auto out = io::to_recording(path.string(), file, {.point_unit = reading.position_unit});
  for (const auto& group : file.groups) {
    for (const auto& parameter : group.parameters) {
      const auto* text = std::get_if<std::string>(&parameter.value);
      if (group.name == "MANUFACTURER" && text != nullptr && text->starts_with("synthetic")) {
        out.notes.emplace_back(kSyntheticNote);
      }
    }
  }
  return out;
}

motion::Recording read_named_files(const TrialFiles& files, const PrepareSettings& settings) {
  switch (files.source) {
    case Source::original_raw: {
      auto out = read_raw_trial(files.main, settings.units);
      if (files.partner) {
        add_frames(out, *files.partner, settings.units);
      } else {
        out.notes.push_back("no frame CSV beside it");
      }
      return out;
    }
    case Source::original_table: return read_joined_table(files.main, settings.units, settings.joined_hz);
    case Source::c3d:
    case Source::trc:
    case Source::recording: break;
  }
  auto reading = settings.reading;
  reading.aliases.clear();  // once, at the end
  auto out = files.source == Source::c3d ? read_c3d(files.main, reading)
                                         : io::read_recording(files.main, reading);
  if (files.partner) {
    auto angles = io::read_sto(*files.partner);
    const auto* markers = out.find(motion::Quantity::position);
    for (auto& series : angles.series) {
      if (series.quantity() != motion::Quantity::coordinate) continue;
      if (markers != nullptr) note_overlap(markers->clock(), series.clock(), out.notes);
      out.series.push_back(std::move(series));
    }
    out.notes.insert(out.notes.end(), angles.notes.begin(), angles.notes.end());
  }
  return out;
}

motion::Recording read_files(const TrialFiles& files, const PrepareSettings& settings) {
  auto out = read_named_files(files, settings);
  if (!settings.reading.aliases.empty()) io::rename_channels(out, settings.reading.aliases);
  return out;
}

// Which axis is up: as the user says, as the file says, as the markers tell, as the subject's other trials tell.
class UpAxes {
 public:
  UpAxes(const std::vector<TrialFiles>& trials, const PrepareSettings& settings)
      : trials_(trials), settings_(settings) {}

  UpAxis of(const TrialFiles& files, const motion::Recording& recording, std::vector<std::string>& notes) {
    const auto* markers = recording.find(motion::Quantity::position);
    if (markers == nullptr) return UpAxis::y;
    auto up = settings_.up;
    std::string how = "as told";
    if (up == UpAxis::unknown) {
      up = recording.up;
      how = "as the file says";
    }
    if (up == UpAxis::unknown) {
      up = recognise_up(*markers);
      how = "recognised from the markers";
      if (up != UpAxis::unknown) told_[files.key.subject] = up;
    }
    if (up == UpAxis::unknown) {
      up = of_other_trials(files.key);
      how = "as in the subject's other trials";
    }
    if (up == UpAxis::unknown) {
      throw Error("which axis is up is not stated, and no trial of " + files.key.subject +
                  " shows a person standing (head, neck or shoulder markers 0.5 m above feet); say it with --up");
    }
    const char* turn = up == UpAxis::z   ? "; turned to Y up: (x, y, z) to (x, z, -y)"
                       : up == UpAxis::x ? "; turned to Y up: (x, y, z) to (-y, x, z)"
                                         : "";
    notes.push_back(std::string(to_string(up)) + " (" + how + ")" + turn);
    return up;
  }

 private:
  UpAxis of_other_trials(const motion::TrialKey& key) {
    if (const auto told = told_.find(key.subject); told != told_.end()) return told->second;
    auto& up = told_[key.subject];
    up = UpAxis::unknown;
    for (const auto& other : trials_) {
      if (other.key.subject != key.subject || other.key == key) continue;
      try {
        const auto recording = read_files(other, settings_);
        const auto* markers = recording.find(motion::Quantity::position);
        if (markers != nullptr) up = recognise_up(*markers);
      } catch (const Error&) {
        continue;  // its own turn comes, with its own message
      }
      if (up != UpAxis::unknown) break;
    }
    return up;
  }

  const std::vector<TrialFiles>& trials_;
  const PrepareSettings& settings_;
  std::map<std::string, UpAxis> told_;  // by subject
};

// Other devices' recordings of the trial, onto its clock. All are compared with what the trial itself holds.
void join_devices(const TrialFiles& files, const PrepareSettings& settings, motion::Recording& recording, TrialReport& report) {
  std::vector<motion::Recording> others;
  for (const auto& path : files.devices) {
    auto other = io::read_recording(path, settings.reading);
    Aligned found;
    try {
      found = align_recordings(recording, other, settings.align);
    } catch (const Error& problem) {
      throw Error(path.string() + " cannot be put onto the clock of " + files.main.filename().string() + ": " + problem.what());
    }
    others.push_back(on_reference_clock(std::move(other), found.clock));
    report.synchronised.push_back({path.filename().string(), std::move(found)});
  }
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto& [file, how] = report.synchronised[i];
    report.notes.push_back(file + " is put onto the clock of " + files.main.filename().string() + ": " + describe(how));
    add_device(recording, std::move(others[i]), report.notes);
  }
}

void begin_report(const TrialFiles& files, TrialReport& report) {
  report.key = files.key;
  report.file = files.main.string();
  report.source = files.source;
  report.notes.push_back("from " + files.main.filename().string() + " (" + std::string(to_string(files.source)) + ")" +
                         (files.partner ? " and " + files.partner->filename().string() : ""));
}

PreparedTrial prepare_files(const TrialFiles& files, const PrepareSettings& settings, UpAxes& axes,
                            TrialReport& report) {
  begin_report(files, report);
  auto recording = read_files(files, settings);
  if (files.source == Source::original_table) {
    const bool filtered = files.main.stem().string().find("filtered") != std::string::npos;
    return keep_recording(files.key, recording, filtered, report);
  }
  join_devices(files, settings, recording, report);
  report.marker_faults = find_marker_faults(recording);
  const auto up = axes.of(files, recording, report.notes);
  return prepare_recording(files.key, std::move(recording), up, settings, report);
}

// A trial of maximal voluntary contraction: only its EMG is looked at.
PreparedTrial prepare_mvc(const TrialFiles& files, const PrepareSettings& settings, TrialReport& report) {
  begin_report(files, report);
  auto recording = read_files(files, settings);
  join_devices(files, settings, recording, report);
  std::erase_if(recording.series, [](const auto& series) { return series.quantity() != motion::Quantity::emg; });
  if (recording.series.empty()) throw Error("a trial of maximal voluntary contraction without EMG");
  return prepare_recording(files.key, std::move(recording), UpAxis::y, settings, report);
}

bool gives_reference(const TrialFiles& files) { return is_mvc(files.key) && files.source != Source::original_table; }

bool has_mvc(const std::map<std::string, EmgUnits>& units, const std::string& subject, const std::string& muscle) {
  const auto of_subject = units.find(subject);
  if (of_subject == units.end()) return false;
  const auto found = of_subject->second.find(muscle);
  return found != of_subject->second.end() && found->second.kind == EmgReference::mvc;
}

const char* kOtherReferences = "; the other references are peak and mean";

// Where mvc is the reference: once all trials of maximal contraction were read, of whom there is none that could be used.
void require_mvc(const std::vector<TrialFiles>& trials, const PrepareReport& report) {
  std::set<std::string> without;
  for (const auto& trial : trials) {
    const bool read = std::any_of(report.mvc_trials.begin(), report.mvc_trials.end(),
                                  [&](const auto& mvc) { return mvc.key.subject == trial.key.subject; });
    if (!read) without.insert(trial.key.subject);
  }
  if (without.empty()) return;
  std::string skipped;
  for (const auto& [file, reason] : report.bad) skipped += "; skipped: " + reason;
  throw Error("no usable trial of maximal voluntary contraction (activity MVC ...) of " +
              base::join({without.begin(), without.end()}) + skipped + kOtherReferences);
}

// The same of one trial's muscles.
void require_mvc(const PreparedTrial& trial, const std::map<std::string, EmgUnits>& units) {
  std::vector<std::string> without;
  for (const auto& muscle : trial.emg.series.names()) {
    if (!has_mvc(units, trial.key.subject, muscle)) without.push_back(muscle);
  }
  if (without.empty()) return;
  throw Error("no trial of maximal voluntary contraction of " + trial.key.subject + " has a usable " + base::join(without) + kOtherReferences);
}

// Whose 100 % is the largest of ordinary trials though the person made maximal contractions.
void note_muscles_without_mvc(PrepareReport& report) {
  for (const auto& [subject, units] : report.emg_units) {
    std::vector<std::string> without;
    bool any = false;
    for (const auto& [muscle, unit] : units) {
      any |= unit.kind == EmgReference::mvc;
      if (unit.kind == EmgReference::peak) without.push_back(muscle);
    }
    if (!any || without.empty()) continue;
    report.notes.push_back(subject + ": no trial of maximal voluntary contraction has a usable " + base::join(without) +
                           "; 100 % is the largest of the other trials");
  }
}

// Names that are exchanged in a whole trial show beside the person's other trials.
void add_faults_throughout(const std::map<std::string, std::vector<NamedLayout>>& layouts, PrepareReport& report) {
  std::map<std::string, std::size_t> next;
  std::map<std::string, std::vector<std::vector<MarkerFault>>> found;
  for (const auto& [subject, mine] : layouts) found[subject] = compare_trials(mine);
  for (auto& trial : report.trials) {
    const auto& mine = found[trial.key.subject][next[trial.key.subject]++];
    trial.marker_faults.insert(trial.marker_faults.end(), mine.begin(), mine.end());
  }
}

// Errors that a reader or a step gives without the file's name get it here.
[[noreturn]] void rethrow_with_name(const TrialFiles& files, const Error& problem) {
  const std::string text = problem.what();
  const bool named = text.starts_with(files.main.string()) ||
                     (files.partner && text.starts_with(files.partner->string())) ||
                     std::any_of(files.devices.begin(), files.devices.end(),
                                 [&](const auto& path) { return text.starts_with(path.string()); });
  throw Error(named ? text : files.main.string() + ": " + text);
}

}  // namespace

void require_sane(const PrepareSettings& settings) {
  require_between(settings.rate_hz, 1, 2000, "the timeline's rate (Hz)");
  require_between(settings.joined_hz, 1, 2000, "the joined tables' rate (Hz)");
  require_between(settings.fill_limit_s, 0, 10, "the longest gap that is filled (s)");
  require_between(settings.rebuild_limit_s, 0, 10, "the longest gap that is rebuilt from other markers (s)");
  require_between(settings.worst_fill_m, 0, 1, "the widest error bar of a filled gap (m)");
  require_between(settings.emg_delay_s, 0, 0.5, "the electromechanical delay (s)");
  require_between(settings.envelope.rms_window_s, 0.002, 2, "the window of the RMS (s)");
  require_known(settings.units);
}

PrepareReport prepare(const std::vector<TrialFiles>& trials, const std::filesystem::path& out,
                      const PrepareSettings& settings, const base::Progress& progress) {
  require_sane(settings);
  PrepareReport report;
  // Those of maximal contraction first: whether there is a reference is known before the work is done.
  std::vector<const TrialFiles*> order;
  std::size_t unread = 0;
  for (const auto& trial : trials) {
    if (!gives_reference(trial)) continue;
    if (settings.emg_reference == EmgReference::mean) ++unread;
    else order.push_back(&trial);
  }
  const std::size_t references = order.size();
  for (const auto& trial : trials) {
    if (!gives_reference(trial)) order.push_back(&trial);
  }
  if (unread > 0) {
    report.notes.push_back(std::to_string(unread) + (unread == 1 ? " trial" : " trials") +
                           " of maximal voluntary contraction " + (unread == 1 ? "is" : "are") + " left out: the mean is of other trials");
  }
  StoreWriter writer(out, settings.emg_reference);
  UpAxes axes(trials, settings);
  std::map<std::string, std::vector<NamedLayout>> layouts;  // by subject, in the order of report.trials
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (progress && !progress("preparing", i, order.size())) {
      throw Error(out.string() + ": stopped after " + std::to_string(i) + " of " + std::to_string(order.size()) +
                  " trials; nothing was written");
    }
    const auto& files = *order[i];
    const bool mvc = i < references;
    if (i == references && settings.emg_reference == EmgReference::mvc) require_mvc(trials, report);
    TrialReport trial;
    PreparedTrial prepared;
    try {
      try {
        prepared = mvc ? prepare_mvc(files, settings, trial) : prepare_files(files, settings, axes, trial);
        if (!mvc && settings.emg_reference == EmgReference::mvc) require_mvc(prepared, writer.emg_units());
      } catch (const Error& problem) {
        rethrow_with_name(files, problem);
      }
    } catch (const Error& problem) {
      if (!settings.skip_bad) throw;
      report.bad.emplace_back(files.main.string(), problem.what());
      continue;
    }
    if (mvc) {
      writer.add_mvc(prepared);
      report.mvc_trials.push_back(std::move(trial));
      continue;
    }
    writer.add(prepared);
    layouts[trial.key.subject].push_back(prepared.markers.empty() || files.source == Source::original_table
                                             ? NamedLayout{}
                                             : layout_of(prepared.markers.series));
    report.trials.push_back(std::move(trial));
  }
  if (report.trials.empty()) {
    throw Error("no trial could be used; the first: " + (report.bad.empty() ? "none" : report.bad.front().second));
  }
  if (progress) progress("preparing", order.size(), order.size());
  for (const auto& trial : report.trials) {  // nothing is said of people of whom there are only maximal contractions
    const auto found = writer.emg_units().find(trial.key.subject);
    if (found != writer.emg_units().end()) report.emg_units.insert(*found);
  }
  note_muscles_without_mvc(report);
  add_faults_throughout(layouts, report);
  for (auto& trial : report.trials) {
    std::vector<std::string> faults;
    for (const auto& fault : trial.marker_faults) {
      faults.push_back(faults.size() < kMostFaults ? describe(fault) : std::to_string(trial.marker_faults.size() - kMostFaults) + " more");
      if (faults.size() > kMostFaults) break;
    }
    writer.set_marker_faults(trial.key, faults);
  }
  report.methods = methods_text(settings, report);
  writer.set_methods(report.methods);
  writer.commit();
  return report;
}

}  // namespace kinemyo::dataset
