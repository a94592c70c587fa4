#include "kinemyo/dataset/methods.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kinemyo/base/text.h"

namespace kinemyo::dataset {

namespace {

std::string number(double value) { return base::to_text(std::round(value * 1e6) / 1e6); }

std::string count(std::size_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

std::string joined(const std::set<double>& values) {
  std::vector<std::string> out;
  for (const double value : values) out.push_back(number(value));
  return base::join(out, " and ");
}

std::string gap_sentence(const PrepareSettings& s, const PrepareReport& report) {
  std::size_t filled = 0, frames = 0, left = 0;
  for (const auto& trial : report.trials) {
    for (const auto* gaps : {&trial.marker_gaps, &trial.angle_gaps}) {
      filled += gaps->filled_gaps;
      frames += gaps->filled_frames;
      left += gaps->left_gaps;
    }
  }
  if (filled + left == 0) return " No marker or angle was missing.";
  return " Gaps of markers and angles of up to " + number(s.fill_limit_s) + " s were filled from the channel's own path" +
         (s.rebuild_limit_s > 0 ? ", those of markers of up to " + number(s.rebuild_limit_s) +
                                      " s rebuilt from the other markers where the 90 % error bar was at most " +
                                      number(s.worst_fill_m * 1000) + " mm"
                                : "") +
         " (" + count(filled, "gap") + ", " + count(frames, "frame") + "); " + count(left, "gap") + " stayed missing.";
}

// How recordings of several devices found one clock: in numbers, by the way it was done.
std::string sync_sentence(const PrepareReport& report) {
  struct Group {
    std::size_t files = 0;
    double least_r = 1, widest_s = 0, most_ppm = 0;
  };
  std::map<AlignBy, Group> groups;
  for (const auto& trial : report.trials) {
    for (const auto& [file, how] : trial.synchronised) {
      auto& group = groups[how.by];
      ++group.files;
      if (how.clock.correlation > 0) group.least_r = std::min(group.least_r, how.clock.correlation);
      group.widest_s = std::max(group.widest_s, how.clock.residual_s);
      group.most_ppm = std::max(group.most_ppm, std::abs(how.clock.drift_ppm));
    }
  }
  std::string out;
  for (const auto& [by, group] : groups) {
    out += " " + count(group.files, "recording") + " of other devices " + (group.files == 1 ? "was" : "were") + " put onto the trials' clock ";
    // Short recordings tell no drift.
    const std::string drift = group.most_ppm > 0 ? "drift of up to " + number(std::round(group.most_ppm * 10) / 10) + " ppm, " : "";
    switch (by) {
      case AlignBy::stamps:
      case AlignBy::events:
        out += std::string("by a robust line through ") + (by == AlignBy::stamps ? "time stamps" : "common events") +
               " (Theil-Sen, then Tukey's biweight; " + drift + "residual of up to " + number(std::round(group.widest_s * 1e5) / 1e2) + " ms)";
        break;
      case AlignBy::activity:
        out += "by the peak of the cross-correlation of activity (" + drift + "correlation of at least " +
               number(std::floor(group.least_r * 100) / 100) + ")";
        break;
      case AlignBy::start: out += "by their common start"; break;
      case AlignBy::lag: out += "by a lag known from elsewhere"; break;
      default: out += "as they share one"; break;
    }
    out += ".";
  }
  return out;
}

// What a reader has to know of the markers: found, and not mended.
std::string faults_sentence(const PrepareReport& report) {
  std::size_t exchanged = 0, jumped = 0;
  for (const auto& trial : report.trials) {
    const auto has = [&](signal::LabelFaultKind kind) {
      return std::any_of(trial.marker_faults.begin(), trial.marker_faults.end(), [&](const auto& fault) { return fault.kind == kind; });
    };
    exchanged += has(signal::LabelFaultKind::exchange) ? 1 : 0;
    jumped += has(signal::LabelFaultKind::jump) ? 1 : 0;
  }
  if (exchanged + jumped == 0) return "";
  std::vector<std::string> said;
  if (exchanged > 0) said.push_back("markers whose names are exchanged (" + count(exchanged, "trial") + ")");
  if (jumped > 0) said.push_back("markers that jump (" + count(jumped, "trial") + ")");
  return " Distances between markers told " + base::join(said, " and ") + "; these were not mended.";
}

std::string left_out_sentence(const PrepareReport& report) {
  std::size_t judged = 0, left_out = 0;
  std::map<std::string, std::size_t> reasons;
  for (const auto& trial : report.trials) {
    judged += trial.emg_scores.size();
    left_out += trial.emg_excluded.size();
    for (const auto& [channel, reason] : trial.emg_excluded) ++reasons[reason.substr(0, reason.find(':'))];
  }
  std::vector<std::string> said;
  for (const auto& [reason, times] : reasons) said.push_back(std::to_string(times) + " " + reason);
  return " Each channel of each trial was judged before use; " + std::to_string(left_out) + " of " +
         std::to_string(judged) + " were left out" + (said.empty() ? "" : " (" + base::join(said) + ")") + ".";
}

std::string reference_sentence(const PrepareReport& report) {
  std::set<EmgReference> kinds;
  for (const auto& [subject, kind] : report.emg_references) kinds.insert(kind);
  std::vector<std::string> said;
  for (const auto kind : kinds) {
    switch (kind) {
      case EmgReference::peak: said.emplace_back("the largest value of its envelope over all trials of the session"); break;
      case EmgReference::mvc:
        said.push_back("the largest value of its envelope over all trials of the session, " +
                       count(report.mvc_trials, "trial") + " of maximal voluntary contraction included");
        break;
      case EmgReference::mean: said.emplace_back("the mean of its envelope over all trials of the session"); break;
    }
  }
  return " Where envelopes are normalised, one value a muscle and person was used: " + base::join(said, ", or ") + ".";
}

std::string emg_sentences(const PrepareSettings& s, const PrepareReport& report) {
  std::set<double> rates;
  std::size_t notched = 0, spikes = 0;
  double edge_s = s.envelope.detector == signal::Detector::rms ? s.envelope.rms_window_s / 2 : 0.5 / s.envelope.smooth_hz;
  for (const auto& trial : report.trials) {
    if (trial.emg_rate_hz > 0) rates.insert(std::round(trial.emg_rate_hz * 1e3) / 1e3);
    notched += trial.emg_notched;
    spikes += trial.emg_spikes;
  }
  if (rates.empty()) return "";
  const auto& e = s.envelope;
  std::string out = " Surface EMG was sampled at " + joined(rates) + " Hz, its mean removed";
  if (e.remove_spikes) out += ", single spikes replaced by straight lines (" + std::to_string(spikes) + ")";
  if (e.notch_lines) {
    out += ", mains hum and harmonics notched where they stood out of the spectrum (" + count(notched, "channel") +
           "; quality factor " + number(e.notch_quality) + ")";
  }
  out += ", band-passed from " + number(e.band_low_hz) + " to " + number(e.band_high_hz) + " Hz (Butterworth, order " +
         std::to_string(e.band_order) + ", in second-order sections)";
  const std::string smoothing = " and low-passed at " + number(e.smooth_hz) + " Hz (Butterworth, order " + std::to_string(e.smooth_order) + ")";
  switch (e.detector) {
    case signal::Detector::linear: out += ", full-wave rectified" + smoothing; break;
    case signal::Detector::rms: out += " and turned into a root mean square over " + number(e.rms_window_s * 1000) + " ms"; break;
    case signal::Detector::tkeo: out += ", turned into the root of its Teager-Kaiser energy" + smoothing; break;
  }
  out += ". Filters ran forward and backward, without lag; cut-offs are the -3 dB points of both passes together. Within " +
         number(std::round(edge_s * 1000)) + " ms of a trial's ends envelopes lean on padding. Envelopes were resampled to " +
         number(s.rate_hz) + " Hz by a windowed sinc";
  if (s.emg_delay_s > 0) out += " and shifted by " + number(s.emg_delay_s * 1000) + " ms for the electromechanical delay";
  return out + "." + left_out_sentence(report) + reference_sentence(report);
}

}  // namespace

std::string methods_text(const PrepareSettings& settings, const PrepareReport& report) {
  std::set<std::string> people;
  bool capture = false;
  for (const auto& trial : report.trials) {
    people.insert(trial.key.subject);
    capture |= trial.source != Source::original_table;
  }
  std::string out = count(report.trials.size(), "trial") + " of " + std::to_string(people.size()) +
                    (people.size() == 1 ? " person" : " people") + (report.trials.size() == 1 ? " was" : " were") + " prepared with kinemyo " KINEMYO_VERSION ".";
  if (!capture) return out + " Joined tables were taken as they were.";
  out += " Markers and joint angles were brought to " + number(settings.rate_hz) +
         " Hz by a windowed sinc low-pass where their rate differed, trial by trial, Y up, in SI units.";
  out += sync_sentence(report);
  return out + gap_sentence(settings, report) + faults_sentence(report) + emg_sentences(settings, report);
}

}  // namespace kinemyo::dataset
