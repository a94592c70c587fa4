#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare.h"
#include "kinemyo/dataset/prepare_axes.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/dataset/prepare_gaps.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/resample.h"

namespace kinemyo::dataset {

namespace {

using motion::Channel;
using motion::Clock;
using motion::Quantity;
using motion::Series;
using signal::Interpolation;

// Clocks this near to each other, in frames, are one clock: nothing is resampled.
constexpr double kSameFrame = 0.01;

std::uint8_t mark(Mark value) { return static_cast<std::uint8_t>(value); }

std::vector<double> times_of(const Clock& clock) {
  std::vector<double> out(clock.size());
  for (std::size_t f = 0; f < out.size(); ++f) out[f] = clock.time_s(f);
  return out;
}

// The source's frame for every frame of the timeline, where no number has to be computed.
bool same_frames(const Clock& source, const Clock& timeline, std::ptrdiff_t& shift) {
  if (!source.is_uniform() || source.size() == 0) return false;
  const double drift = std::abs(source.rate_hz() / timeline.rate_hz() - 1) * static_cast<double>(timeline.size());
  const double offset = (timeline.start_s() - source.start_s()) * source.rate_hz();
  shift = static_cast<std::ptrdiff_t>(std::llround(offset));
  return drift < kSameFrame && std::abs(offset - static_cast<double>(shift)) < kSameFrame;
}

double wrap(double angle) { return std::remainder(angle, 2 * std::numbers::pi); }

// An angle within half a turn either way that jumps from one end to the other is made continuous; says whether it was.
bool unwrap(std::vector<double>& angle) {
  double turns = 0, last = std::nan("");
  auto out = angle;
  for (double& value : out) {
    if (std::isnan(value)) continue;
    if (std::abs(value) > std::numbers::pi + 1e-4) return false;  // not kept within a turn: a jump is a jump
    const double raw = value;
    if (std::abs(raw - last) > std::numbers::pi) turns -= raw > last ? 1 : -1;
    last = raw;
    value = raw + turns * 2 * std::numbers::pi;
  }
  const bool jumped = !std::equal(out.begin(), out.end(), angle.begin(), [](double x, double y) {
    return x == y || (std::isnan(x) && std::isnan(y));
  });
  if (jumped) angle = std::move(out);
  return jumped;
}

// One channel at its source's rate: values (frames x components), what was invented.
struct Filling {
  base::Matrix<double> values;
  std::vector<std::uint8_t> filled;
  bool wrapped = false;
};

Filling fill_channel(const Series& series, std::size_t channel, Interpolation method, double limit_s,
                     GapCount& count) {
  const std::size_t width = series.components();
  Filling out{base::Matrix<double>(series.frames(), width), std::vector<std::uint8_t>(series.frames(), 0), false};
  for (std::size_t f = 0; f < series.frames(); ++f) {
    for (std::size_t k = 0; k < width; ++k) out.values(f, k) = series.at(f, channel, k);
  }
  if (series.quantity() == Quantity::coordinate && series.channels()[channel].unit == "rad") {
    auto angle = out.values.column(0);
    out.wrapped = unwrap(angle);
    out.values.set_column(0, angle);
  }
  const auto gaps = signal::find_gaps(out.values.view());
  if (gaps.empty()) return out;
  const auto done = series.clock().is_uniform()
                        ? signal::fill_gaps(out.values.view(), series.clock().rate_hz(), limit_s, method)
                        : signal::fill_gaps_at(out.values.view(), times_of(series.clock()), limit_s, method);
  out.filled = done.filled;
  if (done.rows > 0) {
    const char* name = method == Interpolation::cubic ? "spline" : "pchip";
    count.add(series.channels()[channel].name, name, gaps.size() - done.left.size(), done.rows, std::nan(""));
  }
  count.left_gaps += done.left.size();
  return out;
}

// Whether a frame of the timeline leans on invented frames of the source.
bool leans_on_filled(const Filling& channel, const Clock& source, double time_s, double timeline_hz) {
  const double reach = std::max(1 - kSameFrame, source.rate_hz() / timeline_hz / 2);
  const double at = (time_s - source.start_s()) * source.rate_hz();
  const auto last = static_cast<std::ptrdiff_t>(channel.filled.size()) - 1;
  const auto from = std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(std::ceil(at - reach)));
  const auto to = std::min<std::ptrdiff_t>(last, static_cast<std::ptrdiff_t>(std::floor(at + reach)));
  for (auto f = from; f <= to; ++f) {
    if (channel.filled[static_cast<std::size_t>(f)] != 0) return true;
  }
  return false;
}

void place_channel(const Filling& channel, const Clock& source, const std::vector<double>& times_s, double limit_s,
                   std::size_t index, Marked& out) {
  const auto& timeline = out.series.clock();
  const std::size_t width = channel.values.columns();
  std::ptrdiff_t shift = 0;
  const bool same = same_frames(source, timeline, shift);
  for (std::size_t k = 0; k < width; ++k) {
    const auto values = channel.values.column(k);
    std::vector<double> placed(times_s.size(), std::nan(""));
    if (same) {
      for (std::size_t f = 0; f < placed.size(); ++f) {
        const auto from = static_cast<std::ptrdiff_t>(f) + shift;
        if (from >= 0 && from < static_cast<std::ptrdiff_t>(values.size())) placed[f] = values[static_cast<std::size_t>(from)];
      }
    } else if (source.is_uniform()) {
      placed = signal::resample_at(values, source.rate_hz(), source.start_s(), times_s, timeline.rate_hz());
    } else {
      placed = signal::interpolate_at(times_of(source), values, times_s, limit_s, Interpolation::pchip);
    }
    for (std::size_t f = 0; f < placed.size(); ++f) {
      out.series.at(f, index, k) = channel.wrapped ? wrap(placed[f]) : placed[f];
    }
  }
  for (std::size_t f = 0; f < times_s.size(); ++f) {
    if (out.series.missing(f, index)) {
      for (std::size_t k = 0; k < width; ++k) out.series.at(f, index, k) = std::nan("");
      out.marks(f, index) = mark(Mark::missing);
    } else {
      const bool invented = leans_on_filled(channel, source, times_s[f], timeline.rate_hz());
      out.marks(f, index) = mark(invented ? Mark::filled : Mark::measured);
    }
  }
}

double missing_share(const Marked& part) {
  if (part.marks.empty()) return 0;
  const auto marks = part.marks.flat();
  const auto missing = std::count(marks.begin(), marks.end(), mark(Mark::missing));
  return static_cast<double>(missing) / static_cast<double>(marks.size());
}

// All series of one kind on the timeline, channels that hold nothing left out.
Marked place(const std::vector<Series>& parts, Quantity quantity, const Clock& timeline, Interpolation method,
             const PrepareSettings& settings, GapCount& count, std::vector<std::string>& notes) {
  std::vector<Channel> channels;
  std::vector<std::pair<const Series*, std::size_t>> sources;
  std::vector<std::string> empty;
  for (const auto& part : parts) {
    for (std::size_t c = 0; c < part.channels().size(); ++c) {
      bool seen = false;
      for (std::size_t f = 0; f < part.frames() && !seen; ++f) seen = !part.missing(f, c);
      if (!seen) {
        empty.push_back(part.channels()[c].name);
        continue;
      }
      channels.push_back(part.channels()[c]);
      sources.emplace_back(&part, c);
    }
  }
  if (!empty.empty()) notes.push_back("left out, all values missing: " + base::join(empty));
  if (channels.empty()) return {};
  const std::size_t width = motion::components(quantity);
  Marked out{Series(quantity, channels, timeline, base::Matrix<double>(timeline.size(), channels.size() * width)),
             base::Matrix<std::uint8_t>(timeline.size(), channels.size())};
  const auto times_s = times_of(timeline);
  // Markers on an even clock are filled together: each from the others.
  std::map<const Series*, FilledMarkers> together;
  for (const auto& part : parts) {
    if (quantity == Quantity::position && part.clock().is_uniform()) {
      std::vector<std::string> names;
      for (const auto& [series, channel] : sources) {
        if (series == &part) names.push_back(part.channels()[channel].name);
      }
      if (!names.empty()) together.emplace(&part, fill_marker_gaps(part.select(names), settings, count));
    }
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& [series, channel] = sources[i];
    if (const auto found = together.find(series); found != together.end()) {
      const auto& [markers, invented] = found->second;
      const auto mine = *markers.find(series->channels()[channel].name);
      Filling filled{base::Matrix<double>(markers.frames(), width), invented[mine], false};
      for (std::size_t f = 0; f < markers.frames(); ++f) {
        for (std::size_t k = 0; k < width; ++k) filled.values(f, k) = markers.at(f, mine, k);
      }
      place_channel(filled, series->clock(), times_s, settings.fill_limit_s, i, out);
      continue;
    }
    const auto filled = fill_channel(*series, channel, method, settings.fill_limit_s, count);
    place_channel(filled, series->clock(), times_s, settings.fill_limit_s, i, out);
  }
  count.missing_share = missing_share(out);
  return out;
}

std::string say_rate(const char* what, const Series& series, const Clock& timeline) {
  std::ptrdiff_t shift = 0;
  if (same_frames(series.clock(), timeline, shift)) return std::string(what) + ": frames kept as recorded";
  const auto rate = base::to_text(std::round(series.clock().rate_hz() * 1e6) / 1e6);
  if (!series.clock().is_uniform()) {
    return std::string(what) + ": interpolated by time from stamps of about " + rate + " Hz (pchip)";
  }
  return std::string(what) + ": resampled from " + rate + " Hz without aliasing";
}

// Plug-in-Gait's three angles in a channel become three coordinates: LHipAngles_x, _y, _z.
Series split_angles(const Series& angles) {
  std::vector<Channel> channels;
  for (const auto& channel : angles.channels()) {
    for (const char* axis : {"_x", "_y", "_z"}) channels.push_back({channel.name + axis, channel.unit});
  }
  return {Quantity::coordinate, std::move(channels), angles.clock(), angles.values()};
}

Series without_computed_points(const Series& markers, std::vector<std::string>& notes) {
  std::vector<std::string> physical;
  for (const auto& channel : markers.channels()) {
    if (!features::is_computed_point(channel.name)) physical.push_back(channel.name);
  }
  const auto computed = markers.channels().size() - physical.size();
  if (computed == 0) return markers;
  notes.push_back(std::to_string(computed) + " points that were computed from markers are left out");
  return markers.select(physical);
}

Series even(Series series, bool must_be_even, std::vector<std::string>& notes) {
  auto out = on_even_clock(series);
  if (out) {
    if (out->frames() != series.frames()) {
      notes.push_back(std::to_string(out->frames() - series.frames()) + " frames are left out by the clock of " +
                      std::string(to_string(series.quantity())) + "; they count as missing");
    }
    return *std::move(out);
  }
  if (must_be_even) throw Error("the clock of the EMG is too uneven to be one rate; " + describe_steps(times_of(series.clock())));
  return series;
}

struct Parts {
  std::vector<Series> markers, angles, emg;
};

Parts sort_series(motion::Recording& recording, motion::UpAxis up, std::vector<std::string>& notes) {
  Parts out;
  for (auto& series : recording.series) {
    if (series.frames() == 0 || series.channels().empty()) continue;
    switch (series.quantity()) {
      case Quantity::position: {
        auto markers = even(without_computed_points(series, notes), false, notes);
        if (up != motion::UpAxis::unknown) turn_y_up(markers, up);
        if (!markers.channels().empty()) out.markers.push_back(std::move(markers));
        break;
      }
      case Quantity::coordinate: out.angles.push_back(even(std::move(series), false, notes)); break;
      case Quantity::angle3: out.angles.push_back(even(split_angles(series), false, notes)); break;
      case Quantity::emg: out.emg.push_back(even(std::move(series), true, notes)); break;
      default: break;
    }
  }
  return out;
}

Clock make_timeline(const Parts& parts, double rate_hz) {
  for (const auto* group : {&parts.markers, &parts.angles, &parts.emg}) {
    if (group->empty()) continue;
    const auto& clock = group->front().clock();
    const auto frames = static_cast<std::size_t>(std::floor(clock.span_s() * rate_hz + kSameFrame)) + 1;
    return Clock::uniform(rate_hz, clock.start_s(), frames);
  }
  throw Error("there are no markers, no angles and no EMG in it");
}

// Amplified channels that are dead have 0.3 to 1 mV of steady noise; at skin level living ones have less, but bursts.
constexpr double kSkinLevel_v = 0.0003;
constexpr double kLivelyShare = 0.25;

void add_envelopes(const std::vector<Series>& parts, const Clock& timeline, const PrepareSettings& settings,
                   PreparedTrial& trial, TrialReport& report) {
  const auto times_s = times_of(timeline);
  std::vector<Channel> channels;
  std::vector<std::vector<double>> envelopes, raw;
  std::vector<std::vector<std::uint8_t>> marks;
  for (const auto& part : parts) {
    const double rate_hz = part.clock().rate_hz();
    signal::require_emg_rate(rate_hz, settings.envelope);
    const auto verdicts = judge_all_emg(part, settings, &report.notes);
    bool any = false;
    for (std::size_t c = 0; c < part.channels().size(); ++c) {
      const auto& name = part.channels()[c].name;
      const auto samples = part.values().column(c);
      const auto& quality = verdicts[c];
      if (!quality.usable) {
        trial.emg_excluded[name] = quality.reason;
        continue;
      }
      const auto envelope = signal::emg_envelope(samples, rate_hz, settings.envelope);
      auto placed = signal::resample_at(envelope.values, rate_hz, part.clock().start_s(), times_s, timeline.rate_hz());
      std::vector<std::uint8_t> mine(placed.size());
      double peak_v = 0;
      Filling source{{}, envelope.filled, false};
      for (std::size_t f = 0; f < placed.size(); ++f) {
        if (placed[f] < 0) placed[f] = 0;  // the resampler's ripple; an envelope has no sign
        if (placed[f] > peak_v) peak_v = placed[f];
        const bool invented = leans_on_filled(source, part.clock(), times_s[f], timeline.rate_hz());
        mine[f] = mark(std::isnan(placed[f]) ? Mark::missing : invented ? Mark::filled : Mark::measured);
      }
      if (!envelope.notched_hz.empty()) {
        std::vector<std::string> lines;
        for (const double hz : envelope.notched_hz) lines.push_back(base::to_text(hz));
        report.notes.push_back("EMG " + name + ": hum taken out at " + base::join(lines) + " Hz");
      }
      channels.push_back({name, "V"});
      envelopes.push_back(std::move(placed));
      marks.push_back(std::move(mine));
      trial.emg_peak_v[name] = peak_v;
      any = true;
    }
    if (any) {
      report.notes.push_back(signal::describe(settings.envelope, rate_hz) + "; then resampled to " +
                             base::to_text(timeline.rate_hz()) + " Hz without aliasing");
    }
  }
  report.emg_excluded = trial.emg_excluded;
  if (channels.empty()) return;
  trial.emg = {Series(Quantity::emg, channels, timeline, base::Matrix<double>(timeline.size(), channels.size())),
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

Marked as_it_is(const Series& series) {
  Marked out{series, base::Matrix<std::uint8_t>(series.frames(), series.channels().size())};
  for (std::size_t f = 0; f < series.frames(); ++f) {
    for (std::size_t c = 0; c < series.channels().size(); ++c) {
      out.marks(f, c) = mark(series.missing(f, c) ? Mark::missing : Mark::measured);
    }
  }
  return out;
}

void take_facts(const motion::Recording& recording, PreparedTrial& trial, TrialReport& report) {
  trial.events = recording.events;
  trial.measures = recording.measures;
  trial.synthetic = std::find(recording.notes.begin(), recording.notes.end(), kSyntheticNote) != recording.notes.end();
  report.notes.insert(report.notes.end(), recording.notes.begin(), recording.notes.end());
}

void finish(PreparedTrial& trial, TrialReport& report) {
  report.key = trial.key;
  report.rate_hz = trial.rate_hz;
  report.markers = trial.markers.series.channels().size();
  report.angles = trial.angles.series.channels().size();
  report.emg = trial.emg.series.channels().size();
  report.marker_gaps.missing_share = missing_share(trial.markers);
  report.angle_gaps.missing_share = missing_share(trial.angles);
  trial.history.insert(trial.history.end(), report.notes.begin(), report.notes.end());
}

}  // namespace

std::vector<signal::EmgQuality> judge_all_emg(const Series& emg, const PrepareSettings& settings,
                                              std::vector<std::string>* notes) {
  const auto judge = [&](const signal::EmgQualityLimits& limits) {
    std::vector<signal::EmgQuality> out;
    for (std::size_t c = 0; c < emg.channels().size(); ++c) {
      out.push_back(signal::judge_emg(emg.values().column(c), emg.clock().rate_hz(), limits));
    }
    return out;
  };
  auto verdicts = judge(settings.emg_limits);
  if (!settings.recognise_skin_level || verdicts.empty()) return verdicts;
  std::vector<double> strengths_v;
  std::size_t lively = 0;
  for (const auto& quality : verdicts) {
    strengths_v.push_back(quality.std_v);
    if (quality.burst_share > 0) ++lively;
  }
  std::nth_element(strengths_v.begin(), strengths_v.begin() + static_cast<std::ptrdiff_t>(strengths_v.size() / 2),
                   strengths_v.end());
  const double median_v = strengths_v[strengths_v.size() / 2];
  const double share = static_cast<double>(lively) / static_cast<double>(verdicts.size());
  if (median_v >= kSkinLevel_v || share < kLivelyShare) return verdicts;
  if (notes != nullptr) {
    notes->push_back("EMG is at skin level, not amplified: a channel counts as dead under " +
                     base::to_text(settings.skin_dead_std_v * 1e6) + " uV");
  }
  auto limits = settings.emg_limits;
  limits.dead_std_v = settings.skin_dead_std_v;
  limits.weak_std_v = 2 * settings.skin_dead_std_v;
  return judge(limits);
}

PreparedTrial prepare_recording(const motion::TrialKey& key, motion::Recording recording, motion::UpAxis up,
                                const PrepareSettings& settings, TrialReport& report) {
  PreparedTrial trial;
  trial.key = key;
  trial.rate_hz = settings.rate_hz;
  take_facts(recording, trial, report);
  const auto parts = sort_series(recording, up, report.notes);
  const auto timeline = make_timeline(parts, settings.rate_hz);
  report.duration_s = timeline.span_s();
  report.notes.push_back("timeline: " + base::to_text(settings.rate_hz) + " Hz, " + std::to_string(timeline.size()) +
                         " frames from " + base::to_text(timeline.start_s()) + " s");
  for (const auto& part : parts.markers) report.notes.push_back(say_rate("markers", part, timeline));
  for (const auto& part : parts.angles) report.notes.push_back(say_rate("angles", part, timeline));
  trial.markers = place(parts.markers, Quantity::position, timeline, Interpolation::cubic, settings,
                        report.marker_gaps, report.notes);
  trial.angles = place(parts.angles, Quantity::coordinate, timeline, Interpolation::pchip, settings,
                       report.angle_gaps, report.notes);
  for (const auto& [what, count] : {std::pair("markers: ", &report.marker_gaps), std::pair("angles: ", &report.angle_gaps)}) {
    if (count->filled_gaps + count->left_gaps > 0) report.notes.push_back(what + describe(*count));
  }
  add_envelopes(parts.emg, timeline, settings, trial, report);
  if (trial.markers.empty() && trial.angles.empty() && trial.emg.empty()) {
    std::vector<std::string> reasons;
    for (const auto& [name, reason] : trial.emg_excluded) reasons.push_back(name + " (" + reason + ")");
    throw Error("no usable channel is in it" + (reasons.empty() ? "" : "; left out: " + base::join(reasons)));
  }
  finish(trial, report);
  return trial;
}

PreparedTrial keep_recording(const motion::TrialKey& key, const motion::Recording& recording, bool emg_is_envelope,
                             TrialReport& report) {
  PreparedTrial trial;
  trial.key = key;
  take_facts(recording, trial, report);
  for (const auto& series : recording.series) {
    trial.rate_hz = series.clock().rate_hz();
    report.duration_s = series.clock().span_s();
    if (series.quantity() == Quantity::position) trial.markers = as_it_is(series);
    if (series.quantity() == Quantity::coordinate) trial.angles = as_it_is(series);
    if (series.quantity() == Quantity::emg) trial.emg = as_it_is(series);
  }
  for (std::size_t c = 0; c < trial.emg.series.channels().size(); ++c) {
    double peak_v = 0;
    for (const double value : trial.emg.series.values().column(c)) peak_v = std::max(peak_v, std::isnan(value) ? 0 : value);
    trial.emg_peak_v[trial.emg.series.channels()[c].name] = peak_v;
  }
  report.notes.push_back("values are the file's: no gap filled, no filter, laboratory axes");
  if (!trial.emg.empty()) {
    report.notes.push_back(emg_is_envelope ? "EMG columns are envelopes, by the file's name"
                                           : "EMG columns are samples picked at video instants, no envelopes");
  }
  finish(trial, report);
  return trial;
}

}  // namespace kinemyo::dataset
