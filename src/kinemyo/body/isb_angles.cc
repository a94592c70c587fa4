#include "kinemyo/body/isb_angles.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/chain.h"

namespace kinemyo::body {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Axes in columns: y along `y`, x at right angles to it and to `right`.
Matrix3d along_y(const Vector3d& y, const Vector3d& right) {
  Matrix3d out;
  out.col(1) = y.normalized();
  out.col(0) = y.cross(right).normalized();
  out.col(2) = out.col(0).cross(out.col(1));
  return out;
}

// Axes in columns: z along `right`, y as near as can be to `up`.
Matrix3d along_z(const Vector3d& right, const Vector3d& up) {
  Matrix3d out;
  out.col(2) = right.normalized();
  out.col(0) = up.cross(right).normalized();
  out.col(1) = out.col(2).cross(out.col(0));
  return out;
}

// The segments of one frame. A landmark that the recording lacks is NaN, and so is what needs it.
class Segments {
 public:
  Segments(const motion::Series& markers, std::size_t frame) : markers_(markers), frame_(frame) {}

  Matrix3d pelvis() const {
    const Vector3d right = at("RASIS") - at("LASIS");
    const Vector3d forward = middle("LASIS", "RASIS") - middle("LPSIS", "RPSIS");
    return along_z(right, right.cross(forward));
  }
  Matrix3d thigh(bool right) const {
    const double width = (at("RASIS") - at("LASIS")).norm();
    const Vector3d hip =
        middle("LASIS", "RASIS") +
        pelvis() * Vector3d(-0.19 * width, -0.30 * width, (right ? 0.36 : -0.36) * width);
    return along_y(hip - of(right, "Knee"), across(right, "Knee"));
  }
  Matrix3d shank(bool right) const {
    return along_y(of(right, "Knee") - of(right, "Ankle"), across(right, "Ankle"));
  }
  // Of tibia and fibula, for the ankle: about the line between the malleoli.
  Matrix3d malleoli(bool right) const {
    return along_z(across(right, "Ankle"), of(right, "Knee") - of(right, "Ankle"));
  }
  Matrix3d foot(bool right) const {
    const auto heel = named(right, "FootHeel");
    const Vector3d forward =
        of(right, "Toe") - (markers_.find(heel) ? at(heel) : of(right, "Ankle"));
    const Vector3d aside = across(right, "Toe");
    return along_y(aside.cross(forward), aside);
  }
  Matrix3d thorax() const {
    const Vector3d front = at("CLAV"), back = at("C7"), below = middle("STRN", "T10");
    const Vector3d up = 0.5 * (front + back) - below;
    return along_y(up, (front - below).cross(back - below));
  }
  Matrix3d upper_arm(bool right) const {
    const Vector3d head = middle(named(right, "ShoulderFront"), named(right, "ShoulderRear"));
    return along_y(head - of(right, "LowerArm"), across(right, "LowerArm"));
  }
  Matrix3d forearm(bool right) const {
    return along_y(of(right, "LowerArm") - at(named(right, "WristMedial")), across(right, "Wrist"));
  }

 private:
  static std::string named(bool right, const std::string& name) {
    return (right ? "R." : "L.") + name;
  }
  Vector3d at(const std::string& name) const {
    const auto c = markers_.find(name);
    if (!c) return Vector3d::Constant(kNaN);
    return {markers_.at(frame_, *c, 0), markers_.at(frame_, *c, 1), markers_.at(frame_, *c, 2)};
  }
  Vector3d middle(const std::string& a, const std::string& b) const {
    return 0.5 * (at(a) + at(b));
  }
  Vector3d of(bool right, const std::string& joint) const {
    return middle(named(right, joint + "Lateral"), named(right, joint + "Medial"));
  }
  // From the left to the right.
  Vector3d across(bool right, const std::string& joint) const {
    const Vector3d out = at(named(right, joint + "Lateral")) - at(named(right, joint + "Medial"));
    return right ? out : Vector3d(-out);
  }

