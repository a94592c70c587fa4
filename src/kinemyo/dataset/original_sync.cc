#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <unordered_map>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/original.h"
#include "kinemyo/dataset/original_join.h"
#include "kinemyo/io/csv_scan.h"

namespace kinemyo::dataset {

namespace {

namespace fs = std::filesystem;
using io::Column;
using Kind = io::Column::Kind;

std::string shown(const fs::path& path) { return path.filename().string(); }

// The k of ..._Trial<k>.csv, leading zeros off: two files may mean one trial.
std::string trial_number(const std::string& path) {
  const std::string stem = fs::path(path).stem().string();
  const auto at = stem.rfind("Trial");
  if (at == std::string::npos) return stem;
  const auto digits = stem.substr(at + 5);
  const auto first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
}

// The number that pandas reads where the digits of `value` stand in a file: it takes the first 17
// digits, zeros in front included, one by one into a double, and divides once by a power of ten.
// One unit in the last place decides whether a whole millisecond survives truncation.
double as_pandas_reads(double value) {
  if (!std::isfinite(value)) return value;
  std::string text;
  io::append_number(text, std::abs(value));
  const auto e = text.find('e');
  int power = e == std::string::npos ? 0 : std::atoi(text.c_str() + e + 1);
  double number = 0;
  int digits = 0;
  bool after_point = false;
  for (const char c : std::string_view(text).substr(0, e)) {
    if (c == '.') {
      after_point = true;
    } else if (digits < 17) {
      number = number * 10 + (c - '0');
      ++digits;
      if (after_point) --power;
    } else if (!after_point) {
      ++power;
    }
  }
  // Beyond these no time is meant.
  if (power < -300 || power > 300) return value;
  const double scale = std::pow(10.0, std::abs(power));
  number = power < 0 ? number / scale : number * scale;
  return std::signbit(value) ? -number : number;
}

// Truncated towards 0, as a conversion to int does; no negative zero.
double truncated(double scaled) { return std::trunc(scaled) + 0.0; }
bool fits(double scaled) { return std::abs(scaled) < 9e15; }

[[noreturn]] void fail_cell(const std::string& path, std::size_t row, std::string_view column,
                            double found) {
  throw FormatError(path, Place::named("row " + std::to_string(row + 1)),
                    "column " + base::quoted(column) + " cannot become whole milliseconds",
                    "a number on every row",
                    std::isnan(found) ? std::string("nothing") : base::to_text(found));
}

[[noreturn]] void fail_no_rows(const std::string& path) {
  throw FormatError(path, Place::line(2), "the file has a line of names and no rows",
                    "rows of numbers", "the end of the file");
}

// The names of a table whose `column` becomes Timestamp.
std::vector<std::string> stamped_names(const std::string& path, std::vector<std::string> names,
                                       std::string_view column) {
  if (column != "Timestamp" && std::find(names.begin(), names.end(), "Timestamp") != names.end()) {
    throw FormatError(path, Place::line(1), "two columns would be called \"Timestamp\"",
                      base::quoted(column) + " alone", "both");
  }
  *std::find(names.begin(), names.end(), column) = "Timestamp";
  return names;
}

// ---- frames: few, and held

// A column of True and False alone is one of truth values to pandas, which spells them its own way
// again.
void spell_truth(Column& column) {
  if (!column.is_text()) return;
  for (const auto& cell : column.texts) {
    if (!cell.empty() && io::truth_word(cell).empty()) return;
  }
  for (auto& cell : column.texts) cell = io::truth_word(cell);
}

Frames read_frames(const std::vector<fs::path>& paths) {
  Frames out;
  for (const auto& path : paths) {
    io::Table table = io::read_csv(path);
    for (auto& column : table.columns) spell_truth(column);
    auto stamps = table.numbers("TimeStamp");
    if (stamps.empty()) fail_no_rows(table.path);
    const std::size_t t = out.tables.size();
    for (std::size_t r = 0; r < stamps.size(); ++r) {
      const double stamp = as_pandas_reads(stamps[r]);
      if (!fits(stamp)) fail_cell(table.path, r, "TimeStamp", stamps[r]);
      stamps[r] = truncated(stamp);
      out.at.emplace(static_cast<std::int64_t>(stamps[r]), FrameAt{t, r});
    }
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(column.name);
    names = stamped_names(table.path, std::move(names), "TimeStamp");
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (names[c] != table.columns[c].name) {
        table.columns[c].kind = Kind::integer;
        table.columns[c].numbers = stamps;
      }
      table.columns[c].name = names[c];
    }
    out.tables.push_back(std::move(table));
  }
  return out;
}

// ---- trials: large, and read row by row where it is wanted

// What one part of a trial's file shows.
class TrialPart : public io::CsvPart {
 public:
  explicit TrialPart(const Frames& frames) : frames_(frames) {}

