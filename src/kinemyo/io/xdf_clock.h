#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/io/xdf.h"

// From the stamps of a stream to times on the recorder's clock.
namespace kinemyo::io {

/// One life of the sender's clock, from a reset to the next: offset + drift * (stamp - from_s) leads to the recorder's.
struct ClockLife {
  double from_s = 0, to_s = 0;  ///< stamps at the first and the last measurement
  double offset_s = 0;          ///< at from_s
  double drift = 0;             ///< s a s
  double worst_s = 0;           ///< of the measurements from the line, those that count
  std::size_t first_sample = 0;
  double at(double stamp_s) const { return stamp_s + offset_s + drift * (stamp_s - from_s); }
};

/// The lives that the measured offsets show, each with a line fitted robustly (Huber weights).
/// A reset: the stamps of the measurements go back, or wait 5 s longer than is usual, while the offset jumps by
/// more than 1 s (both against 5 and 10 median deviations).
std::vector<ClockLife> find_lives(std::span<const XdfClockOffset> offsets);

/// Samples without a gap: sample `first` and those behind it lie at start_s + k * period_s.
struct SamplePiece {
  std::size_t first = 0, count = 0;
  double start_s = 0, period_s = 0;
  bool wanders = false;  ///< the sender's rate wandered too much for one line: smooth_s follows it
};

struct RepairedClock {
  std::vector<double> times_s;  ///< of all samples, on the recorder's clock; not smoothed
  std::vector<ClockLife> lives;
  std::vector<SamplePiece> pieces;  ///< of even streams; parted by resets and dropped samples
  std::vector<double> smooth_s;     ///< of even streams: times_s without jitter
  double jitter_s = 0;              ///< median deviation of times_s from smooth_s
};

/// Stamps to the recorder's clock, and, where the stream is even, the pieces between resets and dropped samples.
/// A sample belongs to the life whose measurements lie around its stamp; lives follow each other in file order.
/// Dropped: the stamps behind lie half a step or more later than those before let expect, for good.
RepairedClock repair_clock(const XdfStream& stream);

}  // namespace kinemyo::io
