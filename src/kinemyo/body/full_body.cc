#include "kinemyo/body/full_body.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;

constexpr double kDegree = std::numbers::pi / 180;

// Bell, Pedersen and Brand 1990: hip centre from the middle of the iliac spines, by their distance.
Vector3d hip_center(const Anthropometry& p) {
  return {-0.19 * p.pelvis_width, -0.30 * p.pelvis_width, 0.36 * p.pelvis_width};
}

// The lumbar joint from the middle of the iliac spines; the shoulders stand above the hips.
Vector3d lumbar_joint(const Anthropometry& p) { return {-0.052 * p.stature, 0.040 * p.stature, 0}; }

double shoulder_forward(const Anthropometry& p) { return 0.020 * p.stature; }

// What lies on the right at z lies on the left at -z, and turns the other way about X and Y.
struct Side {
  bool right;
  const char* suffix() const { return right ? "_r" : "_l"; }
  Vector3d point(double x, double y, double z) const { return {x, y, right ? z : -z}; }
  Vector3d turn(double x, double y, double z) const {
    return right ? Vector3d(x, y, z) : Vector3d(-x, -y, z);
  }
};

Eigen::Isometry3d at(const Vector3d& place) {
  Eigen::Isometry3d frame = Eigen::Isometry3d::Identity();
  frame.translation() = place;
  return frame;
}

// Adds bodies and the coordinates that move them.
class Builder {
 public:
  explicit Builder(const Anthropometry& person) : person_(person) {}

  std::size_t angle(const std::string& name, double low_deg, double high_deg, bool locked = false) {
    return model.add_coordinate({name, 0, low_deg * kDegree, high_deg * kDegree, locked});
  }
  static Axis rotation(const Vector3d& about, std::size_t coordinate) {
    return {Axis::Kind::rotation, about, coordinate, Function::line()};
  }
  std::size_t body(const std::string& name, double mass_fraction, const Vector3d& center,
                   std::size_t parent, const std::string& joint, const Vector3d& place,
                   std::vector<Axis> axes) {
    return model.add_body({name, mass_fraction * person_.mass_kg, center}, parent,
                          {joint, at(place), std::move(axes)});
  }

  void add_pelvis() {
    const auto tilt = angle("pelvis_tilt", -120, 120);
    const auto list = angle("pelvis_list", -90, 90);
    const auto turn = angle("pelvis_rotation", -360, 360);
    std::vector<Axis> axes;
    const std::pair<const char*, Vector3d> ways[] = {{"pelvis_tx", Vector3d::UnitX()},
                                                     {"pelvis_ty", Vector3d::UnitY()},
                                                     {"pelvis_tz", Vector3d::UnitZ()}};
    for (const auto& [name, way] : ways) {
      const double height = way.y() > 0 ? person_.pelvis_height() : 0;
      axes.push_back({Axis::Kind::translation, way, model.add_coordinate({name, height, -50, 50})});
    }
    axes.push_back(rotation(Vector3d::UnitZ(), tilt));
    axes.push_back(rotation(Vector3d::UnitX(), list));
    axes.push_back(rotation(Vector3d::UnitY(), turn));
    const Vector3d center(-0.035 * person_.stature, -0.005 * person_.stature, 0);
    pelvis = body("pelvis", 0.142, center, 0, "ground_pelvis", Vector3d::Zero(), std::move(axes));
  }

