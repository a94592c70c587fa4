#include "kinemyo/body/inverse_dynamics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "kinemyo/body/full_body.h"
#include "kinemyo/body/osim.h"
#include "real_data.h"

namespace kinemyo::body {
namespace {

constexpr double kG = 9.80665;

// Kinetic and potential energy, by differences of poses: nothing of what is tested.
double energy(const Model& model, const std::vector<double>& before, const std::vector<double>& at,
              const std::vector<double>& after, double h) {
  const auto pose_of = [&](std::vector<double> q) {
    auto pose = model.make_pose();
    model.enforce(q);
    model.place(q, pose);
    return pose;
  };
  const auto a = pose_of(before), now = pose_of(at), b = pose_of(after);
  double sum = 0;
  for (std::size_t i = 1; i < model.bodies().size(); ++i) {
    const auto& body = model.bodies()[i];
    const Eigen::Vector3d v =
        (b.bodies[i] * body.mass_center - a.bodies[i] * body.mass_center) / (2 * h);
    const Eigen::Matrix3d rate = (b.bodies[i].linear() - a.bodies[i].linear()) / (2 * h);
    const Eigen::Matrix3d turning = now.bodies[i].linear().transpose() * rate;
    const Eigen::Vector3d omega(turning(2, 1) - turning(1, 2), turning(0, 2) - turning(2, 0),
                                turning(1, 0) - turning(0, 1));
    sum += 0.5 * body.mass_kg * v.squaredNorm() + 0.125 * omega.dot(body.inertia * omega);
    sum += body.mass_kg * kG * (now.bodies[i] * body.mass_center).y();
  }
  return sum;
}

// All coordinates swing, each in its own time.
struct Swing {
  const Model& model;
  std::vector<double> q(double t) const { return make(t, 0); }
  std::vector<double> rate(double t) const { return make(t, 1); }
  std::vector<double> change(double t) const { return make(t, 2); }

 private:
  std::vector<double> make(double t, int derivative) const {
    std::vector<double> out;
    for (std::size_t c = 0; c < model.coordinates().size(); ++c) {
      const double pace = 2 + 0.3 * static_cast<double>(c % 7),
                   phase = pace * t + static_cast<double>(c);
      const auto& one = model.coordinates()[c];
      const double middle = one.neutral + 0.3;
      out.push_back(derivative == 0   ? middle + 0.25 * std::sin(phase)
                    : derivative == 1 ? 0.25 * pace * std::cos(phase)
                                      : -0.25 * pace * pace * std::sin(phase));
    }
    return out;
  }
};

// Power in is energy's change: any wrong term of velocity, acceleration, gravity or coupling shows.
void expect_power_is_change_of_energy(const Model& model) {
  const Swing swing{model};
  InverseDynamics dynamics(model);
  std::vector<double> forces(model.coordinates().size());
  for (const double t : {0.1, 0.7, 1.3, 2.9}) {
    dynamics.solve(swing.q(t), swing.rate(t), swing.change(t), forces);
    double power = 0, size = 0;
    for (std::size_t c = 0; c < forces.size(); ++c) {
      if (model.coordinates()[c].locked) continue;
      power += forces[c] * swing.rate(t)[c];
      size += std::abs(forces[c] * swing.rate(t)[c]);
    }
    const double h = 1e-4;
    const auto at = [&](double s) {
      return energy(model, swing.q(s - h), swing.q(s), swing.q(s + h), h);
    };
    const double change =
        (8 * (at(t + h) - at(t - h)) - (at(t + 2 * h) - at(t - 2 * h))) / (12 * h);
    EXPECT_NEAR(power, change, 1e-5 * size) << t;
    EXPECT_GT(size, 10) << t;
  }
}

TEST(InverseDynamics, PowerIsTheChangeOfEnergyInOurBody) {
  auto model = make_full_body(Anthropometry::of_stature(1.8, 75));
  expect_power_is_change_of_energy(model);
}

TEST(InverseDynamics, PowerIsTheChangeOfEnergyInAModelOfOpenSimWithSplinesAndCouplings) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  expect_power_is_change_of_energy(read_osim(folder / "generic.osim").model);
}

TEST(InverseDynamics, OfAPendulumIsWhatBooksSay) {
  Model model;
  const auto turn = model.add_coordinate({"turn"});
  Body rod{"rod", 2, {0, -0.4, 0}};
  rod.inertia = Eigen::Vector3d(0.01, 0.02, 0.03).asDiagonal();
  model.add_body(rod, 0,
                 {"hinge",
                  Eigen::Isometry3d::Identity(),
                  {{Axis::Kind::rotation, Eigen::Vector3d::UnitZ(), turn}}});
  InverseDynamics dynamics(model);
  const double q[] = {0.7}, rate[] = {3}, change[] = {-2};
  double moment[1];
  dynamics.solve(q, rate, change, moment);
  EXPECT_NEAR(moment[0], (0.03 + 2 * 0.16) * -2 + 2 * kG * 0.4 * std::sin(0.7), 1e-12);
}

TEST(InverseDynamics, StandingTheRootCarriesTheWeight) {
  const auto model = make_full_body(Anthropometry::of_stature(1.8, 75));
  InverseDynamics dynamics(model);
  const auto n = model.coordinates().size();
  const std::vector<double> still(n, 0);
  std::vector<double> forces(n);
  dynamics.solve(model.neutral(), still, still, forces);
  double mass = 0;
  for (const auto& body : model.bodies()) mass += body.mass_kg;
  EXPECT_NEAR(forces[*model.find_coordinate("pelvis_ty")], mass * kG, 1e-9);
  EXPECT_NEAR(forces[*model.find_coordinate("pelvis_tx")], 0, 1e-9);
  // Falling freely nothing is needed.
  auto falling = still;
  falling[*model.find_coordinate("pelvis_ty")] = -kG;
  dynamics.solve(model.neutral(), still, falling, forces);
  for (const double force : forces) EXPECT_NEAR(force, 0, 1e-9);
}

}  // namespace
}  // namespace kinemyo::body
