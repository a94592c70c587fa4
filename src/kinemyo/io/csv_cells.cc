#include "kinemyo/io/csv_cells.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "kinemyo/base/text.h"
#include "kinemyo/io/csv.h"

namespace kinemyo::io {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view strip(std::string_view cell) {
  while (!cell.empty() && is_space(cell.front())) cell.remove_prefix(1);
  while (!cell.empty() && is_space(cell.back())) cell.remove_suffix(1);
  return cell;
}

bool needs_quotes(std::string_view text) {
  return text.find_first_of(",\"\r\n") != std::string_view::npos;
}

// Whether a cell is what append_number would write of its number.
bool is_shortest(std::string_view cell) {
  const std::size_t begin = cell.starts_with('-') ? 1 : 0;
  const auto point = cell.find('.');
  if (point == cell.npos || point == begin || point + 1 == cell.size()) return false;
  if (cell.size() - begin > kPlainDigits + 1) return false;
  std::size_t zeros = 0;  // in front of the first other digit, behind the point
  for (std::size_t i = begin; i < cell.size(); ++i) {
    if (i != point && !(cell[i] >= '0' && cell[i] <= '9')) return false;
  }
  if (cell[begin] == '0') {
    if (point != begin + 1) return false;
    while (point + 1 + zeros < cell.size() && cell[point + 1 + zeros] == '0') ++zeros;
    if (point + 1 + zeros == cell.size()) return zeros == 1;  // 0.0
    if (zeros > 3) return false;                              // written with an exponent
  }
  return cell.back() != '0' || cell.size() - point == 2;  // 12.0
}

bool is_plain_integer(std::string_view cell) {
  if (cell.empty() || cell.size() > kPlainDigits || (cell[0] == '0' && cell.size() > 1)) return false;
  return std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

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

void CellCursor::skip_mark() {
  if (text_.substr(at_).starts_with(kByteOrderMark)) at_ += kByteOrderMark.size();
}

bool CellCursor::next_row() {
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

bool CellCursor::next_cell(std::string_view& cell) {
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

std::size_t CellCursor::find_end(std::size_t from) const {
  while (from < text_.size()) {
    const char c = text_[from];
    if (c == ',' || c == '\n' || c == '\r') break;
    ++from;
  }
  return from;
}

void CellCursor::take_line_end() {
  if (at_ >= text_.size()) return;
  const bool pair = text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
  at_ += pair ? 2 : 1;
  ++next_line_;
}

std::string_view CellCursor::quoted_cell() {
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

std::vector<std::string> read_names(CellCursor& cells) {
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  std::unordered_map<std::string, std::size_t> repeats;
  std::string_view cell;
  while (cells.next_cell(cell)) {
    std::string name = cell.empty() ? "Unnamed: " + std::to_string(names.size()) : std::string(cell);
    if (taken.contains(name)) {
      auto& count = repeats[name];
      std::string other;
      do {
        other = name + "." + std::to_string(++count);
      } while (taken.contains(other));
      name = other;
    }
    taken.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

void append_text(std::string& out, std::string_view text) {
  // At the very beginning a byte order mark of the text's own would be taken for the file's.
  if (!needs_quotes(text) && !(out.empty() && text.starts_with(kByteOrderMark))) {
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

void append_integer(std::string& out, double value) {
  if (!(std::abs(value) <= kLargestExactInteger)) {
    append_number(out, value);
    return;
  }
  std::array<char, 24> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<long long>(value)).ptr;
  out.append(buffer.data(), end);
}

void split_row(std::string_view bytes, std::vector<std::string_view>& cells,
               std::vector<std::string>& scratch) {
  cells.clear();
  scratch.clear();
  if (bytes.find('"') == bytes.npos) {
    for (std::size_t begin = 0;;) {
      const auto* comma =
          static_cast<const char*>(std::memchr(bytes.data() + begin, ',', bytes.size() - begin));
      if (comma == nullptr) {
        cells.push_back(bytes.substr(begin));
        return;
      }
      const auto end = static_cast<std::size_t>(comma - bytes.data());
      cells.push_back(bytes.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  static const std::string kNowhere;
  CellCursor cursor(kNowhere, bytes);
  if (!cursor.next_row()) return;
  for (std::string_view cell; cursor.next_cell(cell);) scratch.emplace_back(cell);
  for (const auto& one : scratch) cells.emplace_back(one);
}

void append_cell(std::string& out, std::string_view cell, Column::Kind kind) {
  switch (kind) {
    case Column::Kind::text:
      if (!is_missing_word(cell)) append_text(out, cell);
      return;
    case Column::Kind::integer:
      if (is_plain_integer(cell)) {
        out += cell;
      } else {
        append_integer(out, type_cell(cell).value);
      }
      return;
    case Column::Kind::number:
      if (cell.empty()) return;
      if (is_shortest(cell)) {
        out += cell;
      } else {
        append_number(out, type_cell(cell).value);
      }
      return;
  }
}

void fail_no_column(const std::string& path, std::string_view name,
                    const std::vector<std::string>& names) {
  const auto near = base::nearest(name, names);
  throw Error(path + ": no column is named " + base::quoted(name) +
              (near ? "; the nearest is " + base::quoted(*near) : ""));
}

void fail_empty(const std::string& path) {
  throw FormatError(path, Place::line(1), "the file is empty", "a line of column names", "nothing");
}

void fail_long_row(const std::string& path, const CellCursor& cells, std::size_t columns,
                   std::string_view cell) {
  throw FormatError(path, Place::line_column(cells.line(), cells.field()),
                    "a row has more cells than the first line has names",
                    std::to_string(columns) + " cells", base::quoted(cell));
}

void fail_short_rows(const std::string& path, const CellCursor& cells, std::size_t columns,
                     std::size_t found) {
  throw FormatError(path, Place::line_column(cells.line(), found + 1),
                    "rows are much shorter than the first line",
                    std::to_string(columns) + " cells a row", std::to_string(found));
}

}  // namespace kinemyo::io
