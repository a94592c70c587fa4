#include "kinemyo/body/osim.h"

#include <algorithm>
#include <map>
#include <numbers>
#include <set>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/osim_xml.h"

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;
using pugi::xml_node;

constexpr std::size_t kMaxBodies = 1000;
constexpr std::size_t kMaxMarkers = 10000;

// "/jointset/hip_r/pelvis_offset" to its last name.
std::string_view last_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// A joint as the file has it, before its parent is known to be placed.
struct ReadJoint {
  xml_node node;
  std::string name, parent, child;
  Eigen::Isometry3d on_parent = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d on_child = Eigen::Isometry3d::Identity();
  bool placed = false;
};

class Reader {
 public:
  explicit Reader(const OsimDocument& document) : doc_(document) {}

  OsimModel read() {
    out_.name = doc_.model().attribute("name").value();
    read_bodies();
    read_joints();
    place_joints();
    read_constraints();
    read_markers();
    return std::move(out_);
  }

 private:
  static std::string name_of(xml_node node) { return node.attribute("name").value(); }

  void read_bodies() {
    const auto set = doc_.model().child("BodySet");
    if (set.attribute("file")) doc_.fail(set, "bodies in a file of their own are not supported", "<BodySet> with its bodies", base::quoted(set.attribute("file").value()));
    for (const auto node : objects_of(set)) {
      const auto name = name_of(node);
      if (std::string_view(node.name()) != "Body") doc_.fail(node, "kind of body is not supported", "Body", node.name());
      if (name == "ground") continue;
      if (name.empty()) doc_.fail(node, "a body has no name", "a name", "none");
      if (!bodies_.emplace(name, node).second) doc_.fail(node, "two bodies bear one name", "one", base::quoted(name));
      if (bodies_.size() > kMaxBodies) doc_.fail(node, "too many bodies", "at most " + std::to_string(kMaxBodies), "more");
    }
    if (bodies_.empty()) doc_.fail(doc_.model(), "model has no bodies", "<BodySet> with bodies", "none");
  }

  Body body_of(xml_node node) const {
    Body body{name_of(node), doc_.number(node, "mass", 0), doc_.vector(node, "mass_center", Vector3d::Zero())};
    if (body.mass_kg < 0) doc_.fail(node, "mass of " + base::quoted(body.name), "0 or more", base::to_text(body.mass_kg));
    auto inertia = doc_.numbers(node, "inertia");
    if (inertia.empty()) {
      for (const char* one : {"inertia_xx", "inertia_yy", "inertia_zz", "inertia_xy", "inertia_xz", "inertia_yz"}) inertia.push_back(doc_.number(node, one, 0));
    }
    if (inertia.size() != 6) doc_.fail(node, "inertia of " + base::quoted(body.name), "6 numbers", std::to_string(inertia.size()));
    body.inertia << inertia[0], inertia[3], inertia[4], inertia[3], inertia[1], inertia[5], inertia[4], inertia[5], inertia[2];
    return body;
  }

  void read_joints() {
    if (const auto set = doc_.model().child("JointSet")) {
      for (const auto node : objects_of(set)) joints_.push_back(joint_with_sockets(node));
    } else {
      for (const auto& node : objects_of(doc_.model().child("BodySet"))) {
        for (const auto joint : node.child("Joint").children()) {
          if (joint.type() == pugi::node_element) joints_.push_back(joint_in_body(node, joint));
        }
      }
    }
    std::map<std::string, std::string> of_body;
    for (const auto& joint : joints_) {
      if (joint.child == "ground") doc_.fail(joint.node, "joint " + base::quoted(joint.name) + " moves the ground, which is not supported", "a body as its child", "ground");
      const auto [at, fresh] = of_body.emplace(joint.child, joint.name);
      if (!fresh) doc_.fail(joint.node, "loops are not supported: body " + base::quoted(joint.child) + " hangs on two joints", "one joint a body", at->second + " and " + joint.name);
    }
    for (const auto& [name, node] : bodies_) {
      if (!of_body.contains(name)) doc_.fail(node, "body " + base::quoted(name) + " hangs on no joint", "one joint a body", "none");
    }
  }

  // Version 4: frames named by sockets. A name is first looked up among the joint's own, because names repeat.
  ReadJoint joint_with_sockets(xml_node node) const {
    ReadJoint joint{node, name_of(node), {}, {}};
    joint.parent = resolve(node, socket(node, "parent_frame"), joint.on_parent, 0);
    joint.child = resolve(node, socket(node, "child_frame"), joint.on_child, 0);
    return joint;
  }

  std::string socket(xml_node node, const std::string& which) const {
    for (const auto& tag : {"socket_" + which, "socket_" + which + "_connectee_name"}) {
      const auto path = doc_.text(node, tag.c_str());
      if (!path.empty()) return path;
    }
    doc_.fail(node, "socket " + which + " of " + base::quoted(name_of(node)), "the name of a frame", "none");
  }

