#include "bench/peers/simbody.h"

#include <Simbody.h>

#include <chrono>
#include <cmath>

namespace kinemyo::bench {

namespace {

using namespace SimTK;

// A function of ours as one of Simbody's.
class Wrapped : public SimTK::Function {
 public:
  Wrapped(body::Function function, int arguments) : function_(std::move(function)), arguments_(arguments) {}
  Real calcValue(const Vector& x) const override { return function_.value(arguments_ ? x[0] : 0); }
  Real calcDerivative(const Array_<int>& order, const Vector& x) const override {
    const double at = arguments_ ? x[0] : 0;
    if (order.size() == 1) return function_.slope(at);
    const double h = 1e-6;
    return (function_.slope(at + h) - function_.slope(at - h)) / (2 * h);
  }
  int getArgumentSize() const override { return arguments_; }
  int getMaxDerivativeOrder() const override { return 2; }
  Wrapped* clone() const override { return new Wrapped(*this); }

 private:
  body::Function function_;
  int arguments_;
};

// Zero where the second coordinate is the function of the first.
class Follows : public SimTK::Function {
 public:
  explicit Follows(body::Function function) : function_(std::move(function)) {}
  Real calcValue(const Vector& x) const override { return function_.value(x[0]) - x[1]; }
  Real calcDerivative(const Array_<int>& order, const Vector& x) const override {
    if (order.size() == 1) return order[0] == 0 ? function_.slope(x[0]) : -1;
    if (order[0] != 0 || order[1] != 0) return 0;
    const double h = 1e-6;
    return (function_.slope(x[0] + h) - function_.slope(x[0] - h)) / (2 * h);
  }
  int getArgumentSize() const override { return 2; }
  int getMaxDerivativeOrder() const override { return 2; }
  Follows* clone() const override { return new Follows(*this); }

 private:
  body::Function function_;
};

Vec3 vec(const Eigen::Vector3d& v) { return Vec3(v.x(), v.y(), v.z()); }

Transform transform(const Eigen::Isometry3d& t) {
  Mat33 m;
  for (int r = 0; r < 3; ++r) {
    for (int c = 0; c < 3; ++c) m(r, c) = t.linear()(r, c);
  }
  return Transform(Rotation(m), vec(t.translation()));
}

MobilizedBody add(MobilizedBody& parent, const SimbodyBody& body) {
  const Body::Rigid mass(MassProperties(1, Vec3(0), Inertia(1)));
  if (body.ranges.empty()) return MobilizedBody::Weld(parent, transform(body.on_parent), mass, transform(body.on_child));
  // Three turns and three ways; what a joint lacks is constant, about axes that complete the others.
  Array_<const SimTK::Function*> functions(6);
  Array_<Array_<int>> indices(6);
  Array_<Vec3> directions(6);
  int used[2] = {0, 0};
  for (const auto& axis : body.axes) {
    const int slot = axis.turns ? used[0]++ : 3 + used[1]++;
    directions[slot] = vec(axis.direction);
    functions[slot] = new Wrapped(axis.function, axis.coordinate >= 0 ? 1 : 0);
    if (axis.coordinate >= 0) indices[slot].push_back(axis.coordinate);
  }
  for (const int half : {0, 1}) {
    const int base = 3 * half;
    for (int k = used[half]; k < 3; ++k) {
      functions[base + k] = new Wrapped(body::Function::constant(0), 0);
      const Vec3 other = std::abs(directions[base][0]) < 0.9 ? Vec3(1, 0, 0) : Vec3(0, 1, 0);
      directions[base + k] = used[half] == 0 ? Vec3(k == 0, k == 1, k == 2)
                             : k == 1        ? Vec3(UnitVec3(directions[base] % other))
                                             : Vec3(UnitVec3(directions[base] % directions[base + 1]));
    }
  }
  return MobilizedBody::FunctionBased(parent, transform(body.on_parent), mass, transform(body.on_child), static_cast<int>(body.ranges.size()),
                                      functions, indices, directions);
}

}  // namespace

SimbodyResult run_simbody(const SimbodyModel& model, const std::vector<std::vector<double>>& frames,
                          const std::vector<double>& start, double accuracy) {
  MultibodySystem system;
  SimbodyMatterSubsystem matter(system);
  std::vector<MobilizedBody> placed;
  for (const auto& body : model.bodies) {
    MobilizedBody parent = body.parent < 0 ? MobilizedBody(matter.Ground()) : placed[static_cast<std::size_t>(body.parent)];
    placed.push_back(add(parent, body));
  }
  for (const auto& c : model.couplings) {
    Array_<MobilizedBodyIndex> bodies;
    Array_<MobilizerQIndex> places;
    bodies.push_back(placed[static_cast<std::size_t>(c.leading_body)].getMobilizedBodyIndex());
    bodies.push_back(placed[static_cast<std::size_t>(c.dependent_body)].getMobilizedBodyIndex());
    places.push_back(MobilizerQIndex(c.leading));
    places.push_back(MobilizerQIndex(c.dependent));
    Constraint::CoordinateCoupler(matter, new Follows(c.function), bodies, places);
  }
  system.realizeTopology();
  State state = system.getDefaultState();
  matter.setUseEulerAngles(state, true);
  system.realizeModel(state);

  Assembler assembler(system);
  assembler.setAccuracy(accuracy);
  auto* markers = new Markers();
  Array_<Markers::MarkerIx> order;
  for (const auto& marker : model.markers) {
    order.push_back(markers->addMarker(placed[static_cast<std::size_t>(marker.body)], vec(marker.location), marker.weight));
  }
  assembler.adoptAssemblyGoal(markers);
  std::size_t next = 0;
  for (std::size_t b = 0; b < placed.size(); ++b) {
    for (std::size_t k = 0; k < model.bodies[b].ranges.size(); ++k) {
      const auto [low, high] = model.bodies[b].ranges[k];
      if (std::isfinite(low)) assembler.restrictQ(placed[b], MobilizerQIndex(static_cast<int>(k)), low, high);
      placed[b].setOneQ(state, static_cast<int>(k), start[next++]);
    }
  }
  markers->defineObservationOrder(order);
  const auto observe = [&](const std::vector<double>& frame) {
    Array_<Vec3> points;
    for (const auto& marker : model.markers) {
      const auto* p = frame.data() + 3 * marker.column;
      points.push_back(Vec3(p[0], p[1], p[2]));
    }
    markers->moveAllObservations(points);
  };
  assembler.initialize(state);
  observe(frames[0]);
  assembler.assemble();
  SimbodyResult result;
  for (std::size_t f = 1; f < frames.size(); ++f) {
    const auto begin = std::chrono::steady_clock::now();
    observe(frames[f]);
    assembler.track();
    result.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    assembler.updateFromInternalState(state);
    auto& solved = result.coordinates.emplace_back();
    for (std::size_t b = 0; b < placed.size(); ++b) {
      for (std::size_t k = 0; k < model.bodies[b].ranges.size(); ++k) solved.push_back(placed[b].getOneQ(state, static_cast<int>(k)));
    }
    for (std::size_t m = 0; m < model.markers.size(); ++m) {
      const double square = markers->findCurrentMarkerErrorSquared(order[static_cast<unsigned>(m)]);
      if (std::isfinite(square)) result.cost += model.markers[m].weight * square;
    }
  }
  return result;
}

}  // namespace kinemyo::bench
