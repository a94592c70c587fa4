#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/alignment.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/resample.h"
#include "kinemyo/signal/spectrum.h"

namespace kinemyo::signal {

namespace {

constexpr double kRate_hz = 200;  // activity is slow; the peak is read between samples
constexpr double kShortest_s = 3;  // in common: two people's steps fit for a shorter time
constexpr double kPiece_s = 20;
constexpr double kPieceLag_s = 0.25;

template <typename... Numbers>
std::string text(const char* format, Numbers... numbers) {
  char buffer[300];
  std::snprintf(buffer, sizeof buffer, format, numbers...);
  return buffer;
}

// At the common rate, without NaN at its ends (`start_s` moves), bridged inside, mean 0.
struct Prepared {
  std::vector<double> values;
  double start_s = 0;
};

Prepared prepare(const Activity& activity, double rate_hz) {
  std::size_t first = 0, end = activity.values.size();
  while (first < end && !std::isfinite(activity.values[first])) ++first;
  while (end > first && !std::isfinite(activity.values[end - 1])) --end;
  std::vector<double> x(activity.values.begin() + static_cast<std::ptrdiff_t>(first),
                        activity.values.begin() + static_cast<std::ptrdiff_t>(end));
  for (double& v : x) v = std::isfinite(v) ? v : std::numeric_limits<double>::quiet_NaN();
  if (x.size() > 1) fill_gaps(x, 1.0, std::numeric_limits<double>::infinity(), Interpolation::linear);
  Prepared out{activity.rate_hz == rate_hz ? std::move(x) : resample(x, activity.rate_hz, rate_hz),
               activity.start_s + static_cast<double>(first) / activity.rate_hz};
  double mean = 0;
  for (const double v : out.values) mean += v / static_cast<double>(out.values.size());
  for (double& v : out.values) v -= mean;
  return out;
}

// Correlation coefficients of x[i + lag] and y[i] over what both share, at lags of enough overlap.
struct Coefficients {
  long long first = 0;  // lag of number 0
  std::vector<double> r;
};

Coefficients correlate(std::span<const double> x, std::span<const double> y, std::size_t least, long long from, long long to) {
  const auto products = cross_products(x, y);
  const auto sums = [](std::span<const double> v, bool square) {
    std::vector<double> out(v.size() + 1, 0.0);
    for (std::size_t i = 0; i < v.size(); ++i) out[i + 1] = out[i] + (square ? v[i] * v[i] : v[i]);
    return out;
  };
  const auto sx = sums(x, false), sxx = sums(x, true), sy = sums(y, false), syy = sums(y, true);
  const auto nx = static_cast<long long>(x.size()), ny = static_cast<long long>(y.size());
  from = std::max(from, -(ny - static_cast<long long>(least)));
  to = std::min(to, nx - static_cast<long long>(least));
  Coefficients out{from, {}};
  for (long long lag = from; lag <= to; ++lag) {
    const long long begin = std::max(0LL, lag), end = std::min(nx, ny + lag);
    const double n = static_cast<double>(end - begin);
    const auto part = [](const std::vector<double>& sum, long long b, long long e) {
      return sum[static_cast<std::size_t>(e)] - sum[static_cast<std::size_t>(b)];
    };
    const double mx = part(sx, begin, end), my = part(sy, begin - lag, end - lag);
    const double vx = part(sxx, begin, end) - mx * mx / n, vy = part(syy, begin - lag, end - lag) - my * my / n;
    const double both = products[static_cast<std::size_t>(lag + ny - 1)] - mx * my / n;
    // What hardly moves in the overlap correlates with anything.
    const bool moves = vx > 1e-3 * sxx.back() / static_cast<double>(nx) * n && vy > 1e-3 * syy.back() / static_cast<double>(ny) * n;
    out.r.push_back(moves ? both / std::sqrt(vx * vy) : 0);
  }
  return out;
}

std::size_t peak_of(const std::vector<double>& r) {
  return static_cast<std::size_t>(std::max_element(r.begin(), r.end()) - r.begin());
}

// Where the parabola that fits the peak's top best is highest, in samples from the peak: over so many
// samples to each side, since the noise of two devices makes the very top ragged.
double between_samples(const std::vector<double>& r, std::size_t peak, std::size_t side) {
  side = std::min({std::max<std::size_t>(side, 1), peak, r.size() - 1 - peak});
  if (side == 0) return 0;
  double n = 0, s2 = 0, s4 = 0, sr = 0, slope = 0, bent = 0;
  for (std::size_t k = 0; k <= 2 * side; ++k) {
    const double d = static_cast<double>(k) - static_cast<double>(side), value = r[peak + k - side];
    n += 1;
    s2 += d * d;
    s4 += d * d * d * d;
    sr += value;
    slope += d * value;
    bent += d * d * value;
  }
  const double bend = (bent - s2 * sr / n) / (s4 - s2 * s2 / n);
  const double reach = static_cast<double>(side);
  return bend < 0 ? std::clamp(-0.5 * (slope / s2) / bend, -reach, reach) : 0;
}

// Independent numbers among n of each, and the lags that one peak covers. Source: Bartlett 1946.
struct Independence {
  double numbers = 0;
  double width = 1;
};

Independence independence(std::span<const double> x, std::span<const double> y, double n) {
  const std::size_t reach = std::min(x.size(), y.size()) / 2;
  const auto a = autocorrelation(x, reach), b = autocorrelation(y, reach);
  double sum = 1;
  for (std::size_t k = 1; k <= reach; ++k) {
    sum += 2 * a[k] * b[k] * std::max(0.0, 1 - static_cast<double>(k) / n);
  }
  sum = std::max(sum, 1.0);
  std::size_t half = 1;
  while (half < reach && std::sqrt(std::max(a[half] * b[half], 0.0)) > 0.3) ++half;
  return {n / sum, static_cast<double>(2 * half)};
}

// A stretch, mean 0.
std::vector<double> part_of(const std::vector<double>& x, long long first, long long count) {
  std::vector<double> out(x.begin() + first, x.begin() + first + count);
  double mean = 0;
  for (const double v : out) mean += v / static_cast<double>(count);
  for (double& v : out) v -= mean;
  return out;
}

// The peak's own hill ends where r rises again.
double highest_elsewhere(const std::vector<double>& r, std::size_t peak, std::size_t half_width) {
  std::size_t low = peak, high = peak;
  while (low > 0 && (r[low - 1] <= r[low] || peak - low < half_width)) --low;
  while (high + 1 < r.size() && (r[high + 1] <= r[high] || high - peak < half_width)) ++high;
  double out = 0;
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (i < low || i > high) out = std::max(out, r[i]);
  }
  return out;
}

// Local lags of pieces, about a lag in samples: times on the other clock and the lags, s.
void find_piece_lags(const Prepared& x, const Prepared& y, double rate_hz, double lag, double least_r, std::size_t top,
                     std::vector<double>& reference_s, std::vector<double>& other_s) {
  const auto piece = static_cast<long long>(kPiece_s * rate_hz), reach = static_cast<long long>(kPieceLag_s * rate_hz);
  const auto shift = static_cast<long long>(std::llround(lag));
  const auto nx = static_cast<long long>(x.values.size()), ny = static_cast<long long>(y.values.size());
  for (long long begin = std::max(0LL, -shift); begin + piece <= std::min(ny, nx - shift); begin += piece / 2) {
    const long long from = std::max(0LL, begin + shift - reach), to = std::min(nx, begin + shift + piece + reach);
    const auto local = correlate(std::span(x.values).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)),
                                 std::span(y.values).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(piece)),
                                 static_cast<std::size_t>(piece - reach), begin + shift - from - reach, begin + shift - from + reach);
    if (local.r.size() < 3) continue;
    const std::size_t peak = peak_of(local.r);
    if (peak == 0 || peak + 1 == local.r.size() || local.r[peak] < least_r) continue;
    const double found = static_cast<double>(local.first + static_cast<long long>(peak) + from - begin) + between_samples(local.r, peak, top);
    const double middle_s = y.start_s + static_cast<double>(begin + piece / 2) / rate_hz;
    other_s.push_back(middle_s);
    reference_s.push_back(middle_s - y.start_s + x.start_s + found / rate_hz);
  }
}

