#include "kinemyo/signal/envelope.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/hum.h"

namespace kinemyo::signal {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Sections two_pass_sections(int order, const Passband& band, double rate_hz) {
  return butterworth_sections(order, corrected_for_two_passes(order, band, rate_hz), rate_hz);
}

std::size_t shortest_signal(double rate_hz, const EnvelopeSettings& s) {
  return static_cast<std::size_t>(
      std::ceil(std::max(2 * rate_hz / s.band_low_hz, 0.5 * rate_hz / s.smooth_hz)));
}

void remove_mean(std::vector<double>& x, const std::vector<std::uint8_t>& measured) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (measured[i] == 0) continue;
    sum += x[i];
    count += 1;
  }
  for (double& v : x) v -= sum / count;
}

// Low-pass in which samples that were not measured weigh nothing.
std::vector<double> smoothed(const Sections& low_pass, std::vector<double> x,
                             const std::vector<std::uint8_t>& measured) {
  if (std::find(measured.begin(), measured.end(), 0) == measured.end()) {
    return sosfiltfilt(low_pass, x);
  }
  std::vector<double> weight(measured.begin(), measured.end());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= weight[i];
  x = sosfiltfilt(low_pass, x);
  weight = sosfiltfilt(low_pass, weight);
  // Far inside a long gap nothing is left to divide by; such samples become missing anyway.
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = weight[i] > 0.01 ? x[i] / weight[i] : 0;
  return x;
}

// Straight lines over gaps, so that a band-pass sees no edge there.
void bridge(std::vector<double>& x, std::size_t first, std::size_t end) {
  std::fill(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(first), x[first]);
  std::fill(x.begin() + static_cast<std::ptrdiff_t>(end), x.end(), x[end - 1]);
  fill_gaps(x, 1.0, std::numeric_limits<double>::infinity(), Interpolation::linear);
}

}  // namespace

void require_emg_rate(double rate_hz, const EnvelopeSettings& settings) {
  require(settings.band_low_hz > 0 && settings.band_low_hz < settings.band_high_hz,
          "emg_envelope: the band from " + base::to_text(settings.band_low_hz) + " to " +
              base::to_text(settings.band_high_hz) + " Hz is empty");
  if (std::isfinite(rate_hz) && rate_hz > 2 * settings.band_high_hz) return;
  throw Error("EMG rate " + base::to_text(rate_hz) + " Hz cannot hold a band to " +
              base::to_text(settings.band_high_hz) + " Hz: it needs more than " +
              base::to_text(2 * settings.band_high_hz) + " Hz");
}

Envelope emg_envelope(std::span<const double> emg, double rate_hz,
                      const EnvelopeSettings& settings) {
  require_emg_rate(rate_hz, settings);
  const std::size_t shortest = shortest_signal(rate_hz, settings);
  if (emg.size() < shortest) {
    throw Error("an EMG signal of " + std::to_string(emg.size()) + " samples at " +
                base::to_text(rate_hz) + " Hz is too short for its filters, which need " +
                std::to_string(shortest));
  }
  std::vector<std::uint8_t> measured(emg.size());
  std::size_t first = emg.size(), end = 0;
  for (std::size_t i = 0; i < emg.size(); ++i) {
    if (!std::isfinite(emg[i])) continue;
    measured[i] = 1;
    first = std::min(first, i);
    end = i + 1;
  }
  if (end == 0)
    throw Error("an EMG signal holds no number in " + std::to_string(emg.size()) + " samples");

  Envelope out;
  std::vector<double> x(emg.begin(), emg.end());
  for (double& v : x) v = std::isfinite(v) ? v : kNan;
  bridge(x, first, end);
  remove_mean(x, measured);
  if (settings.notch_lines) {
    for (const double line : find_hum(x, rate_hz).harmonics_hz) {
      if (line < settings.band_low_hz || line > settings.band_high_hz) continue;
      x = sosfiltfilt({notch_section(line, settings.notch_quality, rate_hz)}, x);
      out.notched_hz.push_back(line);
    }
  }
  x = sosfiltfilt(
      two_pass_sections(settings.band_order,
                        Passband::between(settings.band_low_hz, settings.band_high_hz), rate_hz),
      x);
  for (double& v : x) v = std::abs(v);
  x = smoothed(
      two_pass_sections(settings.smooth_order, Passband::below(settings.smooth_hz), rate_hz),
      std::move(x), measured);
  for (double& v : x) v = std::max(v, 0.0);

  out.filled.assign(emg.size(), 0);
  std::vector<double> known(measured.size());
  for (std::size_t i = 0; i < known.size(); ++i) known[i] = measured[i] != 0 ? 0 : kNan;
  for (const Gap& gap : find_gaps(known)) {
    const std::size_t after = gap.first + gap.count;
    const bool inner = gap.first > 0 && after < emg.size();
    const bool fill =
        inner && static_cast<double>(gap.count) / rate_hz <= settings.fill_limit_s * (1 + 1e-9);
    for (std::size_t i = gap.first; i < after; ++i) {
      if (fill) {
        out.filled[i] = 1;
      } else {
        x[i] = kNan;
      }
    }
  }
  out.edge = std::min(emg.size() / 2,
                      static_cast<std::size_t>(std::ceil(0.5 * rate_hz / settings.smooth_hz)));
  out.values = std::move(x);
  return out;
}

std::string describe(const EnvelopeSettings& s, double rate_hz) {
  const auto number = [](double v) { return base::to_text(v); };
  return "EMG at " + number(rate_hz) + " Hz: mean removed" +
         (s.notch_lines ? ", line hum notched where it shows (Q " + number(s.notch_quality) + ")"
                        : "") +
         ", Butterworth band-pass " + number(s.band_low_hz) + " to " + number(s.band_high_hz) +
         " Hz (order " + std::to_string(s.band_order) +
         "), full-wave rectified, Butterworth low-pass " + number(s.smooth_hz) + " Hz (order " +
         std::to_string(s.smooth_order) +
         "), each forward and backward with the cut-off corrected for two passes, clipped at 0";
}

}  // namespace kinemyo::signal
