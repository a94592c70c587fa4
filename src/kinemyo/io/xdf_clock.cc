#include "kinemyo/io/xdf_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/median.h"

namespace kinemyo::io {

namespace {

double median(std::vector<double> values) { return values.empty() ? 0 : base::median(std::move(values)); }

// Median deviation from the median; never 0, so that it may divide.
double spread(const std::vector<double>& values, double centre) {
  std::vector<double> off;
  for (const double v : values) off.push_back(std::abs(v - centre));
  return median(std::move(off)) + std::numeric_limits<double>::epsilon();
}

constexpr double kResetPause_s = 5, kResetJump_s = 1;
constexpr double kPauseSpreads = 5, kJumpSpreads = 10;

std::vector<std::size_t> find_resets(std::span<const XdfClockOffset> offsets) {
  std::vector<double> pauses, jumps;
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    pauses.push_back(offsets[i].time_s - offsets[i - 1].time_s);
    jumps.push_back(std::abs(offsets[i].value_s - offsets[i - 1].value_s));
  }
  const double pause = median(pauses), jump = median(jumps);
  const double pause_spread = spread(pauses, pause), jump_spread = spread(jumps, jump);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < pauses.size(); ++i) {
    const bool odd_time = pauses[i] < 0 || (pauses[i] - pause > kResetPause_s && (pauses[i] - pause) / pause_spread > kPauseSpreads);
    const bool odd_value = jumps[i] - jump > kResetJump_s && (jumps[i] - jump) / jump_spread > kJumpSpreads;
    if (odd_time && odd_value) out.push_back(i + 1);
  }
  return out;
}

// A line through the offsets; measurements far from it (a message that was delayed) weigh little.
ClockLife fit_life(std::span<const XdfClockOffset> offsets) {
  ClockLife out;
  out.from_s = out.to_s = offsets.front().time_s;
  std::vector<double> values;
  for (const auto& one : offsets) {
    out.from_s = std::min(out.from_s, one.time_s);
    out.to_s = std::max(out.to_s, one.time_s);
    values.push_back(one.value_s);
  }
  const double base = median(values);
  out.offset_s = base;
  std::vector<double> off(offsets.size());
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = 0; i < off.size(); ++i) {
      off[i] = offsets[i].value_s - out.offset_s - out.drift * (offsets[i].time_s - out.from_s);
    }
    std::vector<double> sizes;
    for (const double v : off) sizes.push_back(std::abs(v));
    // A microsecond is below what any clock exchange can tell.
    const double limit = std::max(1.345 * 1.4826 * median(sizes), 1e-6);
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    out.worst_s = 0;
    for (std::size_t i = 0; i < off.size(); ++i) {
      const double weight = sizes[i] <= limit ? 1 : limit / sizes[i];
      const double x = offsets[i].time_s - out.from_s, y = offsets[i].value_s - base;
      w += weight;
      wx += weight * x;
      wy += weight * y;
      wxx += weight * x * x;
      wxy += weight * x * y;
      if (weight > 0.5) out.worst_s = std::max(out.worst_s, sizes[i]);
    }
    const double mx = wx / w, my = wy / w;
    const double variance = wxx / w - mx * mx;
    // Too short a time tells no drift.
    const double drift = offsets.size() > 2 && out.to_s - out.from_s > 1 && variance > 0 ? (wxy / w - mx * my) / variance : 0;
    const double offset = base + my - drift * mx;
    const bool settled = std::abs(offset - out.offset_s) < 1e-10 && std::abs(drift - out.drift) * (out.to_s - out.from_s) < 1e-10;
    out.offset_s = offset;
    out.drift = drift;
    if (settled) break;
  }
  return out;
}

double distance(const ClockLife& life, double stamp_s) {
  return std::max({0.0, life.from_s - stamp_s, stamp_s - life.to_s});
}