  void take(const io::CsvRow& row, double time, bool plain) override {
    ++rows;
    // What pandas reads of few digits is the nearest number.
    const double scaled = (plain ? time : as_pandas_reads(time)) * 1000;
    if (!fits(scaled)) {
      if (!bad) bad = Bad{row.number, time};
      return;
    }
    const double stamp = truncated(scaled);
    if (std::abs(time * 1000 - stamp) > 0.4) {
      const double whole = std::round(time * 1000);
      truncations += std::abs(time * 1000 - whole) < 1e-6 && stamp != whole ? 1 : 0;
    }
    if (rows == 1) {
      first_time = time;
    } else if (time < last_time) {
      step_back(row.number, last_time, time);
    }
    last_time = time;
    const auto key = static_cast<std::int64_t>(stamp);
    if (frames_.at.contains(key)) met.push_back({key, 0, row, 0});
  }

  void step_back(std::size_t row, double before, double after) {
    if (backwards++ == 0) first_back = {row, before, after};
  }

  struct Bad {
    std::size_t row = 0;
    double time = 0;
  };
  struct Back {
    std::size_t row = 0;
    double before = 0, after = 0;
  };
  std::size_t rows = 0, truncations = 0, backwards = 0;
  double first_time = 0, last_time = 0;
  Back first_back;
  std::optional<Bad> bad;
  std::vector<Met> met;

