// Inverse kinematics beside OpenSim's own results, and back from postures made by forward kinematics.
#include <algorithm>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/walks.h"
#include "kinemyo/base/random.h"
#include "kinemyo/io/sto.h"

namespace kinemyo::bench {

namespace {

void beside_opensim() {
  const auto model = opencap_model("hand_scaled");
  const auto weights = body::task_weights(model);
  std::map<std::string, Rms> apart;
  std::size_t cheaper = 0, jumps = 0, trials = 0, frames = 0;
  for (const auto& trial : opencap_trials()) {
    const auto points = opencap_markers(trial);
    const auto mot = io::read_sto(recordings("opencap_expert1") / (trial + ".mot"));
    const auto& theirs = *mot.find(motion::Quantity::coordinate);
    body::InverseKinematics solver(model, weights);
    const auto fit = body::fit_markers(solver, points);
    std::vector<double> q(model.coordinates().size()), frame(3 * weights.size()), distances(weights.size());
    const auto cost = [&] {
      solver.set_coordinates(q);
      solver.distances(frame, distances);
      double sum = 0;
      for (std::size_t m = 0; m < weights.size(); ++m) {
        if (weights[m] > 0 && std::isfinite(distances[m])) sum += weights[m] * distances[m] * distances[m];
      }
      return sum;
    };
    double ours_cost = 0, theirs_cost = 0;
    for (std::size_t t = 0; t < theirs.frames(); ++t, ++frames) {
      const auto f = static_cast<std::size_t>(std::lround((theirs.clock().time_s(t) - points.clock().start_s()) * points.clock().rate_hz()));
      for (std::size_t m = 0; m < weights.size(); ++m) {
        const auto channel = points.find(model.markers()[m].name);
        for (std::size_t k = 0; k < 3; ++k) frame[3 * m + k] = channel ? points.at(f, *channel, k) : NAN;
      }
      for (std::size_t c = 0; c < q.size(); ++c) q[c] = fit.coordinates.at(f, c);
      ours_cost += cost();
      for (std::size_t c = 0; c < q.size(); ++c) q[c] = theirs.at(t, *theirs.find(model.coordinates()[c].name));
      theirs_cost += cost();
      for (std::size_t c = 0; c < q.size(); ++c) {
        const auto& name = model.coordinates()[c].name;
        const auto their_channel = *theirs.find(name);
        if (fit.coordinates.channels()[c].unit != "rad") continue;
        apart[name].add(difference_deg(fit.coordinates.at(f, c), q[c]));
        if (t == 0 || name.starts_with("pro_sup")) continue;
        jumps += std::abs(fit.coordinates.at(f, c) - fit.coordinates.at(f - 1, c)) * kDegrees > 10 + std::abs(q[c] - theirs.at(t - 1, their_channel)) * kDegrees;
      }
    }
    cheaper += ours_cost <= theirs_cost;
    ++trials;
  }
  const std::string over = "opencap_expert1, " + std::to_string(trials) + " trials, " + std::to_string(frames) + " frames against the .mot (without DJ3); nothing is fitted";
  for (const auto& [joint, most] : std::vector<std::pair<std::string, double>>{{"pelvis", 0.6}, {"hip", 0.6}, {"knee", 0.6}, {"ankle", 0.6}, {"subtalar", NAN}, {"lumbar", 0.6},
                                                                              {"arm_flex", 0.5}, {"arm_add", 0.5}, {"arm_rot", NAN}, {"elbow", NAN}}) {
    std::vector<double> values;
    for (const auto& [name, rms] : apart) {
      if (name.starts_with(joint) && !name.ends_with("beta")) values.push_back(rms.value());
    }
    print({"inverse kinematics beside OpenSim: " + joint + ", its worst coordinate", *std::max_element(values.begin(), values.end()), "deg", most, NAN, over, values});
  }
  print({"trials whose weighted cost is at or below OpenSim's", static_cast<double>(cheaper), "of " + std::to_string(trials), NAN, static_cast<double>(trials), over, {}, 0});
  print({"jumps above 10 degrees between frames that OpenSim's do not have", static_cast<double>(jumps), "", 0, NAN, over, {}, 0});
}

void back_from_postures() {
  double worst = 0;
  std::size_t postures = 0;
  for (const auto* name : {"generic", "hand_scaled"}) {
    const auto model = opencap_model(name);
    body::IkOptions options;
    options.limits = false;
    options.tolerance = 1e-6;
    body::InverseKinematics solver(model, std::vector<double>(model.markers().size(), 1), options);
    base::Random random(7);
    auto pose = model.make_pose();
    std::vector<double> points(3 * model.markers().size());
    for (int n = 0; n < 50; ++n, ++postures) {
      auto q = model.neutral();
      for (std::size_t c = 0; c < q.size(); ++c) q[c] += random.uniform(-0.35, 0.35);
      model.enforce(q);
      model.place(q, pose);
      model.place_markers(pose, points);
      solver.start(points);
      for (std::size_t c = 0; c < q.size(); ++c) {
        if (!model.coordinates()[c].name.starts_with("mtp")) worst = std::max(worst, std::abs(difference_deg(solver.coordinates()[c], q[c])));
      }
    }
  }
  print({"postures made by forward kinematics, recovered from scratch: worst angle", worst, "deg", 0.01, NAN, std::to_string(postures) + " random postures of generic.osim and hand_scaled.osim, limits off", {}, 4});
}

}  // namespace

void ik() {
  beside_opensim();
  back_from_postures();
}

}  // namespace kinemyo::bench
