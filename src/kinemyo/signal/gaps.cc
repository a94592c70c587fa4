#include "kinemyo/signal/gaps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"

namespace kinemyo::signal {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Steps {
  std::vector<double> width;
  std::vector<double> slope;
};

Steps steps_of(std::span<const double> x, std::span<const double> y) {
  Steps out;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    out.width.push_back(x[i + 1] - x[i]);
    out.slope.push_back((y[i + 1] - y[i]) / out.width[i]);
  }
  return out;
}

// The end of a shape-preserving curve: a parabola's slope, held to the direction of the first step.
double pchip_end(double h0, double h1, double m0, double m1) {
  const double slope = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
  if (slope * m0 <= 0) return 0;
  if (m0 * m1 <= 0 && std::abs(slope) > 3 * std::abs(m0)) return 3 * m0;
  return slope;
}

std::vector<double> pchip_slopes(const Steps& s) {
  const std::size_t n = s.width.size() + 1;
  const auto& [h, m] = s;
  if (n == 2) return {m[0], m[0]};
  std::vector<double> slopes(n, 0.0);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (m[i - 1] * m[i] <= 0) continue;
    const double w1 = 2 * h[i] + h[i - 1];
    const double w2 = h[i] + 2 * h[i - 1];
    slopes[i] = (w1 + w2) / (w1 / m[i - 1] + w2 / m[i]);
  }
  slopes[0] = pchip_end(h[0], h[1], m[0], m[1]);
  slopes[n - 1] = pchip_end(h[n - 2], h[n - 3], m[n - 2], m[n - 3]);
  return slopes;
}

// Second derivatives are continuous everywhere, third ones at the second and the last but one
// point.
std::vector<double> spline_slopes(const Steps& s) {
  const std::size_t n = s.width.size() + 1;
  const auto& [h, m] = s;
  if (n == 2) return {m[0], m[0]};
  if (n == 3) {  // one parabola
    const double middle = (h[0] * m[1] + h[1] * m[0]) / (h[0] + h[1]);
    return {2 * m[0] - middle, middle, 2 * m[1] - middle};
  }
  std::vector<double> lower(n), diagonal(n), upper(n), right(n);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    lower[i] = h[i];
    diagonal[i] = 2 * (h[i - 1] + h[i]);
    upper[i] = h[i - 1];
    right[i] = 3 * (h[i] * m[i - 1] + h[i - 1] * m[i]);
  }
  const double first = h[0] + h[1];
  diagonal[0] = h[1];
  upper[0] = first;
  right[0] = ((h[0] + 2 * first) * h[1] * m[0] + h[0] * h[0] * m[1]) / first;
  const double last = h[n - 2] + h[n - 3];
  diagonal[n - 1] = h[n - 3];
  lower[n - 1] = last;
  right[n - 1] =
      (h[n - 2] * h[n - 2] * m[n - 3] + (2 * last + h[n - 2]) * h[n - 3] * m[n - 2]) / last;
  for (std::size_t i = 1; i < n; ++i) {
    const double factor = lower[i] / diagonal[i - 1];
    diagonal[i] -= factor * upper[i - 1];
    right[i] -= factor * right[i - 1];
  }
  std::vector<double> slopes(n);
  slopes[n - 1] = right[n - 1] / diagonal[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) {
    slopes[i] = (right[i] - upper[i] * slopes[i + 1]) / diagonal[i];
  }
  return slopes;
}