  void add_leg(const Side side) {
    const std::string s = side.suffix();
    const double thigh = person_.thigh;
    const double shank = person_.shank;
    const double foot = person_.foot_length;
    const auto flexion = angle("hip_flexion" + s, -40, 140);
    const auto adduction = angle("hip_adduction" + s, -70, 45);
    const auto turn = angle("hip_rotation" + s, -60, 60);
    const auto knee = angle("knee_angle" + s, 0, 155);
    const auto beta = angle("knee_angle" + s + "_beta", 0, 155);
    const auto ankle = angle("ankle_angle" + s, -60, 45);
    const auto subtalar = angle("subtalar_angle" + s, -35, 35);
    const auto toes = angle("mtp_angle" + s, -60, 60, true);
    model.add_coupling({beta, knee, Function::line()});

    const Vector3d hip = hip_center(person_);
    const auto femur =
        body("femur" + s, 0.100, {0, -0.433 * thigh, 0}, pelvis, "hip" + s,
             side.point(hip.x(), hip.y(), hip.z()),
             {rotation(Vector3d::UnitZ(), flexion), rotation(side.turn(1, 0, 0), adduction),
              rotation(side.turn(0, 1, 0), turn)});
    const auto tibia = body("tibia" + s, 0.0465, {0, -0.433 * shank, 0}, femur, "knee" + s,
                            {0, -thigh, 0}, {rotation(-Vector3d::UnitZ(), knee)});
    const auto talus = body("talus" + s, 0, Vector3d::Zero(), tibia, "ankle" + s, {0, -shank, 0},
                            {rotation(Vector3d::UnitZ(), ankle)});
    // 41 degrees up and 23 degrees inwards.
    const double up = 41 * kDegree;
    const double in = 23 * kDegree;
    const Vector3d oblique =
        side.turn(std::cos(up) * std::cos(in), std::sin(up), -std::cos(up) * std::sin(in));
    const auto calcn = body("calcn" + s, 0.0125, {0.20 * foot, -0.5 * person_.foot_height, 0},
                            talus, "subtalar" + s, Vector3d::Zero(), {rotation(oblique, subtalar)});
    body("toes" + s, 0.0020, {0.12 * foot, 0, 0}, calcn, "mtp" + s,
         {0.47 * foot, -0.8 * person_.foot_height, 0}, {rotation(Vector3d::UnitZ(), toes)});
  }

  void add_torso() {
    const auto extension = angle("lumbar_extension", -90, 45);
    const auto bending = angle("lumbar_bending", -60, 60);
    const auto turn = angle("lumbar_rotation", -60, 60);
    // Abdomen, thorax, head and neck together.
    const Vector3d center(0.022 * person_.stature, 0.70 * person_.trunk, 0);
    torso = body("torso", 0.436, center, pelvis, "back", lumbar_joint(person_),
                 {rotation(Vector3d::UnitZ(), extension), rotation(Vector3d::UnitX(), bending),
                  rotation(Vector3d::UnitY(), turn)});
  }

  void add_arm(const Side side) {
    const std::string s = side.suffix();
    const auto flexion = angle("arm_flex" + s, -90, 180);
    const auto adduction = angle("arm_add" + s, -180, 90);
    const auto turn = angle("arm_rot" + s, -110, 110);
    const auto elbow = angle("elbow_flex" + s, 0, 150);
    const auto pronation = angle("pro_sup" + s, -20, 110);
    const auto wrist_flex = angle("wrist_flex" + s, -70, 70, true);
    const auto wrist_dev = angle("wrist_dev" + s, -30, 30, true);
    const auto humerus =
        body("humerus" + s, 0.028, {0, -0.436 * person_.upper_arm, 0}, torso, "shoulder" + s,
             side.point(shoulder_forward(person_), person_.trunk, person_.shoulder_half_width),
             {rotation(Vector3d::UnitZ(), flexion), rotation(side.turn(1, 0, 0), adduction),
              rotation(side.turn(0, 1, 0), turn)});
    const auto ulna =
        body("ulna" + s, 0.008, {0, -0.430 * person_.forearm, 0}, humerus, "elbow" + s,
             {0, -person_.upper_arm, 0}, {rotation(Vector3d::UnitZ(), elbow)});
    const auto radius =
        body("radius" + s, 0.008, {0, -0.430 * person_.forearm, 0}, ulna, "radioulnar" + s,
             Vector3d::Zero(), {rotation(side.turn(0, 1, 0), pronation)});
    body("hand" + s, 0.006, {0, -0.506 * person_.hand, 0}, radius, "wrist" + s,
         {0, -person_.forearm, 0},
         {rotation(side.turn(1, 0, 0), wrist_flex), rotation(Vector3d::UnitZ(), wrist_dev)});
  }

