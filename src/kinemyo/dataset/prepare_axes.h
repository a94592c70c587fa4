#pragma once

#include "kinemyo/motion/recording.h"

namespace kinemyo::dataset {

/// Which axis points up, told by a person standing: in at least nine of ten frames head, neck and shoulder
/// markers lie at least 0.5 m above feet and ankles along one axis, more than along any other.
/// Markers are known by their usual names. Units: m. Returns unknown where that does not hold.
/// Throws Error when the person hangs head down along an axis: then no proper rotation is meant.
motion::UpAxis recognise_up(const motion::Series& markers);

/// Turns positions in place to Y up by a quarter turn, so that right stays right:
/// Z up: (x, y, z) to (x, z, -y), X stays; X up: (x, y, z) to (-y, x, z), Z stays. Y up stays as it is.
/// Throws std::invalid_argument for unknown.
void turn_y_up(motion::Series& markers, motion::UpAxis up);

}  // namespace kinemyo::dataset
