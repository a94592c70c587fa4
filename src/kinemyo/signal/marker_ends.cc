#include "kinemyo/signal/marker_ends.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "kinemyo/base/error.h"

namespace kinemyo::signal {

namespace {

using Eigen::Index;
using Eigen::RowVector3d;

constexpr double kOff_m = 0.01;  ///< how far off points are, about: the ridge's penalty
constexpr std::size_t kLeastOthers = 3;

// A marker's missing frames at one end, and the frame beside them in which it is measured.
struct End {
  std::size_t marker = 0, first = 0, count = 0, edge = 0;
};

class EndFiller {
 public:
  explicit EndFiller(const base::Matrix<double>& seen) : seen_(seen), markers_(seen.columns() / 3) {}

  void fill(const End& end, base::Matrix<double>& positions) {
    others_ = seen_beside(end);
    if (others_.size() < kLeastOthers) return;
    const auto rows = frames_with(end.marker);
    if (rows.size() < 2 * end.count) return;
    Eigen::MatrixXd x(static_cast<Index>(rows.size()), static_cast<Index>(3 * others_.size())), y(x.rows(), 3);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      x.row(static_cast<Index>(i)) = places(rows[i]);
      y.row(static_cast<Index>(i)) = at(rows[i], end.marker) - middle(rows[i]);
    }
    const Eigen::RowVectorXd x_mean = x.colwise().mean();
    const RowVector3d y_mean = y.colwise().mean();
    x.rowwise() -= x_mean;
    y.rowwise() -= y_mean;
    Eigen::MatrixXd gram = x.transpose() * x;
    gram.diagonal().array() += kOff_m * kOff_m * static_cast<double>(rows.size());
    const Eigen::MatrixXd weights = gram.ldlt().solve(x.transpose() * y);
    const auto told = [&](std::size_t f) { return RowVector3d(middle(f) + y_mean + (places(f) - x_mean) * weights); };
    const RowVector3d misfit = at(end.edge, end.marker) - told(end.edge);
    for (std::size_t f = end.first; f < end.first + end.count; ++f) Eigen::Map<RowVector3d>(&positions(f, 3 * end.marker)) = told(f) + misfit;
  }

  bool known(std::size_t f, std::size_t m) const { return std::isfinite(seen_(f, 3 * m)); }

 private:
  RowVector3d at(std::size_t f, std::size_t m) const { return Eigen::Map<const RowVector3d>(&seen_(f, 3 * m)); }

  std::vector<std::size_t> seen_beside(const End& end) const {
    std::vector<std::size_t> out;
    for (std::size_t m = 0; m < markers_; ++m) {
      bool all = m != end.marker && known(end.edge, m);
      for (std::size_t f = end.first; f < end.first + end.count; ++f) all = all && known(f, m);
      if (all) out.push_back(m);
    }
    return out;
  }

  std::vector<std::size_t> frames_with(std::size_t marker) const {
    std::vector<std::size_t> out;
    for (std::size_t f = 0; f < seen_.rows(); ++f)
      if (known(f, marker) && std::all_of(others_.begin(), others_.end(), [&](std::size_t m) { return known(f, m); })) out.push_back(f);
    return out;
  }

  RowVector3d middle(std::size_t f) const {
    RowVector3d sum = RowVector3d::Zero();
    for (const auto m : others_) sum += at(f, m);
    return sum / static_cast<double>(others_.size());
  }

  // Of the others, from their middle.
  Eigen::RowVectorXd places(std::size_t f) const {
    Eigen::RowVectorXd out(static_cast<Index>(3 * others_.size()));
    const RowVector3d from = middle(f);
    for (std::size_t i = 0; i < others_.size(); ++i) out.segment<3>(static_cast<Index>(3 * i)) = at(f, others_[i]) - from;
    return out;
  }

  const base::Matrix<double>& seen_;
  std::size_t markers_;
  std::vector<std::size_t> others_;
};

}  // namespace

void fill_marker_ends(base::Matrix<double>& positions, double rate_hz, double longest_s) {
  require(positions.columns() % 3 == 0 && rate_hz > 0, "fill_marker_ends: columns are not triples, or the rate is not above 0");
  const base::Matrix<double> seen = positions;
  const auto most = static_cast<std::size_t>(std::lround(longest_s * rate_hz)), rows = seen.rows();
  EndFiller filler(seen);
  for (std::size_t m = 0; 3 * m < seen.columns(); ++m) {
    std::size_t first = 0, last = rows;  // frames that are seen lie from the first to before the last
    while (first < rows && !filler.known(first, m)) ++first;
    if (first == rows) continue;
    while (!filler.known(last - 1, m)) --last;
    if (first > 0 && first <= most) filler.fill({m, 0, first, first}, positions);
    if (last < rows && rows - last <= most) filler.fill({m, last, rows - last, last - 1}, positions);
  }
}

}  // namespace kinemyo::signal
