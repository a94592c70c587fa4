#include "kinemyo/dataset/prepare_emg.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/median.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/signal/onset.h"
#include "kinemyo/signal/resample.h"

namespace kinemyo::dataset {

namespace {

using motion::Channel;
using motion::Series;

// Amplified channels that are dead have 0.3 to 1 mV of steady noise; at skin level living ones have less, but bursts.
constexpr double kSkinLevel_v = 0.0003;
constexpr double kLivelyShare = 0.25;

std::uint8_t mark(Mark value) { return static_cast<std::uint8_t>(value); }

void remark(const std::string& name, const signal::EmgQuality& quality, const signal::Envelope& envelope, TrialReport& report) {
  std::vector<EmgRemark> remarks;
  if (!envelope.notched_hz.empty()) {
    std::vector<std::string> lines;
    for (const double hz : envelope.notched_hz) lines.push_back(base::to_text(hz));
    remarks.push_back({"hum taken out", "hum taken out at " + base::join(lines) + " Hz"});
    ++report.emg_notched;
  }
  if (envelope.spikes > 0)
    remarks.push_back({"spikes taken out", std::to_string(envelope.spikes) + (envelope.spikes == 1 ? " spike" : " spikes") + " taken out"});
  report.emg_spikes += envelope.spikes;
  for (const auto& [fault, reason] : quality.faults) remarks.push_back({std::string(to_string(fault)), reason});
  if (!remarks.empty()) report.emg_remarks[name] = std::move(remarks);
}

void add_onsets(const std::string& name, const std::vector<double>& samples, const motion::Clock& clock,
                const PrepareSettings& settings, std::vector<motion::Event>& events) {
  const auto clean = signal::clean_emg(samples, clock.rate_hz(), settings.envelope);
  for (const auto& burst : signal::find_bursts(clean, clock.rate_hz())) {
    // As the envelopes, by the delay later.
    events.push_back({"EMG on", name, clock.time_s(burst.first) + settings.emg_delay_s});
    events.push_back({"EMG off", name, clock.time_s(burst.end - 1) + settings.emg_delay_s});
  }
}

}  // namespace

EmgVerdicts judge_all_emg(const Series& emg, const PrepareSettings& settings) {
  const auto judge = [&](const signal::EmgQualityLimits& limits) {
    std::vector<signal::EmgQuality> out;
    for (std::size_t c = 0; c < emg.channels().size(); ++c) {
      out.push_back(signal::judge_emg(emg.values().column(c), emg.clock().rate_hz(), limits));
    }
    return out;
  };
  EmgVerdicts out{judge(settings.emg_limits), false};
  const auto& verdicts = out.channels;
  if (!settings.recognise_skin_level || verdicts.empty()) return out;
  std::vector<double> strengths_v;
  std::size_t lively = 0;
  for (const auto& quality : verdicts) {
    strengths_v.push_back(quality.std_v);
    if (quality.burst_share > 0) ++lively;
  }
  const double share = static_cast<double>(lively) / static_cast<double>(verdicts.size());
  if (base::median(std::move(strengths_v)) >= kSkinLevel_v || share < kLivelyShare) return out;
  auto limits = settings.emg_limits;
  limits.dead_std_v = settings.skin_dead_std_v;
  limits.weak_std_v = 2 * settings.skin_dead_std_v;
  return {judge(limits), true};
}

void add_envelopes(const std::vector<Series>& parts, const motion::Clock& timeline, const PrepareSettings& settings,
                   PreparedTrial& trial, TrialReport& report) {
  const auto times_s = times_of(timeline);
  std::vector<Channel> channels;
  std::vector<std::vector<double>> envelopes;
  std::vector<std::vector<std::uint8_t>> marks;
  for (const auto& part : parts) {
    const double rate_hz = part.clock().rate_hz();
    signal::require_emg_rate(rate_hz, settings.envelope);
    const auto [verdicts, at_skin_level] = judge_all_emg(part, settings);
    if (at_skin_level) {
      report.emg_at_skin_level = true;
      report.notes.push_back("EMG is at skin level, not amplified: a channel counts as dead under " +
                             base::to_text(settings.skin_dead_std_v * 1e6) + " uV");
    }
    const auto moved = motion::Clock::uniform(rate_hz, part.clock().start_s() + settings.emg_delay_s, part.frames());
    bool any = false;
    for (std::size_t c = 0; c < part.channels().size(); ++c) {
      const auto& name = part.channels()[c].name;
      trial.emg_scores[name] = verdicts[c].score;
      if (!verdicts[c].usable) {
        trial.emg_excluded[name] = verdicts[c].reason;
        continue;
      }
      const auto samples = part.values().column(c);
      const auto envelope = signal::emg_envelope(samples, rate_hz, settings.envelope);
      auto placed = signal::resample_at(envelope.values, rate_hz, moved.start_s(), times_s, timeline.rate_hz());
      std::vector<std::uint8_t> mine(placed.size());
      for (std::size_t f = 0; f < placed.size(); ++f) {
        if (placed[f] < 0) placed[f] = 0;  // the resampler's ripple; an envelope has no sign
        const bool invented = leans_on_filled(envelope.filled, moved, times_s[f], timeline.rate_hz());
        mine[f] = mark(std::isnan(placed[f]) ? Mark::missing : invented ? Mark::filled : Mark::measured);
        if (mine[f] == mark(Mark::filled)) ++report.emg_filled_frames;
      }
      remark(name, verdicts[c], envelope, report);
      if (settings.emg_onsets) add_onsets(name, samples, part.clock(), settings, trial.events);
      trial.emg_edge_s = std::max(trial.emg_edge_s, static_cast<double>(envelope.edge) / rate_hz);
      channels.push_back({name, "V"});
      envelopes.push_back(std::move(placed));
      marks.push_back(std::move(mine));
      any = true;
    }
    if (any) {
      report.emg_rates_hz.insert(rate_hz);
      report.notes.push_back(signal::describe(settings.envelope, rate_hz) + "; then resampled to " +
                             base::to_text(timeline.rate_hz()) + " Hz without aliasing" +
                             (settings.emg_delay_s > 0 ? ", " + base::to_text(settings.emg_delay_s * 1000) +
                                                             " ms later (electromechanical delay)"
                                                       : ""));
    }
  }
  report.emg_excluded = trial.emg_excluded;
  report.emg_scores = trial.emg_scores;
  report.emg_edge_s = trial.emg_edge_s;
  if (channels.empty()) return;
  trial.emg = {Series(motion::Quantity::emg, channels, timeline, base::Matrix<double>(timeline.size(), channels.size())),
               base::Matrix<std::uint8_t>(timeline.size(), channels.size())};
  for (std::size_t c = 0; c < channels.size(); ++c) {
    trial.emg.series.values().set_column(c, envelopes[c]);
    trial.emg.marks.set_column(c, marks[c]);
  }
  if (!settings.keep_raw_emg) return;
  std::vector<std::string> usable;
  for (const auto& channel : parts.front().channels()) {
    if (!trial.emg_excluded.contains(channel.name)) usable.push_back(channel.name);
  }
  if (!usable.empty()) trial.emg_raw = parts.front().select(usable);
}

}  // namespace kinemyo::dataset
