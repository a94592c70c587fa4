#pragma once

#include <string>
#include <vector>

#include "kinemyo/io/variables.h"

namespace kinemyo::io {

/// Reads variables that stand as one of these programs writes them, told by the names of its structs alone: Qualisys Track
/// Manager, biomechZoo, Delsys (EMGworks, Trigno), LabChart; docs/formats/mat.md draws them.
/// Returns false, and adds nothing, if it is none of them. Throws FormatError where it is one and contradicts itself.
bool add_exporter_layout(const std::string& path, const std::vector<Variable>& variables, const VariableOptions& options, motion::Recording& out);

}  // namespace kinemyo::io
