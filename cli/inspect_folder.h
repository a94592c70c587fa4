#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/io/any.h"

namespace kinemyo::cli {

/// A file, and the folder below which it was found; the same as the file where it was named itself.
struct FoundFile {
  std::filesystem::path path;
  std::filesystem::path below;
};

/// Reads many files on all cores and prints people, EMG that cannot be used, every file, and those that cannot be
/// read, the worst first; with `json` the same as one document. `problems` (folders without files) count as unread.
/// Throws Error when one cannot be read, or when it is stopped: what was read by then is printed before.
void inspect_many(const std::vector<FoundFile>& files, const io::ReadOptions& reading, bool json,
                  std::vector<std::string> problems);

}  // namespace kinemyo::cli
