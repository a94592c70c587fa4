#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/align.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/signal/resample.h"

namespace kinemyo::dataset {

namespace {

using motion::Quantity;
using motion::Recording;
using motion::Series;

constexpr double kReach_steps = 2.5;

bool once_a_frame(Quantity quantity) { return quantity != Quantity::emg && quantity != Quantity::analog; }

std::string count(std::size_t n, const std::string& one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); }

// The clock that the file's frames follow: the first positions, else what is given once a frame, else the first series.
const Series& leader_of(const Recording& recording) {
  const Series* out = recording.find(Quantity::position);
  for (const auto& series : recording.series) {
    if (out == nullptr && series.frames() > 1 && once_a_frame(series.quantity())) out = &series;
  }
  for (const auto& series : recording.series) {
    if (out == nullptr && series.frames() > 1) out = &series;
  }
  if (out == nullptr || out->frames() < 2) throw Error(recording.source + ": the reference holds no series of two frames");
  return *out;
}

Series on_grid(const Series& series, const motion::Clock& grid) {
  const auto times_s = times_of(grid);
  base::Matrix<double> values(grid.size(), series.values().columns(), std::nan(""));
  const auto& clock = series.clock();
  for (std::size_t k = 0; k < values.columns(); ++k) {
    const auto column = series.values().column(k);
    values.set_column(k, clock.is_uniform()
                             ? signal::resample_at(column, clock.rate_hz(), clock.start_s(), times_s, grid.rate_hz())
                             : signal::interpolate_at(times_of(clock), column, times_s, kReach_steps / clock.rate_hz(),
                                                      signal::Interpolation::pchip));
  }
  if (series.quantity() == Quantity::position) {
    for (std::size_t f = 0; f < values.rows(); ++f) {
      for (std::size_t c = 0; c < values.columns() / 3; ++c) {
        if (!std::isnan(values(f, 3 * c) + values(f, 3 * c + 1) + values(f, 3 * c + 2))) continue;
        for (std::size_t k = 0; k < 3; ++k) values(f, 3 * c + k) = std::nan("");
      }
    }
  }
  return {series.quantity(), series.channels(), grid, std::move(values)};
}

}  // namespace

void add_device(Recording& reference, Recording other, std::vector<std::string>& notes) {
  const auto name = std::filesystem::path(other.source).filename().string();
  std::map<Quantity, std::set<std::string>> names_taken;
  for (const auto& series : reference.series) {
    for (const auto& channel : series.names()) names_taken[series.quantity()].insert(channel);
  }
  const bool has_positions = reference.find(Quantity::position) != nullptr;
  if (!has_positions && other.find(Quantity::position) != nullptr) reference.up = other.up;
  for (auto& series : other.series) {
    if (series.frames() == 0) continue;
    if (series.quantity() == Quantity::position && has_positions) {
      notes.push_back(name + ": " + count(series.channels().size(), "marker") + " left out: the trial has markers, and the axes of the two devices are not known to be the same");
      continue;
    }
    auto& taken = names_taken[series.quantity()];
    std::vector<std::string> free, twice;
    for (const auto& channel : series.names()) (taken.contains(channel) ? twice : free).push_back(channel);
    if (!twice.empty()) notes.push_back(name + ": left out, the trial has channels (" + std::string(to_string(series.quantity())) + ") of these names: " + base::join(twice));
    if (free.empty()) continue;
    taken.insert(free.begin(), free.end());
    notes.push_back(name + ": " + count(free.size(), "channel") + " (" + std::string(to_string(series.quantity())) + ") of " +
                    base::to_text(std::round(series.clock().rate_hz() * 1e3) / 1e3) + " Hz " + (free.size() == 1 ? "joins" : "join") + " the trial");
    reference.series.push_back(twice.empty() ? std::move(series) : series.select(free));
  }
  constexpr double kSameEvent_s = 0.05;
  for (auto& event : other.events) {
    const bool known = std::any_of(reference.events.begin(), reference.events.end(), [&](const motion::Event& mine) {
      return mine.label == event.label && mine.context == event.context && std::abs(mine.time_s - event.time_s) < kSameEvent_s;
    });
    if (!known) reference.events.push_back(std::move(event));
  }
  for (const auto& note : other.notes) notes.push_back(name + ": " + note);
}

Recording merge_aligned(Recording reference, const std::vector<Recording>& others, std::vector<std::string>& notes) {
  const auto lead = leader_of(reference).clock();
  const double frame_hz = std::abs(std::round(lead.rate_hz()) - lead.rate_hz()) < 1e-6 * lead.rate_hz() ? std::round(lead.rate_hz()) : lead.rate_hz();
  std::size_t samples = 0;  // a frame
  // A marker and a muscle may bear one name; points of all kinds share one list in a file, and so do sampled channels.
  std::map<bool, std::set<std::string>> names_taken;
  for (const auto& series : reference.series) {
    for (const auto& name : series.names()) names_taken[once_a_frame(series.quantity())].insert(name);
    if (!once_a_frame(series.quantity())) {
      samples = std::max(samples, static_cast<std::size_t>(std::lround(series.clock().rate_hz() / frame_hz)));
    }
  }
  for (const auto& other : others) {
    const auto stem = std::filesystem::path(other.source).stem().string();
    for (const auto& series : other.series) {
      const std::string what = count(series.channels().size(), std::string(to_string(series.quantity())) + " channel");
      if (series.frames() == 0 || series.channels().empty()) continue;
      if (series.frames() < 2 || series.quantity() == Quantity::rotation) {
        notes.push_back(stem + ": " + what + " left out: " +
                        (series.frames() < 2 ? "one frame has no rate to be put on another clock" : "rotations are not put on another clock"));
        continue;
      }
      if (!once_a_frame(series.quantity()) && samples == 0) {
        samples = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(series.clock().rate_hz() / frame_hz)));
      }
      const std::size_t ratio = once_a_frame(series.quantity()) ? 1 : samples;
      const auto grid = motion::Clock::uniform(frame_hz * static_cast<double>(ratio), lead.start_s(), lead.size() * ratio);
      auto placed = on_grid(series, grid);
      auto channels = placed.channels();
      auto& taken = names_taken[once_a_frame(series.quantity())];
      for (auto& channel : channels) {
        if (taken.contains(channel.name)) channel.name = stem + "_" + channel.name;
        taken.insert(channel.name);
      }
      notes.push_back(stem + ": " + what + ", " + base::to_text(std::round(series.clock().rate_hz() * 1e3) / 1e3) + " Hz, to " +
                      base::to_text(grid.rate_hz()) + " Hz by " +
                      (series.clock().is_uniform() ? "a windowed sinc" : "pchip between its own stamps"));
      reference.series.emplace_back(placed.quantity(), std::move(channels), grid, std::move(placed.values()));
    }
    for (const auto& event : other.events) reference.events.push_back(event);
  }
  reference.notes.insert(reference.notes.end(), notes.begin(), notes.end());
  return reference;
}

}  // namespace kinemyo::dataset
