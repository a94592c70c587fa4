#pragma once

#include <algorithm>
#include <filesystem>
#include <vector>

namespace kinemyo::io {

/// All C3D files below a folder, sorted.
inline std::vector<std::filesystem::path> c3d_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".c3d") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kinemyo::io
