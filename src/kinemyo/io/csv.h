#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/error.h"

namespace kinemyo::io {

/// A named column of a table: numbers, or text cells as they stand in the file.
struct Column {
  enum class Kind {
    number,   ///< floating point: 12 is written 12.0
    integer,  ///< every cell is a whole number up to 2^53, none is missing: 12 is written 12
    text,     ///< at least one cell is neither a number nor missing: all cells are kept as they are
  };

  std::string name;
  Kind kind = Kind::number;
  std::vector<double> numbers;     ///< of number and integer; missing is NaN
  std::vector<std::string> texts;  ///< of text; missing is ""
  std::size_t text_line = 0;       ///< of text: the line of the first cell that is no number
  std::string text_cell;           ///< and that cell

  bool is_text() const { return kind == Kind::text; }
  std::size_t rows() const { return is_text() ? texts.size() : numbers.size(); }
};

/// Columns of equal length, in the order of the file. Names are unique.
struct Table {
  std::string path;  ///< for messages
  std::vector<Column> columns;
  std::size_t short_rows = 0;  ///< rows with fewer cells than names; the rest counts as missing
  bool cut = false;            ///< the last row is short and has no line end: its last cell may be cut

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().rows(); }
  std::optional<std::size_t> find(std::string_view name) const;
  /// Throws Error that names the nearest column if there is none of this name.
  const Column& column(std::string_view name) const;
  /// The numbers of a column. Throws as column(), and FormatError with line and column of the first text cell.
  const std::vector<double>& numbers(std::string_view name) const;
};

/// The words that mean a missing value: those of pandas' read_csv, quoted or not, exact case.
bool is_missing_word(std::string_view cell);

/// Reads comma-separated text with one line of names, as pandas' read_csv types it: see docs/formats/csv.md.
/// Missing: NaN for the words of is_missing_word; cells that a short row lacks are missing.
/// Throws FormatError (line and column) on an empty file, a row with more cells than names, an open quote.
/// Cost: O(bytes); no allocation a cell unless the column is text.
/// Source: checked against pandas 1.5.3.
Table read_csv(const std::filesystem::path& path);
Table parse_csv(std::string_view text, std::string path);

/// As pandas' to_csv(index=False) writes it: shortest numbers that read back exactly, missing as an empty cell,
/// quotes only where needed, lines end with \n.
/// Throws std::invalid_argument if columns differ in length.
std::string format_csv(const Table& table);
/// Throws IoError; the file appears whole or not at all.
void write_csv(const Table& table, const std::filesystem::path& path);

/// The shortest decimal text that reads back exactly, laid out as Python's repr: 12.0, 1e-05, inf. NaN adds nothing.
void append_number(std::string& out, double value);

}  // namespace kinemyo::io
