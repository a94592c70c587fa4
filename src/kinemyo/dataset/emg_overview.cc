#include "kinemyo/dataset/emg_overview.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kinemyo/base/median.h"
#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"

namespace kinemyo::dataset {

std::string describe_emg(const std::vector<PreparedTrial>& trials, const model::Model& model) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::pair<double, std::string>> scores;
  std::set<std::string> kinds;
  std::size_t left_out = 0;
  double edge_s = 0;
  for (const auto& trial : trials) {
    std::vector<std::string> judged;
    for (const auto& [name, score] : trial.emg_scores) judged.push_back(name);
    for (const auto& output : model.outputs) {
      if (output.unit != "1" && output.unit != "V") continue;
      const auto found = features::find_scalar(judged, output.name);
      if (!found) continue;
      const auto& name = judged[*found];
      if (trial.emg_excluded.contains(name)) {
        ++left_out;
        continue;
      }
      scores.emplace_back(trial.emg_scores.at(name), motion::to_string(trial.key) + " " + output.name);
      edge_s = std::max(edge_s, trial.emg_edge_s);
      if (!output.reference.empty()) kinds.insert(output.reference);
    }
  }
  if (scores.empty()) return "";
  std::sort(scores.begin(), scores.end());
  std::vector<double> all;
  std::vector<std::string> poorest;
  const auto rounded = [](double score) { return base::to_text(std::round(100 * score) / 100); };
  for (const auto& [score, name] : scores) {
    all.push_back(score);
    if (poorest.size() < kNamed && score < 1) poorest.push_back(name + " " + rounded(score));
  }
  std::string out = "EMG: " + std::to_string(scores.size()) + " channels, " + std::to_string(left_out) + " left out; quality " +
                    rounded(base::median(all)) + " (median)";
  if (!poorest.empty()) out += ", the poorest " + base::join(poorest);
  if (!kinds.empty()) out += "; 100 % is " + base::join({kinds.begin(), kinds.end()});
  if (edge_s > 0) out += "; within " + base::to_text(std::round(edge_s * 1000)) + " ms of a trial's ends envelopes lean on padding";
  return out;
}

}  // namespace kinemyo::dataset
