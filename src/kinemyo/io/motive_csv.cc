#include "kinemyo/io/motive_csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/io/export_table.h"
#include "kinemyo/io/stamps.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using base::LineCursor;
using motion::Channel;
using motion::Quantity;

constexpr std::size_t kMostHeaderLines = 20;
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Header {
  std::map<std::string, std::string> settings;                 // of the first line
  std::vector<std::string> types, names, components, columns;  // one a column
  std::size_t names_line = 0;
};

// Lines up to the one that begins with Frame; the one before it tells rotations from positions.
Header read_header(LineCursor& lines) {
  Header out;
  const auto settings = header_cells(lines.expect("the settings of the export"), ',');
  for (std::size_t i = 0; i + 1 < settings.size(); i += 2) out.settings[base::lower(settings[i])] = settings[i + 1];
  std::vector<std::pair<std::size_t, std::vector<std::string>>> before;
  for (std::size_t n = 0; n < kMostHeaderLines; ++n) {
    auto cells = header_cells(lines.expect("the line that begins with Frame"), ',');
    if (base::lower(cells[0]) == "frame") {
      out.columns = std::move(cells);
      break;
    }
    const bool blank = std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.empty(); });
    if (!blank) before.emplace_back(lines.line(), std::move(cells));
  }
  if (out.columns.empty()) lines.fail("no line of columns", "a line that begins with Frame, Time", "none within " + std::to_string(kMostHeaderLines) + " lines");
  if (before.size() < 3) lines.fail("lines above the columns are missing", "types, names and Rotation or Position", std::to_string(before.size()) + " lines");
  // Old exports do not write Type and Name into the second column; the order is the same.
  out.types = std::move(before[0].second);
  out.names_line = before[1].first;
  out.names = std::move(before[1].second);
  out.components = std::move(before.back().second);
  while (out.columns.size() > 2 && out.columns.back().empty()) out.columns.pop_back();
  for (auto* row : {&out.types, &out.names, &out.components}) row->resize(out.columns.size());
  return out;
}

struct Part {
  std::string type, name;
  std::array<std::size_t, 3> position{kNone, kNone, kNone};
  std::array<std::size_t, 4> rotation{kNone, kNone, kNone, kNone};  // x y z w
};

std::vector<Part> parts_of(const Header& header) {
  std::vector<Part> out;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (std::size_t c = 2; c < header.columns.size(); ++c) {
    const std::string component = base::lower(header.components[c]);
    if (component != "position" && component != "rotation") continue;  // marker error, quality
    const auto axis = header.columns[c].size() == 1 ? std::string_view("XYZW").find(header.columns[c]) : std::string_view::npos;
    if (axis == std::string_view::npos) continue;
    const auto [place, is_new] = places.try_emplace({header.types[c], header.names[c]}, out.size());
    if (is_new) out.push_back({base::lower(header.types[c]), header.names[c], {kNone, kNone, kNone}, {kNone, kNone, kNone, kNone}});
    Part& part = out[place->second];
    if (component == "position" && axis < 3 && part.position[axis] == kNone) part.position[axis] = c;
    if (component == "rotation" && part.rotation[axis] == kNone) part.rotation[axis] = c;
  }
  return out;
}

bool whole(std::span<const std::size_t> columns) {
  return std::none_of(columns.begin(), columns.end(), [](std::size_t c) { return c == kNone; });
}

// A unit quaternion and a place as a 4 x 4 matrix, row-major.
void write_placement(const NumberRows& rows, std::size_t row, const Part& part, double metres, double* to) {
  double q[4], p[3];
  for (std::size_t k = 0; k < 4; ++k) q[k] = rows.at(row, part.rotation[k]);
  for (std::size_t k = 0; k < 3; ++k) p[k] = rows.at(row, part.position[k]) * metres;
  const double size = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  if (!(size > 0.5 && size < 2) || std::isnan(p[0] + p[1] + p[2])) {
    std::fill(to, to + 16, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  const double x = q[0] / size, y = q[1] / size, z = q[2] / size, w = q[3] / size;
  const double matrix[16] = {1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), p[0],
                             2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), p[1],
                             2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), p[2],
                             0, 0, 0, 1};
  std::copy(std::begin(matrix), std::end(matrix), to);
}

