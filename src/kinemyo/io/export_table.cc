#include "kinemyo/io/export_table.h"

#include <cmath>
#include <limits>

#include "kinemyo/base/text.h"

namespace kinemyo::io {

std::vector<std::string> header_cells(std::string_view line, char separator) {
  std::vector<std::string> out;
  std::string cell;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      out.emplace_back(base::trim(cell));
      cell.clear();
    } else {
      cell += c;
    }
  }
  out.emplace_back(base::trim(cell));
  return out;
}

base::Matrix<double> triple_values(const NumberRows& rows, const std::vector<ColumnTriple>& triples, double factor,
                                   bool zero_is_missing, std::size_t& zeros) {
  base::Matrix<double> out(rows.rows(), 3 * triples.size());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (std::size_t t = 0; t < triples.size(); ++t) {
      std::array<double, 3> point{};
      for (std::size_t k = 0; k < 3; ++k) point[k] = rows.at(r, triples[t].columns[k]);
      const bool zero = zero_is_missing && point[0] == 0 && point[1] == 0 && point[2] == 0;
      zeros += zero ? 1 : 0;
      const bool missing = zero || std::isnan(point[0]) || std::isnan(point[1]) || std::isnan(point[2]);
      for (std::size_t k = 0; k < 3; ++k) {
        out(r, 3 * t + k) = missing ? std::numeric_limits<double>::quiet_NaN() : point[k] * factor;
      }
    }
  }
  return out;
}

base::Matrix<double> column_values(const NumberRows& rows, const std::vector<std::size_t>& columns,
                                   const std::vector<double>& factors) {
  base::Matrix<double> out(rows.rows(), columns.size());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (std::size_t c = 0; c < columns.size(); ++c) out(r, c) = rows.at(r, columns[c]) * factors[c];
  }
  return out;
}

}  // namespace kinemyo::io
