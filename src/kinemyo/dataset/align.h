#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"
#include "kinemyo/signal/alignment.h"

namespace kinemyo::dataset {

/// What tells how the clocks of two devices lie to each other.
enum class AlignBy {
  automatic,  ///< stamps if a channel of them is named, else triggers or events that both have, else activity
  stamps,     ///< a channel of the other recording that holds the reference's time of each sample
  events,     ///< events with the same labels, or rising edges of a trigger channel
  activity,   ///< what moves or is active in both, correlated
  clock,      ///< told, not measured: both have one clock
  start,      ///< told, not measured: their first samples were taken together
  lag,        ///< told, not measured: AlignSettings::lag_s
};

std::string_view to_string(AlignBy by);
bool is_told(AlignBy by);
/// Throws Error that names what there is.
AlignBy align_by(std::string_view name);

/// Channel names are exact. Units: s.
struct AlignSettings {
  AlignBy by = AlignBy::automatic;
  std::string stamps_channel;     ///< of the other recording
  std::string reference_channel;  ///< trigger or activity to use; empty: what both have in common
  std::string other_channel;      ///< the same in the other recording; empty: as reference_channel
  double lag_s = 0;               ///< of AlignBy::lag: the reference's time less the other's
  signal::AlignmentLimits limits;
  std::string advice;  ///< ends the message of a refusal: how the user can say otherwise, in the words of his program
};

/// How another recording lies to the reference, and what that rests on, for people.
struct Aligned {
  signal::Alignment clock;  ///< told, not measured: confidence 0
  AlignBy by = AlignBy::activity;
  std::string rests_on;  ///< "speed of 20 markers", "12 events \"Foot Strike\""
};

/// A device's recording that was put onto another's clock, and how.
struct Synchronised {
  std::string file;
  Aligned how;
};

/// "lag 1.2345 s, drift 12.0 ppm, residual 0.80 ms, correlation 0.93, confidence 0.88, by activity: speed of 20 markers".
std::string describe(const Aligned& found);

/// Throws Error when there is nothing to align by, or signal/alignment refuses: with what to do. Automatic: triggers whose
/// names say so, where both have edges; what they do not settle, events that both have may (regular ones do not), and what
/// these do not, activity may.
Aligned align_recordings(const motion::Recording& reference, const motion::Recording& other,
                         const AlignSettings& settings = {});

/// The recording with its clocks and events moved to the reference's time; no value changes.
motion::Recording on_reference_clock(motion::Recording other, const signal::Alignment& clock);

/// Adds another device's series and events, its clock moved already, to the reference, each with its own rate and clock.
/// Left out, and said in `notes`: positions where the reference has some (another device's axes are not known to be
/// the same), and channels whose names are taken by others of their quantity.
void add_device(motion::Recording& reference, motion::Recording other, std::vector<std::string>& notes);

/// The reference, and the others' series (their clocks moved already) on its grid of frames, so that one file
/// holds all: even series by a windowed sinc at the nearest whole multiple of the reference's frame rate (its own
/// samples a frame, where it has any), uneven ones by pchip between stamps. What lies outside the reference's time is
/// missing or cut off. Names that are taken (by points among points, by sampled channels among these) get the source's stem in
/// front; rotations and series of one frame are left out. Says in `notes` what was done.
motion::Recording merge_aligned(motion::Recording reference, const std::vector<motion::Recording>& others,
                                std::vector<std::string>& notes);

}  // namespace kinemyo::dataset