void add_markers(const Header& header, const std::vector<Part>& parts, const NumberRows& rows, const motion::Clock& clock,
                 double metres, motion::Recording& out) {
  std::vector<ColumnTriple> triples;
  std::vector<Channel> channels;
  std::set<std::string> seen;
  std::size_t solved = 0;
  // A marker as it was measured goes before the same marker as its rigid body places it.
  for (const bool measured : {true, false}) {
    for (const auto& part : parts) {
      const bool is_marker = part.type.find("marker") != part.type.npos;
      if (!is_marker || (part.type == "marker") != measured) continue;
      if (!whole(part.position)) {
        throw FormatError(out.source, Place::line(header.names_line), "marker " + base::quoted(part.name) + " lacks a coordinate", "X, Y and Z", "fewer");
      }
      if (part.name.empty() || !seen.insert(part.name).second) {
        ++solved;
        continue;
      }
      triples.push_back({part.name, part.position});
      channels.push_back({part.name, "m"});
    }
  }
  if (solved > 0) out.notes.push_back(std::to_string(solved) + " markers are there twice (measured, and as a rigid body places them): the measured ones are kept");
  if (triples.empty()) return;
  std::size_t zeros = 0;
  out.series.emplace_back(Quantity::position, std::move(channels), clock, triple_values(rows, triples, metres, false, zeros));
}

void add_bodies(const Header& header, const std::vector<Part>& parts, const NumberRows& rows, const motion::Clock& clock,
                double metres, motion::Recording& out) {
  std::vector<const Part*> bodies;
  std::vector<Channel> channels;
  std::set<std::string> seen;
  std::vector<std::string> left_out;
  const auto kind = header.settings.find("rotation type");
  const bool quaternion = kind != header.settings.end() && base::lower(kind->second).starts_with("quaternion");
  for (const auto& part : parts) {
    if (part.type.find("marker") != part.type.npos) continue;
    if (!quaternion || !whole(part.position) || !whole(part.rotation) || !seen.insert(part.name).second) {
      left_out.push_back(part.name);
      continue;
    }
    bodies.push_back(&part);
    channels.push_back({part.name, "m"});
  }
  if (!left_out.empty()) {
    out.notes.push_back("rigid bodies and bones left out (only quaternions with a position are read): " + base::join(left_out));
  }
  if (bodies.empty()) return;
  // 16 numbers from 7 columns: no more than three times the table.
  base::Matrix<double> values(rows.rows(), 16 * bodies.size());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (std::size_t b = 0; b < bodies.size(); ++b) write_placement(rows, r, *bodies[b], metres, &values(r, 16 * b));
  }
  out.series.emplace_back(Quantity::rotation, std::move(channels), clock, std::move(values));
}

}  // namespace

bool looks_like_motive_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return base::lower(text.substr(0, 15)) == "format version,";
}

motion::Recording parse_motive_csv(std::string_view text, const std::string& path) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LineCursor lines(path, text);
  const Header header = read_header(lines);
  motion::Recording out;
  out.source = path;
  out.format = "Motive CSV";
  const auto stated = header.settings.find("length units");
  const auto unit = stated == header.settings.end() ? std::nullopt : parse_unit(stated->second);
  if (!unit || unit->si != "m") {
    throw FormatError(path, Place::line(1), "Length Units", "Meters, Centimeters or Millimeters",
                      stated == header.settings.end() ? "nothing" : base::quoted(stated->second));
  }
  out.notes.push_back("positions were in " + base::lower(stated->second));
  const auto rows = read_rows(lines, {',', header.columns.size(), 1});
  if (rows.rows() == 0) lines.fail("the file holds no frames", "rows below the header", "none");
  if (header.columns.size() < 3 || !base::lower(header.columns[1]).starts_with("time")) {
    lines.fail("the columns do not begin as they must", "Frame, Time (Seconds)", base::quoted(base::join(header.columns, ",")));
  }
  const auto stamps = rows.column(1);
  if (const auto bad = first_bad_stamp(stamps)) {
    throw FormatError(path, Place::line_column(rows.lines[*bad], 2), "time does not increase",
                      *bad == 0 ? "a number" : "more than " + base::to_text(stamps[*bad - 1]) + " s", base::to_text(stamps[*bad]));
  }
  double rate_hz = 0;
  for (const char* key : {"export frame rate", "capture frame rate"}) {
    const auto found = header.settings.find(key);
    if (rate_hz <= 0 && found != header.settings.end()) rate_hz = base::to_number(found->second).value_or(0);
  }
  const auto clock = make_clock(stamps, rate_hz, out.notes);
  const auto parts = parts_of(header);
  add_markers(header, parts, rows, clock, unit->factor, out);
  add_bodies(header, parts, rows, clock, unit->factor, out);
  if (out.series.empty()) throw FormatError(path, Place::line(1), "the export holds no markers and no bodies", "columns of type Marker, Rigid Body or Bone", "none");
  return out;
}

}  // namespace kinemyo::io
