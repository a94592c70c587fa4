#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kinemyo::signal {

/// Which frequencies a filter lets pass. Units: Hz; `low_hz` and `high_hz` are -3 dB points of one
/// pass.
struct Passband {
  enum class Kind { low_pass, high_pass, band_pass };
  static Passband below(double hz) { return {Kind::low_pass, 0, hz}; }
  static Passband above(double hz) { return {Kind::high_pass, hz, 0}; }
  static Passband between(double low_hz, double high_hz) {
    return {Kind::band_pass, low_hz, high_hz};
  }
  Kind kind = Kind::low_pass;
  double low_hz = 0;   ///< of no meaning for a low-pass
  double high_hz = 0;  ///< of no meaning for a high-pass
};

/// A filter as one polynomial fraction in z^-1: b over a, a[0] = 1. Loses digits with order and
/// with low cut-offs; here because the original's steps use it. Our own work uses Sections.
struct TransferFunction {
  std::vector<double> b;
  std::vector<double> a;
};

/// One second-order section, a0 = 1.
struct Section {
  double b0 = 1, b1 = 0, b2 = 0;
  double a1 = 0, a2 = 0;
};
using Sections = std::vector<Section>;

/// Butterworth filter of a given order (a band-pass has twice as many poles).
/// Units: Hz. Throws std::invalid_argument (message with the numbers) unless order is 1 to 12 and
/// 0 < cut-off < rate / 2, low below high.
/// Source: bilinear transform with pre-warping; checked against SciPy's `butter`.
TransferFunction butterworth(int order, const Passband& band, double rate_hz);
/// The same filter in sections, poles nearest to the unit circle last, as SciPy's
/// `butter(output="sos")`.
Sections butterworth_sections(int order, const Passband& band, double rate_hz);

/// The band to design for, so that a Butterworth filter run forward and backward has its -3 dB
/// points at the edges of `band`. An edge that would have to lie above half the rate cannot.
/// Source: Winter 2009, Biomechanics, section 3.4 (0.802 for order 2), in warped frequencies so
/// that it is exact.
Passband corrected_for_two_passes(int order, const Passband& band, double rate_hz);

/// Notch of -3 dB width notch_hz / quality. Source: checked against SciPy's `iirnotch`.
Section notch_section(double notch_hz, double quality, double rate_hz);

/// Forward once, from rest. Missing: a NaN spoils all that follows.
std::vector<double> lfilter(const TransferFunction& filter, std::span<const double> x);
/// Forward and backward, odd padding of 3 * max(len a, len b) samples at each end, started in the
/// steady state. Time: zero-phase. Missing: a NaN spoils everything; fill gaps before.
/// Throws Error (with the numbers) if x has no more samples than the padding.
/// Source: Gustafsson's problem solved the plain way; checked against SciPy's `filtfilt` defaults.
std::vector<double> filtfilt(const TransferFunction& filter, std::span<const double> x);

std::vector<double> sosfilt(const Sections& filter, std::span<const double> x);
/// As filtfilt, in sections: SciPy's `sosfiltfilt` defaults. Signals shorter than the padding are
/// padded with what they have; an empty signal stays empty.
std::vector<double> sosfiltfilt(const Sections& filter, std::span<const double> x);

/// Power gain |H|^2 of one pass at a frequency.
double power_gain(const Sections& filter, double hz, double rate_hz);

/// Sections with memory, for live signals: one sample of every channel in, one out.
/// Time: causal; delay_s says how late. Missing: a NaN leaves its channel's state as it was and
/// gives NaN.
class CausalFilter {
 public:
  CausalFilter(Sections sections, std::size_t channels);
  /// Filters one sample of each channel in place. Shape: channels. No allocation.
  void step(std::span<double> sample) noexcept;
  /// The first finite sample of a channel starts it in the steady state, so that it does not rise
  /// from 0.
  void reset() noexcept;
  std::size_t channels() const { return channels_; }

 private:
  Sections sections_;
  std::vector<double> steady_;  ///< state per unit of input, two numbers a section
  std::size_t channels_ = 0;
  std::vector<double> state_;  ///< channels x sections x 2
  std::vector<unsigned char> started_;
};

/// Group delay of one pass at a frequency, s: how late a causal filter is.
double delay_s(const Sections& filter, double hz, double rate_hz);

}  // namespace kinemyo::signal
