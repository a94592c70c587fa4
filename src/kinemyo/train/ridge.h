#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/features/features.h"

namespace kinemyo::train {

/// Ridge regression on the inputs that the network takes, of this frame and, where that is better inside the training
/// trials, of a few earlier ones. The honest linear baseline.
/// The penalty is chosen output by output, the lags for all outputs, by leaving groups of the training trials out.
/// Source: Hoerl and Kennard 1970, doi 10.1080/00401706.1970.10488634; weights checked against scikit-learn's Ridge.
class Ridge {
 public:
  struct Settings {
    std::vector<double> penalties = {1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 10, 100};  ///< a frame
    std::vector<std::vector<double>> lags_s = {{0}, {0, 0.05, 0.1}, {0, 0.1, 0.2}};
    std::size_t most_columns = 450;  ///< lags that make more columns are not tried
    std::size_t most_rows = 30000;   ///< of more frames, every second, third ... is taken
    /// Weights towards which it shrinks, instead of towards 0: what is known of an output before any example is seen.
    struct Start {
      std::size_t output = 0, input = 0;
      double weight = 0;
    };
    std::vector<Start> start;
  };

  /// Shape: examples have scaled x without NaN and scaled y (NaN: not known); groups has one name an example.
  /// The objective for an output is the mean square error over its known frames plus penalty times the squared weights.
  /// Cost: one Gram matrix a group and pattern of missing targets; one eigendecomposition a fold, for all penalties.
  static Ridge fit(std::span<const features::Example> examples, const std::vector<std::string>& groups,
                   const Settings& settings);

  /// Shape: x is T x inputs, scaled, without NaN; gives T x outputs, scaled. Before a trial's start its first frame holds.
  base::Matrix<float> predict(base::MatrixView<const float> x) const;

  const std::vector<std::size_t>& lags_frames() const { return lags_; }
  /// One an output.
  const std::vector<double>& penalties() const { return penalties_; }
  /// Mean square error of each output in the groups that were left out; 0 where there was nothing to compare.
  const std::vector<double>& left_out_errors() const { return left_out_errors_; }
  /// Shape: (inputs * lags + 1) x outputs; the last row is the intercept.
  const Eigen::MatrixXd& weights() const { return weights_; }

 private:
  std::vector<std::size_t> lags_;
  std::vector<double> penalties_;
  std::vector<double> left_out_errors_;
  Eigen::MatrixXd weights_;
};

}  // namespace kinemyo::train
