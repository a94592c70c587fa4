#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"

// What `sync`, `impute` and `filter` share: one table in, one table out, and a line for each.
namespace kinemyo::cli {

/// What became of one file.
struct StepRow {
  std::string file;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::pair<std::string, std::string>> notes;  ///< what was counted -> how much
  std::string skipped;                                     ///< the reason, or empty
};

/// The files of a folder whose names end in `ending`, sorted; or the one file that `source` is.
/// Throws Error that says what is there if none is.
std::vector<std::filesystem::path> step_inputs(const std::filesystem::path& source,
                                               const std::string& ending);

/// A table of the rows on stdout, or the same as JSON.
void print_step(const std::vector<StepRow>& rows, bool json);

/// print_step(), then Error if Ctrl-C left some of `total` undone: what was written is whole.
void finish_step(const std::vector<StepRow>& rows, std::size_t total, bool json);

}  // namespace kinemyo::cli
