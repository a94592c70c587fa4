#include "kinemyo/features/movement.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/signal/smooth.h"

namespace kinemyo::features {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using model::Movement;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kPlaced_s = 0.2;  ///< where the pelvis is, is smoothed: it may be off where it is hidden
constexpr double kOff_m = 0.01;    ///< how far off points are that are seen, about
constexpr Index kMostComponents = 30;
constexpr int kRounds = 2;  ///< the recording's mean rests on what is filled

struct Place {
  double x = 0, y = 0, z = 0, cosine = 1, sine = 0;
};

std::vector<Place> places_of(const base::Matrix<double>& points, const model::InputSpec& spec, double rate_hz) {
  model::InputSpec pelvis;
  pelvis.markers = spec.markers;
  pelvis.scale = model::BodyScale::none;
  Extractor extractor(pelvis, rate_hz);
  std::vector<float> unused(extractor.width());
  base::Matrix<double> parts(points.rows(), 5);
  for (std::size_t f = 0; f < points.rows(); ++f) {
    extractor.step(points.row(f).first(3 * spec.markers.size()), unused);
    const auto& at = extractor.placement();
    const double values[] = {at.root_m[0], at.root_m[1], at.root_m[2], std::cos(at.heading_rad), std::sin(at.heading_rad)};
    std::copy(std::begin(values), std::end(values), parts.row(f).begin());
  }
  signal::smooth_columns(parts, kPlaced_s * rate_hz);
  std::vector<Place> out;
  for (std::size_t f = 0; f < points.rows(); ++f) {
    const double length = std::max(1e-9, std::hypot(parts(f, 3), parts(f, 4)));
    out.push_back({parts(f, 0), parts(f, 1), parts(f, 2), parts(f, 3) / length, parts(f, 4) / length});
  }
  return out;
}

// Frames x 3 a marker, less root and heading.
MatrixXd in_body(const base::Matrix<double>& points, std::size_t markers, const std::vector<Place>& places) {
  MatrixXd out(static_cast<Index>(points.rows()), static_cast<Index>(3 * markers));
  for (std::size_t f = 0; f < points.rows(); ++f) {
    const auto& at = places[f];
    const auto row = static_cast<Index>(f);
    for (std::size_t m = 0; m < markers; ++m) {
      const double x = points(f, 3 * m) - at.x, z = points(f, 3 * m + 2) - at.z;
      const auto column = static_cast<Index>(3 * m);
      out(row, column) = at.cosine * x - at.sine * z;
      out(row, column + 1) = points(f, 3 * m + 1) - at.y;
      out(row, column + 2) = at.sine * x + at.cosine * z;
    }
  }
  return out;
}

// Columns that are never known have mean 0.
Eigen::RowVectorXd means_of(const MatrixXd& body) {
  Eigen::RowVectorXd out = Eigen::RowVectorXd::Zero(body.cols());
  for (Index c = 0; c < body.cols(); ++c) {
    double count = 0;
    for (Index f = 0; f < body.rows(); ++f) {
      if (std::isfinite(body(f, c))) out[c] += body(f, c), ++count;
    }
    if (count > 0) out[c] /= count;
  }
  return out;
}

// The frames of the moment around a frame, one after the other; NaN beyond the recording's ends.
VectorXd moment(const MatrixXd& body, Index frame, Index step) {
  VectorXd out(Movement::kFrames * body.cols());
  for (Index k = 0; k < Movement::kFrames; ++k) {
    const Index f = frame + (k - Movement::kFrames / 2) * step;
    if (f >= 0 && f < body.rows()) {
      out.segment(k * body.cols(), body.cols()) = body.row(f).transpose();
    } else {
      out.segment(k * body.cols(), body.cols()).setConstant(kNaN);
    }
  }
  return out;
}

Index step_of(double rate_hz) { return std::max<Index>(1, std::lround(Movement::kStep_s * rate_hz)); }

// What the seen points of a moment say of its middle frame.
class Teller {
 public:
  explicit Teller(const Movement& movement)
      : basis_(Eigen::Map<const MatrixXd>(movement.basis.data(), static_cast<Index>(movement.components()), static_cast<Index>(movement.width))),
        variance_(movement.rest_m * movement.rest_m + kOff_m * kOff_m) {}

  Eigen::RowVectorXd middle(const VectorXd& moment) const {
    const Index components = basis_.rows(), width = basis_.cols() / Movement::kFrames;
    MatrixXd seen(components, basis_.cols());
    VectorXd values(basis_.cols());
    Index count = 0;
    for (Index c = 0; c < moment.size(); ++c) {
      if (!std::isfinite(moment[c])) continue;
      seen.col(count) = basis_.col(c);
      values[count++] = moment[c];
    }
    MatrixXd gram = variance_ * MatrixXd::Identity(components, components);
    gram.selfadjointView<Eigen::Lower>().rankUpdate(seen.leftCols(count));
    const VectorXd scores = gram.selfadjointView<Eigen::Lower>().ldlt().solve(seen.leftCols(count) * values.head(count));
    return scores.transpose() * basis_.middleCols(Movement::kFrames / 2 * width, width);
  }

