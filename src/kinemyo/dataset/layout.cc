#include "kinemyo/dataset/layout.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/io/any.h"

namespace kinemyo::dataset {

namespace fs = std::filesystem;

namespace {

std::string extension(const fs::path& path) { return base::lower(path.extension().string()); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "walkingTO2" is "walkingTO" and "2"; a name of digits alone is a trial of no activity.
std::pair<std::string, std::string> split_number(const std::string& stem) {
  auto end = stem.size();
  while (end > 0 && is_digit(stem[end - 1])) --end;
  auto name_end = end;
  while (name_end > 0 && (stem[name_end - 1] == '_' || stem[name_end - 1] == '-' || stem[name_end - 1] == ' ')) {
    --name_end;
  }
  return {stem.substr(0, name_end), stem.substr(end)};
}

std::string folder_name(const fs::path& folder) {
  auto clean = fs::weakly_canonical(folder);
  const auto name = clean.filename().string();
  return name.empty() ? "root" : name;
}

std::optional<TrialFiles> as_original_raw(const fs::path& path) {
  static const std::regex form(R"(^([^_]+)_(.+)_Trial_?0*(\d+)$)");
  std::smatch match;
  const std::string stem = path.stem().string();
  if (extension(path) != ".csv" || !std::regex_match(stem, match, form)) return std::nullopt;
  const std::string subject = match[1], action = match[2], trial = match[3];
  TrialFiles out{{subject, action, trial}, Source::original_raw, path, {}};
  const fs::path frames = path.parent_path().parent_path() / (subject + "_FramesData_Orig") /
                          (subject + "_" + action + "_FD_Orig") /
                          (subject + "_" + action + "_Orig_" + trial + ".csv");
  if (fs::exists(frames)) out.partner = frames;
  return out;
}

std::optional<TrialFiles> as_original_table(const fs::path& path) {
  static const std::regex form(R"(^([^_]+)_(.+?)_Synchronized.*$)");
  std::smatch match;
  const std::string stem = path.stem().string();
  if (extension(path) != ".csv" || !std::regex_match(stem, match, form)) return std::nullopt;
  return TrialFiles{{match[1], match[2], "all"}, Source::original_table, path, {}};
}

std::optional<fs::path> angles_beside(const fs::path& path) {
  for (const char* ending : {".mot", ".MOT", ".sto", ".STO"}) {
    auto candidate = path;
    candidate.replace_extension(ending);
    if (fs::exists(candidate)) return candidate;
  }
  return std::nullopt;
}

motion::TrialKey key_by_place(const fs::path& path, const fs::path& source) {
  motion::TrialKey key;
  const auto folder = path.parent_path();
  const auto depth = std::distance(source.begin(), source.end());
  const auto below = std::distance(path.begin(), path.end()) - depth - 1;
  const std::string stem = path.stem().string();
  if (fs::is_directory(source) && below == 0) {
    std::tie(key.activity, key.trial) = split_number(stem);
    key.subject = folder_name(folder);
  } else if (!fs::is_directory(source)) {
    std::tie(key.activity, key.trial) = split_number(stem);
    key.subject = folder_name(folder.empty() ? fs::path(".") : folder);
  } else {
    key = {folder_name(folder.parent_path().empty() ? fs::path(".") : folder.parent_path()), folder_name(folder), stem};
  }
  if (key.activity.empty()) key.activity = folder_name(folder);
  if (key.trial.empty()) key.trial = "1";
  return key;
}

std::optional<TrialFiles> as_capture(const fs::path& path, const fs::path& source) {
  const auto ending = extension(path);
  if (!io::is_capture(path)) return std::nullopt;
  const auto kind = ending == ".c3d" ? Source::c3d : ending == ".trc" ? Source::trc : Source::recording;
  return TrialFiles{key_by_place(path, source), kind, path, angles_beside(path)};
}

std::optional<TrialFiles> as_trial(const fs::path& path, const fs::path& source) {
  if (auto found = as_original_raw(path)) return found;
  if (auto found = as_original_table(path)) return found;
  return as_capture(path, source);
}

// A pattern as a regular expression, and the fields in the order of its groups.
class Pattern {
 public:
  explicit Pattern(const std::string& text) : text_(text) {
    std::string expression;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] == '{') {
        const auto end = text.find('}', i);
        const auto field = text.substr(i, end == std::string::npos ? end : end - i + 1);
        if (field != "{subject}" && field != "{activity}" && field != "{trial}") {
          throw Error("layout " + base::quoted(text) + ": " + base::quoted(field) +
                      " is none of {subject}, {activity}, {trial}");
        }
        fields_.push_back(field);
        expression += "([^/]+?)";
        i += field.size();
      } else {
        if (std::string_view(".^$|()[]{}*+?\\").find(text[i]) != std::string_view::npos) expression += '\\';
        expression += text[i++];
      }
    }
    if (fields_.empty()) throw Error("layout " + base::quoted(text) + " names no field");
    form_ = std::regex("^(?:.*/)?" + expression + "$");
  }

