#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/variables.h"

namespace kinemyo::io {

/// HDF5 at byte 0, or behind a user block, as MATLAB 7.3 has it.
bool looks_like_hdf5(std::string_view bytes);
/// MATLAB 7.3: HDF5 behind 512 bytes of MATLAB's own.
bool looks_like_mat73(std::string_view bytes);

/// The variables of an HDF5 file: data sets are arrays, groups are structs, attributes stand beside what they are of
/// (`emg` with the attribute `rate` gives `emg_rate`); of MATLAB 7.3 what MATLAB means by them. docs/formats/variables.md.
/// HDF5 runs in a child process with limits: contained.h. What has no numbers and no texts, and links out of the file, are
/// left out and named in `notes`.
/// Throws FormatError (object).
/// Cost: numbers of up to 64 MiB + 48 times the file, else refused; the child may take 384 MiB + 128 times the file for them.
std::vector<Variable> parse_hdf5(std::string_view bytes, const std::string& path, std::vector<std::string>& notes);

}  // namespace kinemyo::io
