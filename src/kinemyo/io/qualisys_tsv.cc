#include "kinemyo/io/qualisys_tsv.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/export_table.h"
#include "kinemyo/io/stamps.h"

namespace kinemyo::io {

namespace {

using base::LineCursor;
using motion::Channel;
using motion::Quantity;

struct Header {
  double rate_hz = 0;
  std::optional<std::size_t> frames, markers;
  std::vector<std::string> marker_names, channel_names;
  std::vector<motion::Event> events;
};

// "MARKER_NAMES": capitals and underscores, as no name of a column and no number is.
bool is_key(std::string_view cell) {
  return cell.size() > 2 && std::all_of(cell.begin(), cell.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }) &&
         std::isalpha(static_cast<unsigned char>(cell[0])) != 0;
}

std::size_t count_of(const LineCursor& lines, const std::vector<std::string>& cells) {
  const auto number = cells.size() > 1 ? base::to_integer(cells[1]) : std::nullopt;
  if (!number || *number < 0 || *number > 1'000'000'000) {
    lines.fail(cells[0] + " is no count", "a whole number", cells.size() > 1 ? base::quoted(cells[1]) : "nothing");
  }
  return static_cast<std::size_t>(*number);
}

std::vector<std::string> names_behind(const std::vector<std::string>& cells) {
  std::vector<std::string> out(cells.begin() + 1, cells.end());
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

Header read_header(LineCursor& lines) {
  Header out;
  for (LineCursor ahead = lines; const auto line = ahead.next(); lines = ahead) {
    const auto cells = header_cells(*line, '\t');
    if (!is_key(cells[0])) break;
    const std::string& key = cells[0];
    if (key == "NO_OF_FRAMES" || key == "NO_OF_SAMPLES") {
      out.frames = count_of(ahead, cells);
    } else if (key == "NO_OF_MARKERS") {
      out.markers = count_of(ahead, cells);
    } else if (key == "FREQUENCY") {
      const auto rate = cells.size() > 1 ? base::to_number(cells[1]) : std::nullopt;
      if (!rate || !std::isfinite(*rate) || *rate <= 0 || *rate > 1e7) {
        ahead.fail("FREQUENCY is no rate", "a number of Hz above 0", cells.size() > 1 ? base::quoted(cells[1]) : "nothing");
      }
      out.rate_hz = *rate;
    } else if (key == "MARKER_NAMES") {
      out.marker_names = names_behind(cells);
    } else if (key == "CHANNEL_NAMES") {
      out.channel_names = names_behind(cells);
    } else if (key == "EVENT" && cells.size() > 3) {
      const auto time = base::to_number(cells[3]);
      if (!time || !std::isfinite(*time)) ahead.fail("an event has no time", "s", base::quoted(cells[3]));
      out.events.push_back({cells[1], "", *time});
    } else if (key == "BODY_NAMES" || key == "SOLVER" || key == "NO_OF_BODIES") {
      ahead.fail("this is an export of rigid bodies or skeletons, which is not read", "markers (3D) or analog channels", base::quoted(key));
    }
  }
  return out;
}

// The optional line of column names: Frame, Time, then the markers' axes. How many columns stand before the data.
std::size_t skip_titles(LineCursor& lines) {
  LineCursor ahead = lines;
  const auto line = ahead.next();
  if (!line) return 0;
  const auto cells = header_cells(*line, '\t');
  if (cells[0].empty() || base::to_number(cells[0])) return 0;
  lines = ahead;
  std::size_t before = 0;
  for (const auto& cell : cells) {
    const std::string low = base::lower(cell);
    if (low != "frame" && low != "time" && low != "sample") break;
    ++before;
  }
  return before;
}

// Columns of the first row that has any.
std::size_t width_of(LineCursor lines) {
  while (const auto line = lines.next()) {
    if (base::trim(*line).empty()) continue;
    auto cells = header_cells(*line, '\t');
    while (!cells.empty() && cells.back().empty()) cells.pop_back();
    return cells.size();
  }
  return 0;
}

}  // namespace

bool looks_like_qualisys_tsv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text.starts_with("NO_OF_FRAMES\t") || text.starts_with("NO_OF_SAMPLES\t");
}

motion::Recording parse_qualisys_tsv(std::string_view text, const std::string& path) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LineCursor lines(path, text);
  auto header = read_header(lines);
  const bool analog = header.marker_names.empty() && !header.channel_names.empty();
  const auto& labels = analog ? header.channel_names : header.marker_names;
  if (labels.empty()) lines.fail("no names of markers or channels", "a line MARKER_NAMES or CHANNEL_NAMES", "none");
  if (!analog && header.markers && *header.markers != labels.size()) {
    lines.fail("MARKER_NAMES does not match NO_OF_MARKERS", std::to_string(*header.markers) + " names", std::to_string(labels.size()));
  }
  const std::size_t titled = skip_titles(lines);
  const std::size_t data = (analog ? 1 : 3) * labels.size();
  // Without titles, two more columns than the markers need are Frame and Time.
  const std::size_t before = titled > 0 ? titled : width_of(lines) == data + 2 ? 2 : 0;
  const NumberRows rows = read_rows(lines, {'\t', before + data, 1});
  if (rows.rows() == 0) lines.fail("the file holds no frames", "rows below the header", "none");
  motion::Recording out;
  out.source = path;
  out.format = "Qualisys TSV";
  if (header.frames) check_row_count(rows, *header.frames, "the header", path, out.notes);
  motion::Clock clock;
  if (before >= 2) {
    const auto stamps = rows.column(1);
    if (const auto bad = first_bad_stamp(stamps)) {
      throw FormatError(path, Place::line_column(rows.lines[*bad], 2), "time does not increase",
                        *bad == 0 ? "a number" : "more than " + base::to_text(stamps[*bad - 1]) + " s", base::to_text(stamps[*bad]));
    }
    clock = make_clock(stamps, header.rate_hz, out.notes);
  } else {
    if (header.rate_hz <= 0) lines.fail("the file states no rate", "a line FREQUENCY, or a column Time", "neither");
    clock = motion::Clock::uniform(header.rate_hz, 0, rows.rows());
  }
  out.events = std::move(header.events);
  const auto names = distinct_names(labels, labels.size(), analog ? "channel" : "marker", out.notes);
  std::vector<Channel> channels;
  if (analog) {
    std::vector<std::size_t> columns;
    for (std::size_t c = 0; c < names.size(); ++c) {
      channels.push_back({names[c], ""});
      columns.push_back(before + c);
    }
    out.notes.emplace_back("the export states no units of its analog channels: kept as they are");
    out.series.emplace_back(Quantity::analog, std::move(channels), clock, column_values(rows, columns, std::vector<double>(columns.size(), 1)));
    return out;
  }
  std::vector<ColumnTriple> triples;
  for (std::size_t m = 0; m < names.size(); ++m) {
    channels.push_back({names[m], "m"});
    triples.push_back({names[m], {before + 3 * m, before + 3 * m + 1, before + 3 * m + 2}});
  }
  std::size_t zeros = 0;
  auto values = triple_values(rows, triples, 0.001, true, zeros);
  out.notes.emplace_back("positions were in mm, as Qualisys always writes them");
  if (zeros > 0) out.notes.push_back(std::to_string(zeros) + " markers at exactly 0 0 0 count as missing");
  out.series.emplace_back(Quantity::position, std::move(channels), clock, std::move(values));
  return out;
}

}  // namespace kinemyo::io
