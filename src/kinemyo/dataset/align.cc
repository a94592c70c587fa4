#include "kinemyo/dataset/align.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/resample.h"

namespace kinemyo::dataset {

namespace {

using motion::Quantity;
using motion::Recording;
using motion::Series;

constexpr double kActivityBelow_hz = 10;
constexpr double kPathBelow_hz = 6;
constexpr double kEnds_s = 0.1;
constexpr double kEmgFrom_hz = 20;
constexpr double kReach_steps = 2.5;  // of uneven stamps: farther apart is a gap

// A series on an even clock; uneven stamps are read by pchip at their median rate.
Series evenly(const Series& series) {
  if (auto even = on_even_clock(series)) return *std::move(even);
  const auto stamps_s = times_of(series.clock());
  const double rate_hz = series.clock().rate_hz();
  const auto clock = motion::Clock::uniform(rate_hz, stamps_s.front(),
                                            static_cast<std::size_t>((stamps_s.back() - stamps_s.front()) * rate_hz) + 1);
  const auto times_s = times_of(clock);
  base::Matrix<double> values(clock.size(), series.values().columns());
  for (std::size_t k = 0; k < values.columns(); ++k) {
    values.set_column(k, signal::interpolate_at(stamps_s, series.values().column(k), times_s, kReach_steps / rate_hz,
                                                signal::Interpolation::pchip));
  }
  return {series.quantity(), series.channels(), clock, std::move(values)};
}

bool can_move(const Series& series) { return series.frames() > 10 && !series.channels().empty(); }

// Gaps bridged and filtered, both ways; where nothing was measured nothing is known afterwards.
std::vector<double> filtered(std::vector<double> x, const signal::Sections& sections) {
  const auto gaps = signal::find_gaps(x);
  for (const auto& gap : gaps) {
    const double before = gap.first > 0 ? x[gap.first - 1] : std::nan("");
    const double after = gap.first + gap.count < x.size() ? x[gap.first + gap.count] : std::nan("");
    for (std::size_t i = 0; i < gap.count; ++i) {
      const double share = static_cast<double>(i + 1) / static_cast<double>(gap.count + 1);
      x[gap.first + i] = std::isnan(before) ? after : std::isnan(after) ? before : before + share * (after - before);
    }
  }
  if (!x.empty() && std::isnan(x.front())) return x;
  x = signal::sosfiltfilt(sections, x);
  for (const auto& gap : gaps) {
    for (std::size_t i = 0; i < gap.count; ++i) x[gap.first + i] = std::nan("");
  }
  return x;
}

// How much a channel of a series on an even clock does at each instant.
std::vector<double> activity_of(const Series& series, std::size_t channel) {
  const double rate_hz = series.clock().rate_hz();
  const std::size_t n = series.frames();
  std::vector<double> out(n, std::nan(""));
  if (series.quantity() == Quantity::emg) {
    auto x = series.values().column(channel);
    if (rate_hz > 2.5 * kEmgFrom_hz) {
      x = filtered(std::move(x), signal::butterworth_sections(2, signal::Passband::above(kEmgFrom_hz), rate_hz));
    }
    for (std::size_t i = 0; i < n; ++i) out[i] = std::abs(x[i]);
  } else if (series.quantity() == Quantity::analog || series.quantity() == Quantity::visibility) {
    out = series.values().column(channel);
  } else {
    // Noise first: it adds to a speed whatever the way, and slow movement would seem later or earlier than it is.
    std::vector<double> squares(n, 0.0);
    for (std::size_t k = 0; k < series.components(); ++k) {
      auto x = series.values().column(channel * series.components() + k);
      if (rate_hz > 2.5 * kPathBelow_hz) {
        x = filtered(std::move(x), signal::butterworth_sections(2, signal::Passband::below(kPathBelow_hz), rate_hz));
      }
      for (std::size_t i = 1; i + 1 < n; ++i) squares[i] += (x[i + 1] - x[i - 1]) * (x[i + 1] - x[i - 1]);
    }
    for (std::size_t i = 1; i + 1 < n; ++i) out[i] = std::sqrt(squares[i]) * rate_hz / 2;
  }
  if (rate_hz > 2.5 * kActivityBelow_hz) {
    out = filtered(std::move(out), signal::butterworth_sections(2, signal::Passband::below(kActivityBelow_hz), rate_hz));
  }
  return out;
}

struct Movement {
  std::vector<double> values;
  motion::Clock clock;
  std::string what;
};

// The mean over channels, each divided by its own size: where some are missing, over the others.
Movement movement_of(const Series& given, const std::vector<std::string>& names, const std::string& what) {
  const Series series = evenly(given);
  Movement out{std::vector<double>(series.frames(), 0.0), series.clock(), what};
  std::vector<double> counts(series.frames(), 0.0);
  for (const auto& name : names) {
    const auto activity = activity_of(series, *series.find(name));
    double squares = 0, n = 0;
    for (const double v : activity) {
      if (std::isnan(v)) continue;
      squares += v * v;
      n += 1;
    }
    if (!(squares > 0)) continue;
    const double size = std::sqrt(squares / n);
    for (std::size_t i = 0; i < activity.size(); ++i) {
      if (std::isnan(activity[i])) continue;
      out.values[i] += activity[i] / size;
      counts[i] += 1;
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out.values[i] = counts[i] > 0 ? out.values[i] / counts[i] : std::nan("");
  }
  // What filters make at the ends is alike in all signals.
  const auto ends = std::min(counts.size() / 2, static_cast<std::size_t>(kEnds_s * series.clock().rate_hz()));
  for (std::size_t i = 0; i < ends; ++i) out.values[i] = out.values[counts.size() - 1 - i] = std::nan("");
  return out;
}

const Series* series_with(const Recording& recording, const std::string& channel) {
  std::vector<std::string> all;
  for (const auto& series : recording.series) {
    if (series.find(channel)) return &series;
    const auto names = series.names();
    all.insert(all.end(), names.begin(), names.end());
  }
  const auto near = base::nearest(channel, all);
  throw Error(recording.source + " has no channel " + base::quoted(channel) + (near ? "; did you mean " + base::quoted(*near) + "?" : ""));
}

std::string kind_of(Quantity quantity, std::size_t channels) {
  const std::string n = std::to_string(channels), more = channels == 1 ? "" : "s";
  switch (quantity) {
    case Quantity::position: return "speed of " + n + " marker" + more;
    case Quantity::coordinate: return "speed of " + n + " coordinate" + more;
    case Quantity::angle3: return "speed of the angles of " + n + " joint" + more;
    case Quantity::emg: return "activity of " + n + " muscle" + more;
    default: return n + " " + std::string(to_string(quantity)) + " channel" + more;
  }
}

// Series of one quantity in both, the channels that they share (all of each, if they share none).
std::pair<Movement, Movement> common_movement(const Recording& a, const Recording& b) {
  constexpr Quantity kOrder[] = {Quantity::position, Quantity::coordinate, Quantity::angle3,
                                 Quantity::emg,      Quantity::force3,     Quantity::analog};
  const Series* any_a = nullptr;
  const Series* any_b = nullptr;
  std::pair<const Series*, const Series*> same_kind{nullptr, nullptr};
  for (const Quantity quantity : kOrder) {
    const Series* one = a.find(quantity);
    const Series* two = b.find(quantity);
    if (one != nullptr && !can_move(*one)) one = nullptr;
    if (two != nullptr && !can_move(*two)) two = nullptr;
    if (any_a == nullptr) any_a = one;
    if (any_b == nullptr) any_b = two;
    if (one == nullptr || two == nullptr) continue;
    std::vector<std::string> shared;
    for (const auto& name : one->names()) {
      if (two->find(name)) shared.push_back(name);
    }
    if (!shared.empty()) {
      const auto what = kind_of(quantity, shared.size()) + " that both have";
      return {movement_of(*one, shared, what), movement_of(*two, shared, what)};
    }
    if (same_kind.first == nullptr) same_kind = {one, two};
  }
  if (same_kind.first == nullptr) same_kind = {any_a, any_b};
  const auto& [one, two] = same_kind;
  if (one == nullptr || two == nullptr) throw Error("nothing in " + (one == nullptr ? a.source : b.source) + " moves");
  return {movement_of(*one, one->names(), kind_of(one->quantity(), one->channels().size())),
          movement_of(*two, two->names(), kind_of(two->quantity(), two->channels().size()))};
}

// When a trigger channel rises through the middle of its range.
std::vector<double> rising_edges(const Recording& recording, const std::string& channel) {
  const Series* series = series_with(recording, channel);
  if (series->components() != 1) throw Error("a trigger has one number a sample; " + base::quoted(channel) + " has more");
  const auto values = series->values().column(*series->find(channel));
  std::vector<double> sorted;
  for (const double v : values) {
    if (!std::isnan(v)) sorted.push_back(v);
  }
  if (sorted.empty()) return {};
  const auto [low, high] = std::minmax_element(sorted.begin(), sorted.end());
  const double middle = (*low + *high) / 2, quarter = (*low + middle) / 2;
  std::vector<double> out;
  bool armed = true;  // by a fall under a quarter of the range, so that noise makes no second edge
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] < quarter) armed = true;
    if (!armed || !(values[i - 1] < middle && values[i] >= middle)) continue;
    const double share = (middle - values[i - 1]) / (values[i] - values[i - 1]);
    out.push_back(series->clock().time_s(i - 1) + share * (series->clock().time_s(i) - series->clock().time_s(i - 1)));
    armed = false;
  }
  return out;
}