  Model model;
  std::size_t pelvis = 0;
  std::size_t torso = 0;

 private:
  const Anthropometry& person_;
};

// Places points on the bodies of a model, by the names of the right side.
class Placer {
 public:
  Placer(Model& model, const Anthropometry& person) : p_(person), model_(model) {}

  void put(const std::string& name, const std::string& body, const Vector3d& location) {
    const auto found = model_.find_body(body);
    require(found.has_value(), "markers: the model has no body '" + body + "'");
    model_.add_marker({name, *found, location});
  }
  void on_midline(const std::string& name, const std::string& body, double x, double y) {
    put(name, body, {x, y, 0});
  }
  void on_side(Side side, const std::string& name, const std::string& body, double x, double y,
               double z) {
    put(name, body + side.suffix(), side.point(x, y, z));
  }
  void on_trunk(Side side, const std::string& name, const std::string& body, double x, double y,
                double z) {
    put(name, body, side.point(x, y, z));
  }

  void foot(Side side, const std::string& name, double x, double y, double z) {
    on_side(side, name, "calcn", x * p_.foot_length, y * p_.foot_height, z * p_.foot_length);
  }

 private:
  const Anthropometry& p_;
  Model& model_;
};

}  // namespace

Anthropometry Anthropometry::of_stature(double stature_m, double mass_kg) {
  require(stature_m > 0.5 && stature_m < 2.5, "Anthropometry: stature outside 0.5 to 2.5 m");
  require(mass_kg > 0, "Anthropometry: mass is not above 0 kg");
  Anthropometry p;
  p.stature = stature_m;
  p.mass_kg = mass_kg;
  p.foot_height = 0.039 * stature_m;
  p.foot_length = 0.152 * stature_m;
  p.shank = (0.285 - 0.039) * stature_m;
  p.thigh = (0.530 - 0.285) * stature_m;
  p.pelvis_width = 0.135 * stature_m;
  p.trunk = 0.818 * stature_m - (p.pelvis_height() + lumbar_joint(p).y());
  p.neck_and_head = (1 - 0.818) * stature_m;
  p.shoulder_half_width =
      0.129 * 0.85 * stature_m;  // the centre lies inside the shoulder's breadth
  p.upper_arm = 0.186 * stature_m;
  p.forearm = 0.146 * stature_m;
  p.hand = 0.108 * stature_m;
  return p;
}

double Anthropometry::pelvis_height() const {
  return foot_height + shank + thigh - hip_center(*this).y();
}

Model make_full_body(const Anthropometry& person) {
  Builder builder(person);
  builder.add_pelvis();
  builder.add_leg({true});
  builder.add_leg({false});
  builder.add_torso();
  builder.add_arm({true});
  builder.add_arm({false});
  return std::move(builder.model);
}

