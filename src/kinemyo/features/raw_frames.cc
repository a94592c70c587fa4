#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/features.h"
#include "kinemyo/features/landmark_points.h"
#include "kinemyo/features/movement.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/marker_ends.h"
#include "kinemyo/signal/marker_gaps.h"

namespace kinemyo::features {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A channel of one of the recording's series.
struct Source {
  const motion::Series* series = nullptr;
  std::size_t channel = 0;
};

// A channel, or the mean of several.
struct Mean {
  std::vector<Source> of;
  std::size_t count = 0;
};

std::optional<Source> find_source(const motion::Recording& recording, std::string_view wanted, bool marker) {
  for (const auto& series : recording.series) {
    const bool positions = series.quantity() == motion::Quantity::position;
    if (positions != marker || (!marker && series.components() != 1)) continue;
    const auto names = series.names();
    const auto found = marker ? find_marker(names, wanted) : find_scalar(names, wanted);
    if (found) return Source{&series, *found};
  }
  return std::nullopt;
}

// In the laboratory frame, the original's way, a marker that is absent counts as 0 0 0 in the mean.
Mean find_keypoint_markers(const motion::Recording& recording, std::string_view name, bool absent_counts) {
  Mean out;
  for (const auto& one : keypoint_map()) {
    if (one.name != name) continue;
    for (const auto* markers : {&one.markers, &one.otherwise}) {
      if (!out.of.empty()) break;
      for (const auto& marker : *markers) {
        if (const auto source = find_source(recording, marker, true)) out.of.push_back(*source);
      }
      out.count = absent_counts && markers == &one.markers ? markers->size() : out.of.size();
    }
  }
  return out;
}

Eigen::Vector3d mean_at(const Mean& mean, std::size_t frame) {
  Eigen::Vector3d sum = Eigen::Vector3d::Constant(mean.of.empty() ? kNaN : 0);
  for (const auto& source : mean.of)
    for (std::size_t c = 0; c < 3; ++c) sum[static_cast<Eigen::Index>(c)] += source.series->at(frame, source.channel, c);
  return sum / static_cast<double>(std::max<std::size_t>(1, mean.of.size()));
}

// A landmark that geometry makes of other markers than those beside it; nothing where these are not there.
class DerivedLandmark {
 public:
  static std::optional<DerivedLandmark> find(const motion::Recording& recording, const std::string& name) {
    DerivedLandmark out;
    out.right_ = name.starts_with("RIGHT_");
    const std::string side = out.right_ ? "RIGHT_" : "LEFT_";
    if (!out.right_ && !name.starts_with(side)) return std::nullopt;
    const auto part = name.substr(side.size());
    const auto take = [&](std::initializer_list<const char*> markers) {
      Mean from;
      for (const char* marker : markers) {
        const auto source = from.of.empty() ? find_source(recording, marker, true) : std::nullopt;
        if (source) from.of.push_back(*source);
      }
      out.from_.push_back(from);
    };
    if (part == "HIP") {
      out.part_ = Part::hip;
      take({"LASIS"});
      take({"RASIS"});
      take({"LPSIS", "SACR"});
      take({"RPSIS", "SACR"});
    } else if (part == "HEEL" || part == "FOOT_INDEX") {
      out.part_ = part == "HEEL" ? Part::heel : Part::foot_index;
      for (const char* joint : {"KNEE", "ANKLE", "FOOT_INDEX"}) out.from_.push_back(find_keypoint_markers(recording, side + joint, false));
    } else {
      return std::nullopt;
    }
    if (std::any_of(out.from_.begin(), out.from_.end(), [](const Mean& one) { return one.of.empty(); })) return std::nullopt;
    if (out.part_ == Part::heel) out.from_.push_back(find_keypoint_markers(recording, name, false));
    return out;
  }

  Eigen::Vector3d at(std::size_t frame) const {
    const auto p = [&](std::size_t i) { return mean_at(from_[i], frame); };
    if (part_ == Part::hip) return hip_landmark({p(0), p(1), p(2), p(3)}, right_);
    const FootMarkers foot{p(0), p(1), p(2)};
    if (part_ == Part::foot_index) return foot_index_landmark(foot);
    return from_[3].of.empty() ? heel_landmark(foot) : heel_landmark(foot, p(3));
  }

