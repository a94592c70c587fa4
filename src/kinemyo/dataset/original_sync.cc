#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/original.h"

namespace kinemyo::dataset {

namespace {

namespace fs = std::filesystem;
using io::Column;
using io::Table;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string shown(const fs::path& path) { return path.filename().string(); }

std::vector<fs::path> csv_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".csv")
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return shown(a) < shown(b); });
  return files;
}

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

[[noreturn]] void fail_cell(const Table& table, std::size_t row, std::string_view column,
                            double found) {
  throw FormatError(table.path, Place::named("row " + std::to_string(row + 1)),
                    "column " + base::quoted(column) + " cannot become whole milliseconds",
                    "a number on every row",
                    std::isnan(found) ? std::string("nothing") : base::to_text(found));
}

// Truncated towards 0, as a conversion to int does.
std::vector<double> truncated(const Table& table, std::string_view column, double scale) {
  const auto& values = table.numbers(column);
  if (values.empty()) {
    throw FormatError(table.path, Place::line(2), "the file has a line of names and no rows",
                      "rows of numbers", "the end of the file");
  }
  std::vector<double> stamps;
  stamps.reserve(values.size());
  for (std::size_t r = 0; r < values.size(); ++r) {
    const double scaled = as_pandas_reads(values[r]) * scale;
    if (!(std::abs(scaled) < 9e15)) fail_cell(table, r, column, values[r]);
    stamps.push_back(std::trunc(scaled) + 0.0);  // no negative zero
  }
  return stamps;
}

// A column of True and False alone is one of truth values to pandas, which spells them its own way
// again.
void spell_truth(Column& column) {
  if (!column.is_text()) return;
  const auto truth = [](const std::string& cell) {
    if (cell == "True" || cell == "TRUE" || cell == "true") return "True";
    if (cell == "False" || cell == "FALSE" || cell == "false") return "False";
    return cell.empty() ? "" : static_cast<const char*>(nullptr);
  };
  if (!std::all_of(column.texts.begin(), column.texts.end(),
                   [&](const std::string& cell) { return truth(cell) != nullptr; })) {
    return;
  }
  for (auto& cell : column.texts) cell = truth(cell);
}

struct RowOf {
  std::size_t table = 0;
  std::size_t row = 0;
};

std::string text_of(const Column& column, std::size_t row) {
  if (column.is_text()) return column.texts[row];
  std::string text;
  const double value = column.numbers[row];
  if (column.kind == Column::Kind::integer) {
    return std::to_string(static_cast<long long>(value));
  }
  io::append_number(text, value);
  return text;
}

std::vector<std::string> union_of_names(const std::vector<Table>& tables) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& table : tables) {
    for (const auto& column : table.columns) {
      if (seen.insert(column.name).second) names.push_back(column.name);
    }
  }
  return names;
}

// Rows of tables set one under the other: the union of their columns. The kind of a column follows
// from all the rows of all the tables, not from those picked.
std::vector<Column> pick(const std::vector<Table>& tables, const std::vector<RowOf>& rows) {
  std::vector<Column> out;
  for (const auto& name : union_of_names(tables)) {
    std::vector<const Column*> parts;
    Column column{.name = name, .kind = Column::Kind::integer};
    for (const auto& table : tables) {
      const auto found = table.find(name);
      parts.push_back(found ? &table.columns[*found] : nullptr);
      const auto kind = found ? parts.back()->kind : Column::Kind::number;
      if (kind == Column::Kind::text || column.is_text()) {
        column.kind = Column::Kind::text;
      } else if (kind == Column::Kind::number) {
        column.kind = Column::Kind::number;
      }
    }
    for (const auto& [table, row] : rows) {
      const Column* part = parts[table];
      if (column.is_text()) {
        column.texts.push_back(part == nullptr ? std::string() : text_of(*part, row));
      } else {
        column.numbers.push_back(part == nullptr ? kNan : part->numbers[row]);
      }
    }
    out.push_back(std::move(column));
  }
  return out;
}

// Replaces `column` by whole stamps under the name Timestamp.
void stamp(Table& table, std::string_view column, double scale) {
  auto stamps = truncated(table, column, scale);
  if (column != "Timestamp" && table.find("Timestamp")) {
    throw FormatError(table.path, Place::line(1), "two columns would be called \"Timestamp\"",
                      base::quoted(column) + " alone", "both");
  }
  auto& target = table.columns[*table.find(column)];
  target.name = "Timestamp";
  target.kind = Column::Kind::integer;
  target.numbers = std::move(stamps);
}

void warn_of_equal_numbers(const std::vector<Table>& trials, std::vector<std::string>& warnings) {
  std::map<std::string, std::string> first_of;
  for (const auto& trial : trials) {
    const auto [at, fresh] = first_of.emplace(trial_number(trial.path), trial.path);
    if (fresh) continue;
    warnings.push_back(shown(at->second) + " and " + shown(trial.path) + " are both trial " +
                       at->first + "; the rows of both are joined");
  }
}

void warn_of_clock(const Table& trial, std::vector<std::string>& warnings) {
  const auto& time = trial.numbers("Time");
  std::size_t times = 0, first = 0;
  for (std::size_t r = 1; r < time.size(); ++r) {
    if (time[r] < time[r - 1] && times++ == 0) first = r;
  }
  if (times == 0) return;
  warnings.push_back(shown(trial.path) + ": the clock goes backwards " + std::to_string(times) +
                     (times == 1 ? " time" : " times") + ", first at row " +
                     std::to_string(first + 1) + " (" + base::to_text(time[first - 1]) +
                     " s, then " + base::to_text(time[first]) + " s)");
}

