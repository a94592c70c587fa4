#include "kinemyo/dataset/prepare_clock.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kinemyo::dataset {

namespace {

constexpr double kTolerance_frames = 0.25;
// Printed stamps cannot tell 999.9999999 Hz from 1000 Hz.
constexpr double kSameRate = 1e-6;

std::vector<double> steps_of(std::span<const double> stamps_s) {
  std::vector<double> out;
  for (std::size_t i = 1; i < stamps_s.size(); ++i) out.push_back(stamps_s[i] - stamps_s[i - 1]);
  std::sort(out.begin(), out.end());
  return out;
}

// The even clock on which the last stamp is frame `last`, if all stamps lie on it.
std::optional<GridClock> fit(std::span<const double> stamps_s, std::size_t last) {
  double rate_hz = static_cast<double>(last) / (stamps_s.back() - stamps_s.front());
  if (std::abs(std::round(rate_hz) / rate_hz - 1) < kSameRate) rate_hz = std::round(rate_hz);
  if (!std::isfinite(rate_hz) || rate_hz <= 0) return std::nullopt;
  GridClock out{motion::Clock::uniform(rate_hz, stamps_s.front(), last + 1), {}};
  for (const double stamp : stamps_s) {
    const double position = (stamp - stamps_s.front()) * rate_hz;
    const double frame = std::round(position);
    if (std::abs(position - frame) > kTolerance_frames) return std::nullopt;
    const auto index = static_cast<std::size_t>(frame);
    if (!out.frames.empty() && index <= out.frames.back()) return std::nullopt;
    out.frames.push_back(index);
  }
  return out;
}

}  // namespace

std::optional<GridClock> even_clock(std::span<const double> stamps_s) {
  if (stamps_s.size() < 2) return std::nullopt;
  if (auto plain = fit(stamps_s, stamps_s.size() - 1)) return plain;
  const auto steps = steps_of(stamps_s);
  const double median_s = steps[steps.size() / 2];
  double frames = 0;
  for (std::size_t i = 1; i < stamps_s.size(); ++i) {
    frames += std::max(1.0, std::round((stamps_s[i] - stamps_s[i - 1]) / median_s));
  }
  if (!(frames <= 2.0 * static_cast<double>(stamps_s.size()))) return std::nullopt;
  return fit(stamps_s, static_cast<std::size_t>(frames));
}

std::string describe_steps(std::span<const double> stamps_s) {
  const auto steps = steps_of(stamps_s);
  if (steps.empty()) return "one stamp";
  char text[120];
  std::snprintf(text, sizeof text, "steps of %.6g to %.6g ms, median %.6g ms", steps.front() * 1e3, steps.back() * 1e3,
                steps[steps.size() / 2] * 1e3);
  return text;
}

std::optional<motion::Series> on_even_clock(const motion::Series& series) {
  if (series.clock().is_uniform()) return series;
  std::vector<double> stamps_s(series.frames());
  for (std::size_t f = 0; f < stamps_s.size(); ++f) stamps_s[f] = series.clock().time_s(f);
  auto grid = even_clock(stamps_s);
  if (!grid) return std::nullopt;
  base::Matrix<double> values(grid->clock.size(), series.values().columns(), std::nan(""));
  for (std::size_t f = 0; f < stamps_s.size(); ++f) {
    std::copy_n(series.values().row(f).data(), values.columns(), values.row(grid->frames[f]).data());
  }
  return motion::Series(series.quantity(), series.channels(), grid->clock, std::move(values));
}

std::vector<double> times_of(const motion::Clock& clock) {
  std::vector<double> out(clock.size());
  for (std::size_t f = 0; f < out.size(); ++f) out[f] = clock.time_s(f);
  return out;
}

bool leans_on_filled(std::span<const std::uint8_t> filled, const motion::Clock& source, double time_s,
                     double timeline_hz) {
  const double reach = std::max(1 - kSameFrame, source.rate_hz() / timeline_hz / 2);
  const double at = (time_s - source.start_s()) * source.rate_hz();
  const auto last = static_cast<std::ptrdiff_t>(filled.size()) - 1;
  const auto from = std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(std::ceil(at - reach)));
  const auto to = std::min<std::ptrdiff_t>(last, static_cast<std::ptrdiff_t>(std::floor(at + reach)));
  for (auto f = from; f <= to; ++f) {
    if (filled[static_cast<std::size_t>(f)] != 0) return true;
  }
  return false;
}

}  // namespace kinemyo::dataset
