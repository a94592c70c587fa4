#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare.h"
#include "kinemyo/dataset/prepare_axes.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/dataset/prepare_emg.h"
#include "kinemyo/dataset/prepare_gaps.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/resample.h"
#include "kinemyo/signal/turns.h"

namespace kinemyo::dataset {

namespace {

using motion::Channel;
using motion::Clock;
using motion::Quantity;
using motion::Series;
using signal::Interpolation;

std::uint8_t mark(Mark value) { return static_cast<std::uint8_t>(value); }

// The source's frame for every frame of the timeline, where no number has to be computed.
bool same_frames(const Clock& source, const Clock& timeline, std::ptrdiff_t& shift) {
  if (!source.is_uniform() || source.size() == 0) return false;
  const double drift = std::abs(source.rate_hz() / timeline.rate_hz() - 1) * static_cast<double>(timeline.size());
  const double offset = (timeline.start_s() - source.start_s()) * source.rate_hz();
  shift = static_cast<std::ptrdiff_t>(std::llround(offset));
  return drift < kSameFrame && std::abs(offset - static_cast<double>(shift)) < kSameFrame;
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
    out.wrapped = signal::unwrap(angle);
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
      out.series.at(f, index, k) = channel.wrapped ? signal::wrap(placed[f]) : placed[f];
    }
  }
  for (std::size_t f = 0; f < times_s.size(); ++f) {
    if (out.series.missing(f, index)) {
      for (std::size_t k = 0; k < width; ++k) out.series.at(f, index, k) = std::nan("");
      out.marks(f, index) = mark(Mark::missing);
    } else {
      const bool invented = leans_on_filled(channel.filled, source, times_s[f], timeline.rate_hz());
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
  Marked out{Series(quantity, channels, timeline, base::Matrix<double>(timeline.size(), channels.size() * width)),
             base::Matrix<std::uint8_t>(timeline.size(), channels.size())};
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

void tell_placing(const char* what, const Series& series, const Clock& timeline, TrialReport& report) {
  std::ptrdiff_t shift = 0;
  const auto rate = base::to_text(std::round(series.clock().rate_hz() * 1e6) / 1e6);
  if (same_frames(series.clock(), timeline, shift)) {
    report.motion_placing.insert(Placing::kept);
    report.notes.push_back(std::string(what) + ": frames kept as recorded");
  } else if (!series.clock().is_uniform()) {
    report.motion_placing.insert(Placing::pchip);
    report.notes.push_back(std::string(what) + ": interpolated by time from stamps of about " + rate + " Hz (pchip)");
  } else {
    report.motion_placing.insert(Placing::resampled);
    report.notes.push_back(std::string(what) + ": resampled from " + rate + " Hz without aliasing");
  }
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

// A sampled signal whose stamps jitter, read at its own rate. Steps farther than half a step from the median are gaps, and few.
std::optional<Series> between_stamps(const Series& series, std::vector<std::string>& notes) {
  constexpr double kMostGaps = 0.01, kReach_steps = 2.5;
  const auto stamps_s = times_of(series.clock());
  const double step_s = 1 / series.clock().rate_hz();
  double steps = 0, sum_s = 0;
  for (std::size_t i = 1; i < stamps_s.size(); ++i) {
    const double mine_s = stamps_s[i] - stamps_s[i - 1];
    if (std::abs(mine_s / step_s - 1) > 0.5) continue;
    steps += 1;
    sum_s += mine_s;
  }
  if (steps < (1 - kMostGaps) * static_cast<double>(stamps_s.size() - 1)) return std::nullopt;
  const double rate_hz = steps / sum_s;
  const auto clock = Clock::uniform(rate_hz, stamps_s.front(), static_cast<std::size_t>(series.clock().span_s() * rate_hz + kSameFrame) + 1);
  const auto times_s = times_of(clock);
  base::Matrix<double> values(clock.size(), series.values().columns());
  for (std::size_t k = 0; k < values.columns(); ++k) {
    values.set_column(k, signal::interpolate_at(stamps_s, series.values().column(k), times_s, kReach_steps * step_s, Interpolation::cubic));
  }
  notes.push_back("EMG: stamps are uneven (" + describe_steps(stamps_s) + "); read at " + base::to_text(std::round(rate_hz * 1e3) / 1e3) +
                  " Hz by a cubic spline between them, which weakens what lies above half of the band");
  return Series(series.quantity(), series.channels(), clock, std::move(values));
}

Series even(Series series, std::vector<std::string>& notes) {
  auto out = on_even_clock(series);
  if (!out) return series;
  if (out->frames() != series.frames()) {
    notes.push_back(std::to_string(out->frames() - series.frames()) + " frames are left out by the clock of " +
                    std::string(to_string(series.quantity())) + "; they count as missing");
  }
  return *std::move(out);
}

Series even_emg(Series given, TrialReport& report) {
  auto series = even(std::move(given), report.notes);
  report.emg_placing.insert(series.clock().is_uniform() ? Placing::kept : Placing::spline);
  if (series.clock().is_uniform()) return series;
  if (auto read = between_stamps(series, report.notes)) return *std::move(read);
  throw Error("the clock of the EMG is too uneven to be one rate; " + describe_steps(times_of(series.clock())));
}

struct Parts {
  std::vector<Series> markers, angles, emg;
};

Parts sort_series(motion::Recording& recording, motion::UpAxis up, TrialReport& report) {
  Parts out;
  auto& notes = report.notes;
  for (auto& series : recording.series) {
    if (series.frames() == 0 || series.channels().empty()) continue;
    switch (series.quantity()) {
      case Quantity::position: {
        auto markers = even(without_computed_points(series, notes), notes);
        if (up != motion::UpAxis::unknown) turn_y_up(markers, up);
        if (!markers.channels().empty()) out.markers.push_back(std::move(markers));
        break;
      }
      case Quantity::coordinate: out.angles.push_back(even(std::move(series), notes)); break;
      case Quantity::angle3: out.angles.push_back(even(split_angles(series), notes)); break;
      case Quantity::emg: out.emg.push_back(even_emg(std::move(series), report)); break;
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
  trial.synchronised = report.synchronised;
  trial.history.insert(trial.history.end(), report.notes.begin(), report.notes.end());
}

}  // namespace

PreparedTrial prepare_recording(const motion::TrialKey& key, motion::Recording recording, motion::UpAxis up,
                                const PrepareSettings& settings, TrialReport& report) {
  PreparedTrial trial;
  trial.key = key;
  trial.rate_hz = settings.rate_hz;
  take_facts(recording, trial, report);
  const auto parts = sort_series(recording, up, report);
  const auto timeline = make_timeline(parts, settings.rate_hz);
  report.duration_s = timeline.span_s();
  report.notes.push_back("timeline: " + base::to_text(settings.rate_hz) + " Hz, " + std::to_string(timeline.size()) +
                         " frames from " + base::to_text(timeline.start_s()) + " s");
  for (const auto& part : parts.markers) tell_placing("markers", part, timeline, report);
  for (const auto& part : parts.angles) tell_placing("angles", part, timeline, report);
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
  report.notes.push_back("values are the file's: no gap filled, no filter, laboratory axes");
  if (!trial.emg.empty()) {
    report.notes.push_back(emg_is_envelope ? "EMG columns are envelopes, by the file's name"
                                           : "EMG columns are samples picked at video instants, no envelopes");
  }
  finish(trial, report);
  return trial;
}

}  // namespace kinemyo::dataset
