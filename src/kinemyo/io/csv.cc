#include "kinemyo/io/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/csv_cells.h"

namespace kinemyo::io {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void append_cell(std::string& out, const Column& column, std::size_t row) {
  switch (column.kind) {
    case Column::Kind::text: append_text(out, column.texts[row]); break;
    case Column::Kind::number: append_number(out, column.numbers[row]); break;
    case Column::Kind::integer: append_integer(out, column.numbers[row]); break;
  }
}

// A row of nothing but blanks would read back as an empty line, and an empty line as no row.
void quote_blank_row(std::string& out, std::size_t begin) {
  if (out.find_first_not_of(" \t", begin) != std::string::npos) return;
  out.insert(begin, 1, '"');
  out += '"';
}

}  // namespace

bool is_missing_word(std::string_view cell) {
  if (cell.empty()) return true;
  if (cell.size() > 8) return false;
  static constexpr std::array<std::string_view, 18> kWords = {
      "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
      "<NA>", "N/A",      "NA",   "NULL",    "NaN",      "None", "n/a",  "nan",    "null"};
  return std::find(kWords.begin(), kWords.end(), cell) != kWords.end();
}

std::optional<std::size_t> Table::find(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
  }
  return std::nullopt;
}

const Column& Table::column(std::string_view name) const {
  if (const auto found = find(name)) return columns[*found];
  std::vector<std::string> names;
  for (const auto& one : columns) names.push_back(one.name);
  fail_no_column(path, name, names);
}

const std::vector<double>& Table::numbers(std::string_view name) const {
  const Column& one = column(name);
  if (one.is_text()) {
    const auto index = static_cast<std::size_t>(&one - columns.data());
    throw FormatError(path, Place::line_column(one.text_line, index + 1),
                      "column " + base::quoted(name) + " holds text", "a number",
                      base::quoted(one.text_cell));
  }
  return one.numbers;
}

Table read_csv(const std::filesystem::path& path) {
  return parse_csv(base::read_file(path), path.string());
}

Table parse_csv(std::string_view text, std::string path) {
  Table table;
  table.path = std::move(path);
  CellCursor cells(table.path, text);
  cells.skip_mark();
  if (!cells.next_row()) {
    fail_empty(table.path);
  }
  for (auto& name : read_names(cells)) table.columns.push_back({.name = std::move(name)});
  auto& columns = table.columns;
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  const std::size_t likely_rows = std::min(lines, text.size() / columns.size() + 1);
  for (auto& column : columns) {
    column.kind = Column::Kind::integer;
    column.numbers.reserve(likely_rows);
  }
  // First pass: numbers, and which columns are text. Second pass: the cells of those columns.
  CellCursor second = cells;
  std::size_t rows = 0;
  std::size_t padding = 0;
  std::string_view cell;
  while (cells.next_row()) {
    std::size_t c = 0;
    for (; cells.next_cell(cell); ++c) {
      if (c >= columns.size()) {
        if (cell.empty()) continue;
        fail_long_row(table.path, cells, columns.size(), cell);
      }
      Column& column = columns[c];
      if (column.is_text()) continue;
      const Cell typed = type_cell(cell);
      if (typed.kind == CellKind::text) {
        column.kind = Column::Kind::text;
        column.text_line = cells.line();
        column.text_cell = std::string(cell);
        column.numbers = {};
        continue;
      }
      if (typed.kind != CellKind::integer) column.kind = Column::Kind::number;
      column.numbers.push_back(typed.value);
    }
    ++rows;
    table.cut = false;
    if (c < columns.size()) {
      ++table.short_rows;
      table.cut = !cells.row_had_line_end();
      padding += columns.size() - c;
      if (padding > kPaddingLimit + text.size()) {
        fail_short_rows(table.path, cells, columns.size(), c);
      }
      for (; c < columns.size(); ++c) {
        if (columns[c].is_text()) continue;
        columns[c].kind = Column::Kind::number;
        columns[c].numbers.push_back(kNan);
      }
    }
  }
  bool any_text = false;
  for (auto& column : columns) {
    if (column.is_text()) {
      any_text = true;
      column.texts.reserve(rows);
    } else if (column.kind == Column::Kind::integer &&
               !std::all_of(column.numbers.begin(), column.numbers.end(),
                            [](double x) { return std::abs(x) <= kLargestExactInteger; })) {
      column.kind = Column::Kind::number;
    }
    if (rows == 0) column.kind = Column::Kind::number;
  }
  while (any_text && second.next_row()) {
    std::size_t c = 0;
    for (; second.next_cell(cell); ++c) {
      if (c >= columns.size() || !columns[c].is_text()) continue;
      columns[c].texts.emplace_back(is_missing_word(cell) ? std::string_view() : cell);
    }
    for (; c < columns.size(); ++c) {
      if (columns[c].is_text()) columns[c].texts.emplace_back();
    }
  }
  return table;
}

std::string format_csv(const Table& table) {
  const std::size_t rows = table.rows();
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    require(table.columns[c].rows() == rows,
            "format_csv: column " + table.columns[c].name + " has " +
                std::to_string(table.columns[c].rows()) + " rows, the first has " +
                std::to_string(rows));
    if (c > 0) out += ',';
    append_text(out, table.columns[c].name);
  }
  quote_blank_row(out, 0);
  out += '\n';
  for (std::size_t r = 0; r < rows; ++r) {
    const auto begin = out.size();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (c > 0) out += ',';
      append_cell(out, table.columns[c], r);
    }
    quote_blank_row(out, begin);
    out += '\n';
  }
  return out;
}

void write_csv(const Table& table, const std::filesystem::path& path) {
  base::write_file(path, format_csv(table));
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) return;
  if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
    return;
  }
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  out += digits;
  if (plain && digits.find('.') == digits.npos) out += ".0";
}

}  // namespace kinemyo::io
