#include "kinemyo/report/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"

namespace kinemyo::report {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A running mean that leaves NaN out.
struct Mean {
  double sum = 0;
  std::size_t count = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    ++count;
  }
  double value() const { return count == 0 ? kNaN : sum / static_cast<double>(count); }
};

}  // namespace

Score score_channel(std::span<const double> truth, std::span<const double> predicted) {
  require(truth.size() == predicted.size(), "score_channel: truth and prediction of different lengths");
  Score out;
  double truth_sum = 0, predicted_sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (std::isnan(truth[i])) continue;
    ++out.frames;
    truth_sum += truth[i];
    predicted_sum += predicted[i];
  }
  if (out.frames == 0) return {0, kNaN, kNaN, kNaN, kNaN, kNaN};
  const auto n = static_cast<double>(out.frames);
  const double truth_mean = truth_sum / n, predicted_mean = predicted_sum / n;
  double absolute = 0, squared = 0, total = 0, predicted_total = 0, together = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (std::isnan(truth[i])) continue;
    const double error = truth[i] - predicted[i];
    const double t = truth[i] - truth_mean, p = predicted[i] - predicted_mean;
    absolute += std::abs(error);
    squared += error * error;
    total += t * t;
    predicted_total += p * p;
    together += t * p;
  }
  out.mae = absolute / n;
  out.rmse = std::sqrt(squared / n);
  out.variance = total / n;
  out.r2 = out.frames < 2 ? kNaN : total > 0 ? 1 - squared / total : squared == 0 ? 1.0 : std::isnan(squared) ? kNaN : 0.0;
  // Sums that rounding left of a constant are no spread.
  const double none = 1e-24 * n;
  const bool moves = total > none * truth_mean * truth_mean && predicted_total > none * predicted_mean * predicted_mean;
  out.r = moves ? together / std::sqrt(total) / std::sqrt(predicted_total) : kNaN;
  return out;
}

Scores score(const std::vector<std::string>& channels, const std::vector<std::string>& left_out,
             base::MatrixView<const double> truth, base::MatrixView<const double> predicted) {
  require(truth.columns() == channels.size() && predicted.columns() == channels.size() &&
              truth.rows() == predicted.rows(),
          "score: truth, prediction and channel names of different shapes");
  Scores out;
  out.channels = channels;
  Mean mae, rmse, r2, r, variance;
  double weights = 0, weighted = 0;
  std::vector<double> t(truth.rows()), p(truth.rows());
  for (std::size_t c = 0; c < channels.size(); ++c) {
    for (std::size_t f = 0; f < truth.rows(); ++f) {
      t[f] = truth(f, c);
      p[f] = predicted(f, c);
    }
    out.each.push_back(score_channel(t, p));
    const Score& one = out.each.back();
    if (std::find(left_out.begin(), left_out.end(), channels[c]) != left_out.end()) {
      out.left_out.push_back(channels[c]);
      continue;
    }
    if (one.frames == 0) continue;
    out.mean.frames += one.frames;
    mae.add(one.mae);
    rmse.add(one.rmse);
    r2.add(one.r2);
    r.add(one.r);
    variance.add(one.variance);
    const double weight = one.variance * static_cast<double>(one.frames);
    if (!std::isnan(one.r2)) {
      weights += weight;
      weighted += weight * one.r2;
    }
  }
  out.mean.mae = mae.value();
  out.mean.rmse = rmse.value();
  out.mean.r2 = r2.value();
  out.mean.r = r.value();
  out.mean.variance = variance.value();
  out.r2_variance_weighted = weights > 0 ? weighted / weights : kNaN;
  return out;
}

namespace {

constexpr std::size_t kDraws = 2000;

void draw_interval(const std::vector<double>& values, Spread& out) {
  if (values.size() < 2) return;
  base::Random random(1);
  std::vector<double> means(kDraws);
  for (double& mean : means) {
    for (std::size_t i = 0; i < values.size(); ++i) mean += values[random.below(values.size())];
    mean /= static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  out.low = means[kDraws / 40];
  out.high = means[kDraws - 1 - kDraws / 40];
}

}  // namespace

Spread spread(std::span<const double> values) {
  Spread out{0, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN};
  Mean mean;
  for (const double v : values) mean.add(v);
  out.count = mean.count;
  if (out.count == 0) return out;
  out.mean = mean.value();
  out.min = std::numeric_limits<double>::infinity();
  out.max = -out.min;
  double squares = 0;
  std::vector<double> known;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    known.push_back(v);
    out.min = std::min(out.min, v);
    out.max = std::max(out.max, v);
    squares += (v - out.mean) * (v - out.mean);
  }
  if (out.count > 1) out.sd = std::sqrt(squares / static_cast<double>(out.count - 1));
  draw_interval(known, out);
  return out;
}

}  // namespace kinemyo::report
