#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/file.h"

namespace kinemyo::serve {

struct Page {
  std::string_view bytes;
  std::string_view type;  ///< of the Content-Type header
  bool lasting = false;   ///< may be kept by browsers for a day
};

/// All that is ever answered over HTTP: the pages that the program carries, and the pose estimator's files, which are too
/// big for that. Nothing else of the disk can be asked for.
class Pages {
 public:
  /// `pose`: a folder with the files of npm's @mediapipe/pose; those that are there are kept mapped.
  explicit Pages(const std::filesystem::path& pose);
  /// By the path of a request without its query, or nullptr.
  const Page* find(std::string_view path) const;
  /// Of the pose estimator: whether the files that a browser needs are there.
  bool have_pose() const;

 private:
  std::map<std::string, Page, std::less<>> pages_;
  std::vector<std::unique_ptr<base::MappedFile>> files_;
};

/// Where the pose estimator's files stand: beside the program (pose/, of a build), or ../share/kinemyo/pose (installed).
std::filesystem::path default_pose_folder();

}  // namespace kinemyo::serve
