#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/variables.h"

namespace kinemyo::io {

bool looks_like_mat(std::string_view bytes);

/// The variables of a MATLAB 5 file (-v6, -v7): numbers, characters, cells of them, structs; docs/formats/mat.md.
/// What has no numbers and no texts (objects, sparse matrices, functions) is left out and named in `notes`.
/// Throws FormatError (byte): also for MATLAB 4; 7.3 is HDF5, see hdf5_variables.h.
/// Cost: O(bytes); what is compressed grows by what its stream gives, never by what a header promises.
std::vector<Variable> parse_mat(std::string_view bytes, const std::string& path, std::vector<std::string>& notes);

}  // namespace kinemyo::io
