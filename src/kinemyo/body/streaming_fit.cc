#include "kinemyo/body/streaming_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"

namespace kinemyo::body {

namespace {
constexpr double kLost = 0.05;  ///< m: a fit that gets worse than this, suddenly, is tried anew
}

StreamingFit::StreamingFit(Model model, std::vector<double> weights, const IkOptions& options) : solver_(std::move(model), std::move(weights), options) {
  const auto& all = solver_.weights();
  const auto weighing = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](double w) { return w > 0; }));
  least_ = std::max<std::size_t>(3, weighing / 2);
  pose_ = solver_.model().make_pose();
  on_body_.assign(all.size(), Eigen::Vector3d::Constant(std::numeric_limits<double>::quiet_NaN()));
  filled_.resize(3 * all.size());
  kept_.resize(solver_.coordinates().size());
}

IkFrame StreamingFit::step(std::span<const double> markers) {
  require(markers.size() == filled_.size(), "StreamingFit: 3 numbers a marker of the model");
  const auto weights = solver_.weights();
  const auto seen = [&](std::size_t m) { return weights[m] > 0 && std::isfinite(markers[3 * m] + markers[3 * m + 1] + markers[3 * m + 2]); };
  std::size_t count = 0;
  double weight = 0;
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (seen(m)) ++count, weight += weights[m];
  }
  found_ = count >= (started_ ? 3 : least_);
  if (!found_) return {};
  IkFrame frame;
  if (!started_) {
    frame = solver_.start(markers);
    started_ = true;
  } else {
    frame = solver_.step(markers);
    const double rms = std::sqrt(frame.cost / weight);
    if ((rms > kLost && rms > 2 * rms_before_) || !frame.converged) {
      std::copy(solver_.coordinates().begin(), solver_.coordinates().end(), kept_.begin());
      const auto anew = solver_.start(markers);
      if (anew.cost < 0.7 * frame.cost) {
        frame = anew;
        ++restarts_;
      } else {
        solver_.set_coordinates(kept_);
      }
    }
  }
  rms_before_ = std::sqrt(frame.cost / weight);
  // Once more with the missing ones where they were on their bodies.
  const auto& model = solver_.model();
  model.place(solver_.coordinates(), pose_);
  bool missing = false;
  std::copy(markers.begin(), markers.end(), filled_.begin());
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (weights[m] == 0 || seen(m) || !on_body_[m].allFinite()) continue;
    Eigen::Map<Eigen::Vector3d>(filled_.data() + 3 * m) = pose_.bodies[model.markers()[m].body] * on_body_[m];
    missing = true;
  }
  if (missing) {
    std::copy(solver_.coordinates().begin(), solver_.coordinates().end(), kept_.begin());
    solver_.set_coordinates(kept_);
    const auto again = solver_.step(filled_);
    frame.converged = frame.converged && again.converged;
    frame.iterations += again.iterations;
    model.place(solver_.coordinates(), pose_);
  }
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (seen(m)) on_body_[m] = pose_.bodies[model.markers()[m].body].inverse() * Eigen::Map<const Eigen::Vector3d>(markers.data() + 3 * m);
  }
  return frame;
}

}  // namespace kinemyo::body