  const motion::Series& markers_;
  std::size_t frame_;
};

struct IsbJoint {
  std::string name;
  std::vector<std::string> landmarks;
  std::function<Vector3d(const Segments&)> angles;
};

// About the proximal z, the floating x, the distal y; `bends` -1 where bending is negative about z.
Vector3d zxy(const Matrix3d& proximal, const Matrix3d& distal, bool right, double bends = 1) {
  const Vector3d angles = zxy_angles(proximal.transpose() * distal);
  const double side = right ? 1 : -1;
  return {bends * angles[0], side * angles[1], side * angles[2]};
}

// How the foot lies in the shank while the person stands.
Matrix3d standing_foot(const motion::Series& standing, bool right) {
  Matrix3d sum = Matrix3d::Zero();
  for (std::size_t f = 0; f < standing.frames(); ++f) {
    const Segments s(standing, f);
    const Matrix3d turn = s.foot(right).transpose() * s.malleoli(right);
    if (turn.allFinite()) sum += turn;
  }
  if (sum.isZero()) return Matrix3d::Identity();
  const Eigen::JacobiSVD<Matrix3d> svd(sum, Eigen::ComputeFullU | Eigen::ComputeFullV);
  return svd.matrixU() * svd.matrixV().transpose();
}

std::vector<IsbJoint> all_joints(const motion::Series& standing) {
  const std::vector<std::string> pelvis{"LASIS", "RASIS", "LPSIS", "RPSIS"},
      thorax{"C7", "CLAV", "STRN", "T10"};
  std::vector<IsbJoint> out;
  for (const bool right : {false, true}) {
    const std::string s = right ? "R" : "L";
    const auto both = [&](std::vector<std::string> start,
                          std::initializer_list<const char*> names) {
      for (const std::string name : names) {
        const bool pair = name == "Knee" || name == "Ankle" || name == "Toe" ||
                          name == "LowerArm" || name == "Wrist";
        for (const auto* end :
             pair ? std::vector<const char*>{"Lateral", "Medial"} : std::vector<const char*>{""})
          start.push_back(s + "." + name + end);
      }
      return start;
    };
    const Matrix3d neutral = standing_foot(standing, right);
    out.push_back({s + "Hip", both(pelvis, {"Knee"}),
                   [right](const Segments& f) { return zxy(f.pelvis(), f.thigh(right), right); }});
    out.push_back({s + "Knee", both(pelvis, {"Knee", "Ankle"}), [right](const Segments& f) {
                     return zxy(f.thigh(right), f.shank(right), right, -1);
                   }});
    out.push_back(
        {s + "Ankle", both({}, {"Knee", "Ankle", "Toe"}), [right, neutral](const Segments& f) {
           return zxy(f.malleoli(right), f.foot(right) * neutral, right);
         }});
    out.push_back({s + "Shoulder", both(thorax, {"ShoulderFront", "ShoulderRear", "LowerArm"}),
                   [right](const Segments& f) -> Vector3d {
                     // The left arm as the right one in a mirror.
                     Matrix3d turn = f.thorax().transpose() * f.upper_arm(right);
                     const Eigen::DiagonalMatrix<double, 3> mirror(1, 1, right ? 1 : -1);
                     return yxy_angles(mirror * turn * mirror);
                   }});
    out.push_back(
        {s + "Elbow", both({}, {"ShoulderFront", "ShoulderRear", "LowerArm", "Wrist"}),
         [right](const Segments& f) { return zxy(f.upper_arm(right), f.forearm(right), right); }});
  }
  auto trunk = pelvis;
  trunk.insert(trunk.end(), thorax.begin(), thorax.end());
  out.push_back(
      {"Thorax", trunk, [](const Segments& f) { return zxy(f.pelvis(), f.thorax(), true); }});
  return out;
}

}  // namespace

Vector3d yxy_angles(const Matrix3d& r) {
  // The middle row is (sin b sin c, cos b, -sin b cos c), the middle column (sin a sin b, cos b,
  // cos a sin b).
  const double sine = std::hypot(r(0, 1), r(2, 1));
  const double b = -std::atan2(sine, r(1, 1));
  if (sine < 1e-9) return {std::atan2(r(0, 2), r(0, 0)), b, 0};
  return {std::atan2(-r(0, 1), -r(2, 1)), b, std::atan2(-r(1, 0), r(1, 2))};
}

IsbAngles isb_angles(const motion::Series& markers, const motion::Series& standing) {
  require(markers.quantity() == motion::Quantity::position, "isb_angles: a series of positions");
  IsbAngles out;
  std::vector<IsbJoint> joints;
  for (auto& joint : all_joints(standing)) {
    std::vector<std::string> lacking;
    for (const auto& name : joint.landmarks) {
      if (!markers.find(name)) lacking.push_back(name);
    }
    if (lacking.empty()) {
      joints.push_back(std::move(joint));
    } else {
      out.left_out.push_back(joint.name + " (" + base::join(lacking) + ")");
    }
  }
  if (joints.empty())
    throw Error("the markers show no joint as the ISB defines them; lacking: " +
                base::join(out.left_out));
  std::vector<motion::Channel> channels;
  for (const auto& joint : joints) channels.push_back({joint.name, "rad"});
  base::Matrix<double> values(markers.frames(), 3 * joints.size(), kNaN);
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    const Segments segments(markers, f);
    for (std::size_t j = 0; j < joints.size(); ++j) {
      const Vector3d angles = joints[j].angles(segments);
      for (std::size_t k = 0; k < 3; ++k)
        values(f, 3 * j + k) = angles.allFinite() ? angles[static_cast<Eigen::Index>(k)] : kNaN;
    }
  }
  out.angles = motion::Series(motion::Quantity::angle3, std::move(channels), markers.clock(),
                              std::move(values));
  return out;
}

}  // namespace kinemyo::body
