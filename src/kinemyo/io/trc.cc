#include "kinemyo/io/trc.h"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/rows.h"
#include "kinemyo/io/stamps.h"

namespace kinemyo::io {

namespace {

using base::LineCursor;

struct TrcHeader {
  char separator = '\t';
  double rate_hz = 0;
  std::optional<std::size_t> frames;
  std::optional<std::size_t> markers;
  std::string unit;
  double units_per_m = 1;
};

std::vector<std::string_view> filled_cells(std::string_view line, char separator) {
  std::vector<std::string_view> out;
  for (const auto cell : base::split(line, separator)) {
    if (!base::trim(cell).empty()) out.push_back(base::trim(cell));
  }
  return out;
}

double units_per_metre(const LineCursor& lines, std::string_view unit) {
  static const std::map<std::string, double, std::less<>> kUnits = {
      {"mm", 1000},  {"millimeters", 1000}, {"millimetres", 1000}, {"millimeter", 1000},
      {"cm", 100},   {"centimeters", 100},  {"centimetres", 100},  {"m", 1},
      {"meters", 1}, {"metres", 1},         {"meter", 1}};
  const auto found = kUnits.find(base::lower(unit));
  if (found == kUnits.end()) {
    lines.fail("the unit of length is not known", "mm, cm or m", base::quoted(unit));
  }
  return found->second;
}

// Lines 2 and 3: names of settings, and their values below.
TrcHeader read_settings(LineCursor& lines) {
  TrcHeader header;
  const auto first = lines.expect("a line that begins with PathFileType");
  if (!base::lower(base::trim(first)).starts_with("pathfiletype")) {
    lines.fail("this is no TRC file", "a line that begins with PathFileType", base::quoted(first));
  }
  const auto key_line = lines.expect("a line that names DataRate, Units ...");
  header.separator = key_line.find('\t') == key_line.npos && key_line.find(',') != key_line.npos ? ',' : '\t';
  const auto value_line = lines.expect("a line with the values of DataRate, Units ...");
  auto keys = filled_cells(key_line, header.separator);
  auto values = filled_cells(value_line, header.separator);
  if (keys.size() != values.size()) {
    keys = base::split(key_line, header.separator);
    values = base::split(value_line, header.separator);
  }
  std::map<std::string, std::string_view> settings;
  for (std::size_t i = 0; i < keys.size() && i < values.size(); ++i) {
    settings[base::lower(base::trim(keys[i]))] = base::trim(values[i]);
  }
  const auto count = [&](const char* key) -> std::optional<std::size_t> {
    const auto found = settings.find(key);
    if (found == settings.end() || found->second.empty()) return std::nullopt;
    const auto number = base::to_number(found->second);
    if (!number || *number < 0 || *number > 1e9 || *number != std::floor(*number)) {
      lines.fail(std::string(key) + " is no count", "a whole number", base::quoted(found->second));
    }
    return static_cast<std::size_t>(*number);
  };
  header.frames = count("numframes");
  header.markers = count("nummarkers");
  const auto rate = settings.find("datarate");
  if (rate != settings.end() && !rate->second.empty()) {
    const auto number = base::to_number(rate->second);
    if (!number || !std::isfinite(*number) || *number < 0) {
      lines.fail("DataRate is no rate", "a number of Hz above 0", base::quoted(rate->second));
    }
    header.rate_hz = *number;
  }
  const auto unit = settings.find("units");
  if (unit == settings.end() || unit->second.empty()) {
    lines.fail("the unit of length is missing", "mm, cm or m under Units", "nothing");
  }
  header.unit = std::string(unit->second);
  header.units_per_m = units_per_metre(lines, unit->second);
  return header;
}

// Line 4: Frame#, Time, then every marker's name over its three columns (some writers use two).
std::vector<motion::Channel> read_names(LineCursor& lines, const TrcHeader& header) {
  const auto line = lines.expect("a line with Frame#, Time and the markers' names");
  const auto cells = filled_cells(line, header.separator);
  if (cells.size() < 2 || !base::lower(cells[0]).starts_with("frame") ||
      !base::lower(cells[1]).starts_with("time")) {
    lines.fail("the line of names does not begin as it must", "Frame#, Time", base::quoted(line));
  }
  std::vector<motion::Channel> channels;
  std::set<std::string_view> seen;
  for (std::size_t i = 2; i < cells.size(); ++i) {
    if (!seen.insert(cells[i]).second) {
      lines.fail("two markers bear one name", "different names", base::quoted(cells[i]));
    }
    channels.push_back({std::string(cells[i]), "m"});
  }
  if (channels.empty()) lines.fail("no marker is named", "names behind Frame# and Time", "none");
  if (header.markers && *header.markers != channels.size()) {
    lines.fail("the names do not match NumMarkers", std::to_string(*header.markers) + " names",
               std::to_string(channels.size()));
  }
  return channels;
}

// Line 5: X1 Y1 Z1 X2 ...; some writers leave it out.
void skip_axis_labels(LineCursor& lines, const TrcHeader& header) {
  LineCursor ahead = lines;
  const auto line = ahead.next();
  if (!line) return;
  const auto cells = filled_cells(*line, header.separator);
  if (cells.empty() || base::to_number(cells[0])) return;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (base::lower(cells[i])[0] != "xyz"[i % 3]) {
      ahead.fail("the labels of the axes are not in order", std::string(1, "XYZ"[i % 3]) + std::to_string(i / 3 + 1),
                 base::quoted(cells[i]));
    }
  }
  lines = ahead;
}

}  // namespace

