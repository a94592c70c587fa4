#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/c3d.h"

namespace kinemyo::io::c3d {

/// Tape measures and body mass in the groups PROCESSING and SUBJECTS, by the file's names.
/// A parameter is one if it is a single number above 0 (or a text that spells one) and its name says
/// so: ...Length, ...Width, ...Height, ...Mass; or it ends in a unit (_mm, _kg).
/// Units: m, kg; lengths without a unit of their own are in `length_factor` metres,
/// and are left out where that is NaN.
std::map<std::string, double> read_measures(const std::vector<C3dGroup>& groups, double length_factor);

/// Stores measures in the group PROCESSING, lengths in mm, so that read_measures() finds them again;
/// a note names those whose names say neither length nor mass.
void set_measures(const std::map<std::string, double>& measures, std::vector<C3dGroup>& groups,
                  std::vector<std::string>& notes);

}  // namespace kinemyo::io::c3d
