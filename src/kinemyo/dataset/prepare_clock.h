#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::dataset {

/// Clocks this near to each other, in frames, are one clock: nothing is resampled.
inline constexpr double kSameFrame = 0.01;

/// An even clock, and the frame of it that every stamp belongs to. Stamps that a recorder left out are frames
/// to which nothing belongs.
struct GridClock {
  motion::Clock clock;
  std::vector<std::size_t> frames;  ///< one a stamp
};

/// Reads increasing stamps (s) as an even clock: every stamp within a quarter of a step of its frame, at most
/// half of the frames left out. Nothing if that does not hold, or there are fewer than two stamps.
std::optional<GridClock> even_clock(std::span<const double> stamps_s);

/// "steps of 0.9 to 3.1 ms, median 1 ms": for messages.
std::string describe_steps(std::span<const double> stamps_s);

/// A series with an even clock: its own, or the one that its stamps lie on; gaps of the clock become NaN.
/// Nothing if the stamps are too uneven.
std::optional<motion::Series> on_even_clock(const motion::Series& series);

/// The stamp of every frame, s.
std::vector<double> times_of(const motion::Clock& clock);

/// Whether a frame of a timeline leans on frames of its source that are marked (1) as invented.
bool leans_on_filled(std::span<const std::uint8_t> filled, const motion::Clock& source, double time_s,
                     double timeline_hz);

}  // namespace kinemyo::dataset
