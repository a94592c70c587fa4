#pragma once

#include <string>
#include <vector>

#include "kinemyo/io/variables.h"

namespace kinemyo::io {

/// Adds the series that arrays named by kind describe: docs/formats/variables.md, "Arrays by name". Series of one kind and
/// clock become one. What is left out stands in the notes with its shape and the reason. Only what lies in `part` is added: the
/// variables from outside to inside, of which the last is wanted; {}: all.
/// Throws FormatError: an array whose name says markers, angles or EMG and that cannot be read as such; several trials.
void add_named_arrays(const std::string& path, const std::vector<Variable>& variables, const std::vector<const Variable*>& part,
                      const VariableOptions& options, motion::Recording& out);

/// Positions as the file has them, frames x 3 columns a marker; markers at exactly 0 0 0 are missing, and counted in a note.
base::Matrix<double> to_positions(const std::vector<double>& values, std::size_t frames, double factor, std::vector<std::string>& notes);

/// The rate that a variable states, in Hz. Throws FormatError unless it is one finite number above 0.
double rate_of(const std::string& path, const Variable& variable, const std::string& place);

/// The unit that a variable's text states, or the option, or the fallback (a note says so).
/// Throws FormatError where none is known, or it is of another kind than `si`.
double unit_factor(const std::string& path, const std::string& place, const Variable* units, const std::string& otherwise, std::string_view si,
                   std::vector<std::string>& notes);

}  // namespace kinemyo::io