 private:
  enum class Part { hip, heel, foot_index };
  Part part_ = Part::hip;
  bool right_ = false;
  std::vector<Mean> from_;
};

std::string with_suggestion(const std::string& name, const motion::Recording& recording) {
  std::vector<std::string> candidates;
  for (const auto& series : recording.series) {
    for (auto& one : series.names()) candidates.push_back(std::move(one));
  }
  const auto near = base::nearest(name, candidates);
  return near ? name + " (there is " + *near + ")" : name;
}

}  // namespace

namespace {

constexpr double kBridge_s = 0.5;
constexpr double kBridge_error_m = 0.1;

// Gaps of a column up to so many frames: a straight line, or what is next to them at an end.
void bridge(base::Matrix<double>& raw, std::size_t column, std::size_t most) {
  std::size_t first = 0;
  while (first < raw.rows()) {
    if (std::isfinite(raw(first, column))) {
      ++first;
      continue;
    }
    std::size_t end = first;
    while (end < raw.rows() && !std::isfinite(raw(end, column))) ++end;
    if (end - first <= most && (first > 0 || end < raw.rows())) {
      const double before = raw(first > 0 ? first - 1 : end, column), after = raw(end < raw.rows() ? end : first - 1, column);
      for (std::size_t f = first; f < end; ++f) {
        raw(f, column) = before + (after - before) * static_cast<double>(f + 1 - first) / static_cast<double>(end + 1 - first);
      }
    }
    first = end;
  }
}

// Gaps of markers, by their own path and by those that move with them.
void bridge_markers(base::Matrix<double>& raw, std::size_t markers, double rate_hz) {
  base::Matrix<double> points(raw.rows(), 3 * markers);
  for (std::size_t f = 0; f < raw.rows(); ++f) std::copy_n(raw.row(f).begin(), 3 * markers, points.row(f).begin());
  signal::fill_markers(points, rate_hz, {kBridge_s, kBridge_s, kBridge_error_m});
  signal::fill_marker_ends(points, rate_hz, kBridge_s);
  for (std::size_t f = 0; f < raw.rows(); ++f) std::copy_n(points.row(f).begin(), 3 * markers, raw.row(f).begin());
}

}  // namespace

void low_pass(base::Matrix<double>& raw, const model::InputSpec& spec, double rate_hz) {
  const double cut_off_hz = spec.low_pass_hz;
  if (cut_off_hz <= 0) return;
  if (!(2 * cut_off_hz < rate_hz)) {
    throw Error("low_pass_hz = " + base::to_text(cut_off_hz) + " cannot be reached at " + base::to_text(rate_hz) + " frames a second");
  }
  const auto band = signal::corrected_for_two_passes(2, signal::Passband::below(cut_off_hz), rate_hz);
  const auto sections = signal::butterworth_sections(2, band, rate_hz);
  const auto seen = spec.movement.empty() ? base::Matrix<double>() : raw;
  bridge_markers(raw, spec.markers.size(), rate_hz);
  for (std::size_t c = 0; c < 3 * spec.markers.size(); ++c) bridge(raw, c, static_cast<std::size_t>(std::lround(kBridge_s * rate_hz)));
  if (!spec.movement.empty()) fill_by_movement(raw, seen, spec, rate_hz);
  for (std::size_t c = 0; c < 3 * spec.markers.size(); ++c) {
    std::vector<double> stretch;
    for (std::size_t f = 0; f <= raw.rows(); ++f) {
      if (f < raw.rows() && std::isfinite(raw(f, c))) {
        stretch.push_back(raw(f, c));
        continue;
      }
      if (stretch.size() > 3) {  // else too short to filter
        stretch = signal::sosfiltfilt(sections, stretch);
        for (std::size_t i = 0; i < stretch.size(); ++i) raw(f - stretch.size() + i, c) = stretch[i];
      }
      stretch.clear();
    }
  }
}

