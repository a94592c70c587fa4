#include "kinemyo/infer/trials.h"

#include <algorithm>
#include <cmath>

namespace kinemyo::infer {

namespace {

// Stamps are sums of steps: a frame this near before a trial's start belongs to it.
constexpr double kSlack_s = 1e-9;

motion::Clock stretch(const motion::Clock& clock, std::size_t first, std::size_t frames) {
  if (clock.is_uniform())
    return motion::Clock::uniform(clock.rate_hz(), clock.time_s(first), frames);
  std::vector<double> stamps;
  for (std::size_t f = 0; f < frames; ++f) stamps.push_back(clock.time_s(first + f));
  return motion::Clock::stamped(std::move(stamps));
}

motion::Series cut(const motion::Series& series, double from_s, double to_s) {
  const auto& clock = series.clock();
  std::size_t first = 0;
  while (first < series.frames() && clock.time_s(first) < from_s - kSlack_s) ++first;
  std::size_t last = first;
  while (last < series.frames() && clock.time_s(last) < to_s - kSlack_s) ++last;
  base::Matrix<double> values(last - first, series.values().columns());
  for (std::size_t f = first; f < last; ++f) {
    const auto row = series.values().row(f);
    std::copy(row.begin(), row.end(), values.row(f - first).begin());
  }
  if (first == last)
    return {series.quantity(), series.channels(), motion::Clock(), std::move(values)};
  return {series.quantity(), series.channels(), stretch(clock, first, last - first),
          std::move(values)};
}

}  // namespace

std::vector<motion::Recording> split_trials(const motion::Recording& recording) {
  std::vector<double> starts;
  for (const auto& event : recording.events) {
    if (event.label == "Trial") starts.push_back(event.time_s);
  }
  if (starts.size() < 2) return {recording};
  std::sort(starts.begin(), starts.end());
  starts.front() = -HUGE_VAL;
  starts.push_back(HUGE_VAL);
  std::vector<motion::Recording> parts;
  for (std::size_t p = 0; p + 1 < starts.size(); ++p) {
    motion::Recording part;
    part.source = recording.source;
    part.format = recording.format;
    part.up = recording.up;
    for (const auto& series : recording.series)
      part.series.push_back(cut(series, starts[p], starts[p + 1]));
    parts.push_back(std::move(part));
  }
  return parts;
}

motion::Recording join_trials(const std::vector<motion::Recording>& parts) {
  require(!parts.empty(), "join_trials: no parts");
  motion::Recording out = parts.front();
  for (std::size_t s = 0; s < out.series.size(); ++s) {
    std::vector<double> stamps, values;
    for (const auto& part : parts) {
      const auto& series = part.series.at(s);
      for (std::size_t f = 0; f < series.frames(); ++f) stamps.push_back(series.clock().time_s(f));
      values.insert(values.end(), series.values().flat().begin(), series.values().flat().end());
    }
    const auto columns = out.series[s].values().columns();
    const auto frames = stamps.size();
    out.series[s] = {out.series[s].quantity(), out.series[s].channels(),
                     motion::Clock::stamped(std::move(stamps)),
                     base::Matrix<double>(frames, columns, std::move(values))};
  }
  for (std::size_t p = 1; p < parts.size(); ++p) {
    for (const auto& note : parts[p].notes) {
      if (std::find(out.notes.begin(), out.notes.end(), note) == out.notes.end())
        out.notes.push_back(note);
    }
  }
  return out;
}

}  // namespace kinemyo::infer
