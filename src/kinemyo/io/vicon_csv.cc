#include "kinemyo/io/vicon_csv.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kinemyo/base/text.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/export_table.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using base::LineCursor;
using motion::Channel;
using motion::Quantity;

constexpr std::size_t kMostSections = 64;

const char* const kSections[] = {"trajectories", "devices", "model outputs", "events", "segments", "joints", "scalars"};

bool is_section(std::string_view cell) {
  const std::string word = base::lower(cell);
  return std::any_of(std::begin(kSections), std::end(kSections), [&](const char* one) { return word == one; });
}

bool is_blank(std::string_view line, char separator) {
  const char blank[] = {' ', '\t', separator, '\0'};
  return line.find_first_not_of(blank) == line.npos;
}

// One section: its header lines, and its rows.
struct Section {
  std::string kind;
  double rate_hz = 0;
  std::vector<std::string> names, columns, units;
  std::size_t names_line = 0;
  NumberRows rows;
};

Section read_section(LineCursor lines, const std::string& kind, char separator) {
  Section out;
  out.kind = kind;
  const auto rate_line = lines.expect("the rate of the section");
  const auto rate_cells = header_cells(rate_line, separator);
  const auto rate = base::to_number(rate_cells[0]);
  if (!rate || !std::isfinite(*rate) || *rate <= 0 || *rate > 1e7) {
    lines.fail("the rate of the section " + kind, "a number of Hz above 0", base::quoted(rate_cells[0]));
  }
  out.rate_hz = *rate;
  out.names = header_cells(lines.expect("the names of the section"), separator);
  out.names_line = lines.line();
  out.columns = header_cells(lines.expect("the line that begins with Frame"), separator);
  if (base::lower(out.columns[0]) != "frame" || out.columns.size() < 3 || base::lower(out.columns[1]) != "sub frame") {
    lines.fail("the columns of the section " + kind, "Frame, Sub Frame and more", base::quoted(base::join(out.columns, ",")));
  }
  out.units = header_cells(lines.expect("the units of the section"), separator);
  while (out.columns.size() > 2 && out.columns.back().empty()) out.columns.pop_back();
  out.units.resize(out.columns.size());
  out.names.resize(out.columns.size());
  out.rows = read_rows(lines, {separator, out.columns.size(), 1});
  if (out.rows.rows() == 0) lines.fail("the section " + kind + " holds no frames", "rows below the units", "none");
  return out;
}

// The clock, from frame and sub-frame numbers, which must follow each other.
motion::Clock clock_of(const Section& section, const std::string& path) {
  double sub_frames = 1;
  for (std::size_t r = 0; r < section.rows.rows(); ++r) sub_frames = std::max(sub_frames, section.rows.at(r, 1) + 1);
  double before = 0;
  for (std::size_t r = 0; r < section.rows.rows(); ++r) {
    const double place = section.rows.at(r, 0) * sub_frames + section.rows.at(r, 1);
    if (!(std::abs(place) < 1e15) || (r > 0 && place != before + 1)) {
      throw FormatError(path, Place::line(section.rows.lines[r]), "frames do not follow each other",
                        r == 0 ? "a number" : "the frame behind that of the line before",
                        "frame " + base::to_text(section.rows.at(r, 0)) + ", sub-frame " + base::to_text(section.rows.at(r, 1)));
    }
    before = place;
  }
  const double first = (section.rows.at(0, 0) - 1) * sub_frames + section.rows.at(0, 1);
  return motion::Clock::uniform(section.rate_hz, first / section.rate_hz, section.rows.rows());
}

// Columns under one name, which stands over the first of them.
struct Group {
  std::string name;
  std::vector<std::size_t> columns;
};

std::vector<Group> groups_of(const Section& section) {
  std::vector<Group> out;
  for (std::size_t c = 2; c < section.columns.size(); ++c) {
    if (out.empty() || !section.names[c].empty()) out.push_back({section.names[c], {}});
    out.back().columns.push_back(c);
  }
  return out;
}

// The place of X, Y, Z (RX, TX ...) in three columns; velocities (X') and the like have none.
std::optional<std::size_t> axis_of(std::string_view column) {
  if (column.size() == 2 && (column[0] == 'R' || column[0] == 'T')) column.remove_prefix(1);
  if (column.size() != 1) return std::nullopt;
  const auto place = std::string_view("XYZ").find(static_cast<char>(column[0] & ~0x20));
  return place == std::string_view::npos ? std::nullopt : std::optional(place);
}

