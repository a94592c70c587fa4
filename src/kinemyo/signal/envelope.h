#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinemyo::signal {

/// What an envelope is made of.
enum class Detector {
  linear,      ///< full-wave rectified, low-pass: the linear envelope
  rms,         ///< root mean square over a sliding window
  tkeo,        ///< Teager-Kaiser energy, its root, low-pass: weighs fast spikes more, sees onsets better
  likelihood,  ///< spectrum made even, the likeliest smooth course of its strength, as smooth as each channel asks
};
inline constexpr std::array kDetectors = {Detector::linear, Detector::rms, Detector::tkeo, Detector::likelihood};

std::string_view to_string(Detector detector);

/// How an EMG envelope is made. Units: Hz, s. -3 dB points are those of the whole, both passes
/// counted.
struct EnvelopeSettings {
  double band_low_hz = 20;    ///< SENIAM: 10 to 20
  double band_high_hz = 450;  ///< SENIAM: about 500
  int band_order = 4;
  Detector detector = Detector::linear;
  double smooth_hz = 6;  ///< 3 to 10 is usual; not of Detector::likelihood, which is told by the signal
  int smooth_order = 2;
  double rms_window_s = 0.1;  ///< of Detector::rms, in place of the low-pass
  bool remove_spikes = true;  ///< single samples that no muscle makes become straight lines
  bool notch_lines = true;    ///< only lines that show are notched
  double notch_quality = 30;  ///< line / width
  double fill_limit_s = 0.1;  ///< longer gaps stay missing in the envelope
};

/// An envelope and what it is made of. Shape: one number a sample of the signal.
struct Envelope {
  std::vector<double> values;        ///< V, at the signal's rate, never negative
  std::vector<std::uint8_t> filled;  ///< 1 where the signal had a short gap
  std::size_t edge = 0;              ///< samples at each end that lean on padding
  std::vector<double> notched_hz;    ///< lines that were taken out
  std::size_t spikes = 0;            ///< that were taken out
};

/// Demean, take spikes out, notch where hum shows, band-pass, detect, low-pass, clip at 0, all
/// zero-phase in sections. Units: V in, V out. Missing: samples in a gap weigh nothing in the low-pass; in the
/// result, gaps up to fill_limit_s are marked filled, longer ones are NaN. Never extrapolated: what
/// is missing at an end stays NaN. Throws Error if the rate cannot hold the band, no sample is a
/// number, or the signal is shorter than two periods of the band's lower edge or half a period of
/// the smoothing: with the numbers. Source: order of work after SENIAM (Hermens 2000,
/// doi 10.1016/S1050-6411(00)00027-4) and ISEK (Merletti 1999); energy after Kaiser 1990,
/// doi 10.1109/ICASSP.1990.115702, and Solnik 2010, doi 10.1007/s00421-010-1521-8; likelihood as
/// whitened() and likeliest_strength() say, and spikes in bursts taken out too. Checked against SciPy.
Envelope emg_envelope(std::span<const double> emg, double rate_hz,
                      const EnvelopeSettings& settings = {});

/// Refuses a rate that cannot hold the band: Error "EMG rate 100 Hz cannot hold a band to 450 Hz
/// ...".
void require_emg_rate(double rate_hz, const EnvelopeSettings& settings);

/// The signal that envelopes and onsets are made of: demeaned, without spikes, notched, band-passed.
/// Shape and Missing: as above; gaps are bridged. Throws as emg_envelope().
std::vector<double> clean_emg(std::span<const double> emg, double rate_hz,
                              const EnvelopeSettings& settings = {});

/// What was done, as ISEK asks a report to state it; one sentence for histories and reports.
std::string describe(const EnvelopeSettings& settings, double rate_hz);

}  // namespace kinemyo::signal
