#pragma once

#include <Eigen/Core>
#include <array>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// Left, then right.
template <typename T>
using Sides = std::array<T, 2>;

/// What Plug-in-Gait measures on a person with a tape and a calliper. Units: m. NaN: not known.
struct GaitMeasures {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  double marker_diameter = kUnknown;
  double inter_asis = kUnknown;  ///< between the anterior superior iliac spines
  Sides<double> leg_length{kUnknown, kUnknown};  ///< iliac spine to medial malleolus
  Sides<double> knee_width{kUnknown, kUnknown};
  Sides<double> ankle_width{kUnknown, kUnknown};
};

/// What stands in a recording under Plug-in-Gait's names (InterAsisDistance, LLegLength, RKneeWidth ..., in any case).
GaitMeasures gait_measures(const std::map<std::string, double>& tape_m);

/// Fills in what is not known, and names it in `estimated`: distances between markers, and widths as shares of the leg
/// (knee 0.12, ankle 0.08), marker 14 mm. Throws Error when a marker that it needs is never seen.
/// Source: shares are round figures for the nine people of the biomechzoo recordings, 0.128 (sd 0.015) and 0.080 (0.004).
GaitMeasures complete_measures(GaitMeasures known, const motion::Series& markers, std::vector<std::string>& estimated);

/// Where Plug-in-Gait puts the segments of a leg in one frame: axes as columns (x forward, y to the left, z up; the foot's z from
/// toe to ankle, without any offset), centres of the joints.
struct GaitLeg {
  Eigen::Matrix3d pelvis, femur, tibia, foot;
  Eigen::Vector3d hip, knee, ankle;
};
/// The markers of pelvis and one leg in one frame, m.
struct GaitLegMarkers {
  Eigen::Vector3d lasi, rasi, sacr, thi, kne, tib, ank, toe;
};
/// `side`: 0 left, 1 right. Missing: what a NaN marker is needed for is NaN. Does not allocate.
GaitLeg place_gait_leg(const GaitLegMarkers& markers, const GaitMeasures& measures, std::size_t side) noexcept;

/// How the foot's axis (toe to ankle centre) is turned to the line from heel to toe with the foot flat. Units: rad.
struct FootOffset {
  double plantarflexion = 0;
  double rotation = 0;
};

/// From frames of standing with flat feet: heel height counts as toe height. `up`: unit vector, which way is up.
/// A foot without a heel marker gets the other's offset, mirrored. Throws Error when no frame has all of a leg's markers.
Sides<FootOffset> fit_foot_offsets(const motion::Series& standing, const Eigen::Vector3d& up, const GaitMeasures& measures);
/// The same from any movement, where no static trial is at hand: for each foot the tenth of the frames in which heel and toe
/// move least, which in walking and standing are those with the foot flat. Within about a degree of a static trial's.
Sides<FootOffset> estimate_foot_offsets(const motion::Series& markers, const Eigen::Vector3d& up,
                                        const GaitMeasures& measures);

/// Plug-in-Gait's hip, knee and ankle angles from raw markers, as Vicon Nexus names and signs them: channels LHipAngles,
/// LKneeAngles, LAnkleAngles, RHipAngles, ...: flexion (dorsiflexion), adduction (varus), internal rotation.
/// Markers: LASI RASI SACR and L/R THI KNE TIB ANK TOE (HEE for the offsets alone). Thigh and shank rotation offsets are 0.
/// Shape: frames x 6 channels, on the markers' clock. Units: rad. Missing: a channel is NaN where one of its markers is.
/// Throws Error listing markers that are absent, std::invalid_argument when a measure is NaN.
/// Source: Kadaba 1990, doi 10.1002/jor.1100080310; Davis 1991, doi 10.1016/0167-9457(91)90046-Z; hip centre
/// Newington-Gage; checked against Nexus' own angles (18 trials of 9 people: within 1e-4 degrees).
motion::Series plug_in_gait_angles(const motion::Series& markers, const GaitMeasures& measures,
                                   const Sides<FootOffset>& offsets);

}  // namespace kinemyo::body
