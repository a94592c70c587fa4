// Inverse kinematics of recordings: frames a second on one core.
//   bench_body [MODEL.osim TRIAL.trc...]            ours
//   bench_body --simbody [MODEL.osim TRIAL.trc...]  Simbody's Assembler on the same bodies, joints, weights and ranges,
//                                                   as OpenSim sets it up; few frames of each trial, because it is slow.
//   Its accuracy is the 1e-5 that OpenSim's InverseKinematicsTool sets unless told otherwise; ours is 1e-4 rad. What either
//   comes to is printed: error_rad_95_of_100 is the distance from the optimum of the coordinate that is furthest off.
// Without files: recordings of $KINEMYO_DATA, or our own body in slow movement.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "bench/measure.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/marker_fit.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/io/trc.h"

#ifdef KINEMYO_SIMBODY
#include "bench/peers/simbody.h"
#endif

using namespace kinemyo;

namespace {

constexpr double kTolerance = 1e-4;
constexpr double kOpenSimAccuracy = 1e-5;
constexpr const char* kName = "inverse kinematics";
constexpr const char* kTreeName = "inverse kinematics beside the tree alone";

// Frames x 3 numbers a marker of the model.
std::vector<std::vector<double>> frames_of(const body::Model& model, const std::string& path) {
  const auto recording = io::read_trc(path);
  const auto& markers = *recording.find(motion::Quantity::position);
  std::vector<std::vector<double>> out(markers.frames());
  for (const auto& marker : model.markers()) {
    const auto channel = markers.find(marker.name);
    for (std::size_t f = 0; f < out.size(); ++f) {
      for (std::size_t k = 0; k < 3; ++k) out[f].push_back(channel ? markers.at(f, *channel, k) : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return out;
}

struct Input {
  body::Model model;
  std::vector<std::vector<std::vector<double>>> trials;  ///< frames x 3 numbers a marker
};

// Without recordings: our own body with the original's markers, 5 mm of noise, moving slowly.
Input sample() {
  const auto person = body::Anthropometry::of_stature(1.75, 70);
  Input input{body::make_full_body(person), {{}}};
  body::add_original_markers(input.model, person);
  base::Random random(1);
  auto pose = input.model.make_pose();
  for (int f = 0; f < 1000; ++f) {
    auto q = input.model.neutral();
    for (std::size_t c = 0; c < q.size(); ++c) {
      const auto& one = input.model.coordinates()[c];
      const double low = std::max(one.minimum, -0.4), high = std::min(one.maximum, 0.6);
      if (!one.locked && one.name != "pelvis_ty") q[c] = low + (high - low) * (0.5 + 0.4 * std::sin(0.05 * f + static_cast<double>(c)));
    }
    input.model.enforce(q);
    input.model.place(q, pose);
    auto& frame = input.trials[0].emplace_back(3 * input.model.markers().size());
    input.model.place_markers(pose, frame);
    for (auto& value : frame) value += 0.005 * random.normal();
  }
  return input;
}

double of_hundred(std::vector<double> values, double share) {
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(share / 100 * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

void report(const char* name, double frames, double seconds, double cost, double error_rad, const std::string& peer) {
  nlohmann::json more{{"frames", frames}, {"cost_per_frame_m2", cost / frames}, {"error_rad_95_of_100", error_rad}};
  if (!peer.empty()) more["peer"] = peer;
  bench::print_line(name, seconds / frames, "s", more);
}

void ours(const Input& input) {
  const auto& model = input.model;
  const auto weights = body::task_weights(model);
  double frames = 0, seconds = 0, cost = 0;
  std::vector<double> errors;
  for (const auto& all : input.trials) {
    body::InverseKinematics solver(model, weights, {kTolerance}), exact(model, weights, {1e-10, 200, true});
    std::vector<std::vector<double>> solved(all.size(), std::vector<double>(model.coordinates().size()));
    cost += solver.start(all[0]).cost;
    exact.set_coordinates(solver.coordinates());
    const double begin = bench::now_s();
    for (std::size_t f = 1; f < all.size(); ++f) {
      cost += solver.step(all[f]).cost;
      std::copy(solver.coordinates().begin(), solver.coordinates().end(), solved[f].begin());
    }
    seconds += bench::now_s() - begin;
    frames += static_cast<double>(all.size() - 1);
    for (std::size_t f = 1; f < all.size(); ++f) {
      exact.step(all[f]);
      double largest = 0;
      for (std::size_t c = 0; c < solved[f].size(); ++c) largest = std::max(largest, std::abs(solved[f][c] - exact.coordinates()[c]));
      errors.push_back(largest);
    }
  }
  for (const char* name : {kName, kTreeName}) report(name, frames, seconds, cost, of_hundred(errors, 95), "");
}

#ifdef KINEMYO_SIMBODY
// Coupled: the whole model as OpenSim hands it over, patellas led by the knees. Else only what carries markers.
void simbody(const Input& input, bool coupled) {
  const auto& model = input.model;
  const auto weights = body::task_weights(model);
  std::vector<char> carries(model.bodies().size(), coupled);
  for (std::size_t m = 0; m < weights.size(); ++m) {
    for (std::size_t b = model.markers()[m].body; weights[m] > 0 && b != 0; b = model.parent(b)) carries[b] = 1;
  }
  bench::SimbodyModel peer;
  std::vector<int> place_of(model.bodies().size(), -1);
  std::vector<std::size_t> coordinates;
  std::vector<std::pair<int, int>> stands(model.coordinates().size(), {-1, -1});
  for (std::size_t b = 1; b < model.bodies().size(); ++b) {
    if (!carries[b]) continue;
    const auto& joint = model.joints()[b];
    bench::SimbodyBody made{place_of[model.parent(b)], joint.on_parent, joint.on_child, {}, {}};
    std::vector<std::size_t> own;
    for (const auto& axis : joint.axes) {
      const bool turns = axis.kind == body::Axis::Kind::rotation;
      if (!axis.coordinate || model.coordinates()[*axis.coordinate].locked) {
        const double at = axis.coordinate ? model.coordinates()[*axis.coordinate].neutral : 0;
        made.axes.push_back({turns, axis.direction, -1, body::Function::constant(axis.function.value(at))});
        continue;
      }
      auto found = std::find(own.begin(), own.end(), *axis.coordinate);
      if (found == own.end()) {
        const auto& c = model.coordinates()[*axis.coordinate];
        made.ranges.push_back({c.minimum, c.maximum});
        coordinates.push_back(*axis.coordinate);
        stands[*axis.coordinate] = {static_cast<int>(peer.bodies.size()), static_cast<int>(own.size())};
        found = own.insert(own.end(), *axis.coordinate);
      }
      made.axes.push_back({turns, axis.direction, static_cast<int>(found - own.begin()), axis.function});
    }
    place_of[b] = static_cast<int>(peer.bodies.size());
    peer.bodies.push_back(std::move(made));
  }
  for (const auto& c : model.couplings()) {
    const auto [dependent_body, dependent] = stands[c.dependent];
    const auto [leading_body, leading] = stands[c.leading];
    if (dependent >= 0 && leading >= 0) peer.couplings.push_back({dependent_body, dependent, leading_body, leading, c.function});
  }
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (weights[m] > 0) peer.markers.push_back({place_of[model.markers()[m].body], model.markers()[m].location, weights[m], static_cast<int>(m)});
  }
  double frames = 0, seconds = 0, cost = 0;
  std::vector<double> errors;
  for (auto all : input.trials) {
    all.resize(std::min<std::size_t>(all.size(), 9));
    // It starts from our solution of the first frame: only going on is timed.
    body::InverseKinematics exact(model, weights, {1e-10, 200, true});
    exact.start(all[0]);
    std::vector<double> start;
    for (const auto c : coordinates) start.push_back(exact.coordinates()[c]);
    const auto result = bench::run_simbody(peer, all, start, kOpenSimAccuracy);
    seconds += result.seconds;
    cost += result.cost;
    frames += static_cast<double>(all.size() - 1);
    for (std::size_t f = 1; f < all.size(); ++f) {
      exact.step(all[f]);
      double largest = 0;
      for (std::size_t k = 0; k < coordinates.size(); ++k) largest = std::max(largest, std::abs(result.coordinates[f - 1][k] - exact.coordinates()[coordinates[k]]));
      errors.push_back(largest);
    }
  }
  report(coupled ? kName : kTreeName, frames, seconds, cost, of_hundred(errors, 95), "Simbody 3.7 Assembler");
}
#endif

}  // namespace

int main(int argc, char** argv) {
  const bool peer = argc > 1 && std::strcmp(argv[1], "--simbody") == 0;
  const int at = peer ? 2 : 1;
  if (argc > at && argc < at + 2) {
    std::fprintf(stderr, "usage: bench_body [--simbody] [MODEL.osim TRIAL.trc...]\n");
    return 2;
  }
  Input input;
  if (argc > at) {
    input.model = body::read_osim(argv[at]).model;
    for (int i = at + 1; i < argc; ++i) input.trials.push_back(frames_of(input.model, argv[i]));
  } else if (const char* data = std::getenv("KINEMYO_DATA")) {
    const std::string folder = std::string(data) + "/opencap_expert1/";
    input.model = body::read_osim(folder + "hand_scaled.osim").model;
    for (const auto* trial : {"walking1", "walking2", "squats1", "STS1", "DJ1", "walkingTS2"}) input.trials.push_back(frames_of(input.model, folder + trial + ".trc"));
  } else {
    input = sample();
  }
  if (!peer) {
    ours(input);
    return 0;
  }
#ifdef KINEMYO_SIMBODY
  simbody(input, true);
  simbody(input, false);
  return 0;
#else
  std::fprintf(stderr, "bench_body was built without Simbody\n");
  return 1;
#endif
}
