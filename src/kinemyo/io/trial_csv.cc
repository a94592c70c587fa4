#include "kinemyo/io/trial_csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "kinemyo/base/text.h"
#include "kinemyo/io/coordinate_names.h"
#include "kinemyo/io/rows.h"
#include "kinemyo/io/stamps.h"

namespace kinemyo::io {

namespace {

using motion::Channel;
using motion::Quantity;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kDegPerRad = 180.0 / std::numbers::pi;

struct TimeColumn {
  std::size_t index = 0;
  double per_second = 1;
};

std::optional<TimeColumn> find_time(const Table& table) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string name = base::lower(base::trim(table.columns[c].name));
    if (name == "time" || name == "time_s" || name == "time (s)" || name == "time [s]") return TimeColumn{c, 1};
    if (name == "timestamp" || name == "time_ms" || name == "time (ms)" || name == "time [ms]" ||
        name == "timestamp [ms]") {
      return TimeColumn{c, 1000};
    }
  }
  return std::nullopt;
}

// The columns of a table by what they hold. Indices into table.columns.
struct Sorted {
  std::vector<MarkerColumns> markers;
  std::vector<std::size_t> angles, muscles, others;
  std::vector<std::string> text;
};

Sorted sort_columns(const Table& table, std::size_t time, const TrialCsvOptions& options) {
  Sorted out;
  out.markers = find_markers(table);
  std::unordered_set<std::size_t> taken = {time};
  for (const auto& m : out.markers) taken.insert({m.x, m.y, m.z});
  const std::unordered_set<std::string_view> angles(options.angles.begin(), options.angles.end());
  const std::unordered_set<std::string_view> muscles(options.muscles.begin(), options.muscles.end());
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (taken.contains(c)) continue;
    const Column& column = table.columns[c];
    if (muscles.contains(column.name)) {
      out.muscles.push_back(c);
    } else if (angles.contains(column.name) || is_coordinate_name(column.name)) {
      out.angles.push_back(c);
    } else if (is_muscle_name(column.name)) {
      out.muscles.push_back(c);
    } else if (column.is_text()) {
      out.text.push_back(column.name);
    } else {
      out.others.push_back(c);
    }
  }
  return out;
}

// Rows that one trial takes, and the stamps they bear.
struct Part {
  std::size_t first = 0;
  std::size_t last = 0;
  std::vector<std::size_t> rows;  // without those that repeat a stamp
  std::vector<double> stamps_s;
};

std::vector<Part> find_parts(const Table& table, const TimeColumn& time, std::size_t rows) {
  const Column& column = table.columns[time.index];
  const auto& stamps = table.numbers(column.name);
  std::vector<Part> parts;
  for (std::size_t r = 0; r < rows; ++r) {
    if (!std::isfinite(stamps[r])) {
      throw FormatError(table.path, Place::named("row " + std::to_string(r + 1) + " of column " + column.name),
                        "a time is missing", "a number", "nothing");
    }
    const double stamp = stamps[r] / time.per_second;
    if (parts.empty() || stamp < parts.back().stamps_s.back()) parts.push_back({r, r, {}, {}});
    Part& part = parts.back();
    part.last = r + 1;
    if (!part.stamps_s.empty() && stamp == part.stamps_s.back()) continue;
    part.rows.push_back(r);
    part.stamps_s.push_back(stamp);
  }
  return parts;
}

base::Matrix<double> column_values(const Table& table, const std::vector<std::size_t>& columns,
                                   const std::vector<std::size_t>& rows) {
  base::Matrix<double> out(rows.size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& numbers = table.numbers(table.columns[columns[i]].name);
    for (std::size_t r = 0; r < rows.size(); ++r) out(r, i) = numbers[rows[r]];
  }
  return out;
}

std::vector<Channel> channels_of(const Table& table, const std::vector<std::size_t>& columns, const std::string& unit) {
  std::vector<Channel> out;
  for (const auto c : columns) out.push_back({table.columns[c].name, unit});
  return out;
}

void add_angles(motion::Recording& recording, const Table& table, const std::vector<std::size_t>& columns,
                const std::vector<std::size_t>& rows, const motion::Clock& clock) {
  auto values = column_values(table, columns, rows);
  auto channels = channels_of(table, columns, "rad");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (is_translation_name(channels[i].name)) {
      channels[i].unit = "m";
      continue;
    }
    if (is_patella_name(channels[i].name)) {
      const auto knee = table.find(std::string_view(channels[i].name).substr(0, channels[i].name.size() - 5));
      if (knee && !table.columns[*knee].is_text() &&
          patella_in_radians(table.columns[columns[i]].numbers, table.columns[*knee].numbers, false)) {
        recording.notes.push_back(channels[i].name + " is in radians, as OpenSim writes it");
        continue;
      }
    }
    for (std::size_t r = 0; r < rows.size(); ++r) values(r, i) /= kDegPerRad;
  }
  recording.series.emplace_back(Quantity::coordinate, std::move(channels), clock, std::move(values));
}