struct EventTimes {
  std::vector<double> reference_s, other_s;
  std::string what;
};

EventTimes event_times(const Recording& a, const Recording& b, const AlignSettings& settings) {
  EventTimes out;
  if (!settings.reference_channel.empty() || !settings.other_channel.empty()) {
    const auto& mine = settings.reference_channel.empty() ? settings.other_channel : settings.reference_channel;
    const auto& theirs = settings.other_channel.empty() ? settings.reference_channel : settings.other_channel;
    out.reference_s = rising_edges(a, mine);
    out.other_s = rising_edges(b, theirs);
    out.what = "edges of " + mine + (theirs == mine ? "" : " and " + theirs);
    return out;
  }
  std::set<std::string> mine, shared;
  for (const auto& event : a.events) mine.insert(event.context + " " + event.label);
  for (const auto& event : b.events) {
    if (mine.contains(event.context + " " + event.label)) shared.insert(event.context + " " + event.label);
  }
  const auto take = [&](const Recording& recording, std::vector<double>& times) {
    for (const auto& event : recording.events) {
      if (shared.contains(event.context + " " + event.label)) times.push_back(event.time_s);
    }
  };
  take(a, out.reference_s);
  take(b, out.other_s);
  std::vector<std::string> labels;
  for (const auto& label : shared) labels.emplace_back(base::trim(label));
  out.what = "events " + base::join(labels);
  return out;
}

