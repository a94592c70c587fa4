#include <algorithm>
#include <map>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/original.h"

namespace kinemyo::dataset {

namespace {

namespace fs = std::filesystem;

std::string shown(const fs::path& path) { return path.filename().string(); }

std::vector<fs::path> csv_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".csv")
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return shown(a) < shown(b); });
  return files;
}

}  // namespace

OriginalFolder find_original_activities(const fs::path& subject) {
  const fs::path folder = fs::canonical(
      fs::exists(subject) ? subject : throw IoError(subject.string(), "there is no such folder"));
  const std::string name = folder.filename().string();
  const fs::path trials = folder / "Activity_Trials";
  if (!fs::is_directory(trials)) {
    throw IoError(
        trials.string(),
        "there is no such folder; expected <base>/<S>/Activity_Trials/<S>_<Activity>_Trial<k>.csv");
  }
  OriginalFolder out;
  std::map<std::string, OriginalActivity> found;
  for (const auto& path : csv_files(trials)) {
    const std::string stem = path.stem().string();
    const auto fields = base::split(stem, '_');
    if (fields.size() < 3) {
      out.passed_over.push_back(shown(path) + ": its name is not <S>_<Activity>_Trial<k>.csv");
      continue;
    }
    auto& activity = found[std::string(fields[1])];
    activity.subject = name;
    activity.activity = fields[1];
    activity.trials.push_back(path);
  }
  for (auto& [action, activity] : found) {
    const fs::path frames =
        folder / (name + "_FramesData_Orig") / (name + "_" + action + "_FD_Orig");
    if (fs::is_directory(frames)) activity.frames = csv_files(frames);
    if (activity.frames.empty()) {
      out.passed_over.push_back(action + ": no frame files in " + frames.string());
      continue;
    }
    out.activities.push_back(std::move(activity));
  }
  if (out.activities.empty()) {
    throw Error(folder.string() + ": no activity can be synchronised" +
                (out.passed_over.empty() ? ": Activity_Trials holds no CSV file"
                                         : "; " + base::join(out.passed_over, "; ")));
  }
  return out;
}

}  // namespace kinemyo::dataset
