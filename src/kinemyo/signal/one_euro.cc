#include "kinemyo/signal/one_euro.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"

namespace kinemyo::signal {

namespace {

// The new sample's weight in exponential smoothing of that cut-off.
double weight(double cutoff_hz, double step_s) {
  const double turn = 2 * std::numbers::pi * cutoff_hz * step_s;
  return turn / (1 + turn);
}

}  // namespace

OneEuro::OneEuro(std::size_t points, const OneEuroSettings& settings) : settings_(settings), states_(points) {
  const auto above_zero = [](double v) { return std::isfinite(v) && v > 0; };
  require(above_zero(settings.rest_hz) && above_zero(settings.speed_hz), "OneEuro: cut-offs must be above 0");
  require(std::isfinite(settings.hz_per_speed) && settings.hz_per_speed >= 0 && settings.forget_s >= 0,
          "OneEuro: settings below 0");
}

void OneEuro::reset() { std::fill(states_.begin(), states_.end(), State{}); }

double OneEuro::delay_s(const OneEuroSettings& settings) { return 1 / (2 * std::numbers::pi * settings.rest_hz); }

void OneEuro::step(double time_s, std::span<double> frame) {
  require(frame.size() == 3 * states_.size(), "OneEuro::step: wrong number of points");
  for (std::size_t p = 0; p < states_.size(); ++p) {
    State& s = states_[p];
    double* const x = frame.data() + 3 * p;
    if (!std::isfinite(x[0]) || !std::isfinite(x[1]) || !std::isfinite(x[2])) {
      x[0] = x[1] = x[2] = std::nan("");
      continue;
    }
    const double step_s = time_s - s.time_s;
    if (!s.started || !(step_s > 0) || step_s > settings_.forget_s) {
      s = {.time_s = time_s, .value = {x[0], x[1], x[2]}, .started = true};
      continue;
    }
    const double speed_weight = weight(settings_.speed_hz, step_s);
    double squares = 0;
    for (int c = 0; c < 3; ++c) {
      const double speed = (x[c] - s.value[c]) / step_s;
      s.speed[c] += speed_weight * (speed - s.speed[c]);
      squares += s.speed[c] * s.speed[c];
    }
    const double value_weight = weight(settings_.rest_hz + settings_.hz_per_speed * std::sqrt(squares), step_s);
    for (int c = 0; c < 3; ++c) x[c] = s.value[c] += value_weight * (x[c] - s.value[c]);
    s.time_s = time_s;
  }
}

}  // namespace kinemyo::signal
