#include "kinemyo/signal/marker_neighbours.h"

#include <algorithm>
#include <cmath>

namespace kinemyo::signal {

namespace {

constexpr std::size_t kFrameMarkers = 6;    // hold the frame
constexpr std::size_t kNeighbours = 10;     // feed the regressions
constexpr std::size_t kFewestFrames = 25;   // with everything seen
constexpr std::size_t kTeachingFrames = 1000;
constexpr double kFirmness_m = 0.002;       // markers on skin are no firmer
constexpr double kThinnest_m = 0.01;        // a frame needs this spread off its longest axis
constexpr double kLooseness_m[] = {0.0003, 0.001, 0.003, 0.01};  // noise that a regression expects of its neighbours

Eigen::RowVector3d point(base::MatrixView<const double> positions, std::size_t frame, std::size_t marker) {
  return {positions(frame, 3 * marker), positions(frame, 3 * marker + 1), positions(frame, 3 * marker + 2)};
}

bool measured(base::MatrixView<const double> positions, std::size_t frame, std::size_t marker) {
  return !std::isnan(positions(frame, 3 * marker));
}

struct Ranked {
  double looseness_m;  // spread of the distance
  std::size_t marker;
};

std::vector<Ranked> rank(base::MatrixView<const double> positions, std::size_t marker, const Gap& gap) {
  std::vector<Ranked> out;
  const std::size_t markers = positions.columns() / 3;
  for (std::size_t j = 0; j < markers; ++j) {
    if (j == marker) continue;
    bool there = true;
    for (std::size_t f = gap.first - 1; there && f <= gap.first + gap.count; ++f) there = measured(positions, f, j);
    if (!there) continue;
    double n = 0, sum = 0, squares = 0, own = 0;
    for (std::size_t f = 0; f < positions.rows(); ++f) {
      if (!measured(positions, f, marker)) continue;
      ++own;
      if (!measured(positions, f, j)) continue;
      const double d = (point(positions, f, j) - point(positions, f, marker)).norm();
      ++n, sum += d, squares += d * d;
    }
    if (n < 0.8 * own || n < static_cast<double>(kFewestFrames)) continue;
    out.push_back({std::sqrt(std::max(0.0, squares / n - sum / n * sum / n)), j});
  }
  std::stable_sort(out.begin(), out.end(), [](const Ranked& a, const Ranked& b) { return a.looseness_m < b.looseness_m; });
  return out;
}

}  // namespace

std::optional<Neighbours> Neighbours::find(base::MatrixView<const double> positions, std::size_t marker,
                                           const Gap& gap) {
  auto ranked = rank(positions, marker, gap);
  if (ranked.size() < 3) return std::nullopt;
  ranked.resize(std::min(ranked.size(), kNeighbours));
  const auto frames = positions.rows();
  Neighbours out;
  out.seen_.assign(frames, 1);
  std::size_t whole = 0, sample = 0;
  for (std::size_t f = 0; f < frames; ++f) {
    for (const auto& r : ranked) {
      if (!measured(positions, f, r.marker)) out.seen_[f] = 0;
    }
    if (out.seen_[f] != 0 && measured(positions, f, marker)) ++whole;
    if (out.seen_[f] != 0 && (sample == 0 || f <= gap.first)) sample = f;
  }
  if (whole < kFewestFrames) return std::nullopt;
  const auto held = std::min(ranked.size(), kFrameMarkers);
  Eigen::VectorXd weights(static_cast<Eigen::Index>(held));
  for (std::size_t i = 0; i < held; ++i) {
    weights(static_cast<Eigen::Index>(i)) = 1 / (ranked[i].looseness_m * ranked[i].looseness_m + kFirmness_m * kFirmness_m);
  }
  weights /= weights.sum();
  const auto shape_at = [&](std::size_t f, Eigen::RowVector3d& centre) {
    Points shape(static_cast<Eigen::Index>(held), 3);
    for (std::size_t i = 0; i < held; ++i) shape.row(static_cast<Eigen::Index>(i)) = point(positions, f, ranked[i].marker);
    centre = weights.transpose() * shape;
    shape.rowwise() -= centre;
    return shape;
  };
  Eigen::RowVector3d centre;
  Points reference = shape_at(sample, centre);
  const Eigen::Matrix3d spread = reference.transpose() * weights.asDiagonal() * reference;
  const auto extents = Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d>(spread).eigenvalues();
  if (std::sqrt(std::max(0.0, extents(1))) < kThinnest_m) return std::nullopt;
  const auto turn_to = [&](const Points& shape) -> Eigen::Matrix3d {
    const Eigen::Matrix3d cross = reference.transpose() * weights.asDiagonal() * shape;
    const Eigen::JacobiSVD<Eigen::Matrix3d> svd(cross, Eigen::ComputeFullU | Eigen::ComputeFullV);
    Eigen::Matrix3d mirror = Eigen::Matrix3d::Identity();
    mirror(2, 2) = (svd.matrixU() * svd.matrixV().transpose()).determinant() < 0 ? -1 : 1;
    return svd.matrixU() * mirror * svd.matrixV().transpose();  // row vectors: local * turn = laboratory
  };
  // One frame is no reference: the mean shape is.
  Points mean = Points::Zero(static_cast<Eigen::Index>(held), 3);
  const std::size_t step = std::max<std::size_t>(1, frames / 100);
  for (std::size_t f = 0; f < frames; f += step) {
    if (out.seen_[f] == 0) continue;
    const Points shape = shape_at(f, centre);
    mean += shape * turn_to(shape).transpose();
  }
  mean += reference;
  std::size_t counted = 1;
  for (std::size_t f = 0; f < frames; f += step) counted += out.seen_[f] != 0 ? 1 : 0;
  reference = mean / static_cast<double>(counted);
  out.turn_.assign(frames, Eigen::Matrix3d::Identity());
  out.centre_.assign(frames, Eigen::RowVector3d::Zero());
  const auto width = static_cast<Eigen::Index>(3 * ranked.size() + 1);
  out.features_ = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(frames), width);
  Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(width);
  double n = 0;
  for (std::size_t f = 0; f < frames; ++f) {
    if (out.seen_[f] == 0) continue;
    const Points shape = shape_at(f, out.centre_[f]);
    out.turn_[f] = turn_to(shape);
    auto row = out.features_.row(static_cast<Eigen::Index>(f));
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      row.segment<3>(static_cast<Eigen::Index>(3 * i)) =
          (point(positions, f, ranked[i].marker) - out.centre_[f]) * out.turn_[f].transpose();
    }
    sum += row;
    ++n;
  }
  for (std::size_t f = 0; f < frames; ++f) {
    if (out.seen_[f] == 0) continue;
    auto row = out.features_.row(static_cast<Eigen::Index>(f));
    row -= sum / n;
    row(width - 1) = 1;
  }
  return out;
}

