#pragma once

#include "kinemyo/base/matrix.h"
#include "kinemyo/base/random.h"
#include "kinemyo/synth/subject.h"

namespace kinemyo::synth {

/// The coordinates of a trial: a person doing an activity in his or her way, feet on the floor, at
/// a place and heading of the laboratory that differ from trial to trial. Shape: frames x 39.
/// Units: rad, m.
base::Matrix<double> make_movement(const Subject& subject, const Activity& activity, double seconds,
                                   double rate_hz, base::Random random);


}  // namespace kinemyo::synth
