#include "kinemyo/body/osim_scale.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/osim_xml.h"

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;
using pugi::xml_node;

std::string text_of(const Vector3d& v) { return base::to_text(v.x()) + " " + base::to_text(v.y()) + " " + base::to_text(v.z()); }

class Stretcher {
 public:
  Stretcher(OsimDocument& document, const Model& model, const Scaling& scaling, double mass_ratio)
      : doc_(document), model_(model), scaling_(scaling), factors_(scaling.factors), mass_ratio_(mass_ratio) {}

  void run() {
    xml_node top = doc_.model();
    for (auto body : objects_of(top.child("BodySet"))) stretch_body(body);
    for (auto joint : objects_of(top.child("JointSet"))) stretch_joint(joint);
    for (auto force : objects_of(top.child("ForceSet"))) {
      for (auto point : force.select_nodes(".//*[location]")) {
        stretch(point.node(), "location", factor_of(point.node()));
      }
    }
    for (auto marker : objects_of(top.child("MarkerSet"))) put_marker(marker);
  }

 private:
  const Vector3d& of_body(std::string_view name) const {
    const auto found = model_.find_body(name);
    return factors_[found ? *found : 0];
  }
  // Of the body that a point of a muscle is on, by its socket, or by <body> before version 4.
  const Vector3d& factor_of(xml_node point) const {
    auto name = doc_.text(point, "socket_parent_frame");
    if (name.empty()) name = doc_.text(point, "body");
    const auto slash = name.rfind('/');
    return of_body(slash == std::string::npos ? name : name.substr(slash + 1));
  }
  void stretch(xml_node node, const char* name, const Vector3d& factor) const {
    auto element = node.child(name);
    if (!element) return;
    const auto values = doc_.numbers(node, name);
    if (values.size() != 3) return;
    element.text().set(text_of(Vector3d(values[0], values[1], values[2]).cwiseProduct(factor)).c_str());
  }
  void stretch_body(xml_node body) const {
    const std::string name = body.attribute("name").value();
    const auto& factor = of_body(name);
    stretch(body, "mass_center", factor);
    put_inertia(body);
    for (auto mesh : body.select_nodes("attached_geometry/*[scale_factors]")) stretch(mesh.node(), "scale_factors", factor);
    for (auto wrap : body.select_nodes("WrapObjectSet/objects/*[translation]")) stretch(wrap.node(), "translation", factor);
    for (auto visible : body.select_nodes("VisibleObject[scale_factors]")) stretch(visible.node(), "scale_factors", factor);
    for (auto joint : body.child("Joint").children()) {
      const auto parent = doc_.text(joint, "parent_body");
      stretch(joint, "location_in_parent", of_body(parent));
      stretch(joint, "location", factor);
      stretch_axes(joint);
    }
  }
  void put_inertia(xml_node body) const {
    const auto found = model_.find_body(body.attribute("name").value());
    if (!found) return;
    const auto& made = scaling_.model.bodies()[*found];
    if (auto mass = body.child("mass")) mass.text().set(base::to_text(mass_ratio_ * made.mass_kg).c_str());
    const Eigen::Matrix3d inertia = mass_ratio_ * made.inertia;
    const double values[] = {inertia(0, 0), inertia(1, 1), inertia(2, 2), inertia(0, 1), inertia(0, 2), inertia(1, 2)};
    std::string all;
    const char* names[] = {"inertia_xx", "inertia_yy", "inertia_zz", "inertia_xy", "inertia_xz", "inertia_yz"};
    for (int k = 0; k < 6; ++k) {
      const auto text = base::to_text(values[k]);
      all += (k == 0 ? "" : " ") + text;
      if (auto one = body.child(names[k])) one.text().set(text.c_str());
    }
    if (auto six = body.child("inertia")) six.text().set(all.c_str());
  }
  void stretch_joint(xml_node joint) const {
    for (auto frame : joint.child("frames").children("PhysicalOffsetFrame")) {
      const auto parent = doc_.text(frame, "socket_parent");
      stretch(frame, "translation", of_body(parent.substr(parent.rfind('/') + 1)));
    }
    stretch_axes(joint);
  }
  // Translations that a coordinate drives grow with the parent.
  void stretch_axes(xml_node joint) const {
    const std::string name = joint.attribute("name").value();
    for (std::size_t b = 1; b < model_.bodies().size(); ++b) {
      if (model_.joints()[b].name != name || model_.parent(b) == 0) continue;
      for (auto axis : joint.child("SpatialTransform").children("TransformAxis")) {
        if (!std::string_view(axis.attribute("name").value()).starts_with("translation")) continue;
        const Vector3d direction = doc_.vector(axis, "axis", Vector3d::UnitX()).normalized();
        const double factor = (model_.joints()[b].on_parent.linear() * direction).cwiseProduct(factors_[model_.parent(b)]).norm();
        xml_node holder = axis.child("function") ? axis.child("function") : axis;
        for (auto child : holder.children()) {
          const std::string_view kind = child.name();
          if (kind == "coordinates" || kind == "axis" || child.type() != pugi::node_element) continue;
          auto outer = holder.insert_child_before("MultiplierFunction", child);
          if (child.attribute("name")) outer.append_attribute("name") = child.attribute("name").value();
          outer.append_child("function").append_copy(child);
          outer.append_child("scale").text().set(base::to_text(factor).c_str());
          holder.remove_child(child);
          break;
        }
      }
    }
  }
  void put_marker(xml_node marker) const {
    const std::string name = marker.attribute("name").value();
    for (const auto& one : model_.markers()) {
      if (one.name != name) continue;
      marker.child("location").text().set(text_of(one.location).c_str());
      // In its body's own frame, whatever frame it was given in.
      auto socket = marker.child("socket_parent_frame");
      if (socket) socket.text().set((one.body == 0 ? "/ground" : "/bodyset/" + model_.bodies()[one.body].name).c_str());
    }
  }

  OsimDocument& doc_;
  const Model& model_;
  const Scaling& scaling_;
  const std::vector<Vector3d>& factors_;
  double mass_ratio_;
};

}  // namespace

std::string format_scaled_osim(std::string_view text, const std::string& path, const Scaling& scaling, const Model& model,
                               double mass_ratio) {
  OsimDocument document(text, path);
  // Joints' frames are those of the unscaled model; markers those of the scaled one.
  Model mixed = model;
  mixed.clear_markers();
  for (const auto& marker : scaling.model.markers()) mixed.add_marker(marker);
  Stretcher(document, mixed, scaling, mass_ratio).run();
  std::ostringstream out;
  document.xml().save(out, "\t", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace kinemyo::body