  void apply(TrialFiles& trial, const fs::path& source) const {
    auto below = (fs::is_directory(source) ? fs::relative(trial.main, source) : trial.main).replace_extension();
    const std::string name = below.generic_string();
    std::smatch match;
    if (!std::regex_match(name, match, form_)) {
      throw Error(trial.main.string() + ": the name does not fit the layout " + base::quoted(text_));
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      auto& place = fields_[i] == "{subject}"    ? trial.key.subject
                    : fields_[i] == "{activity}" ? trial.key.activity
                                                 : trial.key.trial;
      place = match[i + 1];
    }
  }

 private:
  std::string text_;
  std::vector<std::string> fields_;
  std::regex form_;
};

bool begins_static(const std::string& activity) {
  const auto text = base::lower(split_number(activity).first);
  return text == "static" || text == "statictrial" || text == "static_trial";
}

// What the user says of names goes before what folders say.
void settle_key(TrialFiles& files, const fs::path& source, const LayoutOptions& options) {
  if (options.pattern) Pattern(*options.pattern).apply(files, source);
  if (options.subject) files.key.subject = *options.subject;
  if (options.activity) files.key.activity = *options.activity;
  if (begins_static(files.key.activity) || begins_static(files.key.trial)) files.key.activity = "Static";
}

