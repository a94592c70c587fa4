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

// Trials of which something was made; joined tables were not touched.
std::vector<const TrialReport*> captured(const std::vector<TrialReport>& trials) {
  std::vector<const TrialReport*> out;
  for (const auto& trial : trials) {
    if (trial.source != Source::original_table) out.push_back(&trial);
  }
  return out;
}

// Those of maximal contraction too: their EMG went the same way.
std::vector<const TrialReport*> with_emg(const PrepareReport& report) {
  auto out = captured(report.trials);
  for (const auto& trial : report.mvc_trials) out.push_back(&trial);
  return out;
}

std::string motion_sentence(const PrepareSettings& s, const PrepareReport& report) {
  std::set<Placing> ways;
  for (const auto* trial : captured(report.trials)) ways.insert(trial->motion_placing.begin(), trial->motion_placing.end());
  if (ways.empty()) return "";
  std::vector<std::string> said;
  if (ways.contains(Placing::kept)) said.emplace_back("frames that lie on that clock are the recorded ones");
  if (ways.contains(Placing::resampled)) said.emplace_back("other rates were brought to it by a windowed sinc low-pass");
  if (ways.contains(Placing::pchip)) said.emplace_back("uneven stamps were read by piecewise cubic Hermite interpolation (pchip)");
  return " Markers and joint angles are given at " + number(s.rate_hz) + " Hz, trial by trial, Y up, in SI units: " + base::join(said) + ".";
}

struct Gaps {
  std::size_t filled = 0, frames = 0, left = 0;
  std::map<std::string, std::size_t> methods;  // to gaps
};

Gaps sum_gaps(const PrepareReport& report, GapCount TrialReport::*kind) {
  Gaps out;
  for (const auto* trial : captured(report.trials)) {
    const auto& count = trial->*kind;
    out.filled += count.filled_gaps;
    out.frames += count.filled_frames;
    out.left += count.left_gaps;
    for (const auto& fill : count.fills) out.methods[fill.method] += fill.gaps;
  }
  return out;
}

std::string counted(const Gaps& gaps) {
  std::vector<std::string> said = {count(gaps.filled, "gap"), count(gaps.frames, "frame")};
  if (gaps.methods.size() > 1) {
    for (const auto& [method, times] : gaps.methods) said.push_back(std::to_string(times) + " mostly by " + method);
  }
  return " (" + base::join(said) + "); " + count(gaps.left, "gap") + " stayed missing.";
}

std::string gap_sentences(const PrepareSettings& s, const PrepareReport& report) {
  const auto markers = sum_gaps(report, &TrialReport::marker_gaps), angles = sum_gaps(report, &TrialReport::angle_gaps);
  std::string out;
  if (markers.filled + markers.left > 0) {
    out += " Gaps of markers of up to " + number(s.fill_limit_s) + " s were filled by a cubic spline through the marker's own path";
    if (s.rebuild_limit_s > 0) {
      out += " or, where that did better on gaps of the same length cut elsewhere in the trial, from the markers that move with it "
             "(place in their frame, ridge regression, tied to the path at the gap's edges; means weighted by how well each did), those of up to " +
             number(s.rebuild_limit_s) + " s from these alone";
    }
    out += ", where the 90 % error bar was at most " + number(s.worst_fill_m * 1000) + " mm" + counted(markers);
  }
  if (angles.filled + angles.left > 0) {
    out += " Gaps of joint angles of up to " + number(s.fill_limit_s) + " s were filled by piecewise cubic Hermite interpolation (pchip)" + counted(angles);
  }
  const bool moved = std::any_of(report.trials.begin(), report.trials.end(), [](const auto& trial) { return !trial.motion_placing.empty(); });
  return out.empty() && moved ? " There was no gap in markers or joint angles." : out;
}