bool missing_row(base::MatrixView<const double> values, std::size_t row) {
  const auto numbers = values.row(row);
  return std::any_of(numbers.begin(), numbers.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

std::vector<Gap> find_gaps(base::MatrixView<const double> values) {
  std::vector<Gap> gaps;
  for (std::size_t r = 0; r < values.rows(); ++r) {
    if (!missing_row(values, r)) continue;
    if (gaps.empty() || gaps.back().first + gaps.back().count != r) gaps.push_back({r, 0});
    ++gaps.back().count;
  }
  return gaps;
}

std::vector<Gap> find_gaps(std::span<const double> values) {
  return find_gaps(base::MatrixView<const double>(values.data(), values.size(), 1));
}

std::vector<double> interpolate(std::span<const double> x, std::span<const double> y,
                                std::span<const double> points, Interpolation method) {
  require(x.size() == y.size(), "interpolate: x and y differ in size");
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    require(x[i] < x[i + 1], "interpolate: x does not increase");
  }
  std::vector<double> out(points.size(), kNan);
  if (x.empty()) return out;
  std::vector<double> slopes;
  Steps steps;
  if (x.size() > 1) {
    steps = steps_of(x, y);
    if (method == Interpolation::pchip) slopes = pchip_slopes(steps);
    if (method == Interpolation::cubic) slopes = spline_slopes(steps);
  }
  for (std::size_t k = 0; k < points.size(); ++k) {
    const double at = points[k];
    if (!(at >= x.front() && at <= x.back())) continue;
    if (x.size() == 1) {
      out[k] = y[0];
      continue;
    }
    const auto above = std::upper_bound(x.begin(), x.end(), at);
    const std::size_t i = std::min(static_cast<std::size_t>(above - x.begin()), x.size() - 1) - 1;
    const double t = at - x[i];
    const double m = steps.slope[i];
    if (method == Interpolation::linear) {
      out[k] = y[i] + t * m;
      continue;
    }
    const double h = steps.width[i];
    const double bend = (slopes[i] + slopes[i + 1] - 2 * m) / h;
    const double c2 = (m - slopes[i]) / h - bend;
    out[k] = y[i] + t * (slopes[i] + t * (c2 + t * bend / h));
  }
  return out;
}

Filled fill_gaps_at(base::MatrixView<double> values, std::span<const double> times_s,
                    double limit_s, Interpolation method) {
  require(times_s.size() == values.rows(), "fill_gaps: one time a row");
  Filled out;
  out.filled.assign(values.rows(), 0);
  std::vector<double> wanted;
  std::vector<std::size_t> rows;
  for (const Gap& gap : find_gaps(values)) {
    for (std::size_t r = gap.first; r < gap.first + gap.count; ++r) {
      for (double& v : values.row(r)) v = kNan;
    }
    const std::size_t after = gap.first + gap.count;
    if (gap.first == 0 || after == values.rows()) {
      out.left.push_back(gap);
      continue;
    }
    const auto count = static_cast<double>(gap.count);
    const double lasts = (times_s[after] - times_s[gap.first - 1]) * count / (count + 1);
    if (lasts > limit_s * (1 + 1e-9)) {
      out.left.push_back(gap);
      continue;
    }
    for (std::size_t r = gap.first; r < after; ++r) {
      wanted.push_back(times_s[r]);
      rows.push_back(r);
      out.filled[r] = 1;
    }
  }
  out.rows = rows.size();
  if (rows.empty()) return out;
  std::vector<double> x, y;
  for (std::size_t c = 0; c < values.columns(); ++c) {
    x.clear();
    y.clear();
    for (std::size_t r = 0; r < values.rows(); ++r) {
      if (std::isnan(values(r, c)) || out.filled[r] != 0) continue;
      x.push_back(times_s[r]);
      y.push_back(values(r, c));
    }
    const auto curve = interpolate(x, y, wanted, method);
    for (std::size_t k = 0; k < rows.size(); ++k) values(rows[k], c) = curve[k];
  }
  return out;
}

Filled fill_gaps(base::MatrixView<double> values, double rate_hz, double limit_s,
                 Interpolation method) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "fill_gaps: the rate has to be above 0");
  std::vector<double> times_s(values.rows());
  for (std::size_t r = 0; r < times_s.size(); ++r) times_s[r] = static_cast<double>(r) / rate_hz;
  return fill_gaps_at(values, times_s, limit_s, method);
}

Filled fill_gaps(std::span<double> values, double rate_hz, double limit_s, Interpolation method) {
  return fill_gaps(base::MatrixView<double>(values.data(), values.size(), 1), rate_hz, limit_s,
                   method);
}

}  // namespace kinemyo::signal
