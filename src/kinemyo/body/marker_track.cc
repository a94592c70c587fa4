#include "kinemyo/body/marker_track.h"

#include <algorithm>
#include <limits>

#include "kinemyo/base/text.h"
#include "kinemyo/body/marker_fit.h"

namespace kinemyo::body {

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
}

MarkerTrack::MarkerTrack(const Model& model, const motion::Series& markers)
    : model_(model),
      series_(markers),
      y_(markers.frames(), 3 * model.markers().size(), kNaN),
      postures_(markers.frames(), model.coordinates().size(), kNaN) {
  for (std::size_t m = 0; m < model.markers().size(); ++m) {
    channels_.push_back(markers.find(model.markers()[m].name));
    weights_.push_back(base::lower(model.markers()[m].name).find("hjc") != std::string::npos ? 0
                                                                                             : 1);
    for (std::size_t f = 0; channels_[m] && f < markers.frames(); ++f) {
      if (markers.missing(f, *channels_[m])) continue;
      for (std::size_t k = 0; k < 3; ++k) y_(f, 3 * m + k) = markers.at(f, *channels_[m], k);
    }
  }
}

void MarkerTrack::set_posture(std::size_t f, std::span<const double> coordinates) {
  std::copy(coordinates.begin(), coordinates.end(), postures_.row(f).begin());
}

void MarkerTrack::exchange(std::size_t f, const std::vector<Exchange>& pairs) {
  for (const auto& [a, b] : pairs) {
    for (std::size_t k = 0; k < 3; ++k) std::swap(y_(f, 3 * a + k), y_(f, 3 * b + k));
  }
}

void MarkerTrack::exchange_back(std::size_t f, const std::vector<Exchange>& pairs) {
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    for (std::size_t k = 0; k < 3; ++k) std::swap(y_(f, 3 * pair->a + k), y_(f, 3 * pair->b + k));
  }
}

void MarkerTrack::take_out(std::size_t f, std::size_t m) {
  for (std::size_t k = 0; k < 3; ++k) y_(f, 3 * m + k) = kNaN;
}

void MarkerTrack::move(std::size_t f, std::size_t m, const Eigen::Vector3d& by) {
  for (std::size_t k = 0; k < 3; ++k) y_(f, 3 * m + k) += by[static_cast<Eigen::Index>(k)];
}

void MarkerTrack::track(const Model& model) {
  std::vector<motion::Channel> channels;
  for (const auto& marker : model_.markers()) channels.push_back({marker.name, "m"});
  InverseKinematics solver(model, weights_);
  FitOptions options;
  options.bridge = false;
  const motion::Series all(motion::Quantity::position, std::move(channels), series_.clock(), y_);
  postures_ = fit_markers(solver, all, options).coordinates.values();
}

motion::Series MarkerTrack::series() const {
  motion::Series out = series_;
  for (std::size_t m = 0; m < count(); ++m) {
    for (std::size_t f = 0; channels_[m] && f < frames(); ++f) {
      for (std::size_t k = 0; k < 3; ++k) out.at(f, *channels_[m], k) = y_(f, 3 * m + k);
    }
  }
  return out;
}

}  // namespace kinemyo::body