// The lag, in samples, at which a straight line of x fits y best: the correlation's peak leans where one signal ends in the
// middle of a movement, this does not. From a lag near it, by Gauss and Newton's steps.
double refine(const std::vector<double>& x, const std::vector<double>& y, double lag, double reach) {
  constexpr int kSteps = 12;
  constexpr double kDone = 1e-4;
  const double first = lag;
  for (int step = 0; step < kSteps; ++step) {
    // What both share, one sample in from the ends of x.
    const auto begin = static_cast<std::size_t>(std::max(0.0, std::ceil(1 - lag)));
    const double room = static_cast<double>(x.size()) - 2 - lag;
    if (room < 0) return first;
    const std::size_t end = std::min(y.size(), static_cast<std::size_t>(room) + 1);
    if (begin + 16 > end) return first;
    std::vector<double> at(end - begin);
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = static_cast<double>(begin + i) + lag;
    const auto moved = resample_at(x, 1, 0, at, 1);
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t i = 0; i < moved.size(); ++i) {
      n += 1;
      sx += moved[i];
      sy += y[begin + i];
      sxx += moved[i] * moved[i];
      sxy += moved[i] * y[begin + i];
    }
    const double spread = sxx - sx * sx / n;
    if (!(spread > 0)) return first;
    const double slope = (sxy - sx * sy / n) / spread, offset = (sy - slope * sx) / n;
    double steep = 0, off = 0;
    for (std::size_t i = 1; i + 1 < moved.size(); ++i) {
      const double rise = slope * (moved[i + 1] - moved[i - 1]) / 2;
      steep += rise * rise;
      off += rise * (y[begin + i] - offset - slope * moved[i]);
    }
    if (!(steep > 0)) return first;
    const double change = off / steep;
    lag += change;
    if (!(std::abs(lag - first) <= reach)) return first;
    if (std::abs(change) < kDone) break;
  }
  return lag;
}

}  // namespace