// How recordings of several devices found one clock: in numbers, by the way it was done.
std::string sync_sentence(const PrepareReport& report) {
  struct Group {
    std::size_t files = 0, with_line = 0;
    double least_r = 1, widest_s = 0, most_ppm = 0;
  };
  std::map<AlignBy, Group> groups;
  for (const auto* trial : with_emg(report)) {
    for (const auto& [file, how] : trial->synchronised) {
      auto& group = groups[how.by];
      ++group.files;
      if (how.clock.points > 1) ++group.with_line;
      if (how.clock.correlation > 0) group.least_r = std::min(group.least_r, how.clock.correlation);
      group.widest_s = std::max(group.widest_s, how.clock.residual_s);
      group.most_ppm = std::max(group.most_ppm, std::abs(how.clock.drift_ppm));
    }
  }
  std::string out;
  for (const auto& [by, group] : groups) {
    out += " " + count(group.files, "recording") + " of other devices " + (group.files == 1 ? "was" : "were") + " put onto the trials' clock ";
    // Where the drift is not told by what is there, the line is level.
    const std::string line = std::string("a robust ") + (group.most_ppm > 0 ? "line" : "mean") + " of the differences of " +
                             (by == AlignBy::activity ? "pieces of 20 s" : by == AlignBy::stamps ? "time stamps" : "common events") + " (" +
                             (group.most_ppm > 0 ? "Theil's slope, then " : "") + "Tukey's biweight by iterated least squares";
    const std::string numbers = (group.most_ppm > 0 ? ", drift of up to " + number(std::round(group.most_ppm * 10) / 10) + " ppm" : "") +
                                ", residual of up to " + number(std::round(group.widest_s * 1e5) / 1e2) + " ms)";
    switch (by) {
      case AlignBy::stamps:
      case AlignBy::events: out += "by " + line + numbers; break;
      case AlignBy::activity:
        out += "by the peak of the cross-correlation of activity, refined by least squares (correlation of at least " +
               number(std::floor(group.least_r * 100) / 100) + ")";
        if (group.with_line > 0) out += (group.with_line < group.files ? ", " + std::to_string(group.with_line) + " of them then by " : ", then by ") + line + numbers;
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
  std::size_t judged = 0, left_out = 0, at_skin_level = 0;
  std::map<std::string, std::size_t> reasons;
  for (const auto* trial : with_emg(report)) {
    judged += trial->emg_scores.size();
    left_out += trial->emg_excluded.size();
    at_skin_level += trial->emg_at_skin_level ? 1 : 0;
    for (const auto& [channel, reason] : trial->emg_excluded) ++reasons[reason.substr(0, reason.find(':'))];
  }
  std::vector<std::string> said;
  for (const auto& [reason, times] : reasons) said.push_back(std::to_string(times) + " " + reason);
  return " Each channel of each trial was judged before use" +
         (at_skin_level > 0 ? ", in " + count(at_skin_level, "trial") + " by the limits of signals that were not amplified" : "") + "; " +
         std::to_string(left_out) + " of " + std::to_string(judged) + " were left out" +
         (said.empty() ? "" : " (" + base::join(said) + ")") + ".";
}

std::string reference_sentence(const PrepareReport& report) {
  std::map<EmgReference, std::size_t> muscles;
  for (const auto& [subject, units] : report.emg_units) {
    for (const auto& [muscle, unit] : units) ++muscles[unit.kind];
  }
  std::vector<std::string> said;
  for (const auto& [kind, times] : muscles) {
    std::string one = kind == EmgReference::mean ? "the mean of its envelope over all trials of the session"
                                                 : "the largest value of its envelope over all trials of the session";
    if (kind == EmgReference::mvc) one += ", " + count(report.mvc_trials.size(), "trial") + " of maximal voluntary contraction included";
    if (muscles.size() > 1) one += " (" + count(times, "muscle") + ")";
    said.push_back(one);
  }
  if (said.empty()) return "";
  return " Where envelopes are normalised, one value a muscle and person was used: " + base::join(said, ", or ") + ".";
}

std::string emg_sentences(const PrepareSettings& s, const PrepareReport& report) {
  std::set<double> rates;
  std::set<Placing> ways;
  std::size_t notched = 0, spikes = 0, filled = 0;
  double edge_s = 0;
  for (const auto* trial : with_emg(report)) {
    for (const double rate_hz : trial->emg_rates_hz) rates.insert(std::round(rate_hz * 1e3) / 1e3);
    ways.insert(trial->emg_placing.begin(), trial->emg_placing.end());
    notched += trial->emg_notched;
    spikes += trial->emg_spikes;
    filled += trial->emg_filled_frames;
    edge_s = std::max(edge_s, trial->emg_edge_s);
  }
  if (rates.empty()) return "";
  const auto& e = s.envelope;
  std::string out = " Surface EMG was sampled at " + joined(rates) + " Hz";
  if (ways.contains(Placing::spline)) out += " (read at its mean rate by a cubic spline where stamps were uneven)";
  out += ", its mean removed";
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
    case signal::Detector::likelihood:
      out += ", whitened (spectrum made even within the band) and turned into the smooth course of its strength that is likeliest (log-variance in parts of "
             "5 ms, second differences penalised, the penalty of each channel chosen by marginal likelihood)";
      break;
    case signal::Detector::tkeo: out += ", turned into the root of its Teager-Kaiser energy" + smoothing; break;
  }
  out += ". Filters ran forward and backward, without lag; cut-offs of the Butterworth filters are the -3 dB points of both passes together. Within " +
         number(std::round(edge_s * 1000)) + " ms of the ends of the EMG envelopes lean on padding. ";
  if (filled > 0) {
    out += "Gaps of the EMG of up to " + number(e.fill_limit_s * 1000) + " ms were bridged (" + count(filled, "frame") + " of envelopes lean on them). ";
  }
  out += "Envelopes were resampled to " + number(s.rate_hz) + " Hz by a windowed sinc";
  if (s.emg_delay_s > 0) out += " and shifted by " + number(s.emg_delay_s * 1000) + " ms for the electromechanical delay";
  out += ".";
  if (s.emg_onsets) out += " Onsets and ends of activity were found in the band-passed signal by a double threshold (Bonato 1998).";
  return out + left_out_sentence(report) + reference_sentence(report);
}

}  // namespace

std::string methods_text(const PrepareSettings& settings, const PrepareReport& report) {
  std::set<std::string> people;
  for (const auto& trial : report.trials) people.insert(trial.key.subject);
  const std::size_t tables = report.trials.size() - captured(report.trials).size();
  std::string out = count(report.trials.size(), "trial") + " of " + std::to_string(people.size()) +
                    (people.size() == 1 ? " person" : " people") + (report.trials.size() == 1 ? " was" : " were") + " prepared with kinemyo " KINEMYO_VERSION ".";
  if (tables > 0) {
    out += " Joined tables" + (tables < report.trials.size() ? " (" + count(tables, "trial") + ")" : "") + " were taken as they were.";
  }
  return out + motion_sentence(settings, report) + sync_sentence(report) + gap_sentences(settings, report) + faults_sentence(report) +
         emg_sentences(settings, report);
}

}  // namespace kinemyo::dataset
