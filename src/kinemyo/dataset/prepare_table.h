#pragma once

#include <filesystem>

#include "kinemyo/motion/recording.h"

namespace kinemyo::dataset {

/// Among the notes of a recording that a model made.
inline constexpr const char* kSyntheticNote = "synthetic: no person was measured";

/// The units of the original's CSV files, which state none.
struct TableUnits {
  std::string length = "mm";  ///< of markers: m, cm, mm
  std::string emg = "V";      ///< V, mV, uV
};

/// Throws Error when a unit is none of those above.
void require_known(const TableUnits& units);

/// A trial's CSV in the original's raw layout: column Time [s], marker columns <marker>_X/_Y/_Z, coordinates and
/// muscles by their names; other columns are passed over and named in the notes.
/// Units: markers and EMG by `units`; angles in degrees, pelvis translations in m.
/// Missing: empty cells; a marker at exactly 0 0 0.
/// Time: rows that the clock leaves out come back as NaN, so that every series has an even rate.
/// Throws FormatError (file and line or column) when there is no row, Time is absent, holds text, does not
/// increase or is too uneven, a marker lacks an axis, or a cell of a used column is text.
motion::Recording read_raw_trial(const std::filesystem::path& path, const TableUnits& units = {});

/// What the frame CSV of a trial adds to it: markers and coordinates that the trial lacks, on the frames' own
/// clock (TimeStamp [ms], first row of equal stamps), and a note on how the two clocks meet. Rows whose clock goes
/// backwards are passed over and noted: nothing else leans on them.
void add_frames(motion::Recording& trial, const std::filesystem::path& path, const TableUnits& units = {});

/// A CSV that the original's steps made (Timestamp [ms], trials joined): every row is a frame at `nominal_hz`,
/// since its stamps restart with each trial; values are taken as they are but for units.
/// Angles in degrees become rad. Missing: empty cells only.
motion::Recording read_joined_table(const std::filesystem::path& path, const TableUnits& units = {},
                                    double nominal_hz = 30);

}  // namespace kinemyo::dataset
