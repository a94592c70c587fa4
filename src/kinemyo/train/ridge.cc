#include "kinemyo/train/ridge.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace kinemyo::train {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Lags = std::vector<std::size_t>;

// What least squares needs of some frames: sums of products, with a last column of ones for the intercept.
struct Sums {
  MatrixXd xx;  // (columns + 1) x (columns + 1)
  MatrixXd xy;  // (columns + 1) x outputs
  VectorXd yy;  // outputs

  Sums(Index columns, Index outputs)
      : xx(MatrixXd::Zero(columns + 1, columns + 1)),
        xy(MatrixXd::Zero(columns + 1, outputs)),
        yy(VectorXd::Zero(outputs)) {}
  Index columns() const { return xx.rows() - 1; }
  double frames() const { return xx(columns(), columns()); }
  Sums& operator+=(const Sums& o) {
    xx += o.xx;
    xy += o.xy;
    yy += o.yy;
    return *this;
  }
  Sums& operator-=(const Sums& o) {
    xx -= o.xx;
    xy -= o.xy;
    yy -= o.yy;
    return *this;
  }
};

void fill_row(base::MatrixView<const float> x, std::size_t frame, const Lags& lags, double* row) {
  for (const auto lag : lags) {
    for (const float v : x.row(frame - std::min(frame, lag))) *row++ = v;
  }
  *row = 1;
}

// Outputs that are known in the same frames share their sums of inputs.
std::vector<std::vector<std::size_t>> outputs_by_pattern(std::span<const features::Example> examples) {
  const std::size_t outputs = examples.front().y.columns();
  std::map<std::vector<bool>, std::vector<std::size_t>> patterns;
  for (std::size_t c = 0; c < outputs; ++c) {
    std::vector<bool> known;
    for (const auto& e : examples) {
      for (std::size_t r = 0; r < e.y.rows(); ++r) known.push_back(std::isfinite(e.y(r, c)));
    }
    patterns[known].push_back(c);
  }
  std::vector<std::vector<std::size_t>> out;
  for (auto& [known, members] : patterns) out.push_back(std::move(members));
  return out;
}

void add_example(const features::Example& e, const Lags& lags, const std::vector<std::size_t>& outputs,
                 std::size_t stride, Sums& sums) {
  const auto p = static_cast<Index>(lags.size() * e.x.columns() + 1);
  constexpr Index kBlock = 256;
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> x(kBlock, p);
  MatrixXd y(kBlock, static_cast<Index>(outputs.size()));
  Index rows = 0;
  const auto flush = [&] {
    if (rows == 0) return;
    const auto block = x.topRows(rows);
    sums.xx.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
    sums.xy.noalias() += block.transpose() * y.topRows(rows);
    sums.yy += y.topRows(rows).colwise().squaredNorm().transpose();
    rows = 0;
  };
  for (std::size_t f = 0; f < e.x.rows(); f += stride) {
    if (!std::isfinite(e.y(f, outputs.front()))) continue;
    fill_row(e.x, f, lags, x.row(rows).data());
    for (std::size_t c = 0; c < outputs.size(); ++c) y(rows, static_cast<Index>(c)) = e.y(f, outputs[c]);
    if (++rows == kBlock) flush();
  }
  flush();
}

// Solves for all penalties out of one eigendecomposition of the centred sums.
class Path {
 public:
  explicit Path(const Sums& sums) : columns_(sums.columns()), frames_(std::max(1.0, sums.frames())) {
    mean_x_ = sums.xx.row(columns_).head(columns_).transpose() / frames_;
    mean_y_ = sums.xy.row(columns_).transpose() / frames_;
    const MatrixXd xx = sums.xx.topLeftCorner(columns_, columns_) / frames_ - mean_x_ * mean_x_.transpose();
    solver_.compute(xx);
    projected_ = solver_.eigenvectors().transpose() *
                 (sums.xy.topRows(columns_) / frames_ - mean_x_ * mean_y_.transpose());
  }
  // Shape: (columns + 1) x outputs.
  MatrixXd weights(double penalty) const {
    const VectorXd gain = (solver_.eigenvalues().array().max(0.0) + penalty).inverse();
    MatrixXd out(columns_ + 1, mean_y_.size());
    out.topRows(columns_) = solver_.eigenvectors() * (gain.asDiagonal() * projected_);
    out.row(columns_) = (mean_y_ - out.topRows(columns_).transpose() * mean_x_).transpose();
    return out;
  }

 private:
  Index columns_;
  double frames_;
  VectorXd mean_x_, mean_y_;
  Eigen::SelfAdjointEigenSolver<MatrixXd> solver_;
  MatrixXd projected_;
};

// Squared error of each output over the frames of some sums.
VectorXd squared_error(const Sums& s, const MatrixXd& w) {
  const MatrixXd xxw = s.xx * w;
  return s.yy - 2 * w.cwiseProduct(s.xy).colwise().sum().transpose() + w.cwiseProduct(xxw).colwise().sum().transpose();
}

// Ridge on one set of lags: the best penalty of every output, its error on groups left out, and the weights.
struct Fit {
  Lags lags;
  std::vector<double> penalties;
  std::vector<double> errors;  // of each output, and their sum
  double error = 0;
  MatrixXd weights;
};

