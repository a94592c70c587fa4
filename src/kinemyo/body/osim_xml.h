#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/body/function.h"

// An OpenSim document's elements as values: for osim*.cc only.
namespace kinemyo::body {

/// The document with its path, so that every error names file, line and element.
class OsimDocument {
 public:
  /// Throws FormatError unless it is well-formed XML, at most 256 MB, with an OpenSimDocument that holds a Model.
  OsimDocument(std::string_view text, std::string path);

  pugi::xml_document& xml() { return xml_; }
  pugi::xml_node model() const { return model_; }
  const std::string& path() const { return path_; }

  /// A child element, or the one in the document's <defaults> for elements of that class; empty where there is neither.
  pugi::xml_node property(pugi::xml_node node, const char* name) const;
  /// Trimmed text of a property; empty where there is none.
  std::string text(pugi::xml_node node, const char* name) const;
  double number(pugi::xml_node node, const char* name, double absent) const;
  bool flag(pugi::xml_node node, const char* name, bool absent) const;
  /// Every number of a property. Throws FormatError unless all are finite.
  std::vector<double> numbers(pugi::xml_node node, const char* name) const;
  Eigen::Vector3d vector(pugi::xml_node node, const char* name, const Eigen::Vector3d& absent) const;
  /// Names separated by blanks; "Unassigned" is none.
  std::vector<std::string> words(pugi::xml_node node, const char* name) const;
  /// A translation and body-fixed X-Y-Z angles as a frame.
  Eigen::Isometry3d frame(pugi::xml_node node, const char* translation, const char* orientation) const;
  /// The function that stands in `holder`, directly or in a child <function>; nothing if there is none.
  std::optional<Function> function(pugi::xml_node holder, const std::string& of) const;

  [[noreturn]] void fail(pugi::xml_node at, std::string what, std::string expected, std::string found) const;

 private:
  Function function_of(pugi::xml_node element, const std::string& of, int depth) const;

  std::string path_;
  std::string_view text_;
  pugi::xml_document xml_;
  pugi::xml_node model_;
  pugi::xml_node defaults_;
};

/// What stands in <objects> of a set.
std::vector<pugi::xml_node> objects_of(pugi::xml_node set);

}  // namespace kinemyo::body
