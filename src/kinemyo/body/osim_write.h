#pragma once

#include <string>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// A model as an .osim file, version 4.0, that OpenSim and parse_osim read: bodies, CustomJoints, couplings, markers; no
/// muscles and no geometry. Throws std::invalid_argument for a joint that moves by anything but straight lines of its
/// coordinates, or has more than three turns or ways.
std::string format_osim(const Model& model, const std::string& name);

}  // namespace kinemyo::body