void add_original_markers(Model& model, const Anthropometry& p) {
  Placer placer(model, p);
  const double h = p.stature;
  const auto half = [&](Side side) {
    const std::string s = side.right ? "R." : "L.";
    placer.on_side(side, s + "AnkleLateral", "tibia", -0.005 * h, -p.shank, 0.022 * h);
    placer.on_side(side, s + "AnkleMedial", "tibia", 0.004 * h, -p.shank + 0.004 * h, -0.021 * h);
    placer.foot(side, s + "ToeLateral", 0.36, -0.62, 0.19);
    placer.foot(side, s + "ToeMedial", 0.47, -0.50, -0.17);
    placer.on_side(side, s + "WristMedial", "radius", 0, -p.forearm, -0.018 * h);
    placer.on_side(side, s + "WristLateral", "radius", 0, -p.forearm, 0.018 * h);
    placer.on_trunk(side, s + "ShoulderFront", "torso", shoulder_forward(p) + 0.032 * h,
                    p.trunk - 0.004 * h, p.shoulder_half_width + 0.004 * h);
    placer.on_trunk(side, s + "ShoulderRear", "torso", shoulder_forward(p) - 0.034 * h,
                    p.trunk - 0.004 * h, p.shoulder_half_width + 0.004 * h);
    placer.on_side(side, s + "KneeLateral", "femur", 0, -p.thigh, 0.031 * h);
    placer.on_side(side, s + "KneeMedial", "femur", 0, -p.thigh, -0.031 * h);
    placer.on_side(side, s + "LowerArmLateral", "humerus", 0, -p.upper_arm, 0.023 * h);
    placer.on_side(side, s + "LowerArmMedial", "humerus", 0, -p.upper_arm, -0.021 * h);
  };
  placer.foot({false}, "L.FootHeel", -0.24, -0.55, 0);
  half({false});
  half({true});
  for (const Side side : {Side{false}, Side{true}}) {
    const std::string s = side.right ? "R" : "L";
    placer.on_trunk(side, s + "ASIS", "pelvis", 0, 0, p.pelvis_width / 2);
    placer.on_trunk(side, s + "PSIS", "pelvis", -0.092 * h, 0.004 * h, 0.19 * p.pelvis_width);
  }
  placer.on_midline("C7", "torso", -0.040 * h, p.trunk + 0.045 * h);
  placer.on_midline("CLAV", "torso", 0.055 * h, p.trunk - 0.004 * h);
  placer.on_trunk({false}, "LACR", "torso", shoulder_forward(p), p.trunk + 0.028 * h,
                  p.shoulder_half_width);
  placer.on_trunk({true}, "RACR", "torso", shoulder_forward(p), p.trunk + 0.028 * h,
                  p.shoulder_half_width);
  placer.on_midline("Head_Top", "torso", 0.030 * h, p.trunk + p.neck_and_head);
  for (const Side side : {Side{true}, Side{false}}) {
    placer.on_side(side, side.right ? "R.UpparArm" : "L.UpparArm", "humerus", 0.008 * h,
                   -0.55 * p.upper_arm, 0.030 * h);
  }
  for (const Side side : {Side{true}, Side{false}}) {
    placer.on_side(side, side.right ? "R.Thigh" : "L.Thigh", "femur", 0.025 * h, -0.55 * p.thigh,
                   0.045 * h);
  }
  for (const Side side : {Side{true}, Side{false}}) {
    placer.on_side(side, side.right ? "R.Shank" : "L.Shank", "tibia", 0.020 * h, -0.45 * p.shank,
                   0.028 * h);
  }
  placer.on_side({true}, "RFAsuperior", "radius", 0.018 * h, -0.40 * p.forearm, 0.016 * h);
  placer.on_side({false}, "LFAsuperior", "radius", 0.018 * h, -0.40 * p.forearm, 0.016 * h);
}

void add_plug_in_gait_markers(Model& model, const Anthropometry& p) {
  Placer placer(model, p);
  const double h = p.stature;
  placer.on_trunk({false}, "LASI", "pelvis", 0, 0, p.pelvis_width / 2);
  placer.on_trunk({true}, "RASI", "pelvis", 0, 0, p.pelvis_width / 2);
  placer.on_midline("SACR", "pelvis", -0.096 * h, 0.004 * h);
  for (const Side side : {Side{false}, Side{true}}) {
    const std::string s = side.right ? "R" : "L";
    placer.on_side(side, s + "THI", "femur", 0, -0.60 * p.thigh, 0.052 * h);
    placer.on_side(side, s + "KNE", "femur", 0, -p.thigh, 0.033 * h);
    placer.on_side(side, s + "TIB", "tibia", 0, -0.50 * p.shank, 0.036 * h);
    placer.on_side(side, s + "ANK", "tibia", 0, -p.shank, 0.024 * h);
    placer.foot(side, s + "HEE", -0.24, -0.55, 0);
    placer.foot(side, s + "TOE", 0.45, -0.45, 0);
  }
  placer.on_midline("C7", "torso", -0.040 * h, p.trunk + 0.045 * h);
  placer.on_midline("CLAV", "torso", 0.055 * h, p.trunk - 0.004 * h);
  placer.on_midline("STRN", "torso", 0.080 * h, p.trunk - 0.105 * h);
  placer.on_trunk({false}, "LSHO", "torso", shoulder_forward(p), p.trunk + 0.028 * h,
                  p.shoulder_half_width);
  placer.on_trunk({true}, "RSHO", "torso", shoulder_forward(p), p.trunk + 0.028 * h,
                  p.shoulder_half_width);
}

