#include "kinemyo/body/osim_write.h"

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>
#include <sstream>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;
using pugi::xml_node;

std::string text_of(const Vector3d& v) { return base::to_text(v.x()) + " " + base::to_text(v.y()) + " " + base::to_text(v.z()); }

void put(xml_node node, const char* name, const std::string& value) { node.append_child(name).text().set(value.c_str()); }

xml_node named(xml_node set, const char* type, const std::string& name) {
  auto node = set.append_child(type);
  node.append_attribute("name") = name.c_str();
  return node;
}

std::string path_of(const Model& model, std::size_t body) { return body == 0 ? "/ground" : "/bodyset/" + model.bodies()[body].name; }

// Body-fixed X-Y-Z angles.
Vector3d orientation(const Eigen::Matrix3d& r) {
  return {std::atan2(-r(1, 2), r(2, 2)), std::asin(std::clamp(r(0, 2), -1.0, 1.0)), std::atan2(-r(0, 1), r(0, 0))};
}

void put_frame(xml_node frames, const std::string& name, const std::string& parent, const Eigen::Isometry3d& at) {
  auto frame = named(frames, "PhysicalOffsetFrame", name);
  put(frame, "socket_parent", parent);
  put(frame, "translation", text_of(at.translation()));
  put(frame, "orientation", text_of(orientation(at.linear())));
}

void put_line(xml_node holder, const Function& function) {
  const double slope = function.slope(0), offset = function.value(0);
  for (const double x : {-2.0, -0.5, 0.7, 3.0}) {
    require(std::abs(function.value(x) - (offset + slope * x)) < 1e-12, "format_osim: a joint that does not move by straight lines");
  }
  auto line = named(holder, "LinearFunction", "function");
  put(line, "coefficients", base::to_text(slope) + " " + base::to_text(offset));
}

// Three turns or three ways: those of the joint, then axes that move nothing and are independent of them.
void put_axes(xml_node transform, const Model& model, const Joint& joint, Axis::Kind kind) {
  std::vector<const Axis*> own;
  for (const auto& axis : joint.axes) {
    if (axis.kind == kind) own.push_back(&axis);
  }
  require(own.size() <= 3, "format_osim: joint '" + joint.name + "' has more than three axes of a kind");
  std::vector<Vector3d> directions;
  const char* word = kind == Axis::Kind::rotation ? "rotation" : "translation";
  for (std::size_t k = 0; k < 3; ++k) {
    auto node = named(transform, "TransformAxis", word + std::to_string(k + 1));
    if (k < own.size()) {
      directions.push_back(own[k]->direction);
      put(node, "coordinates", own[k]->coordinate ? model.coordinates()[*own[k]->coordinate].name : "");
      put(node, "axis", text_of(own[k]->direction));
      put_line(node, own[k]->coordinate ? own[k]->function : Function::constant(own[k]->function.value(0)));
      continue;
    }
    Vector3d best = Vector3d::UnitX();
    double most = -1;
    for (const Vector3d& unit : {Vector3d(1, 0, 0), Vector3d(0, 1, 0), Vector3d(0, 0, 1)}) {
      Vector3d rest = unit;
      for (const auto& d : directions) rest -= rest.dot(d) / d.squaredNorm() * d;
      if (rest.norm() > most + 1e-9) most = rest.norm(), best = unit;
    }
    directions.push_back(best);
    put(node, "coordinates", "");
    put(node, "axis", text_of(best));
    put(named(node, "Constant", "function"), "value", "0");
  }
}

}  // namespace

std::string format_osim(const Model& model, const std::string& name) {
  pugi::xml_document xml;
  auto declaration = xml.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto document = xml.append_child("OpenSimDocument");
  document.append_attribute("Version") = "40000";
  auto top = named(document, "Model", name);
  named(top, "Ground", "ground");
  put(top, "gravity", "0 -9.80665 0");
  put(top, "length_units", "meters");
  put(top, "force_units", "N");
  auto bodies = named(top, "BodySet", "bodyset").append_child("objects");
  auto joints = named(top, "JointSet", "jointset").append_child("objects");
  std::vector<char> written(model.coordinates().size(), 0);
  for (std::size_t b = 1; b < model.bodies().size(); ++b) {
    const auto& one = model.bodies()[b];
    auto body = named(bodies, "Body", one.name);
    put(body, "mass", base::to_text(one.mass_kg));
    put(body, "mass_center", text_of(one.mass_center));
    const auto& i = one.inertia;
    put(body, "inertia", text_of({i(0, 0), i(1, 1), i(2, 2)}) + " " + text_of({i(0, 1), i(0, 2), i(1, 2)}));

    const auto& joint = model.joints()[b];
    const bool moves = std::any_of(joint.axes.begin(), joint.axes.end(), [](const Axis& axis) { return axis.coordinate.has_value(); });
    require(moves || joint.axes.empty(), "format_osim: joint '" + joint.name + "' has axes that no coordinate moves");
    auto node = named(joints, moves ? "CustomJoint" : "WeldJoint", joint.name);
    put(node, "socket_parent_frame", joint.name + "_parent");
    put(node, "socket_child_frame", joint.name + "_child");
    auto coordinates = node.append_child("coordinates");
    for (const auto& axis : joint.axes) {
      if (!axis.coordinate || written[*axis.coordinate]) continue;
      written[*axis.coordinate] = 1;
      const auto& c = model.coordinates()[*axis.coordinate];
      auto coordinate = named(coordinates, "Coordinate", c.name);
      const bool limited = std::isfinite(c.minimum) && std::isfinite(c.maximum);
      put(coordinate, "default_value", base::to_text(c.neutral));
      put(coordinate, "range", limited ? base::to_text(c.minimum) + " " + base::to_text(c.maximum) : "-100 100");
      put(coordinate, "clamped", limited ? "true" : "false");
      put(coordinate, "locked", c.locked ? "true" : "false");
    }
    auto frames = node.append_child("frames");
    put_frame(frames, joint.name + "_parent", path_of(model, model.parent(b)), joint.on_parent);
    put_frame(frames, joint.name + "_child", path_of(model, b), joint.on_child);
    if (!moves) {
      node.remove_child(coordinates);
      continue;
    }
    auto transform = node.append_child("SpatialTransform");
    put_axes(transform, model, joint, Axis::Kind::rotation);
    put_axes(transform, model, joint, Axis::Kind::translation);
  }
  auto constraints = named(top, "ConstraintSet", "constraintset").append_child("objects");
  // A coordinate that moves nothing by itself has no joint to stand in, and its coupling no use.
  for (const auto& coupling : model.couplings()) {
    if (!written[coupling.dependent]) continue;
    const auto& dependent = model.coordinates()[coupling.dependent].name;
    auto node = named(constraints, "CoordinateCouplerConstraint", dependent + "_coupling");
    put(node, "isEnforced", "true");
    put_line(node.append_child("coupled_coordinates_function"), coupling.function);
    put(node, "independent_coordinate_names", model.coordinates()[coupling.leading].name);
    put(node, "dependent_coordinate_name", dependent);
  }
  auto markers = named(top, "MarkerSet", "markerset").append_child("objects");
  for (const auto& marker : model.markers()) {
    auto node = named(markers, "Marker", marker.name);
    put(node, "socket_parent_frame", path_of(model, marker.body));
    put(node, "location", text_of(marker.location));
    put(node, "fixed", "false");
  }
  std::ostringstream out;
  xml.save(out, "\t", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace kinemyo::body
