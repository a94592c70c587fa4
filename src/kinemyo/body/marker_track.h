#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "kinemyo/body/exchanges.h"
#include "kinemyo/body/inverse_kinematics.h"
#include "kinemyo/body/marker_faults.h"
#include "kinemyo/motion/series.h"

// What the searches of marker_faults.cc share.
namespace kinemyo::body {

/// A trial's markers in the model's order, and the postures that fit them, each marker counting the
/// same.
class MarkerTrack {
 public:
  MarkerTrack(const Model& model, const motion::Series& markers);

  const Model& model() const { return model_; }
  /// 0 for computed centres of joints: that they lie well says nothing.
  const std::vector<double>& weights() const { return weights_; }
  std::size_t count() const { return weights_.size(); }
  std::size_t frames() const { return y_.rows(); }
  const motion::Clock& clock() const { return series_.clock(); }
  bool seen(std::size_t f, std::size_t m) const {
    return weights_[m] > 0 && std::isfinite(y_(f, 3 * m));
  }
  Eigen::Vector3d at(std::size_t f, std::size_t m) const {
    return {y_(f, 3 * m), y_(f, 3 * m + 1), y_(f, 3 * m + 2)};
  }
  std::span<const double> frame(std::size_t f) const { return y_.row(f); }
  bool has_posture(std::size_t f) const { return std::isfinite(postures_(f, 0)); }
  std::span<const double> posture(std::size_t f) const { return postures_.row(f); }
  void set_posture(std::size_t f, std::span<const double> coordinates);

  void exchange(std::size_t f, const std::vector<Exchange>& pairs);
  void exchange_back(std::size_t f, const std::vector<Exchange>& pairs);
  void take_out(std::size_t f, std::size_t m);
  void move(std::size_t f, std::size_t m, const Eigen::Vector3d& by);
  /// Fits all postures again, with markers where `model` has them.
  void track(const Model& model);
  /// The recording as it now is.
  motion::Series series() const;

 private:
  const Model& model_;
  const motion::Series& series_;
  base::Matrix<double> y_;  ///< frames x 3 a marker of the model
  std::vector<std::optional<std::size_t>> channels_;
  std::vector<double> weights_;
  base::Matrix<double> postures_;
};

/// Finds markers that bear each other's names, throughout or for a while, and exchanges them in the
/// track.
std::vector<MarkerFault> put_names_right(MarkerTrack& track);
/// Finds markers that jump away from their body and back, and takes them out of the track
/// meanwhile.
std::vector<MarkerFault> take_out_displaced(MarkerTrack& track);

}  // namespace kinemyo::body
