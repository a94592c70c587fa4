#pragma once

#include <map>
#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::motion {

/// Which way the laboratory's axes point. Unknown is said, never guessed.
enum class UpAxis { unknown, x, y, z };

std::string_view to_string(UpAxis axis);

/// Something that happened at an instant: "Foot Strike" of the "Left". Units: s, on the recording's clock.
struct Event {
  std::string label;
  std::string context;
  double time_s = 0;
  bool operator==(const Event&) const = default;
};

/// What one file or device gave: series at several rates side by side, each with its own clock.
/// Units: SI throughout (m, s, V, rad, N); what a reader assumed to get there stands in `notes`.
struct Recording {
  std::string source;                    ///< path, or where it came from
  std::string format;                    ///< "C3D", "TRC", ...
  UpAxis up = UpAxis::unknown;
  std::vector<Series> series;
  std::vector<Event> events;
  std::map<std::string, double> measures;  ///< tape measures by the file's names; m, kg
  std::vector<std::string> notes;          ///< for people: assumptions, repairs, what was left out

  /// The first series of a quantity, or nullptr.
  const Series* find(Quantity quantity) const;
  Series* find(Quantity quantity);
};

/// The key of everything: nothing crosses the edge between two trials.
struct TrialKey {
  std::string subject;
  std::string activity;
  std::string trial;
  auto operator<=>(const TrialKey&) const = default;
  bool operator==(const TrialKey&) const = default;
};

/// "S1/NormalSquat/1".
std::string to_string(const TrialKey& key);

struct Trial {
  TrialKey key;
  Recording recording;
};

}  // namespace kinemyo::motion
