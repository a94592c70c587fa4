#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/rows.h"
#include "kinemyo/motion/series.h"

// What the text exports of Vicon Nexus, Qualisys and OptiTrack have in common: lines of names over columns of numbers.
namespace kinemyo::io {

/// The cells of a header line, without blanks and quotes around; a quoted cell may hold the separator.
std::vector<std::string> header_cells(std::string_view line, char separator);

/// Three columns of a row of numbers.
struct ColumnTriple {
  std::string name;
  std::array<std::size_t, 3> columns{};
};

/// Shape: rows x (3 * triples). Missing: NaN where any of the three is, and, if `zero_is_missing`, where all are 0,
/// which `zeros` counts.
base::Matrix<double> triple_values(const NumberRows& rows, const std::vector<ColumnTriple>& triples, double factor,
                                   bool zero_is_missing, std::size_t& zeros);

/// Shape: rows x columns; column c times factors[c].
base::Matrix<double> column_values(const NumberRows& rows, const std::vector<std::size_t>& columns,
                                   const std::vector<double>& factors);

}  // namespace kinemyo::io