  bool tells(Index column) const { return (basis_.col(Movement::kFrames / 2 * (basis_.cols() / Movement::kFrames) + column).array() != 0).any(); }

 private:
  MatrixXd basis_;  // components x width
  double variance_;
};

}  // namespace

Movement learn_movement(std::span<const base::Matrix<double>> raw, const model::InputSpec& spec, double rate_hz) {
  const auto columns = static_cast<Index>(3 * spec.markers.size()), width = Movement::kFrames * columns;
  MatrixXd squares = MatrixXd::Zero(width, width);
  std::vector<MatrixXd> bodies;
  std::vector<char> seen(static_cast<std::size_t>(columns), 0);
  for (const auto& points : raw) {
    auto& body = bodies.emplace_back(in_body(points, spec.markers.size(), places_of(points, spec, rate_hz)));
    body.rowwise() -= means_of(body);
    for (Index c = 0; c < columns; ++c) seen[static_cast<std::size_t>(c)] |= body.col(c).array().isFinite().any();
  }
  Index moments = 0;
  for (auto& body : bodies) {
    for (Index c = 0; c < columns; ++c) {
      if (!seen[static_cast<std::size_t>(c)]) body.col(c).setZero();
    }
    for (Index f = 0; f < body.rows(); ++f) {
      const VectorXd here = moment(body, f, step_of(rate_hz));
      if (!here.allFinite()) continue;
      squares.selfadjointView<Eigen::Lower>().rankUpdate(here);
      ++moments;
    }
  }
  if (moments < 2 * kMostComponents) return {};
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(squares / static_cast<double>(moments));
  const VectorXd variances = solver.eigenvalues().cwiseMax(0.0).reverse();
  const Index components = std::min(kMostComponents, width);
  Movement out;
  out.width = static_cast<std::size_t>(width);
  out.rest_m = std::sqrt(variances.tail(width - components).sum() / static_cast<double>(width));
  const double unit_m = 1e-5;  // finer than anything measured, and short in a file
  for (Index c = 0; c < width; ++c) {
    for (Index k = 0; k < components; ++k) {
      const double value = solver.eigenvectors()(c, width - 1 - k) * std::sqrt(variances[k]);
      out.basis.push_back(std::round(value / unit_m) * unit_m);
    }
  }
  return out;
}

void fill_by_movement(base::Matrix<double>& points, const base::Matrix<double>& seen, const model::InputSpec& spec, double rate_hz) {
  const std::size_t markers = spec.markers.size();
  const auto places = places_of(points, spec, rate_hz);
  const Teller teller(spec.movement);
  const Index frames = static_cast<Index>(points.rows());
  MatrixXd filled = in_body(points, markers, places);
  const MatrixXd known = in_body(seen, markers, places);
  const auto hidden = [&](Index f, Index c) { return !std::isfinite(known(f, c)) && std::isfinite(filled(f, c)) && teller.tells(c); };
  std::vector<char> wanted(static_cast<std::size_t>(frames), 0);  // frames with something hidden, and those beside them
  for (Index f = 0; f < frames; ++f) {
    for (Index c = 0; c < filled.cols(); c += 3) {
      if (!hidden(f, c)) continue;
      for (Index g = std::max<Index>(0, f - 1); g <= std::min(frames - 1, f + 1); ++g) wanted[static_cast<std::size_t>(g)] = 1;
      break;
    }
  }
  MatrixXd told = MatrixXd::Zero(frames, filled.cols());
  for (int round = 0; round < kRounds; ++round) {
    const Eigen::RowVectorXd mean = means_of(filled);
    const MatrixXd moved = known.rowwise() - mean;
    for (Index f = 0; f < frames; ++f) {
      if (wanted[static_cast<std::size_t>(f)]) told.row(f) = teller.middle(moment(moved, f, step_of(rate_hz))) + mean;
    }
    for (Index c = 0; c < filled.cols(); ++c) {
      for (Index first = 0; first < frames; ++first) {
        if (!hidden(first, c)) continue;
        Index end = first;
        while (end < frames && hidden(end, c)) ++end;
        const auto misfit = [&](Index f) { return f >= 0 && f < frames && std::isfinite(known(f, c)) ? std::optional(known(f, c) - told(f, c)) : std::nullopt; };
        const auto left = misfit(first - 1), right = misfit(end);
        const double before = left ? *left : right.value_or(0.0), after = right ? *right : before;
        for (Index f = first; f < end; ++f) {
          filled(f, c) = told(f, c) + before + (after - before) * static_cast<double>(f + 1 - first) / static_cast<double>(end + 1 - first);
        }
        first = end;
      }
    }
  }
  for (Index f = 0; f < frames; ++f) {
    const auto& at = places[static_cast<std::size_t>(f)];
    for (Index c = 0; c < filled.cols(); c += 3) {
      if (!hidden(f, c)) continue;
      double* point = &points(static_cast<std::size_t>(f), static_cast<std::size_t>(c));
      point[0] = at.x + at.cosine * filled(f, c) + at.sine * filled(f, c + 2);
      point[1] = at.y + filled(f, c + 1);
      point[2] = at.z - at.sine * filled(f, c) + at.cosine * filled(f, c + 2);
    }
  }
}

}  // namespace kinemyo::features
