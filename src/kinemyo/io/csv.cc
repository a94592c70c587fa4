#include "kinemyo/io/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"

namespace kinemyo::io {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53
// Cells that short rows may lack in all before the file is refused: it bounds memory by the file's size.
constexpr std::size_t kPaddingLimit = std::size_t{1} << 22;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view strip(std::string_view cell) {
  while (!cell.empty() && is_space(cell.front())) cell.remove_prefix(1);
  while (!cell.empty() && is_space(cell.back())) cell.remove_suffix(1);
  return cell;
}

enum class CellKind { number, integer, missing, text };

struct Cell {
  CellKind kind = CellKind::missing;
  double value = kNan;
};

Cell type_cell(std::string_view raw) {
  if (raw.empty()) return {};
  const bool digit_first = raw.front() >= '0' && raw.front() <= '9';
  if (!digit_first && is_missing_word(raw)) return {};
  std::string_view cell = digit_first && !is_space(raw.back()) ? raw : strip(raw);
  if (!cell.empty() && cell.front() == '+') {
    cell.remove_prefix(1);
    if (!cell.empty() && cell.front() == '-') return {CellKind::text};
  }
  const std::string_view unsigned_cell =
      !cell.empty() && cell.front() == '-' ? cell.substr(1) : cell;
  if (unsigned_cell.empty()) return {CellKind::text};
  const char first = unsigned_cell.front();
  if (!(first >= '0' && first <= '9') && first != '.') {
    const std::string word = unsigned_cell.size() <= 8 ? base::lower(unsigned_cell) : std::string();
    if (word != "inf" && word != "infinity") return {CellKind::text};
    const double infinite = std::numeric_limits<double>::infinity();
    return {CellKind::number, cell.front() == '-' ? -infinite : infinite};
  }
  double value = 0;
  const char* const stop = cell.data() + cell.size();
  const auto [end, problem] = std::from_chars(cell.data(), stop, value);
  if (end != stop || problem == std::errc::invalid_argument) {
    return {is_missing_word(raw) ? CellKind::missing : CellKind::text};  // "1.#IND"
  }
  if (problem == std::errc::result_out_of_range) {
    const bool tiny = cell.find("e-") != cell.npos || cell.find("E-") != cell.npos ||
                      unsigned_cell.starts_with("0.") || first == '.';
    value = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return {CellKind::number, cell.front() == '-' ? -value : value};
  }
  const bool whole = std::all_of(unsigned_cell.begin(), unsigned_cell.end(),
                                 [](char c) { return c >= '0' && c <= '9'; });
  return {whole ? CellKind::integer : CellKind::number, value};
}

// Hands out the cells of a comma-separated text, row by row. A quoted cell with doubled quotes is
// copied to a scratch string; every other cell is a view into the text.
class CellCursor {
 public:
  CellCursor(const std::string& path, std::string_view text) : path_(path), text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // byte order mark
  }

  // Skips empty and blank lines; false at the end of the text.
  bool next_row() {
    line_ = next_line_;
    while (at_ < text_.size()) {
      const auto solid = text_.find_first_not_of(" \t", at_);
      if (solid == text_.npos) break;
      if (text_[solid] != '\n' && text_[solid] != '\r') {
        row_open_ = true;
        field_ = 0;
        return true;
      }
      at_ = solid;
      take_line_end();
      line_ = next_line_;
    }
    at_ = text_.size();
    return false;
  }