motion::Recording read_trc(const std::filesystem::path& path) {
  return parse_trc(base::read_file(path), path.string());
}

motion::Recording parse_trc(std::string_view text, const std::string& path) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LineCursor lines(path, text);
  const TrcHeader header = read_settings(lines);
  auto channels = read_names(lines, header);
  skip_axis_labels(lines, header);
  const std::size_t markers = channels.size();
  const NumberRows rows = read_rows(lines, {header.separator, 2 + 3 * markers, 1});
  if (rows.rows() == 0) {
    throw FormatError(path, Place::line(lines.line()), "the file holds no frames", "rows below the header", "none");
  }
  motion::Recording recording;
  recording.source = path;
  recording.format = "TRC";
  if (header.frames) check_row_count(rows, *header.frames, "NumFrames", path, recording.notes);
  const auto stamps = rows.column(1);
  if (const auto bad = first_bad_stamp(stamps)) {
    throw FormatError(path, Place::line_column(rows.lines[*bad], 2), "time does not increase",
                      *bad == 0 ? "a number" : "more than " + base::to_text(stamps[*bad - 1]) + " s",
                      base::to_text(stamps[*bad]));
  }
  base::Matrix<double> values(rows.rows(), 3 * markers);
  std::size_t zeros = 0;
  for (std::size_t f = 0; f < rows.rows(); ++f) {
    for (std::size_t m = 0; m < markers; ++m) {
      const double* from = rows.values.data() + f * rows.width + 2 + 3 * m;
      double* to = &values(f, 3 * m);
      const bool zero = from[0] == 0 && from[1] == 0 && from[2] == 0;
      zeros += zero ? 1 : 0;
      for (std::size_t k = 0; k < 3; ++k) {
        to[k] = zero ? std::numeric_limits<double>::quiet_NaN() : from[k] / header.units_per_m;
      }
    }
  }
  recording.notes.push_back("positions were in " + header.unit);
  if (zeros > 0) {
    recording.notes.push_back(std::to_string(zeros) + " markers at exactly 0 0 0 count as missing");
  }
  if (rows.short_rows > 0) {
    recording.notes.push_back(std::to_string(rows.short_rows) +
                              " rows end before the last column; what they lack counts as missing");
  }
  auto clock = make_clock(stamps, header.rate_hz, recording.notes);
  recording.series.emplace_back(motion::Quantity::position, std::move(channels), std::move(clock),
                                std::move(values));
  return recording;
}

std::string format_trc(const motion::Series& markers, std::string_view file_name) {
  require(markers.quantity() == motion::Quantity::position, "format_trc: the series holds no positions");
  const auto rate = base::to_text(markers.clock().rate_hz());
  const auto frames = std::to_string(markers.frames());
  std::string out = "PathFileType\t4\t(X/Y/Z)\t" + std::string(file_name) +
                    "\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame"
                    "\tOrigNumFrames\n" +
                    rate + "\t" + rate + "\t" + frames + "\t" + std::to_string(markers.channels().size()) +
                    "\tmm\t" + rate + "\t1\t" + frames + "\nFrame#\tTime";
  for (std::size_t m = 0; m < markers.channels().size(); ++m) {
    out += (m == 0 ? "\t" : "\t\t\t") + markers.channels()[m].name;
  }
  out += "\t\t\n\t";
  for (std::size_t m = 1; m <= markers.channels().size(); ++m) {
    const auto number = std::to_string(m);
    out += "\tX" + number + "\tY" + number + "\tZ" + number;
  }
  out += "\n\n";
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    out += std::to_string(f + 1) + "\t" + base::to_text(markers.clock().time_s(f));
    for (const double value : markers.values().row(f)) {
      out += '\t';
      append_scaled(out, value, 1000.0, "NaN");
    }
    out += '\n';
  }
  return out;
}

std::vector<std::string> write_trc(const motion::Recording& recording, const std::filesystem::path& path) {
  std::vector<std::string> left_out;
  const motion::Series* markers = nullptr;
  std::size_t origin = 0;
  for (const auto& series : recording.series) {
    if (markers == nullptr && series.quantity() == motion::Quantity::position) {
      markers = &series;
      continue;
    }
    left_out.push_back(std::to_string(series.channels().size()) + " channels of " +
                       std::string(motion::to_string(series.quantity())) + ": TRC holds marker positions only");
  }
  if (markers == nullptr) throw Error(recording.source + ": there are no marker positions to write as TRC");
  for (std::size_t f = 0; f < markers->frames(); ++f) {
    for (std::size_t m = 0; m < markers->channels().size(); ++m) {
      origin += markers->at(f, m, 0) == 0 && markers->at(f, m, 1) == 0 && markers->at(f, m, 2) == 0 ? 1 : 0;
    }
  }
  if (origin > 0) {
    left_out.push_back(std::to_string(origin) + " positions exactly at the origin: TRC reads 0 0 0 as missing");
  }
  if (!markers->residuals().empty()) left_out.push_back("residuals of the markers");
  if (!recording.events.empty()) left_out.push_back(std::to_string(recording.events.size()) + " events");
  if (!recording.measures.empty()) {
    left_out.push_back(std::to_string(recording.measures.size()) + " measures of the body");
  }
  base::write_file(path, format_trc(*markers, path.filename().string()));
  return left_out;
}

}  // namespace kinemyo::io
