#include "kinemyo/train/linear.h"

#include <Eigen/Dense>
#include <cmath>
#include <cstdint>

namespace kinemyo::train {

namespace {

constexpr double kPenalty = 1e-3;

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Normal equations of one target, or of all that are known in every frame.
struct Normal {
  Eigen::MatrixXd gram;
  Eigen::MatrixXd moment;  // inputs x targets
  double frames = 0;

  Normal(Eigen::Index inputs, Eigen::Index targets)
      : gram(Eigen::MatrixXd::Zero(inputs, inputs)), moment(Eigen::MatrixXd::Zero(inputs, targets)) {}

  void add(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) {
    gram.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
    moment.noalias() += x.transpose() * y;
    frames += static_cast<double>(x.rows());
  }
  Eigen::MatrixXd solve() const {
    Eigen::MatrixXd a = gram.selfadjointView<Eigen::Lower>();
    a.diagonal().array() += kPenalty * std::max(1.0, frames);
    return a.ldlt().solve(moment);
  }
};

}  // namespace

model::Tensor fit_linear(const std::vector<features::Example>& examples, const model::Scaler& inputs) {
  require(!examples.empty(), "fit_linear: no examples");
  const auto width = static_cast<Eigen::Index>(examples.front().x.columns());
  const auto targets = static_cast<Eigen::Index>(examples.front().y.columns());
  Normal shared(width, targets);
  std::vector<Normal> own(static_cast<std::size_t>(targets), Normal(0, 0));
  std::vector<bool> gaps(static_cast<std::size_t>(targets), false);
  for (const auto& example : examples) {
    for (std::size_t r = 0; r < example.y.rows(); ++r) {
      for (std::size_t c = 0; c < gaps.size(); ++c) gaps[c] = gaps[c] || !std::isfinite(example.y(r, c));
    }
  }
  for (std::size_t c = 0; c < gaps.size(); ++c) {
    if (gaps[c]) own[c] = Normal(width, 1);
  }
  for (const auto& example : examples) {
    auto scaled = example.x;
    features::scale(scaled, inputs);
    const auto rows = static_cast<Eigen::Index>(scaled.rows());
    const Eigen::MatrixXd x = Eigen::Map<const RowMajor>(scaled.data(), rows, width).cast<double>();
    Eigen::MatrixXd y = Eigen::Map<const RowMajor>(example.y.data(), rows, targets).cast<double>();
    for (Eigen::Index c = 0; c < targets; ++c) {
      if (!gaps[static_cast<std::size_t>(c)]) continue;
      std::vector<Eigen::Index> known;
      for (Eigen::Index r = 0; r < rows; ++r) {
        if (std::isfinite(y(r, c))) known.push_back(r);
      }
      if (!known.empty()) {
        own[static_cast<std::size_t>(c)].add(x(known, Eigen::all), y(known, Eigen::seqN(c, 1)));
      }
      y.col(c).setZero();
    }
    shared.add(x, y);
  }
  Eigen::MatrixXd weight = shared.solve();
  for (Eigen::Index c = 0; c < targets; ++c) {
    if (gaps[static_cast<std::size_t>(c)]) weight.col(c) = own[static_cast<std::size_t>(c)].solve();
  }
  model::Tensor out{{targets, width}, std::vector<float>(static_cast<std::size_t>(targets * width))};
  for (Eigen::Index c = 0; c < targets; ++c) {
    for (Eigen::Index i = 0; i < width; ++i) {
      out.values[static_cast<std::size_t>(c * width + i)] = static_cast<float>(weight(i, c));
    }
  }
  return out;
}

}  // namespace kinemyo::train
