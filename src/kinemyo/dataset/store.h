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

/// What a muscle's envelope is measured in, one value a muscle and subject.
enum class EmgReference {
  peak,  ///< the largest over all trials
  mvc,   ///< the same, trials of maximal voluntary contraction included
  mean,  ///< the mean over all trials
};

std::string_view to_string(EmgReference reference);

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
  /// What 100 % is, V. Read: one value a muscle and subject. Given to StoreWriter::add(): this trial's own peak, or
  /// mean; the largest of the subject's trials (of means: their mean, by frames) is stored.
  std::map<std::string, double> emg_reference_v;
  EmgReference emg_reference = EmgReference::peak;  ///< read: of the subject
  std::map<std::string, double> emg_scores;         ///< quality of every channel, 0 to 1; left out: 0
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
  /// A trial of maximal voluntary contraction: only its reference values are kept, and its subject's become mvc.
  void add_mvc(const PreparedTrial& trial);
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
