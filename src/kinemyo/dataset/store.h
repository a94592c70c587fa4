#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"
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
  std::map<std::string, double> emg_peak_v;  ///< one value a muscle and subject: the peak over all the subject's trials
  std::map<std::string, std::string> emg_excluded;  ///< channel left out -> reason
  std::vector<std::string> history;  ///< what was done to it, in order, for people
  bool synthetic = false;
};

/// Writes a store under a temporary name; it appears whole with commit(). Throws IoError.
class StoreWriter {
 public:
  explicit StoreWriter(std::filesystem::path path);
  ~StoreWriter();
  StoreWriter(StoreWriter&&) noexcept;
  void add(const PreparedTrial& trial);
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
  PreparedTrial read(const motion::TrialKey& key) const;
  /// FNV-1a over the content: goes into model files.
  std::string hash() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace kinemyo::dataset
