#include "kinemyo/dataset/prepare_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/io/csv.h"

namespace kinemyo::dataset {

namespace {

using motion::Channel;
using motion::Clock;
using motion::Quantity;
using motion::Series;

constexpr double kRadPerDeg = std::numbers::pi / 180;
constexpr std::size_t kNamesInNote = 6;
constexpr std::size_t kNoFrame = static_cast<std::size_t>(-1);

const std::map<std::string, double> kLengths_m = {{"m", 1}, {"cm", 0.01}, {"mm", 0.001}};
const std::map<std::string, double> kEmg_v = {{"V", 1}, {"mV", 1e-3}, {"uV", 1e-6}};

bool is_translation(const std::string& name) {
  return name == "pelvis_tx" || name == "pelvis_ty" || name == "pelvis_tz";
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string list(const std::vector<std::string>& names) {
  const auto shown = std::vector(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(
                                                                    std::min(names.size(), kNamesInNote)));
  return base::join(shown) + (names.size() > shown.size() ? ", ..." : "");
}

// The columns of a table by what they hold. Line of row r: r + 2.
struct Content {
  std::vector<std::string> markers;  // with all three axes
  std::vector<std::string> coordinates;
  std::vector<std::string> muscles;
  std::vector<std::string> others;
};

Content sort_columns(const io::Table& table, const std::string& time_name) {
  Content out;
  std::set<std::string> seen;
  for (const auto& column : table.columns) {
    const auto& name = column.name;
    const bool has_axis = name.size() > 2 && name[name.size() - 2] == '_' &&
                          std::string_view("XYZ").find(name.back()) != std::string_view::npos;
    if (name == time_name) continue;
    if (has_axis) {
      const auto marker = name.substr(0, name.size() - 2);
      if (!seen.insert(marker).second) continue;
      for (const char* axis : {"_X", "_Y", "_Z"}) {
        if (!table.find(marker + axis)) {
          throw FormatError(table.path, Place::line(1), "marker " + base::quoted(marker) + " lacks an axis",
                            "a column " + base::quoted(marker + axis), "none of that name");
        }
      }
      out.markers.push_back(marker);
    } else if (contains(body::rajagopal_coordinates(), name)) {
      out.coordinates.push_back(name);
    } else if (contains(body::original_muscles(), name)) {
      out.muscles.push_back(name);
    } else {
      out.others.push_back(name);
    }
  }
  return out;
}

const std::vector<double>& stamps(const io::Table& table, const std::string& name) {
  if (table.rows() == 0) {
    throw FormatError(table.path, Place::line(2), "the file has names but no rows", "rows of numbers",
                      "the end of the file");
  }
  const auto& out = table.numbers(name);
  for (std::size_t r = 0; r < out.size(); ++r) {
    if (!std::isfinite(out[r])) {
      throw FormatError(table.path, Place::line(r + 2), base::quoted(name) + " is missing", "a time",
                        base::to_text(out[r]));
    }
  }
  return out;
}

void require_increasing(const io::Table& table, const std::string& name, const std::vector<double>& times) {
  for (std::size_t r = 1; r < times.size(); ++r) {
    if (times[r] > times[r - 1]) continue;
    throw FormatError(table.path, Place::line(r + 2), "the clock goes backwards or stands still",
                      base::quoted(name) + " above " + base::to_text(times[r - 1]), base::to_text(times[r]));
  }
}

// Rows of the table to frames of a series, last to first: of rows with one stamp the first counts.
Series take(const io::Table& table, Quantity quantity, const std::vector<std::string>& names, const GridClock& grid,
            const TableUnits& units, bool zero_is_missing) {
  const std::size_t width = motion::components(quantity);
  std::vector<Channel> channels;
  base::Matrix<double> values(grid.clock.size(), names.size() * width, std::nan(""));
  for (std::size_t c = 0; c < names.size(); ++c) {
    double factor = 1;
    if (quantity == Quantity::position) factor = kLengths_m.at(units.length);
    if (quantity == Quantity::emg) factor = kEmg_v.at(units.emg);
    if (quantity == Quantity::coordinate && !is_translation(names[c])) factor = kRadPerDeg;
    channels.push_back({names[c], quantity == Quantity::emg                                       ? "V"
                                  : quantity == Quantity::position || is_translation(names[c]) ? "m"
                                                                                                 : "rad"});
    for (std::size_t k = 0; k < width; ++k) {
      const std::string column = width == 1 ? names[c] : names[c] + "_" + "XYZ"[k];
      const auto& numbers = table.numbers(column);
      for (std::size_t r = numbers.size(); r-- > 0;) {
        if (grid.frames[r] != kNoFrame) values(grid.frames[r], c * width + k) = numbers[r] * factor;
      }
    }
    if (!zero_is_missing || quantity != Quantity::position) continue;
    for (std::size_t f = 0; f < grid.clock.size(); ++f) {
      auto point = values.row(f).subspan(c * 3, 3);
      if (point[0] == 0 && point[1] == 0 && point[2] == 0) std::fill(point.begin(), point.end(), std::nan(""));
    }
  }
  return {quantity, std::move(channels), grid.clock, std::move(values)};
}

void add_series(motion::Recording& out, const io::Table& table, const Content& content, const GridClock& grid,
                const TableUnits& units, bool zero_is_missing) {
  if (!content.markers.empty()) {
    out.series.push_back(take(table, Quantity::position, content.markers, grid, units, zero_is_missing));
  }
  if (!content.coordinates.empty()) {
    out.series.push_back(take(table, Quantity::coordinate, content.coordinates, grid, units, zero_is_missing));
  }
  if (!content.muscles.empty()) {
    out.series.push_back(take(table, Quantity::emg, content.muscles, grid, units, zero_is_missing));
  }
}

void note_absent(motion::Recording& out, const char* what, const std::vector<std::string>& wanted,
                 const std::vector<std::string>& found) {
  std::vector<std::string> absent;
  for (const auto& name : wanted) {
    if (!contains(found, name)) absent.push_back(name);
  }
  if (absent.empty() || absent.size() == wanted.size()) return;
  out.notes.push_back(std::to_string(absent.size()) + " of " + std::to_string(wanted.size()) + " " + what +
                      " are not in the file: " + list(absent));
}

// `synth` writes so into its files, and the original's steps carry it along.
bool says_synthetic(const io::Table& table) {
  const auto remark = table.find("Remark");
  return remark && table.columns[*remark].is_text() && table.rows() > 0 &&
         table.columns[*remark].texts.front() == "synthetic";
}

motion::Recording start(const io::Table& table, const Content& content, const TableUnits& units) {
  require_known(units);
  if (content.markers.empty() && content.coordinates.empty() && content.muscles.empty()) {
    throw FormatError(table.path, Place::line(1), "no column is a marker, a coordinate or a muscle",
                      "names such as LASIS_X, knee_angle_r, Glutei", list(content.others));
  }
  motion::Recording out;
  out.source = table.path;
  out.format = "CSV";
  if (says_synthetic(table)) out.notes.emplace_back(kSyntheticNote);
  out.notes.push_back("units assumed: markers " + units.length + ", angles deg, EMG " + units.emg);
  note_absent(out, "markers", body::original_markers(), content.markers);
  note_absent(out, "angles", body::original_angles(), content.coordinates);
  note_absent(out, "muscles", body::original_muscles(), content.muscles);
  if (!content.others.empty()) {
    out.notes.push_back(std::to_string(content.others.size()) + " other columns passed over: " + list(content.others));
  }
  return out;
}

}  // namespace

void require_known(const TableUnits& units) {
  if (!kLengths_m.contains(units.length)) throw Error(base::quoted(units.length) + " is no unit of markers: m, cm, mm");
  if (!kEmg_v.contains(units.emg)) throw Error(base::quoted(units.emg) + " is no unit of EMG: V, mV, uV");
}

motion::Recording read_raw_trial(const std::filesystem::path& path, const TableUnits& units) {
  const auto table = io::read_csv(path);
  const auto& time_s = stamps(table, "Time");
  require_increasing(table, "Time", time_s);
  const auto content = sort_columns(table, "Time");
  auto out = start(table, content, units);
  const auto grid = even_clock(time_s);
  if (!grid) {
    throw FormatError(table.path, Place::named("column \"Time\""), "the clock is too uneven to be one rate",
                      "even steps, or whole rows left out", describe_steps(time_s));
  }
  if (grid->clock.size() != time_s.size()) {
    out.notes.push_back(std::to_string(grid->clock.size() - time_s.size()) +
                        " rows are left out by the clock; they count as missing");
  }
  add_series(out, table, content, *grid, units, true);
  return out;
}

void add_frames(motion::Recording& trial, const std::filesystem::path& path, const TableUnits& units) {
  const auto table = io::read_csv(path);
  const auto& stamp_ms = stamps(table, "TimeStamp");
  std::vector<double> kept_s;
  GridClock grid;
  std::size_t backwards = 0, first_line = 0;
  for (std::size_t r = 0; r < stamp_ms.size(); ++r) {
    const double stamp_s = stamp_ms[r] / 1000;
    if (!kept_s.empty() && stamp_s < kept_s.back()) {
      if (backwards++ == 0) first_line = r + 2;
      grid.frames.push_back(kNoFrame);
      continue;
    }
    if (kept_s.empty() || stamp_s > kept_s.back()) kept_s.push_back(stamp_s);
    grid.frames.push_back(kept_s.size() - 1);
  }
  if (backwards > 0) {
    trial.notes.push_back("frames: " + std::to_string(backwards) +
                          " rows passed over, their clock goes backwards; the first is line " +
                          std::to_string(first_line));
  }
  const auto& trial_clock = trial.series.front().clock();
  const double from_s = trial_clock.start_s(), to_s = from_s + trial_clock.span_s();
  const auto inside = static_cast<std::size_t>(std::count_if(
      kept_s.begin(), kept_s.end(), [&](double t) { return t >= from_s && t <= to_s; }));
  trial.notes.push_back("frames: " + std::to_string(kept_s.size()) + ", " + std::to_string(inside) +
                        " of them inside the trial's " + base::to_text(from_s) + " to " + base::to_text(to_s) +
                        " s; first frame " + base::to_text(std::round((kept_s.front() - from_s) * 1e6) / 1e6) +
                        " s after the trial's start");
  auto content = sort_columns(table, "TimeStamp");
  const auto has = [&](const std::string& name) {
    return std::any_of(trial.series.begin(), trial.series.end(), [&](const Series& s) { return s.find(name).has_value(); });
  };
  std::erase_if(content.markers, has);
  std::erase_if(content.coordinates, has);
  content.muscles.clear();  // a muscle at a video's rate is no EMG
  if (inside == 0 || (content.markers.empty() && content.coordinates.empty())) return;
  grid.clock = Clock::stamped(std::move(kept_s));
  motion::Recording frames;
  add_series(frames, table, content, grid, units, true);
  for (auto& series : frames.series) trial.series.push_back(std::move(series));
}

motion::Recording read_joined_table(const std::filesystem::path& path, const TableUnits& units, double nominal_hz) {
  const auto table = io::read_csv(path);
  const auto& stamp_ms = stamps(table, "Timestamp");
  const auto content = sort_columns(table, "Timestamp");
  auto out = start(table, content, units);
  std::size_t restarts = 0;
  GridClock grid{Clock::uniform(nominal_hz, 0, stamp_ms.size()), {}};
  for (std::size_t r = 0; r < stamp_ms.size(); ++r) {
    grid.frames.push_back(r);
    if (r > 0 && stamp_ms[r] <= stamp_ms[r - 1]) ++restarts;
  }
  out.notes.push_back("every row is a frame at a nominal " + base::to_text(nominal_hz) +
                      " Hz: trials are joined, the stamps repeat or restart " + std::to_string(restarts) + " times");
  add_series(out, table, content, grid, units, false);
  return out;
}

}  // namespace kinemyo::dataset
