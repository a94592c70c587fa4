#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/csv.h"

// Cells of comma-separated text: what csv.cc, which holds tables, and csv_scan.cc, which does not, read alike.
namespace kinemyo::io {

enum class CellKind { number, integer, missing, text };

struct Cell {
  CellKind kind = CellKind::missing;
  double value = std::numeric_limits<double>::quiet_NaN();
};

inline constexpr std::size_t kPlainDigits = 15;  // decimal digits that a double always keeps
inline constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53
// Cells that short rows may lack in all before a file is refused: it bounds memory by the file's size.
inline constexpr std::size_t kPaddingLimit = std::size_t{1} << 22;

/// What pandas' read_csv takes a cell for.
Cell type_cell(std::string_view raw);

/// Hands out the cells of a comma-separated text, row by row. A quoted cell with doubled quotes is
/// copied to a scratch string; every other cell is a view into the text. Throws FormatError on an open quote.
class CellCursor {
 public:
  CellCursor(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  /// Passes over a byte order mark; for the beginning of a file.
  void skip_mark();
  /// Skips empty and blank lines; false at the end of the text.
  bool next_row();
  /// The next cell of the row, or false when the row has ended.
  bool next_cell(std::string_view& cell);

  std::size_t line() const { return line_; }
  std::size_t field() const { return field_; }
  /// Bytes taken so far: between rows, where the next one may begin.
  std::size_t offset() const { return at_; }
  bool row_had_line_end() const { return ended_; }

 private:
  std::size_t find_end(std::size_t from) const;
  void take_line_end();
  std::string_view quoted_cell();

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

/// The names on a text's first line: empty ones become "Unnamed: 3", repeated ones "X.1", as in pandas.
std::vector<std::string> read_names(CellCursor& cells);

/// The cells of one row's bytes. Quoted cells are copied to `scratch`.
void split_row(std::string_view bytes, std::vector<std::string_view>& cells,
               std::vector<std::string>& scratch);

/// Appends a number's cell as format_csv would write it in a column of this kind; text as it stands; missing: nothing.
/// A cell that is already written so is copied, not parsed.
void append_cell(std::string& out, std::string_view cell, Column::Kind kind);
/// Appends a cell's text, in quotes where it has to be.
void append_text(std::string& out, std::string_view text);
/// Appends a whole number without a point; beyond 2^53 as append_number.
void append_integer(std::string& out, double value);

[[noreturn]] void fail_no_column(const std::string& path, std::string_view name,
                                 const std::vector<std::string>& names);
[[noreturn]] void fail_empty(const std::string& path);
[[noreturn]] void fail_long_row(const std::string& path, const CellCursor& cells, std::size_t columns,
                                std::string_view cell);
[[noreturn]] void fail_short_rows(const std::string& path, const CellCursor& cells, std::size_t columns,
                                  std::size_t found);

}  // namespace kinemyo::io