 private:
  const Frames& frames_;
};

// The parts of one file as one.
TrialPart whole_of(const io::CsvScan& scan, const Frames& frames) {
  TrialPart out(frames);
  for (const auto& one : scan.parts) {
    const auto& part = static_cast<const TrialPart&>(*one);
    if (part.rows == 0) continue;
    if (part.bad && !out.bad) out.bad = {out.rows + part.bad->row, part.bad->time};
    if (out.rows == 0) {
      out.first_time = part.first_time;
    } else if (part.first_time < out.last_time) {
      out.step_back(out.rows, out.last_time, part.first_time);
    }
    if (part.backwards > 0) {
      out.step_back(out.rows + part.first_back.row, part.first_back.before, part.first_back.after);
      out.backwards += part.backwards - 1;
    }
    out.truncations += part.truncations;
    out.met.insert(out.met.end(), part.met.begin(), part.met.end());
    out.last_time = part.last_time;
    out.rows += part.rows;
  }
  return out;
}

void warn_of_equal_numbers(const std::vector<TrialFile>& trials, std::vector<std::string>& warnings) {
  std::map<std::string, std::string> first_of;
  for (const auto& trial : trials) {
    const std::string& path = trial.file.path();
    const auto [at, fresh] = first_of.emplace(trial_number(path), path);
    if (fresh) continue;
    warnings.push_back(shown(at->second) + " and " + shown(path) + " are both trial " + at->first +
                       "; the rows of both are joined");
  }
}

void warn_of_clock(const std::string& path, const TrialPart& trial, std::vector<std::string>& warnings) {
  if (trial.backwards == 0) return;
  const auto& [row, before, after] = trial.first_back;
  warnings.push_back(shown(path) + ": the clock goes backwards " + std::to_string(trial.backwards) +
                     (trial.backwards == 1 ? " time" : " times") + ", first at row " +
                     std::to_string(row + 1) + " (" + base::to_text(before) + " s, then " +
                     base::to_text(after) + " s)");
}

void warn_of_columns(const std::vector<std::string>& all, const std::vector<NamesOf>& tables,
                     std::vector<std::string>& warnings) {
  for (const auto& table : tables) {
    const std::set<std::string> has(table.names.begin(), table.names.end());
    std::vector<std::string> absent;
    for (const auto& name : all) {
      if (!has.contains(name)) absent.push_back(name);
    }
    if (absent.empty()) continue;
    const std::size_t count = absent.size();
    if (count > 5) absent.resize(5);
    warnings.push_back(shown(table.path) + " lacks " + std::to_string(count) +
                       (count == 1 ? " column" : " columns") +
                       " that other files of the activity have: " + base::join(absent) +
                       (count > 5 ? ", ..." : ""));
  }
}

// Rows gathered by stamp in the order in which stamps first appear; gives how many frames rows of
// more than one trial were given.
std::size_t gather(std::vector<Met>& rows) {
  std::unordered_map<std::int64_t, std::size_t> group_of;
  std::vector<std::size_t> first_file, last_file;
  for (auto& row : rows) {
    const auto [at, fresh] = group_of.emplace(row.stamp, group_of.size());
    row.group = at->second;
    if (fresh) {
      first_file.push_back(row.file);
      last_file.push_back(row.file);
    }
    last_file[row.group] = row.file;
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Met& a, const Met& b) { return a.group < b.group; });
  std::size_t twice = 0;
  for (std::size_t g = 0; g < first_file.size(); ++g) twice += first_file[g] != last_file[g] ? 1 : 0;
  return twice;
}

}  // namespace

OriginalSync sync_original(const OriginalActivity& activity, const fs::path& out_path) {
  require(!activity.trials.empty() && !activity.frames.empty(),
          "sync_original: needs a trial and a frame file");
  OriginalSync out;
  std::vector<TrialFile> trials;
  std::vector<NamesOf> trial_names, frame_names;
  for (const auto& path : activity.trials) {
    io::CsvFile file(path);
    file.column("Time");
    auto names = stamped_names(file.path(), file.names(), "Time");
    trial_names.push_back({file.path(), names});
    trials.push_back({std::move(file), std::move(names), {}});
  }
  const Frames frames = read_frames(activity.frames);
  for (const auto& table : frames.tables) {
    auto& names = frame_names.emplace_back(NamesOf{table.path, {}}).names;
    for (const auto& column : table.columns) names.push_back(column.name);
  }
  out.frame_rows = frames.at.size();
  warn_of_equal_numbers(trials, out.warnings);
  warn_of_columns(union_of_names(trial_names), trial_names, out.warnings);
  warn_of_columns(union_of_names(frame_names), frame_names, out.warnings);

  std::vector<Met> rows;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const auto& file = trials[t].file;
    auto scan = file.scan(file.column("Time"), [&] { return std::make_unique<TrialPart>(frames); });
    const TrialPart trial = whole_of(scan, frames);
    if (trial.rows == 0) fail_no_rows(file.path());
    if (trial.bad) fail_cell(file.path(), trial.bad->row, "Time", trial.bad->time);
    warn_of_clock(file.path(), trial, out.warnings);
    out.stamps_truncated += trial.truncations;
    out.trial_rows += trial.rows;
    for (Met met : trial.met) {
      met.file = t;
      rows.push_back(met);
    }
    trials[t].columns = std::move(scan.columns);
  }
  out.frames_met_twice = gather(rows);
  out.rows = rows.size();

  out.columns = write_joined(trials, frames, trial_names, frame_names, rows, out_path);
  return out;
}

}  // namespace kinemyo::dataset