Alignment align_by_activity(const Activity& reference, const Activity& other, const AlignmentLimits& limits) {
  require(reference.rate_hz > 0 && other.rate_hz > 0, "align_by_activity: rates have to be above 0");
  const double rate_hz = std::min({reference.rate_hz, other.rate_hz, kRate_hz});
  const Prepared x = prepare(reference, rate_hz), y = prepare(other, rate_hz);
  const std::size_t shorter = std::min(x.values.size(), y.values.size());
  if (static_cast<double>(shorter) < kShortest_s * rate_hz) {
    throw Error(text("%.3g s and %.3g s of activity are too short to correlate; it takes %.0f s of each",
                     static_cast<double>(x.values.size()) / rate_hz, static_cast<double>(y.values.size()) / rate_hz, kShortest_s));
  }
  // A lag on the clocks is one on the samples less the difference of their starts.
  const double starts = (x.start_s - y.start_s) * rate_hz;
  const double reach = limits.largest_lag_s > 0 ? limits.largest_lag_s * rate_hz : 1e15;
  const auto coefficients = correlate(x.values, y.values, std::max(shorter / 2, static_cast<std::size_t>(kShortest_s * rate_hz)), static_cast<long long>(std::ceil(-reach - starts)),
                                      static_cast<long long>(std::floor(reach - starts)));
  const auto& r = coefficients.r;
  if (r.empty()) throw Error("no lag within the limit leaves half of the shorter signal in common; allow a larger lag");
  const std::size_t peak = peak_of(r);
  const double best = std::min(r[peak], 1 - 1e-9);
  const std::string todo = "; give events or stamps, other channels, or a movement that both see well (three jumps)";
  if (best < limits.correlation) {
    throw Error(text("the activities correlate by %.2f at best, less than %.2f: they may not belong together", best, limits.correlation) + todo);
  }
  // What both share at that lag, alone: elsewhere there may be more, but it tells nothing of the two together.
  const auto shift = coefficients.first + static_cast<long long>(peak);
  const auto nx = static_cast<long long>(x.values.size()), ny = static_cast<long long>(y.values.size());
  const long long begin = std::max(0LL, shift), shared = std::min(nx, ny + shift) - begin;
  const auto known = independence(part_of(x.values, begin, shared), part_of(y.values, begin - shift, shared), static_cast<double>(shared));
  const double z = std::atanh(best) * std::sqrt(std::max(known.numbers - 3, 0.5));
  const double tries = std::max(1.0, static_cast<double>(r.size()) / known.width);
  const double chance = tries * 0.5 * std::erfc(z / std::sqrt(2.0));
  if (chance > limits.chance) {
    throw Error(text("the activities correlate by %.2f at best, which chance alone gives signals as slow and short as these (%.2g)",
                     best, std::min(chance, 1.0)) + todo);
  }
  const double second = highest_elsewhere(r, peak, static_cast<std::size_t>(known.width / 2));
  const double advantage = (1 - second * second) / (1 - best * best);
  const double needed = std::exp(3 / std::sqrt(std::max(known.numbers, 1.0)));
  if (advantage < needed) {
    throw Error(text("the activities correlate by %.3f at a lag of %.3f s, and by %.3f at another: the movement repeats itself, or they do not belong together",
                     best, (static_cast<double>(coefficients.first + static_cast<long long>(peak)) + starts) / rate_hz, second) + todo);
  }
  const auto top = static_cast<std::size_t>(known.width / 8);
  const double near = static_cast<double>(coefficients.first + static_cast<long long>(peak)) + between_samples(r, peak, top);
  const double lag = refine(x.values, y.values, near, std::max(2.0, known.width / 4));
  Alignment out;
  out.origin_s = y.start_s;
  out.lag_s = (lag + starts) / rate_hz;
  out.points = 1;
  std::vector<double> reference_s, other_s;
  find_piece_lags(x, y, rate_hz, lag, limits.correlation, top, reference_s, other_s);
  if (reference_s.size() >= 5) out = align_by_stamps(reference_s, other_s, limits);
  out.correlation = best;
  out.confidence = (1 - chance / limits.chance * 0.5) * std::min(1.0, std::sqrt(best)) * (1 - 0.5 * needed / advantage);
  return out;
}

}  // namespace kinemyo::signal