void look_around(base::Matrix<float>& inputs, const model::InputSpec& spec, double rate_hz) {
  const auto blocks = model::around_blocks(spec);
  if (blocks == 0) return;
  require(inputs.columns() == model::input_width(spec), "look_around: wrong number of columns");
  const auto first = model::position_width(spec) + spec.scalars.size(), angles = spec.geometry.size();
  const auto frames = static_cast<std::ptrdiff_t>(inputs.rows());
  for (std::size_t a = 0; a < angles; ++a) {
    double sum = 0, count = 0;
    for (std::size_t f = 0; f < inputs.rows(); ++f) {
      const float angle = inputs(f, first + a);
      if (std::isfinite(angle)) sum += angle, ++count;
    }
    const double mean = count > 0 ? sum / count : 0;
    for (std::size_t b = 0; b < blocks; ++b) {
      const double lag_s = model::InputSpec::kAroundStep_s * (static_cast<double>(b) - static_cast<double>(blocks / 2));
      const auto lag = static_cast<std::ptrdiff_t>(std::lround(lag_s * rate_hz));
      for (std::ptrdiff_t f = 0; f < frames; ++f) {
        const auto from = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(f + lag, 0, frames - 1));
        inputs(static_cast<std::size_t>(f), model::frame_width(spec) + b * angles + a) = static_cast<float>(inputs(from, first + a) - mean);
      }
    }
  }
}

base::Matrix<double> raw_frames(const motion::Recording& recording, const model::InputSpec& spec) {
  std::vector<Mean> sources;  // one an input channel
  std::vector<std::pair<std::size_t, DerivedLandmark>> derived;
  std::vector<std::string> missing;
  const bool laboratory = spec.frame == model::Frame::laboratory;
  const auto take = [&](const std::string& name, bool marker) {
    Mean from;
    if (const auto source = find_source(recording, name, marker)) from = {{*source}, 1};
    if (from.of.empty() && marker && is_keypoint(name)) {
      const auto made = laboratory ? std::nullopt : DerivedLandmark::find(recording, name);
      if (made) derived.emplace_back(sources.size(), *made);
      from = find_keypoint_markers(recording, name, laboratory);
    }
    if (from.of.empty() && (derived.empty() || derived.back().first != sources.size())) missing.push_back(with_suggestion(name, recording));
    sources.push_back(std::move(from));
  };
  for (const auto& name : spec.markers) take(name, true);
  // Keypoints that the recording does not have are absent in every frame (a face, say); but not most of them.
  const bool keypoints = std::all_of(spec.markers.begin(), spec.markers.end(), is_keypoint);
  if (keypoints && 2 * missing.size() < spec.markers.size()) missing.clear();
  for (const auto& name : spec.scalars) take(name, false);
  if (!missing.empty()) {
    throw Error((recording.source.empty() ? std::string("the input") : recording.source) +
                " lacks channels that the network takes: " + base::join(missing));
  }

  const motion::Series* first = nullptr;
  for (const auto& from : sources) {
    for (const auto& source : from.of) {
      if (first == nullptr) first = source.series;
      require(source.series->frames() == first->frames(), "raw_frames: series of different lengths");
    }
  }
  const std::size_t frames = first == nullptr ? 0 : first->frames();
  const double absent = laboratory ? 0.0 : kNaN;
  base::Matrix<double> raw(frames, 3 * spec.markers.size() + spec.scalars.size(), absent);
  for (std::size_t f = 0; f < frames; ++f) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::size_t width = i < spec.markers.size() ? 3 : 1;
      for (std::size_t c = 0; c < width && !sources[i].of.empty(); ++c) {
        double sum = 0;
        for (const auto& source : sources[i].of) sum += source.series->at(f, source.channel, c);
        raw(f, column + c) = sum / static_cast<double>(sources[i].count);
      }
      column += width;
    }
    for (const auto& [channel, landmark] : derived) {
      const auto point = landmark.at(f);
      for (std::size_t c = 0; c < 3; ++c) raw(f, 3 * channel + c) = point[static_cast<Eigen::Index>(c)];
    }
  }
  return raw;
}

}  // namespace kinemyo::features
