#include "kinemyo/io/rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "kinemyo/io/csv.h"

namespace kinemyo::io {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kPaddingLimit = std::size_t{1} << 22;

// Numbers are the common case, so they are tried first, without looking for blanks.
bool parse_number(std::string_view cell, double& value) {
  if (!cell.empty() && ((cell.front() >= '0' && cell.front() <= '9') || cell.front() == '-')) {
    const char* const stop = cell.data() + cell.size();
    const auto [end, problem] = std::from_chars(cell.data(), stop, value);
    if (end == stop && problem == std::errc()) return true;
  }
  cell = base::trim(cell);
  if (is_missing_word(cell)) {
    value = kNan;
    return true;
  }
  const auto number = base::to_number(cell);
  if (number) value = *number;
  return number.has_value();
}

std::size_t decimals(std::string_view cell) {
  const auto point = cell.find('.');
  if (point == cell.npos) return 0;
  const auto end = cell.find_first_not_of("0123456789", point + 1);
  return (end == cell.npos ? cell.size() : end) - point - 1;
}

class CellSplitter {
 public:
  CellSplitter(std::string_view line, char separator) : rest_(line), separator_(separator) {
    if (separator_ == ' ') skip_blanks();
  }
  bool next(std::string_view& cell) {
    if (done_) return false;
    if (separator_ == ' ') {
      if (rest_.empty()) return false;
      const auto end = rest_.find_first_of(" \t");
      cell = rest_.substr(0, end);
      rest_.remove_prefix(cell.size());
      skip_blanks();
      return true;
    }
    const auto end = rest_.find(separator_);
    cell = rest_.substr(0, end);
    done_ = end == rest_.npos;
    if (!done_) rest_.remove_prefix(end + 1);
    return true;
  }

 private:
  void skip_blanks() {
    const auto first = rest_.find_first_not_of(" \t");
    rest_.remove_prefix(first == rest_.npos ? rest_.size() : first);
  }
  std::string_view rest_;
  char separator_;
  bool done_ = false;
};

}  // namespace

std::vector<double> NumberRows::column(std::size_t number) const {
  std::vector<double> out(rows());
  for (std::size_t r = 0; r < out.size(); ++r) out[r] = at(r, number);
  return out;
}

NumberRows read_rows(base::LineCursor& lines, const RowShape& shape) {
  NumberRows out;
  out.width = shape.columns * shape.cell_numbers;
  const char blank[] = {' ', '\t', shape.separator, '\0'};
  std::size_t bytes = 0;
  std::size_t padding = 0;
  std::size_t decimals_before = 0;
  bool fixed_decimals = true;
  bool always_filled = true;
  std::string_view last_cell;
  while (const auto line = lines.next()) {
    if (line->find_first_not_of(blank) == line->npos) continue;
    bytes += line->size();
    if (out.rows() > 0) {
      const auto count = decimals(last_cell);
      fixed_decimals = fixed_decimals && (out.rows() < 2 || count == decimals_before);
      always_filled = always_filled && !base::trim(last_cell).empty();
      decimals_before = count;
    }
    const auto fail = [&](std::size_t column, std::string what, std::string expected, std::string found) {
      throw FormatError(lines.path(), Place::line_column(lines.line(), column), std::move(what),
                        std::move(expected), std::move(found));
    };
    CellSplitter cells(*line, shape.separator);
    std::string_view cell;
    std::size_t c = 0;
    for (; cells.next(cell); ++c) {
      if (c >= shape.columns) {
        if (base::trim(cell).empty()) continue;
        fail(c + 1, "a row has more cells than the header has columns",
             std::to_string(shape.columns) + " cells", base::quoted(cell));
      }
      last_cell = cell;
      double value = kNan;
      // The time column leads, and is one number in any cell.
      if (shape.cell_numbers == 1 || c == 0) {
        if (!parse_number(cell, value)) {
          fail(c + 1, "a cell holds no number", "a number or nothing", base::quoted(cell));
        }
        out.values.push_back(value);
        for (std::size_t k = 1; k < shape.cell_numbers; ++k) out.values.push_back(kNan);
        continue;
      }
      const bool empty = base::trim(cell).empty();
      CellSplitter parts(cell, ',');
      std::string_view part;
      std::size_t k = 0;
      for (; !empty && parts.next(part); ++k) {
        if (k >= shape.cell_numbers || !parse_number(part, value)) break;
        out.values.push_back(value);
      }
      if (!empty && (k != shape.cell_numbers || parts.next(part))) {
        fail(c + 1, "a cell holds no vector", std::to_string(shape.cell_numbers) + " numbers with commas between",
             base::quoted(cell));
      }
      for (; k < shape.cell_numbers; ++k) out.values.push_back(kNan);
    }
    out.last_row_ended = lines.last_line_ended();
    if (c < shape.columns) {
      if (!out.last_row_ended) {
        fail(c, "the file ends within a row", std::to_string(shape.columns) + " cells", std::to_string(c));
      }
      ++out.short_rows;
      padding += (shape.columns - c) * shape.cell_numbers;
      if (padding > kPaddingLimit + bytes) {
        fail(c, "rows are much shorter than the header", std::to_string(shape.columns) + " cells a row",
             std::to_string(c));
      }
      out.values.resize(out.values.size() + (shape.columns - c) * shape.cell_numbers, kNan);
    }
    out.lines.push_back(lines.line());
  }
  const bool empty_end = base::trim(last_cell).empty();
  if (!out.last_row_ended && out.rows() > 2 &&
      (empty_end ? always_filled : fixed_decimals && decimals(last_cell) < decimals_before)) {
    throw FormatError(lines.path(), Place::line(lines.line()), "the file ends within a number",
                      empty_end ? "a filled last cell as in every row before"
                                : std::to_string(decimals_before) + " decimals as in every row before",
                      base::quoted(last_cell));
  }
  return out;
}

void check_row_count(const NumberRows& rows, std::size_t promised, std::string_view promised_by,
                     const std::string& path, std::vector<std::string>& notes) {
  if (rows.rows() == promised) return;
  const std::string said = std::string(promised_by) + " says " + std::to_string(promised) + " frames";
  if (rows.rows() < promised && !rows.last_row_ended) {
    throw FormatError(path, Place::line(rows.lines.back()), "the file ends within its last line",
                      said, std::to_string(rows.rows()));
  }
  notes.push_back(said + ", the file holds " + std::to_string(rows.rows()) +
                  (rows.rows() < promised ? ": it may have been cut" : ": all of them were read"));
}

double undo_division(double value, double factor) {
  const double scaled = value * factor;
  if (factor == 1.0 || !std::isfinite(scaled)) return scaled;
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), scaled,
                                 std::chars_format::general, 15).ptr;
  double rounded = 0;
  std::from_chars(buffer.data(), end, rounded);
  // Neighbours of the product: one of them is nearly always the number that divides back exactly.
  for (const double near : {rounded, scaled, std::nextafter(scaled, 2 * scaled), std::nextafter(scaled, 0.0)}) {
    if (near / factor == value) return near;
  }
  return scaled;
}

void append_scaled(std::string& out, double value, double factor, std::string_view missing) {
  if (std::isnan(value)) {
    out += missing;
    return;
  }
  std::array<char, 40> buffer;
  const double number = undo_division(value, factor);
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

}  // namespace kinemyo::io