motion::Recording make_recording(const Table& table, const Sorted& sorted, const Part& part,
                                 motion::Clock clock, const TrialCsvOptions& options) {
  motion::Recording out;
  out.source = table.path;
  out.format = "CSV";
  if (!sorted.markers.empty()) {
    std::size_t zeros = 0;
    const auto all = marker_values(table, sorted.markers, part.first, part.last,
                                   units_per_metre(options.position_unit), zeros);
    base::Matrix<double> values(part.rows.size(), all.columns());
    for (std::size_t r = 0; r < part.rows.size(); ++r) {
      const auto from = all.row(part.rows[r] - part.first);
      std::copy(from.begin(), from.end(), values.row(r).begin());
    }
    std::vector<Channel> channels;
    for (const auto& m : sorted.markers) channels.push_back({m.name, "m"});
    out.notes.push_back("positions taken as " + options.position_unit);
    if (zeros > 0) out.notes.push_back(std::to_string(zeros) + " markers at exactly 0 0 0 count as missing");
    out.series.emplace_back(Quantity::position, std::move(channels), clock, std::move(values));
  }
  if (!sorted.angles.empty()) {
    out.notes.push_back("angles taken as degrees");
    add_angles(out, table, sorted.angles, part.rows, clock);
  }
  if (!sorted.muscles.empty()) {
    auto values = column_values(table, sorted.muscles, part.rows);
    const double divisor = units_per_volt(options.emg_unit);
    for (auto& v : values.flat()) v /= divisor;
    out.notes.push_back("EMG taken as " + options.emg_unit);
    out.series.emplace_back(Quantity::emg, channels_of(table, sorted.muscles, "V"), clock, std::move(values));
  }
  if (!sorted.others.empty()) {
    out.series.emplace_back(Quantity::analog, channels_of(table, sorted.others, ""), clock,
                            column_values(table, sorted.others, part.rows));
  }
  if (!sorted.text.empty()) out.notes.push_back("columns with text left out: " + base::join(sorted.text));
  const std::size_t repeated = part.last - part.first - part.rows.size();
  if (repeated > 0) out.notes.push_back(std::to_string(repeated) + " rows repeat a time, as in tables joined of several trials; the first of each was kept");
  return out;
}

struct Prepared {
  Sorted sorted;
  std::vector<Part> parts;
  std::vector<std::string> notes;
};

Prepared prepare(const Table& table, const TrialCsvOptions& options) {
  const auto time = find_time(table);
  if (!time) {
    throw FormatError(table.path, Place::line(1), "no column holds the time", "Time (s) or Timestamp (ms)",
                      std::to_string(table.columns.size()) + " columns, the first " +
                          base::quoted(table.columns.front().name));
  }
  std::size_t rows = table.rows();
  Prepared out;
  if (table.cut && rows > 0) {
    --rows;
    out.notes.push_back("the last line is not whole and was left out");
  }
  if (rows == 0) {
    throw FormatError(table.path, Place::line(2), "the file holds no rows", "rows below the names", "none");
  }
  if (table.short_rows > (table.cut ? 1 : 0)) {
    out.notes.push_back(std::to_string(table.short_rows - (table.cut ? 1 : 0)) +
                        " rows end before the last column; what they lack counts as missing");
  }
  out.sorted = sort_columns(table, time->index, options);
  out.parts = find_parts(table, *time, rows);
  return out;
}

}  // namespace

double units_per_metre(std::string_view unit) {
  if (unit == "mm") return 1000;
  if (unit == "cm") return 100;
  if (unit == "m") return 1;
  throw Error("the unit of positions " + base::quoted(unit) + " is not known; it can be mm, cm or m");
}

double units_per_volt(std::string_view unit) {
  if (unit == "V") return 1;
  if (unit == "mV") return 1e3;
  if (unit == "uV") return 1e6;
  throw Error("the unit of EMG " + base::quoted(unit) + " is not known; it can be V, mV or uV");
}

std::vector<MarkerColumns> find_markers(const Table& table) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t c = 0; c < table.columns.size(); ++c) places.emplace(table.columns[c].name, c);
  std::vector<MarkerColumns> out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& name = table.columns[c].name;
    if (name.size() < 3 || !name.ends_with("_X")) continue;
    const std::string marker = name.substr(0, name.size() - 2);
    const auto y = places.find(marker + "_Y");
    const auto z = places.find(marker + "_Z");
    if (y == places.end() || z == places.end()) {
      throw FormatError(table.path, Place::line_column(1, c + 1), "a marker lacks a coordinate",
                        marker + "_X, " + marker + "_Y and " + marker + "_Z",
                        "no " + marker + (y == places.end() ? "_Y" : "_Z"));
    }
    out.push_back({marker, c, y->second, z->second});
  }
  return out;
}

