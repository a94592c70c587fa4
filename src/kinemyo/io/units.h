#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kinemyo::io {

/// A unit of a file: value in SI = factor * value in the file.
struct Unit {
  std::string si;
  double factor = 1;
};

/// The unit that a text means ("mm", "Nmm", "uV", "deg"), or nothing if it is unknown.
std::optional<Unit> parse_unit(std::string_view text);
/// The same; an unknown unit keeps its text and its numbers.
Unit unit_or_as_is(std::string_view text);

/// The unit in which C3D files hold points of an SI unit: mm for m, degrees, Nmm; else the unit itself.
struct FileUnit {
  std::string text;
  double factor = 1;  ///< value in SI = factor * value in the file
};
FileUnit point_unit_of(std::string_view si);

}  // namespace kinemyo::io
