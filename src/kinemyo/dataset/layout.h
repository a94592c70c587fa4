#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::dataset {

/// How a trial lies on the disk.
enum class Source {
  original_raw,    ///< a trial's CSV in Activity_Trials, and its frame CSV
  original_table,  ///< a CSV that `sync`, `impute` or `filter` made: an activity's trials joined
  c3d,             ///< markers, angles and EMG in one file
  trc,             ///< markers
  recording,       ///< any other recording of one trial that io reads: XDF, exports of Nexus, Qualisys, Motive ...
};

std::string_view to_string(Source source);

/// The files of one trial and the name it gets. `partner`: the frame CSV, or the MOT or STO of the same stem.
struct TrialFiles {
  motion::TrialKey key;
  Source source = Source::c3d;
  std::filesystem::path main;
  std::optional<std::filesystem::path> partner;
  std::vector<std::filesystem::path> devices;  ///< recordings of the same trial by other devices, on clocks of their own
};

struct LayoutOptions {
  std::optional<std::string> subject;   ///< instead of the folder's or the file's
  std::optional<std::string> activity;
  /// Of paths below a source, without extension: "{subject}/{activity}/{trial}", "{subject}_{activity}_{trial}".
  /// Fields may be left out; what the pattern does not match is an error.
  std::optional<std::string> pattern;
  /// Files and folders of other devices: what they hold joins the trial of the same name.
  std::vector<std::filesystem::path> devices;
  bool keep_static = false;  ///< trials of a person standing still teach no movement
};

struct Layout {
  std::vector<TrialFiles> trials;   ///< sorted by path
  std::vector<std::string> notes;   ///< for people: what was passed over and why
};

/// Finds the trials under folders (searched to the bottom) and among files.
/// Names: the original's from its file names; elsewhere <subject>/<activity>/<trial>.ext, or, of files that lie
/// in a source itself, subject = the folder, activity and trial = "walkingTO" and "2" of walkingTO2.ext.
/// "static", "Static01" and the like become activity "Static", and are left out unless kept. Where the original's raw layout lies under a
/// source, only that is taken from it: tables and other files there were made from it.
/// A device's file belongs to the trial of the same subject, activity and trial; else to the only one of the same activity and
/// trial; one file and one trial belong together whatever their names.
/// Throws IoError when a source does not exist, Error when no file of a device finds its trial, Error when a source holds no trial, when two files bear one key
/// (both named), or a pattern does not fit.
Layout find_trials(const std::vector<std::filesystem::path>& sources, const LayoutOptions& options = {});

/// The name that a file of any kind gets below a source, by the rules of find_trials; a file named itself is its own
/// source. Nothing is read.
motion::TrialKey key_of(const std::filesystem::path& path, const std::filesystem::path& source);

}  // namespace kinemyo::dataset