base::Matrix<double> marker_values(const Table& table, const std::vector<MarkerColumns>& markers, std::size_t first,
                                   std::size_t last, double units_per_m, std::size_t& zeros) {
  base::Matrix<double> out(last - first, 3 * markers.size());
  for (std::size_t m = 0; m < markers.size(); ++m) {
    const auto& x = table.numbers(table.columns[markers[m].x].name);
    const auto& y = table.numbers(table.columns[markers[m].y].name);
    const auto& z = table.numbers(table.columns[markers[m].z].name);
    for (std::size_t r = first; r < last; ++r) {
      const bool zero = x[r] == 0 && y[r] == 0 && z[r] == 0;
      zeros += zero ? 1 : 0;
      double* to = &out(r - first, 3 * m);
      to[0] = zero ? kNan : x[r] / units_per_m;
      to[1] = zero ? kNan : y[r] / units_per_m;
      to[2] = zero ? kNan : z[r] / units_per_m;
    }
  }
  return out;
}

bool looks_like_trial_csv(const Table& table) { return table.columns.size() > 1 && find_time(table).has_value(); }

motion::Recording read_trial_csv(const std::filesystem::path& path, const TrialCsvOptions& options) {
  return parse_trial_csv(read_csv(path), options);
}

std::vector<motion::Recording> read_trial_csvs(const std::filesystem::path& path, const TrialCsvOptions& options) {
  return parse_trial_csvs(read_csv(path), options);
}

std::vector<motion::Recording> parse_trial_csvs(const Table& table, const TrialCsvOptions& options) {
  Prepared prepared = prepare(table, options);
  std::vector<motion::Recording> out;
  for (auto& part : prepared.parts) {
    std::vector<std::string> notes = prepared.notes;
    const auto clock = make_clock(part.stamps_s, 0, notes);
    out.push_back(make_recording(table, prepared.sorted, part, clock, options));
    out.back().notes.insert(out.back().notes.end(), notes.begin(), notes.end());
  }
  return out;
}

motion::Recording parse_trial_csv(const Table& table, const TrialCsvOptions& options) {
  Prepared prepared = prepare(table, options);
  Part all{0, prepared.parts.back().last, {}, {}};
  std::vector<motion::Event> starts;
  double shift = 0;
  for (const auto& part : prepared.parts) {
    if (!all.stamps_s.empty()) {
      // The next trial starts one step after the last frame of the one before.
      const auto n = all.stamps_s.size();
      const double step = n > 1 ? all.stamps_s[n - 1] - all.stamps_s[n - 2] : 1;
      shift = all.stamps_s.back() + step - part.stamps_s.front();
    }
    starts.push_back({"Trial", "", part.stamps_s.front() + shift});
    for (const double stamp : part.stamps_s) all.stamps_s.push_back(stamp + shift);
    all.rows.insert(all.rows.end(), part.rows.begin(), part.rows.end());
  }
  std::vector<std::string> notes = std::move(prepared.notes);
  if (prepared.parts.size() > 1) {
    notes.push_back("time starts again " + std::to_string(prepared.parts.size() - 1) + " times: " +
                    std::to_string(prepared.parts.size()) + " trials are joined here, put one behind another");
  }
  const auto clock = make_clock(all.stamps_s, 0, notes);
  motion::Recording out = make_recording(table, prepared.sorted, all, clock, options);
  if (prepared.parts.size() > 1) out.events = std::move(starts);
  out.notes.insert(out.notes.end(), notes.begin(), notes.end());
  return out;
}

Table to_trial_table(const std::vector<const motion::Series*>& series) {
  Table table;
  if (series.empty()) return table;
  const motion::Clock& clock = series.front()->clock();
  Column time{.name = "Time"};
  for (std::size_t f = 0; f < clock.size(); ++f) time.numbers.push_back(clock.time_s(f));
  table.columns.push_back(std::move(time));
  for (const auto quantity : {Quantity::coordinate, Quantity::position, Quantity::emg, Quantity::angle3,
                              Quantity::force3, Quantity::moment3, Quantity::vector3, Quantity::analog,
                              Quantity::visibility, Quantity::rotation}) {
    for (const auto* one : series) {
      if (one->quantity() != quantity) continue;
      require(one->frames() == clock.size(), "to_trial_table: the series have different clocks");
      for (std::size_t c = 0; c < one->channels().size(); ++c) {
        const Channel& channel = one->channels()[c];
        const double factor = channel.unit == "rad" ? kDegPerRad : quantity == Quantity::position ? 1000.0 : 1.0;
        for (std::size_t k = 0; k < one->components(); ++k) {
          Column column{.name = channel.name};
          if (quantity == Quantity::position) {
            column.name += std::string("_") + "XYZ"[k];
          } else if (one->components() == 3) {
            column.name += std::string("_") + "xyz"[k];
          } else if (one->components() > 1) {
            column.name += "_" + std::to_string(k + 1);
          } else if (quantity == Quantity::visibility) {
            column.name += "_VISIBILITY";
          }
          for (std::size_t f = 0; f < one->frames(); ++f) {
            // Division on reading gives the same number back wherever 15 digits can tell.
            column.numbers.push_back(undo_division(one->at(f, c, k), factor));
          }
          table.columns.push_back(std::move(column));
        }
      }
    }
  }
  return table;
}

}  // namespace kinemyo::io
