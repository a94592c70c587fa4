#include "kinemyo/motion/series.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "kinemyo/base/text.h"

namespace kinemyo::motion {

std::string_view to_string(Quantity quantity) {
  switch (quantity) {
    case Quantity::position: return "position";
    case Quantity::coordinate: return "coordinate";
    case Quantity::angle3: return "angle3";
    case Quantity::force3: return "force3";
    case Quantity::moment3: return "moment3";
    case Quantity::vector3: return "vector3";
    case Quantity::rotation: return "rotation";
    case Quantity::emg: return "emg";
    case Quantity::analog: return "analog";
    case Quantity::visibility: return "visibility";
  }
  return "unknown";
}

std::size_t components(Quantity quantity) {
  switch (quantity) {
    case Quantity::position:
    case Quantity::angle3:
    case Quantity::force3:
    case Quantity::moment3:
    case Quantity::vector3: return 3;
    case Quantity::rotation: return 16;
    default: return 1;
  }
}

Clock Clock::uniform(double rate_hz, double start_s, std::size_t frames) {
  require(std::isfinite(rate_hz) && rate_hz > 0,
          "Clock: rate " + base::to_text(rate_hz) + " Hz is not above 0");
  require(std::isfinite(start_s), "Clock: start is not a number");
  Clock clock;
  clock.frames_ = frames;
  clock.rate_hz_ = rate_hz;
  clock.start_s_ = start_s;
  return clock;
}

Clock Clock::stamped(std::vector<double> stamps_s) {
  std::vector<double> steps;
  for (std::size_t i = 0; i < stamps_s.size(); ++i) {
    if (!std::isfinite(stamps_s[i])) {
      throw Error("time is not a number at frame " + std::to_string(i));
    }
    if (i == 0) continue;
    const double step = stamps_s[i] - stamps_s[i - 1];
    if (!(step > 0)) {
      throw Error("time does not increase at frame " + std::to_string(i) + ": " +
                  base::to_text(stamps_s[i - 1]) + " s, then " + base::to_text(stamps_s[i]) + " s");
    }
    steps.push_back(step);
  }
  Clock clock;
  clock.frames_ = stamps_s.size();
  clock.start_s_ = stamps_s.empty() ? 0.0 : stamps_s.front();
  clock.stamps_s_ = std::move(stamps_s);
  if (!steps.empty()) {
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    clock.rate_hz_ = 1.0 / *middle;
  }
  return clock;
}

Series::Series(Quantity quantity, std::vector<Channel> channels, Clock clock,
               base::Matrix<double> values)
    : quantity_(quantity),
      channels_(std::move(channels)),
      clock_(std::move(clock)),
      values_(std::move(values)) {
  require(values_.rows() == clock_.size(),
          "Series: " + std::to_string(values_.rows()) + " rows for a clock of " +
              std::to_string(clock_.size()) + " frames");
  require(values_.columns() == channels_.size() * components(),
          "Series: " + std::to_string(values_.columns()) + " columns for " +
              std::to_string(channels_.size()) + " channels of " + std::to_string(components()));
  std::unordered_set<std::string_view> seen;
  for (const auto& channel : channels_) {
    if (!seen.insert(channel.name).second) {
      throw Error("two channels are named " + base::quoted(channel.name));
    }
  }
}

std::vector<std::string> Series::names() const {
  std::vector<std::string> out;
  out.reserve(channels_.size());
  for (const auto& channel : channels_) out.push_back(channel.name);
  return out;
}

std::optional<std::size_t> Series::find(std::string_view name) const {
  const auto found = std::find_if(channels_.begin(), channels_.end(),
                                  [name](const Channel& channel) { return channel.name == name; });
  if (found == channels_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - channels_.begin());
}

bool Series::missing(std::size_t frame, std::size_t channel) const {
  const std::size_t width = components();
  for (std::size_t c = 0; c < width; ++c) {
    if (std::isnan(at(frame, channel, c))) return true;
  }
  return false;
}

Series Series::select(const std::vector<std::string>& wanted) const {
  std::vector<std::size_t> sources;
  std::vector<std::string> absent;
  for (const auto& name : wanted) {
    if (const auto found = find(name)) {
      sources.push_back(*found);
    } else {
      absent.push_back(name);
    }
  }
  if (!absent.empty()) throw Error("missing channels: " + base::join(absent));
  const std::size_t width = components();
  base::Matrix<double> values(frames(), sources.size() * width);
  std::vector<Channel> channels;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    channels.push_back(channels_[sources[i]]);
    for (std::size_t f = 0; f < frames(); ++f) {
      for (std::size_t c = 0; c < width; ++c) values(f, i * width + c) = at(f, sources[i], c);
    }
  }
  Series out(quantity_, std::move(channels), clock_, std::move(values));
  if (!residuals_.empty()) {
    base::Matrix<float> residuals(frames(), sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      for (std::size_t f = 0; f < frames(); ++f) residuals(f, i) = residuals_(f, sources[i]);
    }
    out.set_residuals(std::move(residuals));
  }
  return out;
}

void Series::set_residuals(base::Matrix<float> residuals) {
  require(residuals.rows() == frames() && residuals.columns() == channels_.size(),
          "set_residuals: shape differs from frames x channels");
  residuals_ = std::move(residuals);
}

}  // namespace kinemyo::motion