  // The body on which a frame is fixed; `offset` gains where.
  std::string resolve(xml_node joint, const std::string& path, Eigen::Isometry3d& offset, int depth) const {
    const std::string name(last_name(path));
    if (depth > 8) doc_.fail(joint, "frames on frames", "at most 8", "more");
    const bool plain = path.find("bodyset/") == std::string::npos;
    if (plain) {
      if (const auto frame = find_frame(joint.child("frames"), name)) return follow(joint, frame, offset, depth);
      if (const auto named = path.find("jointset/"); named != std::string::npos) {
        const auto rest = path.substr(named + 9);
        const auto other = doc_.model().child("JointSet").child("objects").find_child_by_attribute("name", rest.substr(0, rest.find('/')).c_str());
        if (const auto frame = find_frame(other.child("frames"), name)) return follow(joint, frame, offset, depth);
      }
    }
    if (name == "ground" || bodies_.contains(name)) return name;
    // A frame among a body's components: /bodyset/pelvis/frame.
    if (const auto named = path.find("bodyset/"); named != std::string::npos) {
      const auto rest = path.substr(named + 8);
      const auto body = bodies_.find(rest.substr(0, rest.find('/')));
      if (body != bodies_.end()) {
        if (const auto frame = find_frame(body->second.child("components"), name)) {
          const Eigen::Isometry3d here = doc_.frame(frame, "translation", "orientation");
          offset = here * offset;
          return body->first;
        }
      }
    }
    doc_.fail(joint, "frame " + base::quoted(path, 80) + " of " + base::quoted(name_of(joint)), "a body, or a PhysicalOffsetFrame of the joint", "neither");
  }

  static xml_node find_frame(xml_node holder, const std::string& name) {
    for (const auto frame : holder.children("PhysicalOffsetFrame")) {
      if (name_of(frame) == name) return frame;
    }
    return {};
  }

  std::string follow(xml_node joint, xml_node frame, Eigen::Isometry3d& offset, int depth) const {
    const Eigen::Isometry3d here = doc_.frame(frame, "translation", "orientation");
    offset = here * offset;
    return resolve(joint, socket(frame, "parent"), offset, depth + 1);
  }

  // Before version 4: the joint stands in its child.
  ReadJoint joint_in_body(xml_node body, xml_node node) const {
    ReadJoint joint{node, name_of(node), std::string(last_name(doc_.text(node, "parent_body"))), name_of(body)};
    if (joint.parent != "ground" && !bodies_.contains(joint.parent)) {
      doc_.fail(node, "parent of joint " + base::quoted(joint.name), "a body of the model", base::quoted(joint.parent));
    }
    if (doc_.flag(node, "reverse", false)) doc_.fail(node, "joint " + base::quoted(joint.name) + " is reversed, which is not supported", "<reverse> false", "true");
    joint.on_parent = doc_.frame(node, "location_in_parent", "orientation_in_parent");
    joint.on_child = doc_.frame(node, "location", "orientation");
    return joint;
  }

  void place_joints() {
    std::size_t left = joints_.size();
    for (bool moved = true; moved && left > 0;) {
      moved = false;
      for (auto& joint : joints_) {
        const auto parent = out_.model.find_body(joint.parent);
        if (joint.placed || !parent) continue;
        Joint made{joint.name, joint.on_parent, axes_of(joint), joint.on_child};
        out_.model.add_body(body_of(bodies_.at(joint.child)), *parent, std::move(made));
        joint.placed = moved = true;
        --left;
      }
    }
    for (const auto& joint : joints_) {
      if (!joint.placed) doc_.fail(joint.node, "joint " + base::quoted(joint.name) + " does not lead to the ground", "a tree of bodies", "a ring");
    }
  }

  std::vector<std::size_t> coordinates_of(const ReadJoint& joint, std::size_t wanted) {
    std::vector<xml_node> nodes;
    const auto in4 = joint.node.child("coordinates");
    for (const auto node : in4.children("Coordinate")) nodes.push_back(node);
    if (nodes.empty()) nodes = objects_of(joint.node.child("CoordinateSet"));
    std::vector<std::size_t> out;
    for (const auto node : nodes) out.push_back(add(node));
    while (out.size() < wanted) out.push_back(out_.model.add_coordinate({joint.name + "_coord_" + std::to_string(out.size())}));
    if (out.size() > wanted) doc_.fail(joint.node, "coordinates of joint " + base::quoted(joint.name), std::to_string(wanted), std::to_string(out.size()));
    return out;
  }