Fit fit_lags(std::span<const features::Example> examples, const std::vector<std::size_t>& group_index,
             std::size_t groups, const std::vector<std::vector<std::size_t>>& patterns, const Lags& lags,
             std::size_t stride, const std::vector<double>& penalties) {
  const auto columns = static_cast<Index>(lags.size() * examples.front().x.columns());
  const auto all_outputs = examples.front().y.columns();
  Fit out{lags, std::vector<double>(all_outputs, penalties.back()), std::vector<double>(all_outputs, 0.0), 0.0,
          MatrixXd::Zero(columns + 1, static_cast<Index>(all_outputs))};
  for (const auto& outputs : patterns) {
    const auto count = static_cast<Index>(outputs.size());
    std::vector<Sums> parts(groups, Sums(columns, count));
    for (std::size_t e = 0; e < examples.size(); ++e) {
      add_example(examples[e], lags, outputs, stride, parts[group_index[e]]);
    }
    Sums total(columns, count);
    for (auto& part : parts) {
      part.xx.triangularView<Eigen::StrictlyUpper>() = part.xx.transpose();
      total += part;
    }
    if (total.frames() < 2) continue;  // an output that is never known stays at its mean, 0
    MatrixXd errors = MatrixXd::Zero(count, static_cast<Index>(penalties.size()));
    bool compared = false;
    for (const auto& part : parts) {
      Sums rest = total;
      rest -= part;
      if (part.frames() < 1 || rest.frames() < 2) continue;
      compared = true;
      const Path path(rest);
      for (std::size_t p = 0; p < penalties.size(); ++p) {
        errors.col(static_cast<Index>(p)) += squared_error(part, path.weights(penalties[p]));
      }
    }
    const Path path(total);
    for (Index c = 0; c < count; ++c) {
      Index best = 0;
      const double error = errors.row(c).minCoeff(&best);
      if (!compared) best = static_cast<Index>(penalties.size()) / 2;
      auto& mine = out.errors[outputs[static_cast<std::size_t>(c)]];
      mine = compared ? error / total.frames() : 0;
      out.error += mine;
      out.penalties[outputs[static_cast<std::size_t>(c)]] = penalties[static_cast<std::size_t>(best)];
    }
    for (std::size_t p = 0; p < penalties.size(); ++p) {
      const bool used = std::any_of(outputs.begin(), outputs.end(),
                                    [&](std::size_t c) { return out.penalties[c] == penalties[p]; });
      if (!used) continue;
      const MatrixXd w = path.weights(penalties[p]);
      for (Index c = 0; c < count; ++c) {
        const auto output = outputs[static_cast<std::size_t>(c)];
        if (out.penalties[output] == penalties[p]) out.weights.col(static_cast<Index>(output)) = w.col(c);
      }
    }
  }
  return out;
}

}  // namespace

Ridge Ridge::fit(std::span<const features::Example> asked, const std::vector<std::string>& groups,
                 const Settings& settings) {
  // What the start does not tell is fitted, and the start added again.
  std::vector<features::Example> rest;
  if (!settings.start.empty()) rest.assign(asked.begin(), asked.end());
  for (auto& example : rest) {
    for (const auto& start : settings.start) {
      for (std::size_t f = 0; f < example.y.rows(); ++f) {
        example.y(f, start.output) -= static_cast<float>(start.weight * example.x(f, start.input));
      }
    }
  }
  const std::span<const features::Example> examples = settings.start.empty() ? asked : std::span<const features::Example>(rest);
  require(!examples.empty() && groups.size() == examples.size(), "Ridge::fit: one group an example");
  require(!settings.penalties.empty() && !settings.lags_s.empty(), "Ridge::fit: nothing to choose from");
  std::vector<std::string> names = groups;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  constexpr std::size_t kMostGroups = 10;
  std::vector<std::size_t> group_index;
  for (const auto& group : groups) {
    const auto at = std::lower_bound(names.begin(), names.end(), group) - names.begin();
    group_index.push_back(static_cast<std::size_t>(at) % kMostGroups);
  }
  std::size_t rows = 0;
  for (const auto& e : examples) rows += e.x.rows();
  const std::size_t stride = 1 + (rows - 1) / std::max<std::size_t>(1, settings.most_rows);
  const auto patterns = outputs_by_pattern(examples);

  Fit best;
  best.error = std::numeric_limits<double>::infinity();
  for (const auto& lags_s : settings.lags_s) {
    Lags lags;
    for (const double lag : lags_s) {
      lags.push_back(static_cast<std::size_t>(std::lround(lag * examples.front().rate_hz)));
    }
    const bool first = !std::isfinite(best.error);
    if (!first && lags.size() * examples.front().x.columns() > settings.most_columns) continue;
    auto fit = fit_lags(examples, group_index, std::min(names.size(), kMostGroups), patterns, lags, stride,
                        settings.penalties);
    if (first || fit.error < best.error) best = std::move(fit);
  }
  Ridge out;
  out.lags_ = std::move(best.lags);
  out.penalties_ = std::move(best.penalties);
  out.left_out_errors_ = std::move(best.errors);
  out.weights_ = std::move(best.weights);
  for (const auto& start : settings.start) {
    require(out.lags_.front() == 0, "Ridge::fit: a start needs the frame itself");
    out.weights_(static_cast<Index>(start.input), static_cast<Index>(start.output)) += start.weight;
  }
  return out;
}

base::Matrix<float> Ridge::predict(base::MatrixView<const float> x) const {
  require(static_cast<Index>(x.columns() * lags_.size() + 1) == weights_.rows(), "Ridge::predict: other inputs");
  base::Matrix<float> out(x.rows(), static_cast<std::size_t>(weights_.cols()));
  VectorXd row(weights_.rows()), y(weights_.cols());
  for (std::size_t f = 0; f < x.rows(); ++f) {
    fill_row(x, f, lags_, row.data());
    y.noalias() = weights_.transpose() * row;
    for (std::size_t c = 0; c < out.columns(); ++c) out(f, c) = static_cast<float>(y[static_cast<Index>(c)]);
  }
  return out;
}

}  // namespace kinemyo::train
