#include "kinemyo/dataset/copies.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "kinemyo/dataset/examples.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/segment_angles.h"
#include "kinemyo/signal/resample.h"
#include "kinemyo/signal/turns.h"

namespace kinemyo::dataset {

namespace {

using Eigen::Vector3d;
using features::SegmentAngles;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSmooth_s = 0.1;
constexpr double kHidden_s = 0.2;
constexpr int kCalibration_frames = 100;

Vector3d point(const motion::Series& markers, std::size_t frame, std::size_t marker) {
  return {markers.at(frame, marker, 0), markers.at(frame, marker, 1), markers.at(frame, marker, 2)};
}

// How much a marker moves in a segment's own frame: the sum of its three variances.
struct Wander {
  Vector3d sum = Vector3d::Zero();
  double squares = 0, frames = 0;
  void add(const Vector3d& p) {
    if (!p.allFinite()) return;
    sum += p;
    squares += p.squaredNorm();
    ++frames;
  }
  double value(double least_frames) const {
    if (frames < least_frames) return std::numeric_limits<double>::infinity();
    return squares / frames - (sum / frames).squaredNorm();
  }
};

// The axes of the segments of a trial in every frame.
using Segments = std::vector<std::array<SegmentAngles::Segment, SegmentAngles::kSegments>>;
Segments segments_of(const motion::Series& markers) {
  SegmentAngles angles(markers.names(), kCalibration_frames);
  std::vector<double> unused(angles.names().size());
  Segments out;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    angles.step(markers.values().row(f), 0, unused);
    out.push_back(angles.segments());
  }
  return out;
}

// On no segment: the laboratory's own axes.
std::optional<std::size_t> carrier(const Segments& segments, const motion::Series& markers, std::size_t marker) {
  std::array<Wander, SegmentAngles::kSegments> wander;
  for (std::size_t f = 0; f < segments.size(); ++f) {
    const Vector3d p = point(markers, f, marker);
    for (std::size_t s = 0; s < wander.size(); ++s) {
      const auto& segment = segments[f][s];
      wander[s].add(segment.axes.transpose() * (p - segment.origin));
    }
  }
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t s = 0; s < wander.size(); ++s) {
    const double value = wander[s].value(0.5 * static_cast<double>(segments.size()));
    if (value < least) {
      least = value;
      best = s;
    }
  }
  return std::isfinite(least) ? std::optional(best) : std::nullopt;
}

void place_elsewhere(motion::Series& markers, double level_m, base::Random& random) {
  const motion::Series measured = markers;
  const auto segments = segments_of(measured);
  for (std::size_t m = 0; m < markers.channels().size(); ++m) {
    const Vector3d offset(level_m * random.normal(), level_m * random.normal(), level_m * random.normal());
    const auto on = carrier(segments, measured, m);
    for (std::size_t f = 0; f < markers.frames(); ++f) {
      Vector3d moved = offset;
      if (on) moved = segments[f][*on].axes * offset;
      if (!moved.allFinite()) moved = offset;
      for (std::size_t c = 0; c < 3; ++c) markers.values()(f, 3 * m + c) += moved[static_cast<Eigen::Index>(c)];
    }
  }
}

void add_white(base::Matrix<double>& values, double level_m, base::Random& random) {
  for (double& value : values.flat()) value += level_m * random.normal();
}

void add_smooth(base::Matrix<double>& values, double level_m, double rate_hz, base::Random& random) {
  const double width = kSmooth_s * rate_hz;
  const auto reach = static_cast<std::ptrdiff_t>(std::ceil(4 * width));
  std::vector<double> kernel;
  double squares = 0;
  for (std::ptrdiff_t k = -reach; k <= reach; ++k) {
    kernel.push_back(std::exp(-0.5 * std::pow(static_cast<double>(k) / width, 2)));
    squares += kernel.back() * kernel.back();
  }
  std::vector<double> white(values.rows() + kernel.size());
  for (std::size_t c = 0; c < values.columns(); ++c) {
    for (double& w : white) w = random.normal();
    for (std::size_t f = 0; f < values.rows(); ++f) {
      double sum = 0;
      for (std::size_t k = 0; k < kernel.size(); ++k) sum += kernel[k] * white[f + k];
      values(f, c) += level_m * sum / std::sqrt(squares);
    }
  }
}

void hide(base::Matrix<double>& values, double share, double rate_hz, base::Random& random) {
  const auto length = static_cast<std::size_t>(std::max(1.0, std::round(kHidden_s * rate_hz)));
  for (std::size_t m = 0; 3 * m < values.columns(); ++m) {
    for (std::size_t first = 0; first < values.rows(); first += length) {
      if (random.uniform() >= share) continue;
      for (std::size_t f = first; f < std::min(values.rows(), first + length); ++f) {
        for (std::size_t c = 0; c < 3; ++c) values(f, 3 * m + c) = kNaN;
      }
    }
  }
}

}  // namespace

