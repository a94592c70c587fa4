#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kinemyo/body/marker_fit.h"
#include "kinemyo/motion/recording.h"

// What the parts of bench_accuracy share: figures as JSON lines for bench/accuracy.py, recordings, differences of angles.
namespace kinemyo::bench {

/// One row of docs/accuracy.md.
struct Figure {
  std::string what;
  double value = 0;
  std::string unit;
  double at_most = std::numeric_limits<double>::quiet_NaN();  ///< the goal; NaN: none
  double at_least = std::numeric_limits<double>::quiet_NaN();
  std::string over;            ///< people, trials, how they were split
  std::vector<double> spread;  ///< the values that it is the mean or the worst of: smallest and largest are shown
  int digits = 2;
};
void print(const Figure& figure);

/// $KINEMYO_DATA, or build/data. Throws Error where `part` is absent.
std::filesystem::path recordings(const std::string& part);

/// Root of the mean square of numbers added one by one.
class Rms {
 public:
  void add(double value) {
    if (std::isfinite(value)) sum_ += value * value, ++count_;
  }
  double value() const { return std::sqrt(sum_ / count_); }
  double count() const { return count_; }

 private:
  double sum_ = 0, count_ = 0;
};

constexpr double kDegrees = 57.29577951308232;

/// Angles' difference, the short way round, degrees.
inline double difference_deg(double a_rad, double b_rad) { return kDegrees * std::remainder(a_rad - b_rad, 2 * 3.141592653589793); }

/// The trials of opencap_expert1 that its own .mot are of use for: all but DJ3, whose .mot jumps by 50 degrees in a frame.
std::vector<std::string> opencap_trials();
/// The standing one too.
motion::Series opencap_markers(const std::string& trial);
body::Model opencap_model(const std::string& name);

void gait();
void ik();
void scaling();
void faults();
void keypoints();
#ifdef KINEMYO_TRAIN
void emg();
#endif

}  // namespace kinemyo::bench
