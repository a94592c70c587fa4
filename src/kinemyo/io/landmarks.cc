#include "kinemyo/io/landmarks.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/text.h"
#include "kinemyo/io/trial_csv.h"

namespace kinemyo::io {

namespace {

bool is_landmark_column(std::string_view name) {
  return (name.starts_with("LEFT_") || name.starts_with("RIGHT_") || name.starts_with("MOUTH_") ||
          name.starts_with("NOSE_")) &&
         name.ends_with("_X");
}

// "LEFT_HIP" of LEFT_HIP_VISIBILITY or LEFT_HIP_V; empty for other columns.
std::string_view seen_landmark(std::string_view name) {
  for (const std::string_view end : {"_VISIBILITY", "_visibility", "_V"}) {
    if (name.ends_with(end)) return name.substr(0, name.size() - end.size());
  }
  return {};
}

std::optional<std::size_t> find_any_case(const Table& table, std::initializer_list<std::string_view> names) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string low = base::lower(table.columns[c].name);
    if (std::find(names.begin(), names.end(), low) != names.end()) return c;
  }
  return std::nullopt;
}

// The analog channels that are visibilities, as a series of their own.
void part_visibilities(motion::Recording& recording) {
  auto* analog = recording.find(motion::Quantity::analog);
  if (analog == nullptr) return;
  std::vector<std::string> seen, rest;
  for (const auto& name : analog->names()) (seen_landmark(name).empty() ? rest : seen).push_back(name);
  if (seen.empty()) return;
  const motion::Series chosen = analog->select(seen);
  std::vector<motion::Channel> channels;
  for (const auto& name : seen) channels.push_back({std::string(seen_landmark(name)), "1"});
  motion::Series visible(motion::Quantity::visibility, std::move(channels), chosen.clock(), chosen.values());
  if (rest.empty()) {
    *analog = std::move(visible);
  } else {
    *analog = analog->select(rest);
    recording.series.push_back(std::move(visible));
  }
}

}  // namespace

bool looks_like_landmarks(const Table& table) {
  return std::count_if(table.columns.begin(), table.columns.end(),
                       [](const Column& column) { return is_landmark_column(column.name); }) >= 2;
}

motion::Recording parse_landmarks(Table table, const LandmarkOptions& options) {
  std::vector<std::string> notes;
  const auto frame = find_any_case(table, {"frame", "frameno", "frame_no", "frame#"});
  if (!looks_like_trial_csv(table)) {
    require(std::isfinite(options.rate_hz) && options.rate_hz > 0, "parse_landmarks: rate_hz is not above 0");
    Column time{.name = "Time"};
    if (frame) time.numbers = table.numbers(table.columns[*frame].name);
    else for (std::size_t r = 0; r < table.rows(); ++r) time.numbers.push_back(static_cast<double>(r));
    for (auto& t : time.numbers) t /= options.rate_hz;
    notes.push_back("the file has no time; frames taken at " + base::to_text(options.rate_hz) + " Hz");
    table.columns.push_back(std::move(time));
  }
  // What tells rows apart is no measurement.
  std::erase_if(table.columns, [](const Column& column) {
    const std::string low = base::lower(column.name);
    return low == "activity" || low == "trial" || low == "frame" || low == "frameno" || low == "frame_no" ||
           low == "frame#";
  });
  motion::Recording recording = parse_trial_csv(table, {.position_unit = options.position_unit});
  part_visibilities(recording);
  recording.format = "landmarks CSV";
  recording.notes.insert(recording.notes.end(), notes.begin(), notes.end());
  return recording;
}

}  // namespace kinemyo::io
