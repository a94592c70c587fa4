#include "kinemyo/body/osim.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

using Eigen::AngleAxisd;
using Eigen::Matrix3d;
using Eigen::Vector3d;
using testing::HasSubstr;

std::string sample(const std::string& name) {
  return base::read_file(std::filesystem::path(KINEMYO_SOURCE_DIR) / "fuzz/corpus/osim" / name);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  try {
    (void)parse_osim(text, "leg.osim");
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

Matrix3d turned(const Vector3d& about, double angle) { return AngleAxisd(angle, about).toRotationMatrix(); }
Matrix3d xyz(double a, double b, double c) {
  return turned(Vector3d::UnitX(), a) * turned(Vector3d::UnitY(), b) * turned(Vector3d::UnitZ(), c);
}

// By hand from what the elements mean, in both versions.
TEST(Osim, VersionsFourAndThreePlaceTheSameLeg) {
  for (const auto* file : {"version4.osim", "version3.osim"}) {
    const auto read = parse_osim(sample(file), file);
    const auto& model = read.model;
    EXPECT_EQ(read.name, "leg");
    ASSERT_EQ(model.bodies().size(), 6u);
    ASSERT_EQ(model.coordinates().size(), 13u);
    const auto& femur = model.bodies()[*model.find_body("femur")];
    EXPECT_EQ(femur.mass_kg, 2);
    EXPECT_EQ(femur.mass_center, Vector3d(0, -0.1, 0));
    EXPECT_EQ(femur.inertia(1, 1), 0.2);
    EXPECT_EQ(femur.inertia(2, 0), 0.02);
    const auto index = [&](const char* name) { return *model.find_coordinate(name); };
    EXPECT_EQ(model.coordinates()[index("knee")].maximum, 2);
    EXPECT_TRUE(model.coordinates()[index("inversion")].locked);
    EXPECT_TRUE(std::isinf(model.coordinates()[index("ha")].maximum));

    auto q = model.neutral();
    const std::pair<const char*, double> set[] = {{"ra", 0.3}, {"rb", -0.2}, {"rc", 0.5}, {"tx", 1}, {"ty", 0.9}, {"tz", -2}, {"ha", 0.4},
                                                  {"hb", 0.1}, {"hc", -0.3}, {"knee", 1.0}, {"dorsi", 0.2}, {"inversion", 9}};
    for (const auto& [name, value] : set) q[index(name)] = value;
    model.enforce(q);
    EXPECT_DOUBLE_EQ(q[index("knee_beta")], 0.5 * (2 * 1.0 + 0.1));
    EXPECT_EQ(q[index("inversion")], 0.05);
    auto pose = model.make_pose();
    model.place(q, pose);
    std::vector<double> markers(3 * model.markers().size());
    model.place_markers(pose, markers);

    const Matrix3d pelvis = xyz(0.3, -0.2, 0.5);
    const Vector3d root(1, 0.9, -2);
    const Matrix3d thigh = pelvis * xyz(0.4, 0.1, -0.3);
    const Vector3d hip = root + pelvis * Vector3d(0, -0.1, 0.1);
    // Highest power first; the spline passes through its points.
    const Matrix3d knee_frame = thigh * xyz(0.1, 0.2, 0.3);
    const Vector3d knee = hip + thigh * Vector3d(0, -0.01, 0) + knee_frame * Vector3d(0.01 - 0.02 + 0.003, 1.1 * -0.43, 0);
    const Matrix3d knee_turned = knee_frame * turned(Vector3d::UnitZ(), -1.0) * turned(Vector3d::UnitY(), 0.1);
    const Matrix3d shank = knee_turned * turned(Vector3d::UnitZ(), 0.1).transpose();
    const Vector3d tibia = knee - shank * Vector3d(0, 0.02, 0);
    const Matrix3d foot = shank * turned(Vector3d::UnitX(), 0.2) * turned(Vector3d::UnitY(), 0.05);
    const Vector3d toe = tibia + shank * Vector3d(0, -0.4, 0) + foot * Vector3d(0.2, 0, 0.01);
    const Matrix3d patella = thigh * turned(Vector3d::UnitZ(), 0.5 * 2.1);
    const Vector3d kneecap = hip + thigh * Vector3d(0.05, -0.4, 0) + patella * Vector3d(0.03, 0, 0);
    ASSERT_EQ(model.marker_names(), (std::vector<std::string>{"hip", "knee", "kneecap", "toe"}));
    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(markers[6 + k], kneecap[k], 1e-12) << file;
      EXPECT_NEAR(markers[9 + k], toe[k], 1e-12) << file;
    }
  }
}

TEST(Osim, RefusesByNameAndLineWhatItDoesNotKnow) {
  const auto good = sample("version4.osim");
  EXPECT_THAT(refusal(replaced(good, "<BallJoint", "<ScapulothoracicJoint")), HasSubstr("leg.osim:"));  // mismatched tags
  auto shoulder = replaced(good, "<BallJoint", "<ScapulothoracicJoint");
  shoulder = replaced(shoulder, "</BallJoint", "</ScapulothoracicJoint");
  EXPECT_EQ(refusal(shoulder),
            "leg.osim:line 35: type of joint \"hip\" is not supported; expected Weld, Pin, Slider, Universal, Gimbal, Ball, Free, Planar or "
            "CustomJoint, found ScapulothoracicJoint");
  auto weld = good;
  while (weld.find("CoordinateCouplerConstraint") != std::string::npos) weld = replaced(weld, "CoordinateCouplerConstraint", "WeldConstraint");
  EXPECT_THAT(refusal(weld), HasSubstr("constraint \"beta\" is not supported; expected CoordinateCouplerConstraint, found WeldConstraint"));
  EXPECT_THAT(parse_osim(replaced(weld, "<isEnforced>true", "<isEnforced>false"), "x").notes, testing::ElementsAre(HasSubstr("switched off")));
  auto sine = replaced(replaced(good, "<PolynomialFunction", "<Sine"), "</PolynomialFunction", "</Sine");
  EXPECT_THAT(refusal(sine), HasSubstr("Sine of knee translation1 is not supported"));
  EXPECT_THAT(refusal(replaced(good, "<coordinates>knee</coordinates>", "<coordinates>knee dorsi</coordinates>")), HasSubstr("depends on several coordinates"));
  EXPECT_THAT(refusal(replaced(good, "/bodyset/foot</socket_parent>", "/bodyset/tibia</socket_parent>")), HasSubstr("body \"tibia\" hangs on two joints"));
  EXPECT_THAT(refusal(replaced(good, "/ground</socket_parent>", "/bodyset/foot</socket_parent>")), HasSubstr("does not lead to the ground"));
  EXPECT_THAT(refusal(replaced(good, "0.003</coefficients>", "0.0o3</coefficients>")), HasSubstr("\"0.0o3\""));
  EXPECT_THAT(refusal(replaced(good, "/bodyset/foot</socket_parent_frame>", "/bodyset/hand</socket_parent_frame>")), HasSubstr("frame \"/bodyset/hand\" of \"toe\""));
  EXPECT_THAT(refusal(replaced(good, "<x>0 0.5", "<x>0 0.0")), HasSubstr("x increasing"));
  EXPECT_THAT(refusal("<VTKFile/>"), HasSubstr("not an OpenSim document; expected <OpenSimDocument>, found <VTKFile>"));
}

TEST(Osim, DamagedFilesAreReadOrRefused) {
  for (const auto* file : {"version4.osim", "version3.osim"}) {
    const auto good = sample(file);
    std::size_t refused = 0;
    const auto survives = [&](const std::string& text) {
      try {
        (void)parse_osim(text, "x");
      } catch (const Error&) {
        ++refused;
      }
    };
    for (std::size_t n = 0; n + 20 < good.size(); ++n) survives(good.substr(0, n));
    EXPECT_EQ(refused, good.size() - 20) << file;  // only the end of the last tag may lack
    for (std::size_t at = 0; at < good.size(); ++at) {
      auto damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x01);
      survives(damaged);
      damaged[at] = static_cast<char>(0xff);
      survives(damaged);
    }
  }
}

