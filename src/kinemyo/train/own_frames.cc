#include "kinemyo/train/own_frames.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <map>

namespace kinemyo::train {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd nearness(const base::Matrix<float>& a, const base::Matrix<float>& b, const std::vector<double>& scale) {
  std::vector<std::size_t> counting;
  for (std::size_t i = 0; i < scale.size(); ++i) {
    if (scale[i] > 0) counting.push_back(i);
  }
  const auto scaled = [&](const base::Matrix<float>& from) {
    MatrixXd out(static_cast<Index>(counting.size()), static_cast<Index>(from.rows()));
    for (std::size_t r = 0; r < from.rows(); ++r) {
      for (std::size_t i = 0; i < counting.size(); ++i) {
        out(static_cast<Index>(i), static_cast<Index>(r)) = from(r, counting[i]) / scale[counting[i]];
      }
    }
    return out;
  };
  const MatrixXd left = scaled(a), right = scaled(b);
  MatrixXd out = -2 * left.transpose() * right;
  out.colwise() += left.colwise().squaredNorm().transpose();
  out.rowwise() += right.colwise().squaredNorm();
  return (-0.5 * out.array().max(0)).exp();
}

OwnFrames::OwnFrames(base::Matrix<float> features, base::Matrix<float> left, std::vector<double> scale)
    : features_(std::move(features)), left_(std::move(left)), scale_(std::move(scale)) {
  require(features_.rows() == left_.rows() && features_.columns() == scale_.size(), "OwnFrames: shapes that do not fit");
}

MatrixXd OwnFrames::weights(double penalty) const {
  const MatrixXd near = nearness(features_, features_, scale_);
  MatrixXd out = MatrixXd::Zero(near.rows(), static_cast<Index>(left_.columns()));
  // Outputs that are known in the same frames share a decomposition.
  std::map<std::vector<Index>, std::vector<std::size_t>> patterns;
  for (std::size_t c = 0; c < left_.columns(); ++c) {
    std::vector<Index> known;
    for (std::size_t r = 0; r < left_.rows(); ++r) {
      if (std::isfinite(left_(r, c))) known.push_back(static_cast<Index>(r));
    }
    if (!known.empty()) patterns[known].push_back(c);
  }
  for (const auto& [rows, outputs] : patterns) {
    MatrixXd system = near(rows, rows);
    system.diagonal().array() += penalty;
    MatrixXd wanted(static_cast<Index>(rows.size()), static_cast<Index>(outputs.size()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < outputs.size(); ++c) {
        wanted(static_cast<Index>(r), static_cast<Index>(c)) = left_(static_cast<std::size_t>(rows[r]), outputs[c]);
      }
    }
    const MatrixXd solved = system.llt().solve(wanted);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < outputs.size(); ++c) {
        out(rows[r], static_cast<Index>(outputs[c])) = solved(static_cast<Index>(r), static_cast<Index>(c));
      }
    }
  }
  return out;
}

MatrixXd OwnFrames::correction(const base::Matrix<float>& others, const MatrixXd& weights) const {
  return nearness(others, features_, scale_) * weights;
}

}  // namespace kinemyo::train