std::vector<fs::path> files_under(const fs::path& source) {
  std::vector<fs::path> out;
  if (!fs::exists(source)) throw IoError(source.string(), "there is no such file or folder");
  if (!fs::is_directory(source)) return {source};
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    if (entry.is_regular_file()) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Files of named arrays may be recordings, and anything else.
bool holds_anything(const fs::path& path) {
  const auto ending = extension(path);
  return ending == ".mat" || ending == ".h5" || ending == ".hdf5";
}

void take_source(const fs::path& source, const LayoutOptions& options, Layout& out) {
  std::vector<TrialFiles> found;
  for (const auto& path : files_under(source)) {
    if (auto trial = as_trial(path, source)) found.push_back(std::move(*trial));
  }
  // Exports that lie beside the file that they were made from.
  std::set<fs::path> stems;
  for (const auto& trial : found) {
    if (trial.source == Source::c3d || trial.source == Source::trc) stems.insert(fs::path(trial.main).replace_extension());
  }
  const auto copies = std::erase_if(found, [&](const TrialFiles& trial) {
    return trial.source == Source::recording && stems.contains(fs::path(trial.main).replace_extension());
  });
  if (copies > 0) {
    out.notes.push_back(source.string() + ": " + std::to_string(copies) + (copies == 1 ? " file" : " files") +
                        " beside a C3D or TRC of the same name " + (copies == 1 ? "is" : "are") +
                        " passed over; --device joins what other devices recorded");
  }
  // Results are kept as .mat and .h5 as well: where there are files that are sure to be trials, they are not tried.
  const auto results = stems.empty() ? 0 : std::erase_if(found, [](const TrialFiles& trial) { return holds_anything(trial.main); });
  if (results > 0) {
    out.notes.push_back(source.string() + ": " + std::to_string(results) + (results == 1 ? " .mat or .h5 file" : " .mat or .h5 files") +
                        " beside C3D or TRC " + (results == 1 ? "is" : "are") + " passed over (name them to use them)");
  }
  const auto is_raw = [](const TrialFiles& trial) { return trial.source == Source::original_raw; };
  if (std::any_of(found.begin(), found.end(), is_raw)) {
    const auto passed_over = std::erase_if(found, [&](const TrialFiles& trial) { return !is_raw(trial); });
    if (passed_over > 0) {
      out.notes.push_back(source.string() + ": the raw layout is taken; " + std::to_string(passed_over) +
                          " other files there are passed over (name their folder to use them instead)");
    }
  }
  if (found.empty()) {
    throw Error(source.string() + ": no trials; looked for *_Trial<k>.csv, *_Synchronized*.csv, *.c3d, *.trc and other recordings (kinemyo inspect --help lists them)");
  }
  for (auto& trial : found) {
    settle_key(trial, source, options);
    out.trials.push_back(std::move(trial));
  }
}

// The trial that a device's file belongs to.
TrialFiles* trial_of(const motion::TrialKey& key, std::vector<TrialFiles>& trials) {
  TrialFiles* out = nullptr;
  for (auto& trial : trials) {
    if (trial.key == key) return &trial;
  }
  for (auto& trial : trials) {
    if (trial.key.activity != key.activity || trial.key.trial != key.trial) continue;
    if (out != nullptr) return nullptr;
    out = &trial;
  }
  return out;
}

void join_device(const fs::path& source, const LayoutOptions& options, Layout& out) {
  std::set<fs::path> used;
  for (const auto& trial : out.trials) {
    used.insert(trial.main);
    if (trial.partner) used.insert(*trial.partner);
  }
  std::vector<TrialFiles> found;
  for (const auto& path : files_under(source)) {
    if (used.contains(path) || !io::has_known_extension(path)) continue;
    TrialFiles file{key_of(path, source), Source::recording, path, {}, {}};
    settle_key(file, source, options);
    found.push_back(std::move(file));
  }
  if (found.empty()) throw Error(source.string() + ": no recording of another device is there (kinemyo inspect --help lists the formats)");
  std::vector<std::string> strangers;
  for (const auto& file : found) {
    auto* trial = found.size() == 1 && out.trials.size() == 1 ? &out.trials.front() : trial_of(file.key, out.trials);
    if (trial != nullptr) {
      trial->devices.push_back(file.main);
    } else {
      strangers.push_back(file.main.filename().string() + " (" + to_string(file.key) + ")");
    }
  }
  if (strangers.size() == found.size()) {
    throw Error(source.string() + ": none of its " + std::to_string(found.size()) + " recordings bears the name of a trial; the first is " +
                strangers.front() + ", the first trial is " + to_string(out.trials.front().key) + "; --layout says how paths name trials");
  }
  if (!strangers.empty()) {
    out.notes.push_back(source.string() + ": " + std::to_string(strangers.size()) +
                        (strangers.size() == 1 ? " recording has" : " recordings have") + " no trial of that name: " + base::join(strangers));
  }
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::original_raw: return "raw CSV";
    case Source::original_table: return "joined CSV";
    case Source::c3d: return "C3D";
    case Source::trc: return "TRC";
    case Source::recording: return "recording";
  }
  return "unknown";
}

Layout find_trials(const std::vector<fs::path>& sources, const LayoutOptions& options) {
  Layout out;
  for (const auto& source : sources) take_source(source.lexically_normal(), options, out);
  if (!options.keep_static) {
    const auto left_out = std::erase_if(out.trials, [](const TrialFiles& trial) { return is_static(trial.key); });
    if (out.trials.empty()) throw Error("all trials are static ones; --static keeps them");
    if (left_out > 0) out.notes.push_back(std::to_string(left_out) + " static trials are left out; --static keeps them");
  }
  std::map<motion::TrialKey, const TrialFiles*> seen;
  for (const auto& trial : out.trials) {
    const auto [place, is_new] = seen.emplace(trial.key, &trial);
    if (!is_new) {
      throw Error("two files are trial " + to_string(trial.key) + ": " + place->second->main.string() + " and " +
                  trial.main.string());
    }
  }
  for (const auto& source : options.devices) join_device(source.lexically_normal(), options, out);
  return out;
}

motion::TrialKey key_of(const fs::path& path, const fs::path& source) {
  if (auto found = as_original_raw(path)) return found->key;
  if (auto found = as_original_table(path)) return found->key;
  return key_by_place(path, source);
}

}  // namespace kinemyo::dataset