Aligned by_events(const EventTimes& times, const AlignSettings& settings) {
  const auto clock = signal::align_by_events(times.reference_s, times.other_s, settings.limits);
  return {clock, AlignBy::events, std::to_string(clock.points) + " " + times.what};
}

// A channel that devices share to be aligned by, told by its name.
std::string trigger_of(const Recording& recording) {
  for (const auto& series : recording.series) {
    if (series.quantity() != Quantity::analog) continue;
    for (const auto& name : series.names()) {
      const auto text = base::lower(name);
      for (const char* word : {"trig", "sync", "ttl"}) {
        if (text.find(word) != std::string::npos) return name;
      }
    }
  }
  return "";
}

double start_of(const Recording& recording) {
  double out = std::numeric_limits<double>::infinity();
  for (const auto& series : recording.series) {
    if (series.frames() > 0) out = std::min(out, series.clock().start_s());
  }
  if (!std::isfinite(out)) throw Error(recording.source + " holds no samples");
  return out;
}

Aligned by_stamps(const Recording& other, const AlignSettings& settings) {
  if (settings.stamps_channel.empty()) throw Error("aligning by stamps wants the channel that holds the reference's time");
  const Series* series = series_with(other, settings.stamps_channel);
  if (series->components() != 1) throw Error(base::quoted(settings.stamps_channel) + " holds no stamps: it has more than one number a sample");
  return {signal::align_by_stamps(series->values().column(*series->find(settings.stamps_channel)), times_of(series->clock()),
                                  settings.limits),
          AlignBy::stamps, "stamps in " + settings.stamps_channel};
}

Aligned by_activity(const Recording& reference, const Recording& other, const AlignSettings& settings) {
  std::optional<std::pair<Movement, Movement>> found;
  if (settings.reference_channel.empty() && settings.other_channel.empty()) {
    found = common_movement(reference, other);
  } else {
    const auto& mine = settings.reference_channel.empty() ? settings.other_channel : settings.reference_channel;
    const auto& theirs = settings.other_channel.empty() ? settings.reference_channel : settings.other_channel;
    found = {movement_of(*series_with(reference, mine), {mine}, mine), movement_of(*series_with(other, theirs), {theirs}, theirs)};
  }
  const auto& [a, b] = *found;
  return {signal::align_by_activity({a.values, a.clock.rate_hz(), a.clock.start_s()},
                                    {b.values, b.clock.rate_hz(), b.clock.start_s()}, settings.limits),
          AlignBy::activity, a.what == b.what ? a.what : a.what + " and " + b.what};
}