void warn_of_columns(const std::vector<Table>& tables, std::vector<std::string>& warnings) {
  const auto names = union_of_names(tables);
  for (const auto& table : tables) {
    std::vector<std::string> absent;
    for (const auto& name : names) {
      if (!table.find(name)) absent.push_back(name);
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

std::size_t count_truncated(const Table& trial, const std::vector<double>& stamps) {
  const auto& time = trial.numbers("Time");
  std::size_t count = 0;
  for (std::size_t r = 0; r < time.size(); ++r) {
    const double whole = std::round(time[r] * 1000);
    if (std::abs(time[r] * 1000 - whole) < 1e-6 && stamps[r] != whole) ++count;
  }
  return count;
}

}  // namespace

OriginalFolder find_original_activities(const fs::path& subject) {
  const fs::path folder = fs::canonical(
      fs::exists(subject) ? subject : throw IoError(subject.string(), "there is no such folder"));
  const std::string name = folder.filename().string();
  const fs::path trials = folder / "Activity_Trials";
  if (!fs::is_directory(trials)) {
    throw IoError(
        trials.string(),
        "there is no such folder; expected <base>/<S>/Activity_Trials/<S>_<Activity>_Trial<k>.csv");
  }
  OriginalFolder out;
  std::map<std::string, OriginalActivity> found;
  for (const auto& path : csv_files(trials)) {
    const std::string stem = path.stem().string();
    const auto fields = base::split(stem, '_');
    if (fields.size() < 3) {
      out.passed_over.push_back(shown(path) + ": its name is not <S>_<Activity>_Trial<k>.csv");
      continue;
    }
    auto& activity = found[std::string(fields[1])];
    activity.subject = name;
    activity.activity = fields[1];
    activity.trials.push_back(path);
  }
  for (auto& [action, activity] : found) {
    const fs::path frames =
        folder / (name + "_FramesData_Orig") / (name + "_" + action + "_FD_Orig");
    if (fs::is_directory(frames)) activity.frames = csv_files(frames);
    if (activity.frames.empty()) {
      out.passed_over.push_back(action + ": no frame files in " + frames.string());
      continue;
    }
    out.activities.push_back(std::move(activity));
  }
  if (out.activities.empty()) {
    throw Error(folder.string() + ": no activity can be synchronised" +
                (out.passed_over.empty() ? ": Activity_Trials holds no CSV file"
                                         : "; " + base::join(out.passed_over, "; ")));
  }
  return out;
}

OriginalSync sync_original(std::vector<Table> trials, std::vector<Table> frames) {
  require(!trials.empty() && !frames.empty(), "sync_original: needs a trial and a frame table");
  OriginalSync out;
  warn_of_equal_numbers(trials, out.warnings);
  for (auto* tables : {&trials, &frames}) {
    warn_of_columns(*tables, out.warnings);
    for (auto& table : *tables) {
      for (auto& column : table.columns) spell_truth(column);
    }
  }
  for (auto& trial : trials) {
    warn_of_clock(trial, out.warnings);
    const Table before{.path = trial.path, .columns = {trial.column("Time")}};
    stamp(trial, "Time", 1000);
    out.stamps_truncated += count_truncated(before, trial.numbers("Timestamp"));
    out.trial_rows += trial.rows();
  }
  for (auto& table : frames) stamp(table, "TimeStamp", 1);

  std::unordered_map<long long, RowOf> frame_at;
  for (std::size_t t = 0; t < frames.size(); ++t) {
    const auto& stamps = frames[t].numbers("Timestamp");
    for (std::size_t r = 0; r < stamps.size(); ++r) {
      frame_at.emplace(static_cast<long long>(stamps[r]), RowOf{t, r});
    }
  }
  out.frame_rows = frame_at.size();

  // Rows that meet a frame, gathered by stamp in the order in which stamps first appear.
  std::unordered_map<long long, std::size_t> group_of;
  std::vector<std::vector<RowOf>> groups;
  std::vector<RowOf> group_frame;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const auto& stamps = trials[t].numbers("Timestamp");
    for (std::size_t r = 0; r < stamps.size(); ++r) {
      const auto key = static_cast<long long>(stamps[r]);
      const auto frame = frame_at.find(key);
      if (frame == frame_at.end()) continue;
      const auto [group, fresh] = group_of.emplace(key, groups.size());
      if (fresh) {
        groups.emplace_back();
        group_frame.push_back(frame->second);
      }
      groups[group->second].push_back({t, r});
    }
  }
  std::vector<RowOf> left, right;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].front().table != groups[g].back().table) ++out.frames_met_twice;
    for (const RowOf& row : groups[g]) {
      left.push_back(row);
      right.push_back(group_frame[g]);
    }
  }

  auto left_columns = pick(trials, left);
  auto right_columns = pick(frames, right);
  const auto key = [](const Column& column) { return column.name == "Timestamp"; };
  right_columns.erase(std::find_if(right_columns.begin(), right_columns.end(), key));
  for (auto& one : left_columns) {
    const std::string name = one.name;
    for (auto& other : right_columns) {
      if (other.name != name || key(one)) continue;
      one.name = name + "_x";
      other.name = name + "_y";
    }
  }
  out.table.columns = std::move(left_columns);
  out.table.columns.insert(out.table.columns.end(), std::make_move_iterator(right_columns.begin()),
                           std::make_move_iterator(right_columns.end()));
  return out;
}

}  // namespace kinemyo::dataset
