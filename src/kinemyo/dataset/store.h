#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/dataset/align.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::dataset {

/// What a value in the store is.
enum class Mark : std::uint8_t { missing = 0, measured = 1, filled = 2 };

/// Values on the trial's timeline, and what each one is. Shape: marks is frames x channels.
struct Marked {
  motion::Series series;
  base::Matrix<std::uint8_t> marks;
  bool empty() const { return series.channels().empty(); }
};

/// What 100 % of a muscle's envelope is.
enum class EmgReference {
  peak,  ///< the largest over all trials
  mvc,   ///< the same, trials of maximal voluntary contraction that measured the muscle included
  mean,  ///< the mean over all trials, those of maximal voluntary contraction left out
};

std::string_view to_string(EmgReference reference);

/// One value a muscle and subject, and what it is. Units: V.
struct EmgUnit {
  double value_v = 0;
  EmgReference kind = EmgReference::peak;
  bool operator==(const EmgUnit&) const = default;
};
using EmgUnits = std::map<std::string, EmgUnit>;  ///< by muscle

/// One trial of a prepared store: markers, angles and EMG envelopes on one uniform timeline, Y up, SI.
struct PreparedTrial {
  motion::TrialKey key;
  double rate_hz = 0;
  Marked markers;  ///< quantity position, m
  Marked angles;   ///< quantity coordinate, rad (m for pelvis_tx, _ty, _tz)
  Marked emg;      ///< envelopes, V, at the timeline's rate
  std::optional<motion::Series> emg_raw;  ///< V, on its own clock
  std::vector<motion::Event> events;
  std::map<std::string, double> measures;  ///< tape measures, m, kg
  EmgUnits emg_units;  ///< read: what 100 % is in the subject's trials; StoreWriter measures it
  std::map<std::string, double> emg_scores;  ///< quality of every channel, 0 to 1; left out: 0
  double emg_edge_s = 0;  ///< so near to the ends, envelopes lean on padding
  std::map<std::string, std::string> emg_excluded;  ///< channel left out -> reason
  std::vector<Synchronised> synchronised;  ///< other devices' files that it is made of too
  /// Read: markers that are not where their names say, as sentences (StoreWriter::set_marker_faults()).
  std::vector<std::string> marker_faults;
  std::vector<std::string> history;  ///< what was done to it, in order, for people
  bool synthetic = false;
};

/// Whether a trial is a person standing still for calibration: activity "Static" in any case. `prepare` leaves such
/// trials out unless told to keep them.
bool is_static(const motion::TrialKey& key);

/// Whether a trial is one of maximal voluntary contraction: activity MVC or MVIC, alone or followed by anything but a
/// letter ("MVC_Hams", "mvic1"). `prepare` takes reference values from such trials and leaves them out.
bool is_mvc(const motion::TrialKey& key);

/// Writes a store under a temporary name; it appears whole with commit(). Throws IoError (a full disk).
/// docs/formats/store.md draws it. Threads: one at a time over all stores, readers included.
class StoreWriter {
 public:
  explicit StoreWriter(std::filesystem::path path, EmgReference reference = EmgReference::peak);
  ~StoreWriter();
  StoreWriter(StoreWriter&&) noexcept;
  /// Throws Error when a trial of that key is there already, std::invalid_argument when a part is not
  /// on the trial's uniform timeline or a name holds a slash.
  void add(const PreparedTrial& trial);
  /// A trial of maximal voluntary contraction: what it tells of 100 % is kept, the trial is not. Of a mean it tells nothing.
  void add_mvc(const PreparedTrial& trial);
  /// By subject, as far as trials were added.
  const std::map<std::string, EmgUnits>& emg_units() const;
  /// Of a trial that was added; known when all trials of a person are.
  void set_marker_faults(const motion::TrialKey& key, const std::vector<std::string>& faults);
  /// What was done, in words for a paper; stored once.
  void set_methods(const std::string& text);
  void commit();

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// Reads a store trial by trial, so that memory does not grow with the store. Throws FormatError, IoError.
class Store {
 public:
  explicit Store(std::filesystem::path path);
  ~Store();
  Store(Store&&) noexcept;
  /// Sorted by subject, activity, trial; numbers in trial names sort as numbers.
  const std::vector<motion::TrialKey>& keys() const;
  /// What was done to the trials, for the methods section of a paper; empty in a store without.
  std::string methods() const;
  /// Throws Error when there is no such trial.
  PreparedTrial read(const motion::TrialKey& key) const;
  /// FNV-1a over keys and contents, whatever the compression and the history: goes into model files.
  /// Every read() checks its trial's own hash, so that a damaged store is found where it is used.
  std::string hash() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace kinemyo::dataset