Quantity quantity_of(const Unit& unit) {
  if (unit.si == "m") return Quantity::position;
  if (unit.si == "rad") return Quantity::angle3;
  if (unit.si == "N" || unit.si == "N/kg") return Quantity::force3;
  if (unit.si == "N m" || unit.si == "N m/kg") return Quantity::moment3;
  return Quantity::vector3;
}

void add_triples(const Section& section, const std::string& path, motion::Recording& out) {
  struct Kind {
    std::vector<ColumnTriple> triples;
    std::vector<std::string> units;
  };
  std::map<std::pair<Quantity, double>, Kind> kinds;  // one factor each
  std::vector<std::string> left_out;
  for (const auto& group : groups_of(section)) {
    ColumnTriple triple{group.name, {}};
    std::array<bool, 3> seen{};
    for (const auto c : group.columns) {
      const auto axis = axis_of(section.columns[c]);
      // A segment has rotations (RX) before translations (TX): only one triple is taken, the first.
      if (!axis || seen[*axis]) {
        left_out.push_back(group.name + " " + section.columns[c]);
        continue;
      }
      triple.columns[*axis] = c;
      seen[*axis] = true;
    }
    if (!seen[0] || !seen[1] || !seen[2]) {
      if (group.columns.size() == 1 || !(seen[0] || seen[1] || seen[2])) {
        for (std::size_t k = 0; k < 3; ++k) if (seen[k]) left_out.push_back(group.name + " " + "XYZ"[k]);
        continue;
      }
      throw FormatError(path, Place::line_column(section.names_line + 1, group.columns[0] + 1), group.name + " lacks a coordinate",
                        "X, Y and Z", "fewer");
    }
    const std::string& stated = section.units[triple.columns[0]];
    const auto unit = parse_unit(stated);
    const bool trajectory = section.kind == "trajectories";
    if (trajectory && (!unit || unit->si != "m")) {
      throw FormatError(path, Place::line_column(section.names_line + 2, triple.columns[0] + 1), "the unit of " + group.name + " is no length",
                        "mm, cm or m", base::quoted(stated));
    }
    const Unit known = unit ? *unit : unit_or_as_is(stated);
    auto& kind = kinds[{quantity_of(known), known.factor}];
    kind.triples.push_back(std::move(triple));
    kind.units.push_back(known.si);
  }
  const auto clock = clock_of(section, path);
  for (auto& [key, kind] : kinds) {
    std::vector<std::string> names;
    for (const auto& one : kind.triples) names.push_back(one.name);
    names = distinct_names(std::move(names), kind.triples.size(), section.kind == "trajectories" ? "marker" : "model output", out.notes);
    std::vector<Channel> channels;
    for (std::size_t i = 0; i < names.size(); ++i) channels.push_back({names[i], kind.units[i]});
    std::size_t zeros = 0;
    out.series.emplace_back(key.first, std::move(channels), clock, triple_values(section.rows, kind.triples, key.second, false, zeros));
  }
  if (!left_out.empty()) {
    const std::size_t count = left_out.size();
    left_out.resize(std::min<std::size_t>(count, 6));
    out.notes.push_back("columns of " + section.kind + " left out (velocities, accelerations, further values): " + base::join(left_out) +
                        (count > 6 ? " and " + std::to_string(count - 6) + " more" : ""));
  }
}

