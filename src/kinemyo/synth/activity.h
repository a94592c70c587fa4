#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinemyo::synth {

/// What a posture is described by, as changes from quiet standing.
/// Units: positions in leg lengths (x forward, z to the right), angles in degrees with the
/// coordinates' signs.
enum Feature : int {
  kHipsX,
  kHipsDrop,
  kHipsZ,  ///< of the middle between the hip joints; drop is downwards
  kPelvisTilt,
  kPelvisList,
  kPelvisTurn,
  kFootRX,
  kFootRZ,
  kFootRLift,
  kFootRPitch,
  kFootRTurn,  ///< pitch: toes up; turn: outwards
  kFootLX,
  kFootLZ,
  kFootLLift,
  kFootLPitch,
  kFootLTurn,
  kKneeOutR,
  kKneeOutL,  ///< knee to the outside of the foot's direction
  kLumbarExtension,
  kLumbarBending,
  kLumbarRotation,
  kArmFlexR,
  kArmAddR,
  kArmRotR,
  kElbowR,
  kPronationR,
  kArmFlexL,
  kArmAddL,
  kArmRotL,
  kElbowL,
  kPronationL,
  kFeatures
};

using Changes = std::vector<std::pair<Feature, double>>;

/// A posture that a cycle of an activity passes at a phase between 0 and 1.
struct KeyPosture {
  double phase = 0;
  Changes changes;
};

/// One of the original's activities (or Walking), as key postures of a repeated cycle.
struct Activity {
  std::string name;
  double cycle_s = 3;                ///< of an average person
  std::vector<KeyPosture> postures;  ///< phases rise from 0 to 1; empty: walking
  bool walking() const { return postures.empty(); }
};

const std::vector<Activity>& activities();
/// Throws Error that names the nearest activity if there is none of this name.
const Activity& find_activity(std::string_view name);

}  // namespace kinemyo::synth
