#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/file.h"
#include "kinemyo/io/csv.h"

// Comma-separated files too large to hold: what is in their columns, and where their rows are.
namespace kinemyo::io {

/// What the cells of a column are, as far as they have been seen. The more is seen the more is set.
struct ColumnContent {
  bool integer = false;   ///< a whole number without a point
  bool large = false;     ///< such a number beyond 2^53
  bool fraction = false;  ///< any other number
  bool missing = false;
  bool truth = false;  ///< True or False, in one of pandas' spellings
  bool text = false;   ///< anything else

  /// As parse_csv settles it.
  Column::Kind kind() const;
  /// Nothing but True, False and missing cells: pandas spells them its own way again.
  bool truth_alone() const { return truth && !text && !integer && !fraction; }
  void add(const ColumnContent& other);
};

/// The cell if it is True or False in one of pandas' spellings, then "True" or "False"; else empty.
std::string_view truth_word(std::string_view cell);

/// A row of a file: its number (the first below the names is 0), and its bytes without the line's end.
struct CsvRow {
  std::size_t number = 0;
  std::uint64_t offset = 0;
  std::size_t length = 0;
};

/// Sees the rows of one part of a file, in order.
class CsvPart {
 public:
  virtual ~CsvPart() = default;
  /// `key` is the key column's number (NaN where it is missing); `plain`: its cell is digits with at most one
  /// point, 15 digits at most. The row's number counts from the part's first row.
  virtual void take(const CsvRow& row, double key, bool plain) = 0;
};

/// What a scan found; the parts that saw the rows in the order of the file.
struct CsvScan {
  std::vector<ColumnContent> columns;
  std::vector<std::unique_ptr<CsvPart>> parts;
};

/// A file whose names are known and whose rows have not been looked at.
class CsvFile {
 public:
  /// Throws IoError, and FormatError if the file is empty.
  explicit CsvFile(const std::filesystem::path& path);
  const std::string& path() const { return path_; }
  const std::vector<std::string>& names() const { return names_; }
  /// Throws Error that names the nearest column if there is none of this name.
  std::size_t column(std::string_view name) const;

  /// Reads every row once, on all cores, and shows each to a part made by `make_part`.
  /// What it finds is what parse_csv would find. Throws as parse_csv, and FormatError if the key column holds text.
  /// Cost: O(bytes); memory for parts of the file, whatever its size. A file with quotes, or whose rows have
  /// more cells than there are names, is read by one core.
  CsvScan scan(std::size_t key_column,
               const std::function<std::unique_ptr<CsvPart>()>& make_part) const;

  /// The bytes of a row, into `bytes`. Throws IoError.
  void read_row(const CsvRow& row, std::string& bytes) const;

 private:
  CsvScan scan_carefully(std::size_t key_column,
                         const std::function<std::unique_ptr<CsvPart>()>& make_part) const;

  std::string path_;
  base::RandomAccessFile file_;
  std::vector<std::string> names_;
  std::uint64_t rows_begin_ = 0;
};

}  // namespace kinemyo::io
