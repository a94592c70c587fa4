#pragma once

#include <filesystem>
#include <string>

namespace kinemyo::bench {

/// Model files as large as those that people train, their weights random: what time running takes does not depend on them.
struct ServedModels {
  std::filesystem::path body;     ///< of recipe keypoints-live
  std::filesystem::path muscles;  ///< of recipe emg-live
};

/// Has the program make a sample person in `folder` (two activities), for channels and scalers, and writes the models
/// beside it. Throws Error.
ServedModels write_served_models(const std::string& program, const std::filesystem::path& folder);

}  // namespace kinemyo::bench
