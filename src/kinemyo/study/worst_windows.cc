#include "kinemyo/study/worst_windows.h"

#include <algorithm>
#include <cmath>

namespace kinemyo::study {

namespace {

// Of a channel over all trials.
double deviation(const Evaluation& evaluation, std::size_t channel) {
  double sum = 0, squares = 0, count = 0;
  for (const auto& trial : evaluation.trials) {
    for (std::size_t f = 0; f < trial.truth.rows(); ++f) {
      const double value = trial.truth(f, channel);
      if (!std::isfinite(value)) continue;
      sum += value;
      squares += value * value;
      ++count;
    }
  }
  return count > 1 ? std::sqrt(std::max(0.0, squares / count - (sum / count) * (sum / count))) : 0;
}

// The worst window of one channel of one trial; its rmse is 0 where none counts.
Window worst_of(const TrialResult& trial, std::size_t channel, std::size_t length) {
  Window out;
  out.frames = length;
  double squares = 0;
  std::size_t known = 0;
  const auto error = [&](std::size_t f) { return trial.predicted.front()(f, channel) - trial.truth(f, channel); };
  for (std::size_t end = 0; end < trial.truth.rows(); ++end) {
    const double newest = error(end);
    if (std::isfinite(newest)) squares += newest * newest, ++known;
    if (end + 1 < length) continue;
    const std::size_t first = end + 1 - length;
    if (2 * known >= length) {
      const double rmse = std::sqrt(std::max(0.0, squares) / static_cast<double>(known));
      if (rmse > out.rmse) out.rmse = rmse, out.first = first;
    }
    const double oldest = error(first);
    if (std::isfinite(oldest)) squares -= oldest * oldest, --known;
  }
  return out;
}

}  // namespace

std::vector<Window> worst_windows(const Evaluation& evaluation, double seconds, std::size_t count) {
  std::vector<Window> out;
  for (std::size_t c = 0; c < evaluation.outputs.size(); ++c) {
    const auto& left = evaluation.left_out;
    if (std::find(left.begin(), left.end(), evaluation.outputs[c].name) != left.end()) continue;
    const double spread = deviation(evaluation, c);
    if (spread <= 0) continue;
    for (std::size_t t = 0; t < evaluation.trials.size(); ++t) {
      const auto& trial = evaluation.trials[t];
      if (trial.truth.rows() == 0) continue;
      const auto wanted = static_cast<std::size_t>(std::max(1.0, std::round(seconds * trial.rate_hz)));
      Window window = worst_of(trial, c, std::min(wanted, trial.truth.rows()));
      if (window.rmse <= 0) continue;
      window.trial = t;
      window.channel = c;
      window.severity = window.rmse / spread;
      out.push_back(window);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Window& a, const Window& b) { return a.severity > b.severity; });
  out.resize(std::min(out.size(), count));
  return out;
}

}  // namespace kinemyo::study