// Samples to lives, in file order.
void assign_samples(const std::vector<double>& stamps_s, std::vector<ClockLife>& lives) {
  std::size_t life = 0;
  for (std::size_t i = 0; i < stamps_s.size(); ++i) {
    const bool went_back = i > 0 && stamps_s[i] < stamps_s[i - 1] - kResetJump_s;
    while (life + 1 < lives.size()) {
      const double here = distance(lives[life], stamps_s[i]), next = distance(lives[life + 1], stamps_s[i]);
      if (!(next < here || (went_back && next <= here))) break;
      ++life;
      lives[life].first_sample = i;
    }
    if (life == 0) lives[0].first_sample = 0;
  }
  for (std::size_t k = life + 1; k < lives.size(); ++k) lives[k].first_sample = stamps_s.size();
}

// The step of an even stream, whatever is missing here and there.
double typical_period(std::span<const double> times_s, double nominal_hz) {
  const std::size_t n = times_s.size();
  if (n < 2) return 1 / nominal_hz;
  const std::size_t reach = std::clamp<std::size_t>(n / 4, 1, 500);
  std::vector<double> steps;
  for (std::size_t i = 0; i + reach < n; ++i) steps.push_back((times_s[i + reach] - times_s[i]) / static_cast<double>(reach));
  const double period = median(std::move(steps));
  return period > 0 ? period : 1 / nominal_hz;
}

constexpr std::size_t kWindow = 50;  // samples on either side that must agree that something was dropped

std::vector<std::size_t> find_breaks(std::span<const double> times_s, double period_s) {
  const std::size_t n = times_s.size();
  std::vector<double> off(n), steps;
  for (std::size_t i = 0; i < n; ++i) off[i] = times_s[i] - times_s[0] - static_cast<double>(i) * period_s;
  for (std::size_t i = 1; i < n; ++i) steps.push_back(off[i] - off[i - 1]);
  const double jitter = 1.4826 * spread(steps, median(steps));
  const auto window = [&](std::size_t from, std::size_t to) {
    return std::vector<double>(off.begin() + static_cast<std::ptrdiff_t>(from), off.begin() + static_cast<std::ptrdiff_t>(to));
  };
  std::vector<std::size_t> out;
  std::size_t last = 0;
  for (std::size_t i = 1; i < n; ++i) {
    const double step = off[i] - off[i - 1];
    if (!(step > std::max(0.5 * period_s, 6 * jitter) || step < -1)) continue;
    const auto left = window(std::max(last, i > kWindow ? i - kWindow : 0), i);
    const auto right = window(i, std::min(n, i + kWindow));
    const double before = median(left), after = median(right);
    // Samples that come in bursts wander; only what is more than that is a loss.
    const double wander = 2 * 1.4826 * std::max(spread(left, before), spread(right, after));
    if (after - before > std::max(0.5 * period_s, wander) || after - before < -1) {
      out.push_back(i);
      last = i;
    }
  }
  return out;
}

// The line through the times of a piece by their numbers; least squares.
SamplePiece fit_piece(std::span<const double> times_s, std::size_t first, std::size_t count, double period_s) {
  SamplePiece out{first, count, times_s[first], period_s};
  if (count < 2) return out;
  const double origin = times_s[first], middle = static_cast<double>(count - 1) / 2;
  double mean = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < count; ++i) mean += (times_s[first + i] - origin) / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) - middle;
    xx += x * x;
    xy += x * (times_s[first + i] - origin - mean);
  }
  // Few samples with jitter tell the rate badly; then the whole stream's counts.
  if (count >= 2 * kWindow && xy > 0) out.period_s = xy / xx;
  out.start_s = origin + mean - middle * out.period_s;
  return out;
}

constexpr std::size_t kBlock = 256;  // samples whose median tells where the sender's clock is

