#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/text.h"

namespace kinemyo::io {

/// The numbers below a header of text: rows of cells, as TRC, MOT and STO have them.
/// Missing: NaN for an empty cell, a missing word (is_missing_word) and nan in any case.
struct NumberRows {
  std::size_t width = 0;           ///< numbers a row: columns * numbers a cell
  std::vector<double> values;      ///< row-major
  std::vector<std::size_t> lines;  ///< of each row in the file, from 1
  std::size_t short_rows = 0;      ///< rows with fewer cells than columns; the rest is missing
  bool last_row_ended = true;      ///< false: no line end behind the last row, a digit may be lost

  std::size_t rows() const { return lines.size(); }
  double at(std::size_t row, std::size_t number) const { return values[row * width + number]; }
  std::vector<double> column(std::size_t number) const;
};

struct RowShape {
  char separator = '\t';         ///< ' ' is any run of blanks and tabs
  std::size_t columns = 0;
  std::size_t cell_numbers = 1;  ///< 3 for cells like 0.1,0.2,0.3
};

/// Reads all rows that remain; empty lines, and lines of separators alone, are skipped.
/// Throws FormatError (line and column) on a cell that is no number, on filled cells beyond the columns, on a file
/// that ends within a row, or within the last number as far as the rows before can tell (all filled, more decimals).
/// Cost: O(bytes); no allocation a cell.
NumberRows read_rows(base::LineCursor& lines, const RowShape& shape);

/// Frames against what the header promised: a file cut within its last line is refused, other differences become notes.
/// Throws FormatError.
void check_row_count(const NumberRows& rows, std::size_t promised, std::string_view promised_by,
                     const std::string& path, std::vector<std::string>& notes);

/// The number of fewest digits that, divided by `factor` as readers do, is exactly `value` again: with 1000, metres as
/// millimetres without digits that only binary arithmetic made. value * factor where there is none.
double undo_division(double value, double factor);

/// Appends undo_division() in its shortest text; NaN appends `missing`.
void append_scaled(std::string& out, double value, double factor, std::string_view missing);

}  // namespace kinemyo::io
