#pragma once

#include <string>
#include <vector>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// Lengths of a person's segments. Units: m, kg.
struct Anthropometry {
  double stature = 0;
  double mass_kg = 0;
  double foot_height = 0;  ///< floor to ankle centre
  double foot_length = 0;
  double shank = 0;                ///< knee to ankle centre
  double thigh = 0;                ///< hip to knee centre
  double pelvis_width = 0;         ///< between the anterior superior iliac spines
  double trunk = 0;                ///< lumbar joint to the height of the shoulder centres
  double neck_and_head = 0;        ///< height of the shoulder centres to the top of the head
  double shoulder_half_width = 0;  ///< midline to shoulder centre
  double upper_arm = 0;
  double forearm = 0;
  double hand = 0;

  /// An average adult of that stature.
  /// Source: Drillis and Contini 1966, as in Winter, Biomechanics and Motor Control of Human
  /// Movement, 4th ed. 2009, figure 4.1; distance of the iliac spines 0.135 of stature, our choice.
  /// Throws std::invalid_argument unless 0.5 m < stature < 2.5 m and mass_kg > 0.
  static Anthropometry of_stature(double stature_m, double mass_kg);

  /// Of the middle between the anterior iliac spines above the floor, standing straight.
  double pelvis_height() const;
};

/// A jointed person with the 39 coordinates of Rajagopal 2016 (names, order, signs), without
/// markers. The pelvis' origin is the middle between the anterior iliac spines; with all
/// coordinates at their neutral values the person stands straight with the soles at y = 0, arms
/// hanging, palms forward. Flexion, dorsiflexion, inversion, adduction, internal rotation and
/// pronation are positive; pelvis_tilt and lumbar_extension are positive backwards. mtp, wrist_flex
/// and wrist_dev are locked; knee_angle_*_beta follows knee_angle_*. Source: masses and their
/// centres Dempster 1955 as in Winter 2009, table 4.1; hip centres Bell, Pedersen and Brand 1990;
/// subtalar axis Isman and Inman 1969; joints' axes otherwise along the body's.
Model make_full_body(const Anthropometry& person);

/// The original's 42 markers, in its order, on a model of make_full_body.
void add_original_markers(Model& model, const Anthropometry& person);
/// Plug-in-Gait's 20 of the lower body and trunk.
void add_plug_in_gait_markers(Model& model, const Anthropometry& person);
/// MediaPipe Pose's 33 landmarks, where its pictures would show them.
void add_mediapipe_landmarks(Model& model, const Anthropometry& person);

/// make_full_body with the set of markers that the recording's names belong to: MediaPipe's landmarks (LEFT_HIP), Plug-in-Gait's
/// 20 (LASI, and not LASIS), else the original's 42.
Model make_marked_body(const Anthropometry& person, const std::vector<std::string>& names);

/// Points under the feet that can touch the floor: right heel, ball (inner, outer) and toe tip,
/// then left.
std::vector<Marker> sole_points(const Model& model, const Anthropometry& person);

}  // namespace kinemyo::body