// A channel that is named without saying what it is counts as activity; triggers are looked for by name.
Aligned by_what_there_is(const Recording& reference, const Recording& other, const AlignSettings& settings) {
  if (!settings.stamps_channel.empty()) return by_stamps(other, settings);
  if (!settings.reference_channel.empty() || !settings.other_channel.empty()) return by_activity(reference, other, settings);
  std::string refused;
  auto triggers = settings;
  triggers.reference_channel = trigger_of(reference);
  triggers.other_channel = trigger_of(other);
  const bool both = !triggers.reference_channel.empty() && !triggers.other_channel.empty();
  const AlignSettings* const ways[] = {&triggers, &settings};
  for (const auto* way : ways) {
    if (way == &triggers && !both) continue;
    const auto times = event_times(reference, other, *way);
    if (times.reference_s.empty() || times.other_s.empty()) continue;  // a trigger that nobody pulled
    try {
      return by_events(times, settings);
    } catch (const Error& problem) {
      refused += times.what + ": " + problem.what() + ". ";
    }
  }
  if (refused.empty()) return by_activity(reference, other, settings);
  try {
    return by_activity(reference, other, settings);
  } catch (const Error& problem) {
    throw Error(refused + "Activity: " + problem.what());
  }
}

}  // namespace

std::string_view to_string(AlignBy by) {
  switch (by) {
    case AlignBy::automatic: return "auto";
    case AlignBy::stamps: return "stamps";
    case AlignBy::events: return "events";
    case AlignBy::activity: return "activity";
    case AlignBy::clock: return "clock";
    case AlignBy::start: return "start";
    case AlignBy::lag: return "lag";
  }
  return "";
}

bool is_told(AlignBy by) { return by == AlignBy::clock || by == AlignBy::start || by == AlignBy::lag; }

AlignBy align_by(std::string_view name) {
  for (const auto by : {AlignBy::automatic, AlignBy::stamps, AlignBy::events, AlignBy::activity, AlignBy::clock, AlignBy::start, AlignBy::lag}) {
    if (name == to_string(by)) return by;
  }
  throw Error("alignment goes by auto, stamps, events, activity, clock, start or lag; not by " + base::quoted(std::string(name)));
}

std::string describe(const Aligned& found) {
  const auto fixed = [](double value, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, std::abs(value) < 0.5 * std::pow(10, -digits) ? 0.0 : value);
    return std::string(text);
  };
  const auto& clock = found.clock;
  std::string out = "lag " + fixed(clock.lag_s, 4) + " s";
  if (is_told(found.by)) return out + ", " + found.rests_on;
  out += ", drift " + fixed(clock.drift_ppm, 1) + " ppm";
  if (clock.points > 1) out += ", residual " + fixed(clock.residual_s * 1e3, 2) + " ms";
  if (clock.correlation > 0) out += ", correlation " + fixed(clock.correlation, 3);
  return out + ", confidence " + fixed(clock.confidence, 2) + ", by " + std::string(to_string(found.by)) + ": " + found.rests_on;
}

Aligned align_recordings(const Recording& reference, const Recording& other, const AlignSettings& settings) {
  const AlignBy by = settings.by;
  if (by == AlignBy::clock) return {{}, by, "as told: both have one clock"};
  if (by == AlignBy::start || by == AlignBy::lag) {
    signal::Alignment clock;
    clock.origin_s = start_of(other);
    clock.lag_s = by == AlignBy::lag ? settings.lag_s : start_of(reference) - clock.origin_s;
    return {clock, by, by == AlignBy::lag ? "as told" : "as told: both began together"};
  }
  try {
    switch (by) {
      case AlignBy::stamps: return by_stamps(other, settings);
      case AlignBy::activity: return by_activity(reference, other, settings);
      case AlignBy::events: return by_events(event_times(reference, other, settings), settings);
      default: return by_what_there_is(reference, other, settings);
    }
  } catch (const Error& problem) {
    if (settings.advice.empty()) throw;
    throw Error(std::string(problem.what()) + ". " + settings.advice);
  }
}

Recording on_reference_clock(Recording other, const signal::Alignment& clock) {
  for (auto& series : other.series) {
    const auto& old = series.clock();
    if (old.size() == 0) continue;
    motion::Clock moved;
    if (old.is_uniform()) {
      moved = motion::Clock::uniform(old.rate_hz() / (1 + 1e-6 * clock.drift_ppm), clock.reference_time(old.start_s()), old.size());
    } else {
      auto stamps_s = times_of(old);
      for (double& stamp : stamps_s) stamp = clock.reference_time(stamp);
      moved = motion::Clock::stamped(std::move(stamps_s));
    }
    Series placed(series.quantity(), series.channels(), std::move(moved), series.values());
    if (!series.residuals().empty()) placed.set_residuals(series.residuals());
    series = std::move(placed);
  }
  for (auto& event : other.events) event.time_s = clock.reference_time(event.time_s);
  return other;
}

}  // namespace kinemyo::dataset
