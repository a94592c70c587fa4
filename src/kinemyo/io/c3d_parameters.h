#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/bytes.h"
#include "kinemyo/io/c3d.h"

// The parameter section of a C3D file: groups of named values.
namespace kinemyo::io::c3d {

/// From the cursor, which stands behind the section's four bytes, to the section's end.
/// Throws FormatError with the byte.
std::vector<C3dGroup> parse_groups(base::ByteCursor& cursor, C3dProcessor processor);

/// The section with its four bytes, filled to whole blocks.
/// Throws Error where a name, a value or the section is longer than C3D can say.
std::string format_groups(const std::vector<C3dGroup>& groups, C3dProcessor processor);

/// Groups and parameters are found without regard to case; nullptr where there is none.
const C3dGroup* find_group(const std::vector<C3dGroup>& groups, std::string_view group);
const C3dParameter* find(const std::vector<C3dGroup>& groups, std::string_view group,
                         std::string_view name);

/// The numbers of a parameter and of its continuations (LABELS, LABELS2, LABELS3 ...); empty for text.
std::vector<double> numbers(const std::vector<C3dGroup>& groups, std::string_view group,
                            std::string_view name);
/// Its first number, if it has one.
std::optional<double> number(const std::vector<C3dGroup>& groups, std::string_view group,
                             std::string_view name);
/// Its first number as a count: 16-bit integers taken as unsigned. Nothing if it is no whole number.
std::optional<std::size_t> count(const std::vector<C3dGroup>& groups, std::string_view group,
                                 std::string_view name);
/// Its texts and those of its continuations: UTF-8, without blanks and zeros at the end.
std::vector<std::string> texts(const std::vector<C3dGroup>& groups, std::string_view group,
                               std::string_view name);
/// Its first text; "" where there is none.
std::string text(const std::vector<C3dGroup>& groups, std::string_view group, std::string_view name);

/// Replaces the parameter of that name, or adds it, and its group where that is missing.
void set(std::vector<C3dGroup>& groups, std::string_view group, C3dParameter parameter);

C3dParameter make_integer(std::string name, std::size_t value);
C3dParameter make_integers(std::string name, std::vector<std::int16_t> values);
C3dParameter make_real(std::string name, double value);
C3dParameter make_text(std::string name, std::string value);
/// Adds a list of texts, 255 to a parameter: LABELS, LABELS2 ...
void set_texts(std::vector<C3dGroup>& groups, std::string_view group, const std::string& name,
               const std::vector<std::string>& values);
/// Adds a list of numbers in rows of `width`, 255 rows to a parameter.
void set_reals(std::vector<C3dGroup>& groups, std::string_view group, const std::string& name,
               const std::vector<float>& values, std::size_t width = 1);

}  // namespace kinemyo::io::c3d
