#include "kinemyo/signal/envelope.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/hum.h"
#include "kinemyo/signal/quality.h"
#include "kinemyo/signal/strength.h"
#include "kinemyo/signal/whitening.h"

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

// Whitening makes much of a spike in a burst that other detectors hardly notice.
std::vector<std::size_t> spikes_for(Detector detector, std::span<const double> x, double rate_hz) {
  auto out = find_spikes(x, rate_hz);
  if (detector != Detector::likelihood) return out;
  const auto hidden = find_spikes_in_bursts(x, rate_hz);
  std::vector<std::size_t> both;
  std::set_union(out.begin(), out.end(), hidden.begin(), hidden.end(), std::back_inserter(both));
  return both;
}

// A spike and what the amplifier makes of it, 2 ms to each side, as straight lines.
std::size_t remove_spikes(Detector detector, std::vector<double>& x, double rate_hz) {
  const auto spikes = spikes_for(detector, without_slow(x, rate_hz), rate_hz);
  const auto side = static_cast<std::size_t>(std::lround(0.002 * rate_hz)) + 1;
  for (const std::size_t i : spikes) {
    const std::size_t from = i - std::min(side, i), to = std::min(i + side, x.size() - 1);
    // At an end only one side is known.
    const double left = i < side ? x[to] : x[from], right = i + side < x.size() ? x[to] : x[from];
    const double step = (right - left) / static_cast<double>(to - from);
    for (std::size_t k = from; k <= to; ++k) x[k] = left + step * static_cast<double>(k - from);
  }
  return spikes.size();
}

// Root of the mean square over a window of so many samples, those that were not measured left out;
// at the ends, over what is there.
std::vector<double> sliding_rms(const std::vector<double>& x, std::size_t window,
                                const std::vector<std::uint8_t>& measured) {
  const std::size_t side = window / 2;
  std::vector<double> out(x.size());
  std::vector<double> squares(x.size() + 1, 0.0), counts(x.size() + 1, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares[i + 1] = squares[i] + (measured[i] != 0 ? x[i] * x[i] : 0);
    counts[i + 1] = counts[i] + measured[i];
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t from = i - std::min(side, i), to = std::min(i + side + 1, x.size());
    const double count = counts[to] - counts[from];
    out[i] = count > 0 ? std::sqrt(std::max(squares[to] - squares[from], 0.0) / count) : 0;
  }
  return out;
}

// x[i]^2 - x[i - 1] x[i + 1]; the ends take their neighbours' value. Its root has the signal's unit.
std::vector<double> root_energy(const std::vector<double>& x) {
  std::vector<double> out(x.size(), 0.0);
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    out[i] = std::sqrt(std::abs(x[i] * x[i] - x[i - 1] * x[i + 1]));
  }
  if (x.size() > 2) {
    out.front() = out[1];
    out.back() = out[x.size() - 2];
  }
  return out;
}

// Where a signal was measured, from the first number to the last.
struct Extent {
  std::vector<std::uint8_t> measured;
  std::size_t first = 0, end = 0;
};

Extent measured_extent(std::span<const double> emg, double rate_hz, const EnvelopeSettings& settings) {
  require_emg_rate(rate_hz, settings);
  const std::size_t shortest = shortest_signal(rate_hz, settings);
  if (emg.size() < shortest) {
    throw Error("an EMG signal of " + std::to_string(emg.size()) + " samples at " +
                base::to_text(rate_hz) + " Hz is too short for its filters, which need " +
                std::to_string(shortest));
  }
  Extent out{std::vector<std::uint8_t>(emg.size()), emg.size(), 0};
  for (std::size_t i = 0; i < emg.size(); ++i) {
    if (!std::isfinite(emg[i])) continue;
    out.measured[i] = 1;
    out.first = std::min(out.first, i);
    out.end = i + 1;
  }
  if (out.end == 0)
    throw Error("an EMG signal holds no number in " + std::to_string(emg.size()) + " samples");
  return out;
}

