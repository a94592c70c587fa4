#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::motion {

/// What a series holds; it fixes how many numbers a channel has at one instant.
enum class Quantity {
  position,    ///< markers, keypoints: x y z, m
  coordinate,  ///< generalised coordinates and joint angles, one number: rad, or m for translations
  angle3,      ///< a joint's three angles in one channel (Plug-in-Gait "LKneeAngles"): rad
  force3,      ///< N, three numbers
  moment3,     ///< N m (or N m/kg where the file says so), three numbers
  vector3,     ///< any other three numbers (joint powers of a C3D), in the unit that the channel names
  rotation,    ///< a rigid placement, 4 x 4 row-major; translation in m
  emg,         ///< V; envelopes too
  analog,      ///< any other sampled scalar, in the unit that the channel names
  visibility,  ///< confidence of a keypoint, 0 to 1
};

std::string_view to_string(Quantity quantity);
/// Numbers a channel has at one instant: 3 for position, angle3, force3, moment3, vector3; 16 for rotation; else 1.
std::size_t components(Quantity quantity);

/// A named channel. `unit` is SI ("m", "rad", "V", "N", "1", ...), or what the file said if unknown.
struct Channel {
  std::string name;
  std::string unit;
  bool operator==(const Channel&) const = default;
};

/// When the frames of a series were taken: evenly from a start, or at stamps of their own.
/// Units: s, Hz. Invariant: time increases strictly; the rate is finite and above 0.
class Clock {
 public:
  Clock() = default;
  /// Throws std::invalid_argument unless rate_hz is finite and above 0.
  static Clock uniform(double rate_hz, double start_s, std::size_t frames);
  /// Throws Error naming the first frame whose stamp is not after the one before, with both numbers.
  static Clock stamped(std::vector<double> stamps_s);

  std::size_t size() const { return frames_; }
  bool is_uniform() const { return stamps_s_.empty(); }
  double time_s(std::size_t frame) const {
    return is_uniform() ? start_s_ + static_cast<double>(frame) / rate_hz_ : stamps_s_[frame];
  }
  double start_s() const { return frames_ == 0 ? start_s_ : time_s(0); }
  /// From the first frame to the last.
  double span_s() const { return frames_ == 0 ? 0.0 : time_s(frames_ - 1) - time_s(0); }
  /// Of a stamped clock: one over the median step; 0 if it has fewer than two frames.
  double rate_hz() const { return rate_hz_; }

 private:
  std::size_t frames_ = 0;
  double rate_hz_ = 0;
  double start_s_ = 0;
  std::vector<double> stamps_s_;
};

/// Channels of one quantity on one clock.
/// Shape: values is frames x (channels * components), a channel's components side by side.
/// Missing: NaN. A marker is missing in a frame when any of its components is NaN.
class Series {
 public:
  Series() = default;
  /// Throws std::invalid_argument when shapes disagree, Error when two channels bear one name.
  Series(Quantity quantity, std::vector<Channel> channels, Clock clock, base::Matrix<double> values);

  Quantity quantity() const { return quantity_; }
  std::size_t components() const { return motion::components(quantity_); }
  const std::vector<Channel>& channels() const { return channels_; }
  std::vector<std::string> names() const;
  const Clock& clock() const { return clock_; }
  std::size_t frames() const { return clock_.size(); }
  const base::Matrix<double>& values() const { return values_; }
  base::Matrix<double>& values() { return values_; }
  double& at(std::size_t frame, std::size_t channel, std::size_t component = 0) {
    return values_(frame, channel * components() + component);
  }
  double at(std::size_t frame, std::size_t channel, std::size_t component = 0) const {
    return values_(frame, channel * components() + component);
  }
  /// Exact name, or nothing. Cost: O(channels).
  std::optional<std::size_t> find(std::string_view name) const;
  bool missing(std::size_t frame, std::size_t channel) const;
  /// The named channels in the order asked for. Throws Error listing every name that is absent.
  Series select(const std::vector<std::string>& names) const;

  /// Shape: frames x channels, m; NaN where the file gives none. Only of quantity position;
  /// empty if the source has none. 0 means interpolated (C3D).
  const base::Matrix<float>& residuals() const { return residuals_; }
  void set_residuals(base::Matrix<float> residuals);

 private:
  Quantity quantity_ = Quantity::analog;
  std::vector<Channel> channels_;
  Clock clock_;
  base::Matrix<double> values_;
  base::Matrix<float> residuals_;
};

}  // namespace kinemyo::motion
