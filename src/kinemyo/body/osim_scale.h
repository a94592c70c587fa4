#pragma once

#include <string>
#include <string_view>

#include "kinemyo/body/scaling.h"

namespace kinemyo::body {

/// The .osim file `text` (from `path`, read as `model`) with its bodies, joints, muscles' points, meshes and markers as scaled;
/// masses and inertias times `mass_ratio`, inertias stretched besides. All else as it stands: muscles' lengths (optimal fibre,
/// tendon slack) and radii of wrap objects are not changed; parse_osim reads what the scaling holds, and OpenSim too.
/// Throws FormatError as parse_osim does.
std::string format_scaled_osim(std::string_view text, const std::string& path, const Scaling& scaling, const Model& model,
                               double mass_ratio = 1);

}  // namespace kinemyo::body
