#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

struct StoReadOptions {
  std::optional<bool> in_degrees;  ///< of files that hold coordinates and do not say
};

/// Reads OpenSim's MOT and STO: coordinates, forces, EMG, anything sampled in columns: docs/formats/sto.md.
/// Units: coordinates to rad (translations stay in m; knee_angle_*_beta is in rad in files in degrees, as OpenSim
/// writes them); ground forces N, N m and m; EMG and other columns as the file has them, unit unknown.
/// Missing: empty cells, nan in any case.
/// Time: the column "time"; an even clock where its printed digits allow.
/// Throws FormatError (line, column) and IoError. Cost: O(bytes).
motion::Recording read_sto(const std::filesystem::path& path, const StoReadOptions& options = {});
motion::Recording parse_sto(std::string_view text, const std::string& path, const StoReadOptions& options = {});

/// Writes all series but marker positions; angles in degrees. Each file has one clock: series on other clocks go to
/// files beside it (walk_1000Hz.sto), which the result names together with what was left out.
/// Throws Error if there is nothing to write; IoError.
std::vector<std::string> write_sto(const motion::Recording& recording, const std::filesystem::path& path);
/// Throws std::invalid_argument if the clocks differ.
std::string format_sto(const std::vector<const motion::Series*>& series, std::string_view title);

}  // namespace kinemyo::io
