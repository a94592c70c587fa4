#pragma once

#include "kinemyo/base/matrix.h"
#include "kinemyo/synth/subject.h"

namespace kinemyo::synth {

/// What a movement asks of the joints: net moments of the right side and the trunk, from gravity
/// and the accelerations of the segments' centres of mass, and the floor under the feet. Segments'
/// rotary inertia is left out; the centre of pressure follows from the zero-moment point.
struct Effort {
  /// Shape: frames x kMoments. Units: N m, sign of the coordinate that the moment drives.
  base::Matrix<double> moments;
  /// Shape: frames x 2, right and left: vertical force of the floor, N.
  base::Matrix<double> floor_force;
};

enum Moment : int {
  kHipFlexion,
  kHipAdduction,
  kKneeFlexion,
  kAnkleDorsiflexion,
  kBackExtension,
  kBackBending,
  kShoulderFlexion,
  kShoulderAdduction,
  kElbowFlexion,
  kMoments
};

/// Shape: movement is frames x 39, as from make_movement.
Effort measure_effort(const Subject& subject, const base::Matrix<double>& movement, double rate_hz);

/// Activations of the 16 muscles, 0 to 1, as the electrodes see them: ahead of the force by the
/// person's electromechanical delay. Shape: frames x 16.
base::Matrix<double> activate_muscles(const Subject& subject, const base::Matrix<double>& movement,
                                      const Effort& effort, double rate_hz, base::Random random);

/// Raw EMG: noise of 30 to 250 Hz whose RMS follows the activation; mains hum, offset, drift,
/// movement artefacts and spikes. Shape: samples x 16, V.
base::Matrix<double> make_emg(const Subject& subject, const base::Matrix<double>& activation,
                              double activation_hz, double emg_hz, base::Random random);

}  // namespace kinemyo::synth
