#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinemyo/body/inverse_kinematics.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// How well a marker of the model lies on the measured one over a trial. Units: m, s.
struct MarkerResidual {
  std::string name;
  double weight = 0;
  double rms = 0;    ///< NaN if it was never seen
  double worst = 0;
  double worst_time_s = 0;
  std::size_t missing_frames = 0;
};

struct MarkerFit {
  motion::Series coordinates;            ///< of all coordinates of the model; NaN where no marker is there
  std::vector<MarkerResidual> residuals; ///< in the model's order, of the markers that the recording has
  std::vector<std::string> absent;       ///< the model's markers that the recording lacks
  double rms = 0;                        ///< over all frames and markers that weigh something, unweighted, m
  double cost = 0;                       ///< sum over frames of IkFrame::cost, m^2
  std::size_t restarts = 0;
  std::size_t not_converged = 0;
  std::size_t filled_gaps = 0;   ///< of markers, from those that move with them (FitOptions::bridge)
  /// Coordinates of the model that nothing showed for a while, with the number of frames: bridged.
  std::vector<std::pair<std::string, std::size_t>> bridged;
  double fill_error = 0;         ///< under which 9 in 10 of those stay, the worst of them, m; 0: none was filled
};

/// A weight for each marker of a model by its name, as laboratories give them: iliac spines 25; lateral (or only) knee and
/// ankle 20; toe, fifth metatarsal, heel 7; thigh and shank clusters 4; medial knee and ankle, hip joint centres 0; any other 5.
std::vector<double> task_weights(const Model& model);

/// Weights from a file: OpenSim's IKTaskSet (IKMarkerTask: apply, weight), or lines "marker,weight". Markers that it does not
/// name weigh 0. Throws FormatError (names that the model lacks are errors of a line file, passed over in a task set).
std::vector<double> parse_weights(std::string_view text, const std::string& path, const Model& model);

struct FitOptions {
  /// A marker that is missing for up to two seconds is put where those that move with it say (signal::fill_markers); for
  /// longer, or where these do not tell within 5 cm, where it was on its body before and is after. So the posture does not
  /// jump when it goes and comes. Coordinates that nothing shows for a while go smoothly from before to after.
  bool bridge = true;
  /// Frame by frame from the first, as StreamingFit: nothing of later frames is used, and nothing bridged but by holding.
  bool causal = false;
};

/// Inverse kinematics of a trial: starts where most markers are seen, goes on to the end and back to the beginning, starts
/// anew where the fit is lost. Throws Error if the recording has fewer than 3 of the markers that weigh something.
MarkerFit fit_markers(InverseKinematics& solver, const motion::Series& markers, const FitOptions& options = {});

}  // namespace kinemyo::body