  // The next cell of the row, or false when the row has ended.
  bool next_cell(std::string_view& cell) {
    if (!row_open_) return false;
    ++field_;
    if (at_ < text_.size() && text_[at_] == '"') {
      cell = quoted_cell();
    } else {
      const auto begin = at_;
      at_ = find_end(at_);
      cell = text_.substr(begin, at_ - begin);
    }
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
    } else {
      row_open_ = false;
      ended_ = at_ < text_.size();
      take_line_end();
    }
    return true;
  }

  std::size_t line() const { return line_; }
  std::size_t field() const { return field_; }
  bool row_had_line_end() const { return ended_; }

 private:
  std::size_t find_end(std::size_t from) const {
    while (from < text_.size()) {
      const char c = text_[from];
      if (c == ',' || c == '\n' || c == '\r') break;
      ++from;
    }
    return from;
  }

  void take_line_end() {
    if (at_ >= text_.size()) return;
    const bool pair = text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    at_ += pair ? 2 : 1;
    ++next_line_;
  }

  std::string_view quoted_cell() {
    const auto begin = ++at_;
    scratch_.clear();
    bool copied = false;
    std::size_t piece = begin;
    for (;;) {
      const auto quote = text_.find('"', at_);
      if (quote == text_.npos) {
        throw FormatError(path_, Place::line_column(line_, field_), "a quote is never closed",
                          "a second \"", base::quoted(text_.substr(begin)));
      }
      next_line_ += static_cast<std::size_t>(std::count(
          text_.begin() + static_cast<std::ptrdiff_t>(at_),
          text_.begin() + static_cast<std::ptrdiff_t>(quote), '\n'));
      const bool doubled = quote + 1 < text_.size() && text_[quote + 1] == '"';
      if (doubled) {
        scratch_.append(text_, piece, quote + 1 - piece);
        copied = true;
        at_ = piece = quote + 2;
        continue;
      }
      at_ = quote + 1;
      const auto end = find_end(at_);
      if (!copied && end == at_) return text_.substr(begin, quote - begin);
      scratch_.append(text_, piece, quote - piece);
      scratch_.append(text_, at_, end - at_);  // letters behind the closing quote belong to the cell
      at_ = end;
      return scratch_;
    }
  }

  const std::string& path_;
  std::string_view text_;
  std::string scratch_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
  std::size_t field_ = 0;
  bool row_open_ = false;
  bool ended_ = true;
};

// Empty names become "Unnamed: 3", repeated ones "X.1", as in pandas.
std::vector<Column> name_columns(CellCursor& cells) {
  std::vector<Column> columns;
  std::unordered_set<std::string> taken;
  std::unordered_map<std::string, std::size_t> repeats;
  std::string_view cell;
  while (cells.next_cell(cell)) {
    std::string name = cell.empty() ? "Unnamed: " + std::to_string(columns.size()) : std::string(cell);
    if (taken.contains(name)) {
      auto& count = repeats[name];
      std::string other;
      do {
        other = name + "." + std::to_string(++count);
      } while (taken.contains(other));
      name = other;
    }
    taken.insert(name);
    columns.push_back({.name = std::move(name)});
  }
  return columns;
}

bool needs_quotes(std::string_view text) {
  return text.find_first_of(",\"\r\n") != std::string_view::npos;
}

void append_text(std::string& out, std::string_view text) {
  if (!needs_quotes(text)) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_cell(std::string& out, const Column& column, std::size_t row) {
  switch (column.kind) {
    case Column::Kind::text: append_text(out, column.texts[row]); break;
    case Column::Kind::number: append_number(out, column.numbers[row]); break;
    case Column::Kind::integer: {
      const double value = column.numbers[row];
      if (!(std::abs(value) <= kLargestExactInteger)) {
        append_number(out, value);
        break;
      }
      std::array<char, 24> buffer;
      const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                     static_cast<long long>(value)).ptr;
      out.append(buffer.data(), end);
      break;
    }
  }
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
  const auto near = base::nearest(name, names);
  throw Error(path + ": no column is named " + base::quoted(name) +
              (near ? "; the nearest is " + base::quoted(*near) : ""));
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
  if (!cells.next_row()) {
    throw FormatError(table.path, Place::line(1), "the file is empty", "a line of column names",
                      "nothing");
  }
  table.columns = name_columns(cells);
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
        throw FormatError(table.path, Place::line_column(cells.line(), c + 1),
                          "a row has more cells than the first line has names",
                          std::to_string(columns.size()) + " cells", base::quoted(cell));
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
        throw FormatError(table.path, Place::line_column(cells.line(), c + 1),
                          "rows are much shorter than the first line",
                          std::to_string(columns.size()) + " cells a row", std::to_string(c));
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
  out += '\n';
  for (std::size_t r = 0; r < rows; ++r) {
    const auto begin = out.size();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (c > 0) out += ',';
      append_cell(out, table.columns[c], r);
    }
    // A lone empty cell would read back as an empty line, and an empty line as no row.
    if (out.size() == begin) out += "\"\"";
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
