#include "kinemyo/infer/video.h"

#include <cmath>
#include <string>

#include "kinemyo/base/text.h"
#include "kinemyo/body/keypoints.h"
#include "kinemyo/body/names.h"
#include "kinemyo/infer/runner.h"

namespace kinemyo::infer {

namespace {

constexpr std::size_t kOriginalWindow = 500;

motion::Series window_of(const motion::Series& series, std::size_t first, std::size_t frames) {
  base::Matrix<double> values(frames, series.values().columns());
  for (std::size_t f = 0; f < frames; ++f) {
    const auto from = series.values().row(first + f);
    std::copy(from.begin(), from.end(), values.row(f).begin());
  }
  return {series.quantity(), series.channels(), motion::Clock::uniform(1, 0, frames),
          std::move(values)};
}

motion::Clock first_frames(const motion::Clock& clock, std::size_t frames) {
  if (clock.is_uniform()) return motion::Clock::uniform(clock.rate_hz(), clock.start_s(), frames);
  std::vector<double> stamps;
  for (std::size_t f = 0; f < frames; ++f) stamps.push_back(clock.time_s(f));
  return motion::Clock::stamped(std::move(stamps));
}

}  // namespace

motion::Recording predict_expanded(const model::Model& model, const motion::Recording& keypoints) {
  if (model.input.markers != body::original_markers()) {
    throw Error(
        "expanding keypoints gives the original's 42 markers; this model takes other inputs");
  }
  const auto* video = keypoints.find(motion::Quantity::position);
  if (video == nullptr) throw Error(keypoints.source + " holds no keypoints");
  const body::PointMap map(body::original_markers_from_keypoints(), video->names(),
                           body::Absent::zero);
  auto markers = map.apply(*video);
  for (auto& value : markers.values().flat()) {
    if (std::isnan(value)) value = 0;
  }

  const std::size_t length =
      model.window_frames > 0 ? static_cast<std::size_t>(model.window_frames) : kOriginalWindow;
  const std::size_t windows = markers.frames() / length;
  if (windows == 0) {
    throw Error(keypoints.source + " has " + std::to_string(markers.frames()) +
                " frames, less than one window of " + std::to_string(length));
  }
  model::Model as_they_come = model;
  as_they_come.rate_hz = 0;
  motion::Recording out;
  std::vector<base::Matrix<double>> values;
  for (std::size_t w = 0; w < windows; ++w) {
    motion::Recording window;
    window.source = keypoints.source;
    window.series.push_back(window_of(markers, w * length, length));
    auto prediction = predict(as_they_come, window);
    if (w == 0) {
      out = prediction;
      for (const auto& series : out.series)
        values.emplace_back(windows * length, series.values().columns());
    }
    for (std::size_t s = 0; s < values.size(); ++s) {
      const auto from = prediction.series[s].values().flat();
      std::copy(from.begin(), from.end(), values[s].row(w * length).begin());
    }
  }
  const auto clock = first_frames(video->clock(), windows * length);
  for (std::size_t s = 0; s < values.size(); ++s) {
    out.series[s] = {out.series[s].quantity(), out.series[s].channels(), clock,
                     std::move(values[s])};
  }
  if (!map.absent().empty())
    out.notes.push_back("keypoints that the video lacks count as 0 0 0: " +
                        base::join(map.absent()));
  out.notes.push_back(std::to_string(windows) + " windows of " + std::to_string(length) +
                      " frames, each from rest; " +
                      std::to_string(markers.frames() - windows * length) +
                      " frames at the end are not predicted");
  return out;
}

}  // namespace kinemyo::infer
