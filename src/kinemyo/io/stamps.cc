#include "kinemyo/io/stamps.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/text.h"

namespace kinemyo::io {

namespace {

// The place of the last decimal that any stamp uses: 0.001 for 0.033, 0.066, 0.1.
double printed_step(const std::vector<double>& stamps) {
  double scale = 1;
  for (int digits = 0; digits < 9; ++digits, scale *= 10) {
    const bool all = std::all_of(stamps.begin(), stamps.end(), [scale](double t) {
      return std::abs(std::round(t * scale) / scale - t) <=
             4 * std::numeric_limits<double>::epsilon() * std::abs(t);
    });
    if (all) break;
  }
  return 1 / scale;
}

bool even_at(const std::vector<double>& stamps, double rate_hz, double printed) {
  const double span = stamps.back() - stamps.front();
  const double limit = std::min(1.05 * printed, 0.15 / rate_hz) + 1e-9 * span;
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    if (!(std::abs(stamps[i] - stamps[0] - static_cast<double>(i) / rate_hz) <= limit)) return false;
  }
  return true;
}

}  // namespace

std::optional<std::size_t> first_bad_stamp(const std::vector<double>& stamps_s) {
  for (std::size_t i = 0; i < stamps_s.size(); ++i) {
    if (!std::isfinite(stamps_s[i]) || (i > 0 && !(stamps_s[i] > stamps_s[i - 1]))) return i;
  }
  return std::nullopt;
}

bool same_times(const motion::Clock& a, const motion::Clock& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t f = 0; f < a.size(); ++f) {
    if (!(std::abs(a.time_s(f) - b.time_s(f)) <= 1e-9)) return false;
  }
  return true;
}

motion::Clock make_clock(std::vector<double> stamps_s, double stated_rate_hz,
                         std::vector<std::string>& notes) {
  require(!stamps_s.empty(), "make_clock: no stamps");
  const std::size_t count = stamps_s.size();
  const bool stated = std::isfinite(stated_rate_hz) && stated_rate_hz > 0;
  if (first_bad_stamp(stamps_s)) return motion::Clock::stamped(std::move(stamps_s));  // throws
  if (count == 1) {
    return stated ? motion::Clock::uniform(stated_rate_hz, stamps_s[0], 1)
                  : motion::Clock::stamped(std::move(stamps_s));
  }
  const double printed = printed_step(stamps_s);
  if (stated && even_at(stamps_s, stated_rate_hz, printed)) {
    return motion::Clock::uniform(stated_rate_hz, stamps_s[0], count);
  }
  const double span = stamps_s.back() - stamps_s.front();
  double rate = static_cast<double>(count - 1) / span;
  // A whole number of Hz is believed before the quotient, where the printed digits cannot tell them apart.
  const double whole = std::round(rate);
  if (whole > 0 && std::abs(whole - rate) <= rate * 1.05 * printed / span &&
      even_at(stamps_s, whole, printed)) {
    rate = whole;
  }
  const bool even = even_at(stamps_s, rate, printed);
  motion::Clock clock =
      even ? motion::Clock::uniform(rate, stamps_s[0], count) : motion::Clock::stamped(stamps_s);
  if (stated && std::abs(clock.rate_hz() - stated_rate_hz) > 1e-3 * stated_rate_hz) {
    notes.push_back("the file states " + base::to_text(stated_rate_hz) + " Hz, its times step at " +
                    base::to_text(std::round(clock.rate_hz() * 1000) / 1000) +
                    " Hz; the times are believed");
  }
  if (!even) {
    double shortest = std::numeric_limits<double>::infinity();
    double longest = 0;
    for (std::size_t i = 1; i < count; ++i) {
      shortest = std::min(shortest, stamps_s[i] - stamps_s[i - 1]);
      longest = std::max(longest, stamps_s[i] - stamps_s[i - 1]);
    }
    const auto text = [](double s) { return base::to_text(std::round(s * 1e6) / 1e6); };
    notes.push_back("times are uneven (steps of " + text(shortest) + " to " + text(longest) +
                    " s); every frame keeps its own");
  }
  return clock;
}

}  // namespace kinemyo::io
