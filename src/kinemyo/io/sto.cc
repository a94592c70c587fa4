#include "kinemyo/io/sto.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/rows.h"
#include "kinemyo/io/stamps.h"
#include "kinemyo/io/sto_columns.h"

namespace kinemyo::io {

namespace {

using base::LineCursor;

std::string_view bare(std::string_view text) {
  while (!text.empty() && (text.back() == ',' || text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return base::trim(text);
}

std::optional<std::size_t> count_of(const std::map<std::string, std::string>& settings, const char* modern,
                                    const char* old) {
  for (const char* key : {modern, old}) {
    const auto found = settings.find(key);
    if (found == settings.end()) continue;
    const auto number = base::to_integer(found->second);
    if (number && *number >= 0) return static_cast<std::size_t>(*number);
  }
  return std::nullopt;
}

// Everything above endheader: a title, "key=value" or "key value", and remarks.
StoHeader read_header(LineCursor& lines) {
  StoHeader header;
  while (const auto line = lines.next()) {
    const auto text = bare(*line);
    if (base::lower(text) == "endheader") return header;
    const auto equals = text.find('=');
    const auto end = equals == text.npos ? text.find_first_of(" \t") : equals;
    if (end == text.npos) {
      if (lines.line() == 1) header.title = std::string(text);
      continue;
    }
    const std::string key = base::lower(base::trim(text.substr(0, end)));
    const std::string value(base::trim(text.substr(end + 1)));
    if (equals != text.npos || key == "datacolumns" || key == "datarows" || key == "name") {
      header.settings.emplace(key, value);
    } else if (lines.line() == 1) {
      header.title = std::string(text);
    }
  }
  throw FormatError(lines.path(), Place::line(lines.line() + 1), "the header never ends", "a line endheader",
                    "the end of the file");
}

std::vector<std::string> trimmed(std::vector<std::string_view> cells) {
  while (!cells.empty() && base::trim(cells.back()).empty()) cells.pop_back();
  std::vector<std::string> out;
  for (const auto cell : cells) out.emplace_back(base::trim(cell));
  return out;
}

// Tabs part the columns, so that names may hold blanks and empty cells keep their place; but old files part
// them by any blanks, which shows where names and numbers do not come out even by tabs.
std::vector<std::string> read_names(LineCursor& lines, char& separator) {
  std::string_view line;
  do {
    line = lines.expect("a line with the names of the columns");
  } while (line.find_first_not_of(" \t,") == line.npos);
  LineCursor ahead = lines;
  std::string_view first_row;
  while (const auto next = ahead.next()) {
    if (next->find_first_not_of(" \t,") == next->npos) continue;
    first_row = *next;
    break;
  }
  separator = '\t';
  auto names = trimmed(base::split(line, '\t'));
  if (names.size() < 2 && line.find(',') != line.npos) {
    separator = ',';
    names = trimmed(base::split(line, ','));
  } else if (trimmed(base::split(first_row, '\t')).size() > names.size() || names.size() < 2) {
    const auto blank = base::split_blank(line);
    if (blank.size() == base::split_blank(first_row).size()) {
      separator = ' ';
      names = trimmed(blank);
    }
  }
  if (names.empty() || base::lower(names[0]) != "time") {
    lines.fail("the first column is not the time", "time", base::quoted(names.empty() ? line : names[0]));
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() || !seen.insert(names[i]).second) {
      throw FormatError(lines.path(), Place::line_column(lines.line(), i + 1),
                        names[i].empty() ? "a column has no name" : "two columns bear one name", "different names",
                        base::quoted(names[i]));
    }
  }
  return names;
}

std::size_t numbers_a_cell(const LineCursor& lines, const StoHeader& header) {
  const auto found = header.settings.find("datatype");
  if (found == header.settings.end()) return 1;
  static const std::map<std::string, std::size_t> kTypes = {
      {"double", 1}, {"float", 1}, {"vec2", 2},       {"vec3", 3},       {"unitvec3", 3}, {"vec4", 4},
      {"vec5", 5},   {"vec6", 6},  {"quaternion", 4}, {"spatialvec", 6}, {"vec7", 7},     {"vec8", 8}, {"vec9", 9}};
  const auto type = kTypes.find(base::lower(found->second));
  if (type == kTypes.end()) {
    throw FormatError(lines.path(), Place::named("header"), "the DataType is not known",
                      "double, Vec3, SpatialVec, Quaternion ...", base::quoted(found->second));
  }
  return type->second;
}

}  // namespace

motion::Recording read_sto(const std::filesystem::path& path, const StoReadOptions& options) {
  return parse_sto(base::read_file(path), path.string(), options);
}

motion::Recording parse_sto(std::string_view text, const std::string& path, const StoReadOptions& options) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LineCursor lines(path, text);
  StoHeader header = read_header(lines);
  RowShape shape;
  const auto names = read_names(lines, shape.separator);
  shape.columns = names.size();
  shape.cell_numbers = numbers_a_cell(lines, header);
  const NumberRows rows = read_rows(lines, shape);
  if (rows.rows() == 0) {
    throw FormatError(path, Place::line(lines.line()), "the file holds no rows", "rows below the names", "none");
  }
  motion::Recording recording;
  recording.source = path;
  recording.format = base::lower(std::filesystem::path(path).extension().string()) == ".mot" ? "MOT" : "STO";
  if (const auto promised = count_of(header.settings, "nrows", "datarows")) {
    check_row_count(rows, *promised, "the header", path, recording.notes);
  }
  if (const auto promised = count_of(header.settings, "ncolumns", "datacolumns"); promised && *promised != names.size()) {
    recording.notes.push_back("the header says " + std::to_string(*promised) + " columns, the file holds " +
                              std::to_string(names.size()));
  }
  if (rows.short_rows > 0) {
    recording.notes.push_back(std::to_string(rows.short_rows) +
                              " rows end before the last column; what they lack counts as missing");
  }
  const auto stamps = rows.column(0);
  if (const auto bad = first_bad_stamp(stamps)) {
    throw FormatError(path, Place::line_column(rows.lines[*bad], 1), "time does not increase",
                      *bad == 0 ? "a number" : "more than " + base::to_text(stamps[*bad - 1]) + " s",
                      base::to_text(stamps[*bad]));
  }
  const auto rate = header.settings.find("datarate");
  const auto stated = rate == header.settings.end() ? std::nullopt : base::to_number(rate->second);
  const auto clock = make_clock(stamps, stated.value_or(0), recording.notes);
  header.in_degrees = options.in_degrees;
  if (const auto found = header.settings.find("indegrees"); found != header.settings.end()) {
    const std::string said = base::lower(found->second);
    if (said != "yes" && said != "no" && said != "true" && said != "false") {
      throw FormatError(path, Place::named("header"), "inDegrees is neither yes nor no", "yes or no",
                        base::quoted(found->second));
    }
    header.in_degrees = said == "yes" || said == "true";
  }
  add_sto_series(recording, header, names, rows, shape.cell_numbers, clock);
  return recording;
}

std::string format_sto(const std::vector<const motion::Series*>& series, std::string_view title) {
  require(!series.empty(), "format_sto: no series");
  const motion::Clock& clock = series.front()->clock();
  std::vector<std::string> names;
  std::vector<double> factors;
  const std::string runs = sto_names(series, names, factors);
  std::string out(title);
  out += "\nversion=1\nnRows=" + std::to_string(clock.size()) + "\nnColumns=" + std::to_string(names.size() + 1) +
         "\ninDegrees=yes\n" + runs + "endheader\ntime";
  for (const auto& name : names) out += "\t" + name;
  out += '\n';
  for (std::size_t f = 0; f < clock.size(); ++f) {
    out += base::to_text(clock.time_s(f));
    std::size_t column = 0;
    for (const auto* one : series) {
      for (const double value : one->values().row(f)) {
        out += '\t';
        append_scaled(out, value, factors[column++], "NaN");
      }
    }
    out += '\n';
  }
  return out;
}

std::vector<std::string> write_sto(const motion::Recording& recording, const std::filesystem::path& path) {
  std::vector<std::string> notes;
  const auto same = [](const motion::Clock& a, const motion::Clock& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t f = 0; f < a.size(); ++f) {
      if (std::abs(a.time_s(f) - b.time_s(f)) > 1e-9) return false;
    }
    return true;
  };
  std::vector<std::vector<const motion::Series*>> groups;
  for (const auto& series : recording.series) {
    if (series.channels().empty() || series.frames() == 0) continue;
    if (series.quantity() == motion::Quantity::position) {
      notes.push_back(std::to_string(series.channels().size()) + " markers: STO and MOT hold no positions, TRC does");
      continue;
    }
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& one) {
      return same(one.front()->clock(), series.clock());
    });
    if (group == groups.end()) groups.push_back({&series});
    else group->push_back(&series);
  }
  if (groups.empty()) throw Error(recording.source + ": there are no angles, forces or signals to write as STO or MOT");
  // The named file holds what the format is for: coordinates, then angles.
  const auto weight = [](const auto& group) {
    int best = 0;
    for (const auto* series : group) {
      best = std::max(best, series->quantity() == motion::Quantity::coordinate ? 2
                            : series->quantity() == motion::Quantity::angle3   ? 1
                                                                               : 0);
    }
    return best;
  };
  std::stable_sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) { return weight(a) > weight(b); });
  std::set<std::filesystem::path> taken;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::filesystem::path file = path;
    for (std::size_t number = 1; g > 0 && (file == path || taken.contains(file)); ++number) {
      const auto rate = base::to_text(std::round(groups[g].front()->clock().rate_hz() * 1000) / 1000);
      file = path.parent_path() / (path.stem().string() + "_" + rate + "Hz" +
                                   (number > 1 ? "_" + std::to_string(number) : "") + path.extension().string());
    }
    taken.insert(file);
    const bool coordinates = weight(groups[g]) == 2;
    const bool all_emg = std::all_of(groups[g].begin(), groups[g].end(), [](const auto* one) {
      return one->quantity() == motion::Quantity::emg;
    });
    base::write_file(file, format_sto(groups[g], coordinates ? "Coordinates" : all_emg ? "Electromyography" : "Recording"));
    if (g > 0) notes.push_back("what runs on another clock was written to " + file.filename().string());
  }
  if (!recording.events.empty()) notes.push_back(std::to_string(recording.events.size()) + " events");
  if (!recording.measures.empty()) notes.push_back(std::to_string(recording.measures.size()) + " measures of the body");
  return notes;
}

}  // namespace kinemyo::io