std::vector<char> Neighbours::usable(const std::vector<char>& known) const {
  auto out = known;
  for (std::size_t f = 0; f < out.size(); ++f) out[f] = out[f] != 0 && seen_[f] != 0 ? 1 : 0;
  return out;
}

std::vector<Neighbours::Told> Neighbours::tell(const Points& track, const std::vector<char>& known, std::size_t first,
                                               std::size_t count) const {
  const auto use = usable(known);
  Points local = Points::Constant(track.rows(), 3, std::nan(""));
  const auto width = features_.cols();
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(width, width);
  Eigen::Matrix<double, Eigen::Dynamic, 3> right = Eigen::Matrix<double, Eigen::Dynamic, 3>::Zero(width, 3);
  std::size_t n = 0;
  for (std::size_t f = 0; f < use.size(); ++f) {
    if (use[f] == 0) continue;
    const auto i = static_cast<Eigen::Index>(f);
    local.row(i) = (track.row(i) - centre_[f]) * turn_[f].transpose();
    ++n;
  }
  // A thousand frames teach as much as more.
  const std::size_t step = n / kTeachingFrames + 1;
  std::vector<Eigen::Index> rows;
  for (std::size_t f = 0, i = 0; f < use.size(); ++f) {
    if (use[f] != 0 && i++ % step == 0) rows.push_back(static_cast<Eigen::Index>(f));
  }
  const Eigen::MatrixXd seen = features_(rows, Eigen::all);
  const Eigen::MatrixXd targets = local(rows, Eigen::all);
  gram.selfadjointView<Eigen::Lower>().rankUpdate(seen.transpose());
  right = seen.transpose() * targets;
  const auto taught = static_cast<double>(rows.size());
  std::vector<Told> out;
  const auto add = [&](const Eigen::MatrixXd& weights) {
    Told told;
    told.inside = features_.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count)) * weights;
    told.misfit = local - features_ * weights;
    out.push_back(std::move(told));
  };
  Eigen::MatrixXd fixed = Eigen::MatrixXd::Zero(width, 3);
  fixed.row(width - 1) = right.row(width - 1) / taught;
  add(fixed);
  for (const double looseness_m : kLooseness_m) {
    Eigen::MatrixXd damped = gram;
    for (Eigen::Index i = 0; i + 1 < width; ++i) damped(i, i) += taught * looseness_m * looseness_m;
    add(damped.selfadjointView<Eigen::Lower>().ldlt().solve(right));
  }
  return out;
}

Neighbours::Points Neighbours::to_laboratory(const Points& local, std::size_t first) const {
  Points out(local.rows(), 3);
  for (Eigen::Index i = 0; i < local.rows(); ++i) {
    const auto f = first + static_cast<std::size_t>(i);
    out.row(i) = local.row(i) * turn_[f] + centre_[f];
  }
  return out;
}

}  // namespace kinemyo::signal