std::vector<double> cleaned(std::span<const double> emg, double rate_hz, const EnvelopeSettings& settings,
                            const Extent& extent, Envelope& out) {
  std::vector<double> x(emg.begin(), emg.end());
  for (double& v : x) v = std::isfinite(v) ? v : kNan;
  bridge(x, extent.first, extent.end);
  remove_mean(x, extent.measured);
  if (settings.remove_spikes) out.spikes = remove_spikes(settings.detector, x, rate_hz);
  if (settings.notch_lines) {
    for (const double line : find_hum(x, rate_hz).harmonics_hz) {
      if (line < settings.band_low_hz || line > settings.band_high_hz) continue;
      x = remove_line(x, line, settings.notch_quality, rate_hz);
      out.notched_hz.push_back(line);
    }
  }
  return sosfiltfilt(
      two_pass_sections(settings.band_order,
                        Passband::between(settings.band_low_hz, settings.band_high_hz), rate_hz),
      x);
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
  const Extent extent = measured_extent(emg, rate_hz, settings);
  const auto& measured = extent.measured;
  Envelope out;
  auto x = cleaned(emg, rate_hz, settings, extent, out);
  double edge_s = 0.5 / settings.smooth_hz;
  const auto low_passed = [&](std::vector<double> y) {
    return smoothed(two_pass_sections(settings.smooth_order, Passband::below(settings.smooth_hz), rate_hz), std::move(y), measured);
  };
  switch (settings.detector) {
    case Detector::linear:
      for (double& v : x) v = std::abs(v);
      x = low_passed(std::move(x));
      break;
    case Detector::rms:
      x = sliding_rms(x, static_cast<std::size_t>(std::lround(settings.rms_window_s * rate_hz)), measured);
      edge_s = settings.rms_window_s / 2;
      break;
    case Detector::tkeo: x = low_passed(root_energy(x)); break;
    case Detector::likelihood: {
      auto strength = likeliest_strength(whitened(x, rate_hz, settings.band_low_hz, settings.band_high_hz), rate_hz, measured);
      x = std::move(strength.values);
      edge_s = 0.25 / strength.half_hz;  // told from one side
      break;
    }
  }
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
  out.edge = std::min(emg.size() / 2, static_cast<std::size_t>(std::ceil(edge_s * rate_hz)));
  out.values = std::move(x);
  return out;
}

std::vector<double> clean_emg(std::span<const double> emg, double rate_hz,
                              const EnvelopeSettings& settings) {
  Envelope unused;
  return cleaned(emg, rate_hz, settings, measured_extent(emg, rate_hz, settings), unused);
}

std::string_view to_string(Detector detector) {
  switch (detector) {
    case Detector::linear: return "linear";
    case Detector::rms: return "rms";
    case Detector::tkeo: return "tkeo";
    case Detector::likelihood: return "likelihood";
  }
  return "";
}

std::string describe(const EnvelopeSettings& s, double rate_hz) {
  const auto number = [](double v) { return base::to_text(v); };
  const std::string low_pass = "Butterworth low-pass " + number(s.smooth_hz) + " Hz (order " +
                               std::to_string(s.smooth_order) + ")";
  std::string detection;
  switch (s.detector) {
    case Detector::linear: detection = "full-wave rectified, " + low_pass; break;
    case Detector::rms:
      detection = "root mean square over a sliding window of " + number(s.rms_window_s * 1000) + " ms";
      break;
    case Detector::likelihood: detection = "whitened, the smooth course of its strength that is likeliest"; break;
    case Detector::tkeo: detection = "root of the Teager-Kaiser energy, " + low_pass; break;
  }
  return "EMG at " + number(rate_hz) + " Hz: mean removed" +
         (s.remove_spikes ? ", single spikes replaced by straight lines" : "") +
         (s.notch_lines ? ", line hum notched where it shows (Q " + number(s.notch_quality) + ")"
                        : "") +
         ", Butterworth band-pass " + number(s.band_low_hz) + " to " + number(s.band_high_hz) +
         " Hz (order " + std::to_string(s.band_order) + "), " + detection +
         "; Butterworth filters forward and backward with the cut-off corrected for two passes; "
         "clipped at 0";
}

}  // namespace kinemyo::signal
