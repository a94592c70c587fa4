#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::train {

/// exp(-d^2 / 2) of all rows of a to all of b; d: Euclidean distance of columns divided by their scale (0: does not count).
Eigen::MatrixXd nearness(const base::Matrix<float>& a, const base::Matrix<float>& b, const std::vector<double>& scale);

/// Frames of people, and what is wanted there, such as how far a measurement lies from what the model tells: regression on
/// nearness to those frames (kernel ridge, Gaussian kernel). Source: Saunders, Gammerman and Vovk 1998.
class OwnFrames {
 public:
  /// Of a person: more cost time and say little.
  static constexpr std::size_t kMost = 600;
  /// Of so many frames every how many-th is kept, so that about `most` are: neighbours say the same.
  static std::size_t every(std::size_t frames, std::size_t most) { return std::max<std::size_t>(2, (frames + most - 1) / most); }

  /// Shape: frames x features; truth less prediction, frames x outputs (NaN: not known); scale has one number a feature, 0: does
  /// not count.
  OwnFrames(base::Matrix<float> features, base::Matrix<float> left, std::vector<double> scale);
  /// Weights of the frames, frames x outputs; 0 where an output is not known in a frame. `penalty`: beside the squared error
  /// summed over frames.
  Eigen::MatrixXd weights(double penalty) const;
  /// What to add to the prediction of other frames. Shape: others x outputs.
  Eigen::MatrixXd correction(const base::Matrix<float>& others, const Eigen::MatrixXd& weights) const;
  const base::Matrix<float>& features() const { return features_; }

 private:
  base::Matrix<float> features_, left_;
  std::vector<double> scale_;
};

}  // namespace kinemyo::train