PreparedTrial with_noise(const PreparedTrial& trial, const model::Recipe::Copies& levels, base::Random& random) {
  PreparedTrial out = trial;
  if (out.markers.empty()) return out;
  std::vector<std::string> physical = out.markers.series.names();
  std::erase_if(physical, [](const std::string& name) { return features::is_computed_point(name); });
  out.markers.series = out.markers.series.select(physical);
  out.markers.marks = {};
  auto& markers = out.markers.series;
  if (levels.placement_mm > 0) place_elsewhere(markers, 1e-3 * levels.placement_mm, random);
  if (levels.white_mm > 0) add_white(markers.values(), 1e-3 * levels.white_mm, random);
  if (levels.smooth_mm > 0) add_smooth(markers.values(), 1e-3 * levels.smooth_mm, trial.rate_hz, random);
  if (levels.hidden > 0) hide(markers.values(), levels.hidden, trial.rate_hz, random);
  return out;
}

namespace {

// Frames of another pace are read between those that were measured, by their numbers.
Marked at_pace(const Marked& part, double pace) {
  if (part.empty() || part.series.frames() < 2) return {part.series, {}};
  const auto& series = part.series;
  const auto frames = static_cast<std::size_t>(static_cast<double>(series.frames() - 1) / pace) + 1;
  std::vector<double> measured(series.frames()), wanted(frames);
  std::iota(measured.begin(), measured.end(), 0.0);
  for (std::size_t f = 0; f < frames; ++f) wanted[f] = static_cast<double>(f) * pace;
  base::Matrix<double> values(frames, series.values().columns());
  for (std::size_t c = 0; c < values.columns(); ++c) {
    auto column = series.values().column(c);
    const bool angle = series.quantity() == motion::Quantity::coordinate && series.channels()[c].unit == "rad";
    const bool wrapped = angle && signal::unwrap(column);
    auto read = signal::interpolate_at(measured, column, wanted, 1.5, signal::Interpolation::cubic);
    if (wrapped) std::transform(read.begin(), read.end(), read.begin(), signal::wrap);
    values.set_column(c, read);
  }
  const auto& clock = series.clock();
  return {motion::Series(series.quantity(), series.channels(), motion::Clock::uniform(clock.rate_hz(), clock.start_s(), frames), std::move(values)), {}};
}

}  // namespace

PreparedTrial at_pace(const PreparedTrial& trial, double pace) {
  require(pace > 0 && std::isfinite(pace), "at_pace: pace must be above 0");
  PreparedTrial out = trial;
  out.markers = at_pace(trial.markers, pace);
  out.angles = at_pace(trial.angles, pace);
  out.emg = at_pace(trial.emg, pace);
  out.emg_raw.reset();
  out.events.clear();
  return out;
}

namespace {

// What a camera would see: errors are those of its landmarks, not of the markers that they are made of.
PreparedTrial with_keypoints(const PreparedTrial& trial, const model::InputSpec& input) {
  motion::Recording recording;
  recording.series = {trial.markers.series};
  model::InputSpec points = input;
  points.scalars.clear();
  std::vector<motion::Channel> channels;
  for (const auto& name : input.markers) channels.push_back({name, "m"});
  PreparedTrial out = trial;
  out.markers = {motion::Series(motion::Quantity::position, std::move(channels), trial.markers.series.clock(), features::raw_frames(recording, points)), {}};
  return out;
}

}  // namespace

std::vector<features::Example> make_training_examples(const std::vector<PreparedTrial>& trials, const model::Model& model,
                                                      const model::Recipe& recipe) {
  std::vector<features::Example> out;
  for (const auto& trial : trials) out.push_back(make_example(trial, model, recipe));
  if (recipe.copies.count == 0) return out;
  std::vector<PreparedTrial> landmarks;
  if (!recipe.inputs.keypoints.empty() && model.input.frame == model::Frame::canonical)
    for (const auto& trial : trials) landmarks.push_back(with_keypoints(trial, model.input));
  base::Random random = base::Random(recipe.training.seed).fork(0xc0);
  for (int copy = 0; copy < recipe.copies.count; ++copy) {
    for (const auto& trial : landmarks.empty() ? trials : landmarks) {
      model::Recipe::Copies levels = recipe.copies;
      for (double* level : {&levels.white_mm, &levels.smooth_mm, &levels.placement_mm, &levels.hidden}) *level *= random.uniform();
      const auto noisy = levels.pace > 0 ? with_noise(at_pace(trial, 1 + levels.pace * random.uniform(-1, 1)), levels, random)
                                         : with_noise(trial, levels, random);
      out.push_back(make_example(noisy, model, recipe));
    }
  }
  return out;
}

}  // namespace kinemyo::dataset
