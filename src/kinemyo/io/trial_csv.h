#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/csv.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// What CSV files of recordings leave unsaid.
struct TrialCsvOptions {
  std::string position_unit = "mm";  ///< mm, cm or m
  std::string emg_unit = "V";        ///< V, mV or uV
  std::vector<std::string> angles;   ///< names of columns that hold angles (deg), beside OpenSim's names
  std::vector<std::string> muscles;  ///< names of columns that hold EMG, beside those that name a muscle
};

/// True if the names of columns are those of a trial, a synchronized table or a frame table of the original system:
/// a time, and more.
bool looks_like_trial_csv(const Table& table);

/// Reads the original system's CSV files: trials (Time, s), synchronized, imputed and filtered tables
/// (Timestamp, ms), frame tables (TimeStamp, ms): docs/formats/trial_csv.md.
/// Columns: <marker>_X, _Y, _Z to positions; joint angles (deg) to coordinates; muscles to EMG; the rest to analog.
/// Where time starts again, the next trial begins: `read_trial_csv` puts the trials one behind another, says so and
/// marks each start by an event "Trial"; `read_trial_csvs` returns them one by one, each on its own clock.
/// Units: as the options say, and the notes tell; angles deg, except translations, which are m.
/// Missing: empty cells and pandas' words; markers at exactly 0 0 0.
/// Throws FormatError (line, column): no time, text in a marker, angle or EMG column, no rows. IoError.
motion::Recording read_trial_csv(const std::filesystem::path& path, const TrialCsvOptions& options = {});
motion::Recording parse_trial_csv(const Table& table, const TrialCsvOptions& options = {});
std::vector<motion::Recording> read_trial_csvs(const std::filesystem::path& path, const TrialCsvOptions& options = {});
std::vector<motion::Recording> parse_trial_csvs(const Table& table, const TrialCsvOptions& options = {});

/// A table in the original's layout of the series that share one clock: Time s, coordinates deg, positions mm, EMG V.
/// Throws std::invalid_argument if their clocks differ.
Table to_trial_table(const std::vector<const motion::Series*>& series);

/// Units of length in a metre, of voltage in a volt. Throws Error on a unit that is not known.
double units_per_metre(std::string_view unit);
double units_per_volt(std::string_view unit);

/// Columns <name>_X, <name>_Y, <name>_Z of one marker. Order: of the X columns.
struct MarkerColumns {
  std::string name;
  std::size_t x = 0, y = 0, z = 0;
};
/// Throws FormatError where X is there and Y or Z is not.
std::vector<MarkerColumns> find_markers(const Table& table);

/// Rows [first, last) of markers as positions in m; markers at exactly 0 0 0 are missing and counted in `zeros`.
/// Throws FormatError on text.
base::Matrix<double> marker_values(const Table& table, const std::vector<MarkerColumns>& markers, std::size_t first,
                                   std::size_t last, double units_per_m, std::size_t& zeros);

}  // namespace kinemyo::io