void add_devices(const Section& section, const std::string& path, motion::Recording& out) {
  std::vector<AnalogChannel> described;
  std::vector<std::string> names;
  std::string device;
  for (std::size_t c = 2; c < section.columns.size(); ++c) {
    if (!section.names[c].empty()) device = section.names[c];
    const bool number = base::to_number(section.columns[c]).has_value();
    names.push_back(section.columns[c].empty() || number ? device + "." + section.columns[c] : section.columns[c]);
    const std::string low = base::lower(device);
    const bool plate = low.find("force") != low.npos || low.find("plate") != low.npos || low.find("moment") != low.npos ||
                       low.find("cop") != low.npos;
    described.push_back({section.columns[c], device, section.units[c], plate});
  }
  const std::size_t count = names.size();
  names = distinct_names(std::move(names), count, "channel", out.notes);
  const auto is_emg = find_emg(described);
  const auto clock = clock_of(section, path);
  std::vector<std::string> said;
  for (const bool emg : {true, false}) {
    std::vector<Channel> channels;
    std::vector<std::size_t> columns;
    std::vector<double> factors;
    for (std::size_t i = 0; i < count; ++i) {
      if (is_emg[i] != emg) continue;
      const Unit unit = unit_or_as_is(described[i].unit);
      channels.push_back({names[i], unit.si});
      columns.push_back(i + 2);
      factors.push_back(unit.factor);
      if (emg) said.push_back(names[i]);
    }
    if (columns.empty()) continue;
    out.series.emplace_back(emg ? Quantity::emg : Quantity::analog, std::move(channels), clock, column_values(section.rows, columns, factors));
  }
  if (!said.empty()) out.notes.push_back("taken as EMG (in volts, of no force plate, not named as another device): " + base::join(said));
}

// Subject, Context, Name, Time (s), Description.
void add_events(LineCursor lines, char separator, motion::Recording& out) {
  (void)lines.expect("the rate of the events");
  const auto titles = header_cells(lines.expect("the columns of the events"), separator);
  const auto find = [&](std::string_view word) {
    for (std::size_t i = 0; i < titles.size(); ++i) {
      if (base::lower(titles[i]).starts_with(word)) return i;
    }
    lines.fail("the columns of the events", "Context, Name and Time (s)", base::quoted(base::join(titles, ",")));
  };
  const std::size_t context = find("context"), name = find("name"), time = find("time");
  while (const auto line = lines.next()) {
    if (is_blank(*line, separator)) continue;
    auto cells = header_cells(*line, separator);
    cells.resize(std::max(cells.size(), titles.size()));
    const auto at = base::to_number(cells[time]);
    if (!at || !std::isfinite(*at)) lines.fail("an event has no time", "s", base::quoted(cells[time]));
    out.events.push_back({cells[name], cells[context], *at});
  }
}

}  // namespace

bool looks_like_vicon_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  const auto cell = line.substr(0, line.find_first_of(",\t"));
  return is_section(base::trim(cell)) && text.size() > line.size();
}

motion::Recording parse_vicon_csv(std::string_view text, const std::string& path) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  motion::Recording out;
  out.source = path;
  out.format = "Vicon CSV";
  const auto head = text.substr(0, text.find('\0'));
  const char separator = head.find(',') < head.find('\t') || head.find('\t') == head.npos ? ',' : '\t';
  LineCursor lines(path, text);
  std::size_t sections = 0;
  std::vector<std::string> skipped;
  while (const auto line = lines.next()) {
    if (is_blank(*line, separator)) continue;
    const auto title = header_cells(*line, separator)[0];
    if (!is_section(title)) lines.fail("a section has a name that Nexus does not give", "Trajectories, Devices, Model Outputs or Events", base::quoted(title));
    if (++sections > kMostSections) lines.fail("there are too many sections", std::to_string(kMostSections) + " at most", "more");
    // The section ends before the next blank line; a cursor over the text up to there keeps the numbers of lines.
    LineCursor ahead = lines;
    std::size_t end = text.size();
    for (std::size_t at = ahead.offset(); const auto next = ahead.next(); at = ahead.offset()) {
      if (!is_blank(*next, separator)) continue;
      end = at;
      break;
    }
    LineCursor part(path, text.substr(0, end));
    while (part.line() < lines.line()) (void)part.next();
    const std::string kind = base::lower(title);
    if (kind == "events") add_events(part, separator, out);
    else if (kind == "devices") add_devices(read_section(part, kind, separator), path, out);
    else if (kind == "scalars") skipped.push_back(title);
    else add_triples(read_section(part, kind, separator), path, out);
    while (lines.line() < ahead.line() && lines.offset() < end) (void)lines.next();
  }
  if (out.series.empty()) throw FormatError(path, Place::line(1), "the export holds no numbers", "a section of trajectories, model outputs or devices", "none");
  if (!skipped.empty()) out.notes.push_back("sections left out: " + base::join(skipped));
  return out;
}

}  // namespace kinemyo::io