void add_mediapipe_landmarks(Model& model, const Anthropometry& p) {
  Placer placer(model, p);
  const double h = p.stature;
  // The face, from the top of the head; eyes at 0.936 of stature.
  const double top = p.trunk + p.neck_and_head;
  const auto face = [&](const std::string& name, double x, double down, double out) {
    placer.put(name, "torso", {x * h, top - down * h, out * h});
  };
  face("NOSE", 0.090, 0.085, 0);
  face("LEFT_EYE_INNER", 0.077, 0.065, -0.010);
  face("LEFT_EYE", 0.076, 0.064, -0.018);
  face("LEFT_EYE_OUTER", 0.073, 0.064, -0.026);
  face("RIGHT_EYE_INNER", 0.077, 0.065, 0.010);
  face("RIGHT_EYE", 0.076, 0.064, 0.018);
  face("RIGHT_EYE_OUTER", 0.073, 0.064, 0.026);
  face("LEFT_EAR", 0.030, 0.075, -0.043);
  face("RIGHT_EAR", 0.030, 0.075, 0.043);
  face("MOUTH_LEFT", 0.080, 0.104, -0.014);
  face("MOUTH_RIGHT", 0.080, 0.104, 0.014);
  const auto both = [&](const std::string& name, const std::string& body, double x, double y,
                        double z) {
    placer.on_side({false}, "LEFT_" + name, body, x, y, z);
    placer.on_side({true}, "RIGHT_" + name, body, x, y, z);
  };
  both("SHOULDER", "humerus", 0, 0, 0);
  both("ELBOW", "ulna", 0, 0, 0);
  both("WRIST", "radius", 0, -p.forearm, 0);
  both("PINKY", "hand", 0.004 * h, -0.80 * p.hand, -0.020 * h);
  both("INDEX", "hand", 0.004 * h, -0.90 * p.hand, 0.014 * h);
  both("THUMB", "hand", 0.012 * h, -0.55 * p.hand, 0.030 * h);
  both("HIP", "femur", 0, 0, 0);
  both("KNEE", "tibia", 0, 0, 0);
  both("ANKLE", "talus", 0, 0, 0);
  both("HEEL", "calcn", -0.22 * p.foot_length, -0.75 * p.foot_height, 0);
  both("FOOT_INDEX", "calcn", 0.66 * p.foot_length, -0.80 * p.foot_height, 0);
}

Model make_marked_body(const Anthropometry& person, const std::vector<std::string>& names) {
  auto model = make_full_body(person);
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (has("LEFT_HIP")) {
    add_mediapipe_landmarks(model, person);
  } else if (has("LASI") && !has("LASIS")) {
    add_plug_in_gait_markers(model, person);
  } else {
    add_original_markers(model, person);
  }
  return model;
}

std::vector<Marker> sole_points(const Model& model, const Anthropometry& p) {
  Model scratch = model;
  scratch.clear_markers();
  Placer placer(scratch, p);
  for (const Side side : {Side{true}, Side{false}}) {
    const std::string s = side.right ? "R." : "L.";
    placer.foot(side, s + "heel", -0.20, -1, 0);
    placer.foot(side, s + "ball_inner", 0.50, -1, -0.14);
    placer.foot(side, s + "ball_outer", 0.40, -1, 0.16);
  }
  return scratch.markers();
}

}  // namespace kinemyo::body
