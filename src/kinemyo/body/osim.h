#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// What an .osim file says about bodies, joints and markers.
struct OsimModel {
  std::string name;
  Model model;
  std::vector<std::string> notes;  ///< for people: what was assumed
};

/// Reads a model of OpenSim, versions 2.3 to 4: docs/formats/osim.md says what of it, and what is refused by name.
/// Coordinates that are not clamped have no limits; muscles, forces, contact and geometry are passed over.
/// Units: m, rad, kg. Throws FormatError (line, names) and IoError. Cost: O(bytes).
OsimModel read_osim(const std::filesystem::path& path);
OsimModel parse_osim(std::string_view text, const std::string& path);

}  // namespace kinemyo::body