  std::size_t add(xml_node node) {
    Coordinate c{name_of(node)};
    if (c.name.empty()) doc_.fail(node, "a coordinate has no name", "a name", "none");
    if (out_.model.coordinates().size() >= kMaxBodies) doc_.fail(node, "too many coordinates", "at most " + std::to_string(kMaxBodies), "more");
    if (out_.model.find_coordinate(c.name)) doc_.fail(node, "two coordinates bear one name", "one", base::quoted(c.name));
    c.neutral = doc_.number(node, "default_value", 0);
    c.locked = doc_.flag(node, "locked", false);
    if (doc_.flag(node, "prescribed", false)) {
      doc_.fail(node, "coordinate " + base::quoted(c.name) + " is prescribed over time, which is not supported", "<prescribed> false", "true");
    }
    const auto range = doc_.numbers(node, "range");
    if (!range.empty() && (range.size() != 2 || range[0] > range[1])) doc_.fail(node, "range of " + base::quoted(c.name), "2 numbers, the lower first", doc_.text(node, "range"));
    if (!range.empty() && doc_.flag(node, "clamped", false)) {
      c.minimum = range[0];
      c.maximum = range[1];
      const double inside = std::clamp(c.neutral, c.minimum, c.maximum);
      if (inside != c.neutral) {
        out_.notes.push_back("default of " + c.name + " lies outside its range; the nearer end is taken");
        c.neutral = inside;
      }
    }
    return out_.model.add_coordinate(std::move(c));
  }

  // Every type of joint as elementary axes; translations first, in the frame on the parent.
  std::vector<Axis> axes_of(const ReadJoint& joint) {
    const std::string type = joint.node.name();
    using enum Axis::Kind;
    const Vector3d x = Vector3d::UnitX(), y = Vector3d::UnitY(), z = Vector3d::UnitZ();
    if (type == "WeldJoint") return coordinates_of(joint, 0), std::vector<Axis>{};
    if (type == "PinJoint") return {{rotation, z, coordinates_of(joint, 1)[0]}};
    if (type == "SliderJoint") return {{translation, x, coordinates_of(joint, 1)[0]}};
    if (type == "CustomJoint") return custom_axes(joint);
    if (type == "UniversalJoint") {
      const auto q = coordinates_of(joint, 2);
      return {{rotation, x, q[0]}, {rotation, y, q[1]}};
    }
    if (type == "GimbalJoint" || type == "BallJoint") {
      const auto q = coordinates_of(joint, 3);
      return {{rotation, x, q[0]}, {rotation, y, q[1]}, {rotation, z, q[2]}};
    }
    if (type == "FreeJoint") {
      const auto q = coordinates_of(joint, 6);
      return {{translation, x, q[3]}, {translation, y, q[4]}, {translation, z, q[5]},
              {rotation, x, q[0]},    {rotation, y, q[1]},    {rotation, z, q[2]}};
    }
    if (type == "PlanarJoint") {
      const auto q = coordinates_of(joint, 3);
      return {{translation, x, q[1]}, {translation, y, q[2]}, {rotation, z, q[0]}};
    }
    doc_.fail(joint.node, "type of joint " + base::quoted(joint.name) + " is not supported",
              "Weld, Pin, Slider, Universal, Gimbal, Ball, Free, Planar or CustomJoint", type);
  }

  std::vector<Axis> custom_axes(const ReadJoint& joint) {
    std::vector<xml_node> nodes;
    for (const auto node : joint.node.child("coordinates").children("Coordinate")) nodes.push_back(node);
    if (nodes.empty()) nodes = objects_of(joint.node.child("CoordinateSet"));
    std::map<std::string, std::size_t> own;
    for (const auto node : nodes) own[name_of(node)] = add(node);
    const auto transform = joint.node.child("SpatialTransform");
    if (!transform) doc_.fail(joint.node, "CustomJoint " + base::quoted(joint.name), "a <SpatialTransform>", "none");
    std::vector<Axis> translations, rotations;
    std::size_t count = 0;
    for (const auto node : transform.children("TransformAxis")) {
      if (++count > 6) doc_.fail(node, "axes of joint " + base::quoted(joint.name), "6", "more");
      const std::string name = name_of(node);
      const bool turns = name.empty() ? count <= 3 : name.starts_with("rotation");
      const std::string of = joint.name + " " + name;
      auto function = doc_.function(node, of);
      const auto names = doc_.words(node, "coordinates");
      if (names.size() > 1) doc_.fail(node, "axis " + of + " depends on several coordinates, which is not supported", "one coordinate", base::join(names));
      if (!names.empty() && !function) doc_.fail(node, "axis " + of, "a function of " + names[0], "none");
      if (!function) continue;
      Axis axis{turns ? Axis::Kind::rotation : Axis::Kind::translation, doc_.vector(node, "axis", Vector3d::Zero()), std::nullopt, *function};
      if (axis.direction.norm() < 1e-9) doc_.fail(node, "direction of axis " + of, "not 0 0 0", "0 0 0");
      if (!names.empty()) {
        const auto at = own.find(names[0]);
        if (at == own.end()) doc_.fail(node, "axis " + of, "a coordinate of its joint", base::quoted(names[0]));
        axis.coordinate = at->second;
      } else if (axis.function.value(0) == 0) {
        continue;  // moves nothing
      }
      (turns ? rotations : translations).push_back(std::move(axis));
    }
    if (count == 0) doc_.fail(transform, "SpatialTransform of " + base::quoted(joint.name), "6 TransformAxis", "none");
    translations.insert(translations.end(), rotations.begin(), rotations.end());
    return translations;
  }

