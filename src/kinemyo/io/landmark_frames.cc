#include "kinemyo/io/landmark_frames.h"

#include <array>
#include <cmath>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/keypoints_json.h"
#include "kinemyo/io/trial_csv.h"
#include "kinemyo/motion/landmarks.h"

namespace kinemyo::io {

namespace {

using motion::LandmarkFrame;
using motion::LandmarkTrial;

// The first column whose name is one of those, case ignored.
const Column* find_column(const Table& table, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    for (const auto& column : table.columns) {
      if (base::lower(column.name) == name) return &column;
    }
  }
  return nullptr;
}

std::string cell(const Column* column, std::size_t row) {
  if (column == nullptr) return {};
  return column->is_text() ? column->texts[row] : base::to_text(column->numbers[row]);
}

std::vector<double> times_of(const Table& table, double rate_hz) {
  std::vector<double> out(table.rows());
  const Column* seconds = find_column(table, {"time"});
  const Column* milliseconds = seconds ? nullptr : find_column(table, {"timestamp"});
  const Column* frame = seconds || milliseconds ? nullptr : find_column(table, {"frame", "frameno", "frame_no", "frame#"});
  const Column* clock = seconds ? seconds : milliseconds ? milliseconds : frame;
  for (std::size_t r = 0; r < out.size(); ++r) {
    const double told = clock ? table.numbers(clock->name)[r] : static_cast<double>(r);
    if (!std::isfinite(told) && !(table.cut && r + 1 == out.size())) throw FormatError(table.path, Place::line(r + 2), "a frame's time (" + clock->name + ")", "a number", "nothing");
    out[r] = seconds ? told : milliseconds ? told / 1000 : told / rate_hz;
  }
  return out;
}

std::vector<LandmarkTrial> from_recording(const motion::Recording& recording) {
  const auto* positions = recording.find(motion::Quantity::position);
  if (positions == nullptr) throw FormatError(recording.source, Place::named("points"), "landmarks of a video", "MediaPipe's landmarks", "no positions");
  const auto* visible = recording.find(motion::Quantity::visibility);
  LandmarkTrial trial(positions->frames());
  std::size_t found = 0;
  for (std::size_t f = 0; f < trial.size(); ++f) trial[f].time_s = positions->clock().time_s(f);
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
    const auto channel = positions->find(motion::mediapipe_landmarks()[i]);
    if (!channel) continue;
    ++found;
    const auto seen = visible ? visible->find(motion::mediapipe_landmarks()[i]) : std::nullopt;
    for (std::size_t f = 0; f < trial.size(); ++f) {
      if (positions->missing(f, *channel)) continue;
      for (std::size_t c = 0; c < 3; ++c) trial[f].points[i][c] = positions->at(f, *channel, c);
      trial[f].visibility[i] = seen ? visible->at(f, *seen) : 1.0;
    }
  }
  if (found == 0) throw FormatError(recording.source, Place::named("points"), "landmarks of a video", "names such as LEFT_HIP", base::join(positions->names()).substr(0, 80));
  return {std::move(trial)};
}

}  // namespace

std::vector<LandmarkTrial> parse_landmark_trials(const Table& table, const LandmarkOptions& options) {
  require(std::isfinite(options.rate_hz) && options.rate_hz > 0, "parse_landmark_trials: rate_hz is not above 0");
  const auto markers = find_markers(table);
  std::size_t zeros = 0;
  const auto values = marker_values(table, markers, 0, table.rows(), units_per_metre(options.position_unit), zeros);
  const auto times = times_of(table, options.rate_hz);
  const Column* activity = find_column(table, {"activity"});
  const Column* number = find_column(table, {"trial"});

  struct Source {
    std::size_t marker = 0;
    const std::vector<double>* visibility = nullptr;
  };
  std::array<std::optional<Source>, motion::kLandmarks> sources;
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
    const auto& name = motion::mediapipe_landmarks()[i];
    for (std::size_t m = 0; m < markers.size(); ++m) {
      if (markers[m].name == name) sources[i] = Source{m, nullptr};
    }
    for (const char* end : {"_VISIBILITY", "_visibility", "_V"}) {
      if (sources[i] && table.find(name + end)) sources[i]->visibility = &table.numbers(name + end);
    }
  }
  for (const std::size_t needed : {11, 12, 23, 24}) {
    if (!sources[needed]) {
      throw FormatError(table.path, Place::line(1), "landmarks of a video", "columns " + motion::mediapipe_landmarks()[needed] + "_X, _Y, _Z", "none");
    }
  }
  std::vector<LandmarkTrial> out;
  const std::size_t rows = table.rows() - (table.cut && table.rows() > 0 ? 1 : 0);  // a killed program's last line
  for (std::size_t r = 0; r < rows; ++r) {
    const bool next = out.empty() || times[r] < out.back().back().time_s || cell(activity, r) != cell(activity, r - 1) || cell(number, r) != cell(number, r - 1);
    if (next) out.emplace_back();
    if (!next && times[r] == out.back().back().time_s) continue;  // a row that repeats a time
    auto& frame = out.back().emplace_back();
    frame.time_s = times[r];
    for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
      if (!sources[i]) continue;
      const double* from = values.row(r).data() + 3 * sources[i]->marker;
      if (!std::isfinite(from[0]) || !std::isfinite(from[1]) || !std::isfinite(from[2])) continue;
      frame.points[i] = {from[0], from[1], from[2]};
      frame.visibility[i] = sources[i]->visibility ? (*sources[i]->visibility)[r] : 1.0;
    }
  }
  return out;
}

std::vector<LandmarkTrial> read_landmark_trials(const std::filesystem::path& path, const LandmarkOptions& options) {
  if (base::lower(path.extension().string()) == ".csv") return parse_landmark_trials(read_csv(path), options);
  return from_recording(read_recording(path, {.rate_hz = options.rate_hz}));
}

std::string landmark_header() {
  std::string out = "Time";
  for (const auto& name : motion::mediapipe_landmarks()) {
    for (const char* end : {"_X", "_Y", "_Z", "_VISIBILITY"}) out += "," + name + end;
  }
  return out + "\n";
}

void append_landmark_row(std::string& out, const LandmarkFrame& frame) {
  append_number(out, frame.time_s);
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
    for (const double v : frame.points[i]) {
      out += ',';
      append_number(out, v);
    }
    out += ',';
    if (std::isfinite(frame.points[i][0])) append_number(out, frame.visibility[i]);
  }
  out += '\n';
}

}  // namespace kinemyo::io