// Times without jitter: the piece's line, or, where blocks of samples lie off it by more than half a step and more than
// their jitter explains, the line from block to block.
void smooth_piece(SamplePiece& piece, std::span<const double> times_s, std::span<double> smooth_s) {
  std::vector<double> off(piece.count);
  for (std::size_t i = 0; i < piece.count; ++i) {
    smooth_s[piece.first + i] = piece.start_s + static_cast<double>(i) * piece.period_s;
    off[i] = times_s[piece.first + i] - smooth_s[piece.first + i];
  }
  const std::size_t blocks = piece.count / kBlock;
  if (blocks < 3) return;
  std::vector<double> levels;
  double limit = 0.5 * piece.period_s;
  std::vector<double> spreads;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t end = b + 1 == blocks ? piece.count : (b + 1) * kBlock;
    std::vector<double> block(off.begin() + static_cast<std::ptrdiff_t>(b * kBlock), off.begin() + static_cast<std::ptrdiff_t>(end));
    levels.push_back(median(block));
    spreads.push_back(spread(block, levels.back()));
  }
  limit = std::max(limit, 1.4826 * median(std::move(spreads)));
  piece.wanders = std::any_of(levels.begin(), levels.end(), [&](double level) { return std::abs(level) > limit; });
  if (!piece.wanders) return;
  for (std::size_t i = 0; i < piece.count; ++i) {
    // At the ends the line of the outermost two blocks goes on.
    const double place = (static_cast<double>(i) + 0.5) / kBlock - 0.5;
    const auto left = std::min(static_cast<std::size_t>(std::max(place, 0.0)), blocks - 2);
    const double share = place - static_cast<double>(left);
    smooth_s[piece.first + i] += levels[left] * (1 - share) + levels[left + 1] * share;
  }
}

}  // namespace

std::vector<ClockLife> find_lives(std::span<const XdfClockOffset> offsets) {
  std::vector<ClockLife> out;
  if (offsets.empty()) return out;
  auto edges = find_resets(offsets);
  edges.push_back(offsets.size());
  std::size_t first = 0;
  for (const std::size_t edge : edges) {
    out.push_back(fit_life(offsets.subspan(first, edge - first)));
    first = edge;
  }
  return out;
}

RepairedClock repair_clock(const XdfStream& stream) {
  RepairedClock out;
  out.times_s = stream.stamps_s;
  out.lives = find_lives(stream.offsets);
  const std::size_t n = out.times_s.size();
  if (!out.lives.empty()) {
    assign_samples(out.times_s, out.lives);
    for (std::size_t k = 0; k < out.lives.size(); ++k) {
      const std::size_t end = k + 1 < out.lives.size() ? out.lives[k + 1].first_sample : n;
      for (std::size_t i = out.lives[k].first_sample; i < end; ++i) out.times_s[i] = out.lives[k].at(out.times_s[i]);
    }
  }
  if (stream.nominal_rate_hz <= 0 || n == 0) return out;
  std::vector<double> off;
  for (std::size_t k = 0; k < std::max<std::size_t>(out.lives.size(), 1); ++k) {
    const std::size_t first = out.lives.empty() ? 0 : out.lives[k].first_sample;
    const std::size_t end = k + 1 < out.lives.size() ? out.lives[k + 1].first_sample : n;
    if (first >= end) continue;
    const auto part = std::span(out.times_s).subspan(first, end - first);
    const double period = typical_period(part, stream.nominal_rate_hz);
    auto edges = find_breaks(part, period);
    edges.push_back(part.size());
    std::size_t from = 0;
    for (const std::size_t edge : edges) {
      out.pieces.push_back(fit_piece(out.times_s, first + from, edge - from, period));
      from = edge;
    }
  }
  out.smooth_s.resize(n);
  for (auto& piece : out.pieces) smooth_piece(piece, out.times_s, out.smooth_s);
  for (std::size_t i = 0; i < n; ++i) off.push_back(std::abs(out.times_s[i] - out.smooth_s[i]));
  out.jitter_s = median(std::move(off));
  return out;
}

}  // namespace kinemyo::io