// OpenSim's own results put the model's markers on the measured ones: conventions of joints, polynomials and frames.
TEST(Osim, PlacesARealPersonAsOpenSimDoes) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  const auto model = read_osim(folder / "hand_scaled.osim").model;
  EXPECT_EQ(model.bodies().size(), 23u);
  EXPECT_EQ(model.markers().size(), 49u);
  EXPECT_EQ(model.coordinates().size(), 35u);
  for (const auto* trial : {"walking2", "squats1", "STS1", "DJ1"}) {
    const auto trc = io::read_trc(folder / (std::string(trial) + ".trc"));
    const auto mot = io::read_sto(folder / (std::string(trial) + ".mot"));
    const auto& points = *trc.find(motion::Quantity::position);
    const auto& angles = *mot.find(motion::Quantity::coordinate);
    std::vector<double> q(model.coordinates().size()), placed(3 * model.markers().size());
    auto pose = model.make_pose();
    double sum = 0, count = 0, worst_pelvis = 0;
    for (std::size_t f = 0; f < angles.frames(); ++f) {
      const auto frame = static_cast<std::size_t>(std::lround((angles.clock().time_s(f) - points.clock().start_s()) * points.clock().rate_hz()));
      ASSERT_LT(frame, points.frames());
      for (std::size_t c = 0; c < q.size(); ++c) q[c] = angles.at(f, *angles.find(model.coordinates()[c].name));
      model.place(q, pose);
      model.place_markers(pose, placed);
      for (std::size_t m = 0; m < model.markers().size(); ++m) {
        const auto& name = model.markers()[m].name;
        const auto channel = points.find(name);
        if (!channel || name.find("HJC") != std::string::npos) continue;
        double square = 0;
        for (std::size_t k = 0; k < 3; ++k) square += std::pow(placed[3 * m + k] - points.at(frame, *channel, k), 2);
        sum += square;
        ++count;
        if (name.find("ASIS") != std::string::npos) worst_pelvis = std::max(worst_pelvis, std::sqrt(square));
      }
    }
    EXPECT_LT(std::sqrt(sum / count), 0.030) << trial;
    EXPECT_LT(worst_pelvis, 0.050) << trial;
  }
}

}  // namespace
}  // namespace kinemyo::body
