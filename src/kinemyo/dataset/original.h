#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "kinemyo/io/csv.h"

// The original system's three steps on tables, number for number, with what they get wrong left in.
// What is right is `prepare`; these exist so that the difference can be shown.
namespace kinemyo::dataset {

/// The files of one activity in the original's raw layout, each list sorted by name as text
/// (Trial10 before Trial2).
struct OriginalActivity {
  std::string subject;
  std::string activity;
  std::vector<std::filesystem::path>
      trials;  ///< <subject>/Activity_Trials/<S>_<Activity>_Trial<k>.csv
  std::vector<std::filesystem::path>
      frames;  ///< <subject>/<S>_FramesData_Orig/<S>_<Activity>_FD_Orig/*.csv
};

struct OriginalFolder {
  std::vector<OriginalActivity>
      activities;                        ///< by name; those without frame files are not among them
  std::vector<std::string> passed_over;  ///< "<file or activity>: reason"
};

/// Finds a subject's activities; the subject's name is the folder's.
/// Throws IoError if the folder or its Activity_Trials is absent, Error if no activity can be
/// synchronised.
OriginalFolder find_original_activities(const std::filesystem::path& subject);

/// What `sync` made of an activity.
struct OriginalSync {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t trial_rows = 0;
  std::size_t frame_rows = 0;        ///< after equal stamps are dropped
  std::size_t frames_met_twice = 0;  ///< frames that were given to rows of more than one trial
  std::size_t stamps_truncated =
      0;  ///< trial rows at a whole millisecond whose stamp came out one less
  std::vector<std::string>
      warnings;  ///< trials of one number, a clock that goes backwards, columns some trials lack
};

/// Joins an activity's trials with its frames where int(Time * 1000) equals int(TimeStamp), and writes the table
/// as `out`, whole or not at all.
/// The union of the trials' columns in order of appearance, Time replaced by Timestamp, then the
/// frames' columns; a name on both sides gets _x and _y. Of frames with equal stamps the first
/// counts. Rows come stamp by stamp, in the order in which stamps first appear among the trials,
/// and within a stamp in the order of the trials: so trials whose clocks both begin at 0 are
/// interleaved. Units: Time s, TimeStamp and Timestamp ms. Missing: empty cells stay missing; a
/// missing Time or TimeStamp is an error. Throws Error that names the file, row and column: no Time
/// or TimeStamp, text in it, no rows; IoError.
/// Cost: the trials' bytes once, on all cores; cells that do not meet a frame are looked at only as far as their
/// column's kind is open. Memory: the frames, and the places of the rows that meet one.
/// Source: pandas 1.5.3 (concat, astype(int), drop_duplicates, merge), against which it was checked.
OriginalSync sync_original(const OriginalActivity& activity, const std::filesystem::path& out);

/// What `impute` invented.
struct OriginalImpute {
  std::size_t filled = 0;                  ///< numbers put in
  std::size_t zeros = 0;                   ///< of them, those without a neighbour, which became 0
  std::size_t longest_gap = 0;             ///< rows
  std::vector<std::string> empty_columns;  ///< wholly missing, now 0
  std::vector<std::string> text_columns;   ///< left as they were, missing cells included
};

/// Fills every missing number, from top to bottom, with the mean of what stands in rows [i - 5, i +
/// 5), numbers filled before included; 0 if nothing stands there. Columns with any text are left
/// alone. Throws Error if the table has no rows.
OriginalImpute impute_original(io::Table& table);

/// Replaces the 16 EMG columns by their envelopes as the original makes them: rate taken as 1000 Hz
/// whatever it is, Butterworth 20-450 Hz (order 4, b/a) with filtfilt, absolute value, Butterworth
/// 10 Hz (order 4), mean of 40 samples. Missing: a NaN spoils its whole column. Throws FormatError
/// where an EMG column holds text; std::invalid_argument if reason_to_skip has one.
void filter_original(io::Table& table);
/// Why the original does not filter this table: an EMG column is absent, or it has under 40 rows.
/// Empty: it does.
std::string reason_to_skip(const io::Table& table);

}  // namespace kinemyo::dataset
