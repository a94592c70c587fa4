#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// What files leave unsaid. Empty and 0: the format's own default, which the notes name.
struct ReadOptions {
  std::string position_unit;         ///< of CSV: mm (of keypoints: m); of a C3D or named arrays that do not say: none
  std::string emg_unit;              ///< of CSV: V
  double rate_hz = 0;                ///< of keypoints without time: 30; of .npy: 1
  std::vector<std::string> angles;   ///< names of CSV columns that hold angles, beside OpenSim's names
  std::vector<std::string> muscles;  ///< names of CSV columns that hold EMG, beside those that name a muscle
  std::string part;                  ///< of files of named arrays (MATLAB, HDF5): the only variable that is read
  std::map<std::string, std::string> aliases;  ///< names of channels in the file -> names that they get
};

struct Format {
  std::string name;
  std::vector<std::string> extensions;  ///< in lower case, with the dot
  std::string holds;                    ///< for people
  bool written = true;
};

/// The formats that are read, in the order in which files are tried.
const std::vector<Format>& formats();

/// True if the file's extension is one of formats(); not of prepared stores of ours, of .json without keypoints, and of
/// the single frames in a folder of OpenPose's, which is a recording itself.
bool has_known_extension(const std::filesystem::path& path);

/// True if write_recording() knows the file's extension.
bool has_written_extension(const std::filesystem::path& path);

/// True if the file is one trial's recording of a kind that says what it is: by the extension (C3D, TRC, XDF ...), of a .csv
/// or .tsv by its first line (exports of Nexus, Motive, Qualisys). Tables of the original's layout, MOT, STO and npy are not.
bool is_capture(const std::filesystem::path& path);

/// True if the format of the path's extension has a place for series of that quantity.
bool holds(const std::filesystem::path& path, motion::Quantity quantity);

/// Gives channels other names, all at once: those in `aliases`, also behind a subject's prefix ("Anna:LASI"); a note says how many.
/// Throws FormatError where two channels would bear one name.
void rename_channels(motion::Recording& recording, const std::map<std::string, std::string>& aliases);

/// Reads a recording in any of formats(); what the file is, its first bytes tell, else its extension.
/// Throws FormatError and IoError as the readers do; FormatError if it is none of the formats.
motion::Recording read_recording(const std::filesystem::path& path, const ReadOptions& options = {});

/// Writes a recording in the format of the path's extension. Returns what was left out and what was written beside it,
/// for people. Throws Error if the extension is not known or nothing can be written; IoError.
std::vector<std::string> write_recording(const motion::Recording& recording, const std::filesystem::path& path);

}  // namespace kinemyo::io
