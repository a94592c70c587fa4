#pragma once

#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::report {

/// How well a channel is predicted. Units: those of the channel; r2, r: 1. Missing: frames with NaN truth are left out.
struct Score {
  std::size_t frames = 0;
  double mae = 0;
  double rmse = 0;
  double r2 = 0;  ///< as scikit-learn: a constant channel counts 1 if exact, else 0
  double r = 0;   ///< Pearson; NaN when either side is constant
  double variance = 0;  ///< of the truth, for the variance-weighted mean
};

struct Scores {
  std::vector<std::string> channels;
  std::vector<Score> each;
  std::vector<std::string> left_out;  ///< constant and copied channels: named, not averaged
  Score mean;  ///< over channels that are not left out; r2 uniform
  double r2_variance_weighted = 0;
};

/// Shape: frames x channels, both. Source: scikit-learn's definitions, checked to 1e-9.
Scores score(const std::vector<std::string>& channels, const std::vector<std::string>& left_out,
             base::MatrixView<const double> truth, base::MatrixView<const double> predicted);

}  // namespace kinemyo::report
