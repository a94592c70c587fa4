#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kinemyo/io/csv_scan.h"

// The second half of sync_original: rows that are known to meet, written as one table.
namespace kinemyo::dataset {

/// One row of the frame files.
struct FrameAt {
  std::size_t table = 0;
  std::size_t row = 0;
};

/// The frame files, held; TimeStamp is called Timestamp.
struct Frames {
  std::vector<io::Table> tables;
  std::unordered_map<std::int64_t, FrameAt> at;  ///< the first of equal stamps
};

/// A trial's file, not held.
struct TrialFile {
  io::CsvFile file;
  std::vector<std::string> names;  ///< Time is called Timestamp
  std::vector<io::ColumnContent> columns;
};

/// A trial row that meets a frame.
struct Met {
  std::int64_t stamp = 0;
  std::size_t file = 0;
  io::CsvRow row;
  std::size_t group = 0;  ///< of rows with equal stamps, in the order in which stamps first appear
};

struct NamesOf {
  std::string path;
  std::vector<std::string> names;
};

/// The names of all tables, in the order in which they first appear.
std::vector<std::string> union_of_names(const std::vector<NamesOf>& tables);

/// Writes the joined rows in the order of `rows`; gives the number of columns. The file appears whole or not at all.
/// Throws IoError. Cost: the rows' bytes once more, on all cores; memory for a few hundred rows a core.
std::size_t write_joined(const std::vector<TrialFile>& trials, const Frames& frames,
                         const std::vector<NamesOf>& trial_names, const std::vector<NamesOf>& frame_names,
                         const std::vector<Met>& rows, const std::filesystem::path& path);

}  // namespace kinemyo::dataset
