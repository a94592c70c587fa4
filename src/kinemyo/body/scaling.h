#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/body/chain.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// A model with every body stretched along its own axes: joints, mass centres, inertias and markers; the joints' translation
/// functions by the parent's factor along them. Masses stay. Shape: one factor a body, ground first.
Model stretched(const Model& model, std::span<const Eigen::Vector3d> factors);

/// The same model with masses and inertias times `ratio`.
Model with_masses(const Model& model, double ratio);

/// How far a marker may lie from where an unscaled model's creator put it (standard deviations, m), and how sizes may differ
/// (of their logarithms).
struct ScaleOptions {
  double joint_center = 0.005;  ///< markers on the centres of joints (HJC ...), found by movement or regression
  double landmark = 0.015;
  double cluster = 0.300;       ///< thigh, shank and upper arm markers, which stand where there was room
  double size = 0.15;           ///< of a segment against the whole body's size
  double shape = 0.02;          ///< of one axis of a segment against its others
};

struct ScaledMarker {
  std::string name;
  double unscaled = 0;  ///< distance to the measured marker, m, in the model as it was
  double scaled = 0;    ///< and in the scaled one, before the marker was moved there
};

struct Scaling {
  Model model;
  std::vector<Eigen::Vector3d> factors;   ///< one a body
  std::vector<double> standing;           ///< the posture: one number a coordinate
  std::vector<ScaledMarker> markers;      ///< those measured: each is where it was measured now
  std::vector<std::string> absent;        ///< markers of the model that the recording lacks: they are stretched with their body
  double rms_unscaled = 0;                ///< over markers that are not of clusters, m
  double rms_scaled = 0;
};

/// The part of a recording in which its markers move least (the sum of their variances), among those in which most are seen; the
/// whole of a shorter one. For people who have no standing trial. Source: none, our choice.
motion::Series stillest(const motion::Series& markers, double length_s = 0.2);

/// Fits the sizes of a model's segments and its posture to a standing person's markers, together, left and right alike; then
/// the posture alone by landmarks, each counting the same, and moves the markers to where they were measured.
/// Throws Error if fewer than 6 of the model's markers are in the recording, or the markers move more than a person who
/// stands (20 mm RMS about their means).
/// Source: Gauss-Newton with the posture projected out (Golub and Pereyra 1973, doi 10.1137/0710036).
Scaling fit_scale(const Model& model, const motion::Series& standing, const ScaleOptions& options = {});

}  // namespace kinemyo::body
