#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

// Files of named arrays (MATLAB, HDF5) say what an array is only by names; docs/formats/variables.md has the rules.
namespace kinemyo::io {

/// A named value: an array of numbers, texts, or more named values (a struct, a group).
struct Variable {
  std::string name;
  std::vector<std::size_t> shape;   ///< of numbers, as the file's own language counts it; empty: no array of numbers, or a single one
  std::vector<double> numbers;      ///< row-major: the last index runs fastest
  std::vector<std::string> texts;
  std::vector<Variable> fields;     ///< elements of arrays of structs stand beside each other as name, name(2), ...
  bool is_attribute = false;        ///< of HDF5: never a series

  /// The field of that name, case ignored; nullptr if there is none.
  const Variable* find(std::string_view name) const;
};

/// The variable of that name, case ignored; nullptr if there is none.
const Variable* find_variable(const std::vector<Variable>& list, std::string_view name);

/// "5000 x 8".
std::string shape_text(const Variable& one);

/// Every array and text with its name and shape, for messages: "emg.data (5000 x 8), ...", at most `most` of them.
std::string list_variables(const std::vector<Variable>& list, std::size_t most = 12);

/// Numbers in column-major order (the first index fastest, as MATLAB stores them) in row-major order.
std::vector<double> to_row_major(const std::vector<double>& values, const std::vector<std::size_t>& shape);

/// The name of an element of an array of structs, counted from 0: name, name(2), name(3) ...
std::string element_name(const std::string& array, std::size_t element);

/// What a cell array holds becomes part of `variable`: texts become its texts, the content of a single cell its content,
/// others its fields 1, 2, 3 ...
void set_cells(Variable& variable, std::vector<Variable> inside, bool all_texts);

/// Appends the character of that code; ? where the number is none.
void append_utf8(std::string& out, double number);

struct VariableOptions {
  std::string position_unit;  ///< of arrays of positions whose unit is not stated; "" refuses them
  std::string emg_unit;       ///< of EMG whose unit is not stated; "": V
  double rate_hz = 0;         ///< of arrays without time and rate; 0 refuses them
  std::string part;           ///< only this variable, as messages name it: "trials(2)", "data.walk"; "": all
};

/// The recording that the variables describe: a layout that an exporter writes (exporter_layouts.h), else arrays by their
/// names (named_arrays.h). What is not understood is named in the notes, with its shape.
/// Throws FormatError naming the variable: no time and no rate, positions without a unit, names that do not fit, several
/// trials, nothing that could be a series.
motion::Recording to_recording(const std::string& path, const std::string& format, const std::vector<Variable>& variables,
                               const VariableOptions& options = {});

}  // namespace kinemyo::io
