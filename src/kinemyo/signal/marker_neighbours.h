#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <optional>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/signal/gaps.h"

namespace kinemyo::signal {

/// What the markers around a marker tell of its place while it is missing. Units: m.
class Neighbours {
 public:
  using Points = Eigen::Matrix<double, Eigen::Dynamic, 3, Eigen::RowMajor>;

  /// What one model says of a gap, in the neighbours' frame. Shape: inside is the gap's frames x 3; misfit (all frames
  /// x 3) is what is measured less what the model says.
  struct Told {
    Points inside;
    Points misfit;
  };

  /// The markers whose distance to `marker` changes least, of those seen throughout the gap and at its edges. Nothing
  /// where fewer than 3 span a frame, or too few frames show all of them. Shape: frames x (markers * 3).
  /// Source: Soederkvist and Wedin 1993, doi 10.1016/0021-9290(93)90098-Y (the frame, by singular value decomposition).
  static std::optional<Neighbours> find(base::MatrixView<const double> positions, std::size_t marker, const Gap& gap);

  /// Frames of `known` in which the neighbours are seen too.
  std::vector<char> usable(const std::vector<char>& known) const;

  /// Models fitted on frames of `known`, from stiff (a fixed place in the frame) to free.
  std::vector<Told> tell(const Points& track, const std::vector<char>& known, std::size_t first, std::size_t count) const;

  /// From the neighbours' frame to the laboratory's, for frames from `first` on.
  Points to_laboratory(const Points& local, std::size_t first) const;

 private:
  std::vector<char> seen_;                   // by frame: all neighbours are there
  std::vector<Eigen::Matrix3d> turn_;        // by frame
  std::vector<Eigen::RowVector3d> centre_;   // by frame
  Eigen::MatrixXd features_;                 // frames x (3 * neighbours + 1), in the frame, about their mean
};

}  // namespace kinemyo::signal
