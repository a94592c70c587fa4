#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::report {

/// How well a channel is predicted. Units: those of the channel; r2, r: 1. Missing: frames with NaN truth are left out.
struct Score {
  std::size_t frames = 0;
  double mae = 0;
  double rmse = 0;
  double r2 = 0;  ///< as scikit-learn: a constant channel counts 1 if exact, else 0; NaN of under two frames
  double r = 0;   ///< Pearson; NaN when either side is constant
  double variance = 0;  ///< of the truth (population), for the variance-weighted mean
};

struct Scores {
  std::vector<std::string> channels;
  std::vector<Score> each;
  std::vector<std::string> left_out;  ///< constant and copied channels: named, not averaged
  Score mean;  ///< over channels that are not left out and have frames; r2 uniform; frames: of all of them
  double r2_variance_weighted = 0;
};

/// Shape: as many numbers in both. Missing: where the truth is NaN, nothing counts; a NaN prediction makes the score NaN.
Score score_channel(std::span<const double> truth, std::span<const double> predicted);

/// Shape: frames x channels, both. Source: scikit-learn's definitions, checked to 1e-9.
Scores score(const std::vector<std::string>& channels, const std::vector<std::string>& left_out,
             base::MatrixView<const double> truth, base::MatrixView<const double> predicted);

/// How a number varies from person to person. Missing: NaN is left out; all NaN without any number.
struct Spread {
  std::size_t count = 0;
  double mean = 0;
  double sd = 0;  ///< of a sample (n - 1); NaN of one
  double min = 0;
  double max = 0;
  /// The mean's 95 % interval by drawing people anew, with the same seed each time; NaN of one.
  /// Source: percentile bootstrap, 2,000 draws (Efron and Tibshirani 1993, chapter 13).
  double low = 0;
  double high = 0;
};
Spread spread(std::span<const double> values);

}  // namespace kinemyo::report