  void read_constraints() {
    struct Read {
      Coupling coupling;
      xml_node node;
    };
    std::vector<Read> couplings;
    for (const auto node : objects_of(doc_.model().child("ConstraintSet"))) {
      const bool enforced = doc_.flag(node, "isEnforced", true) && !doc_.flag(node, "isDisabled", false);
      if (!enforced) {
        out_.notes.push_back("constraint " + name_of(node) + " is switched off in the file");
        continue;
      }
      if (std::string_view(node.name()) != "CoordinateCouplerConstraint") {
        doc_.fail(node, "constraint " + base::quoted(name_of(node)) + " is not supported", "CoordinateCouplerConstraint", node.name());
      }
      const auto leading = doc_.words(node, "independent_coordinate_names");
      if (leading.size() != 1) doc_.fail(node, "coupling " + base::quoted(name_of(node)), "one independent coordinate", std::to_string(leading.size()));
      const auto function = doc_.function(node, name_of(node));
      if (!function) doc_.fail(node, "coupling " + base::quoted(name_of(node)), "a function", "none");
      const auto index = [&](const std::string& name) {
        const auto found = out_.model.find_coordinate(last_name(name));
        if (!found) doc_.fail(node, "coupling " + base::quoted(name_of(node)), "a coordinate of the model", base::quoted(name));
        return *found;
      };
      const Coupling coupling{index(doc_.text(node, "dependent_coordinate_name")), index(leading[0]), function->scaled(doc_.number(node, "scale_factor", 1))};
      for (const auto& other : couplings) {
        if (other.coupling.dependent == coupling.dependent) doc_.fail(node, "two couplings of one coordinate", "one", doc_.text(node, "dependent_coordinate_name"));
      }
      couplings.push_back({coupling, node});
      if (couplings.size() > kMaxBodies) doc_.fail(node, "too many couplings", "at most " + std::to_string(kMaxBodies), "more");
    }
    // Those that lead others come first.
    while (!couplings.empty()) {
      const auto ready = std::find_if(couplings.begin(), couplings.end(), [&](const Read& one) {
        return std::none_of(couplings.begin(), couplings.end(), [&](const Read& other) { return other.coupling.dependent == one.coupling.leading; });
      });
      if (ready == couplings.end()) doc_.fail(couplings[0].node, "couplings", "no ring", "coordinates that follow each other");
      out_.model.add_coupling(ready->coupling);
      couplings.erase(ready);
    }
  }

  void read_markers() {
    const auto set = doc_.model().child("MarkerSet");
    if (set.attribute("file")) out_.notes.push_back("markers stand in a file of their own, which is not read: " + std::string(set.attribute("file").value()));
    std::set<std::string> taken;
    for (const auto node : objects_of(set)) {
      Marker marker{name_of(node), 0, doc_.vector(node, "location", Vector3d::Zero())};
      if (marker.name.empty()) doc_.fail(node, "a marker has no name", "a name", "none");
      if (!taken.insert(marker.name).second) doc_.fail(node, "two markers bear one name", "one", base::quoted(marker.name));
      if (taken.size() > kMaxMarkers) doc_.fail(node, "too many markers", "at most " + std::to_string(kMaxMarkers), "more");
      Eigen::Isometry3d offset = Eigen::Isometry3d::Identity();
      auto body = doc_.text(node, "body");
      if (body.empty()) body = resolve(node, socket(node, "parent_frame"), offset, 0);
      const auto found = out_.model.find_body(body);
      if (!found) doc_.fail(node, "marker " + base::quoted(marker.name), "a body of the model", base::quoted(body));
      marker.body = *found;
      marker.location = offset * marker.location;
      out_.model.add_marker(std::move(marker));
    }
  }

  const OsimDocument& doc_;
  OsimModel out_;
  std::map<std::string, xml_node> bodies_;
  std::vector<ReadJoint> joints_;
};

}  // namespace

OsimModel parse_osim(std::string_view text, const std::string& path) {
  const OsimDocument document(text, path);
  return Reader(document).read();
}

OsimModel read_osim(const std::filesystem::path& path) { return parse_osim(base::read_file(path), path.string()); }

}  // namespace kinemyo::body
