#include "kinemyo/study/score_table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>


namespace kinemyo::study {

namespace {

using Trials = std::vector<const TrialResult*>;

std::string title_of(const std::string& si) {
  if (si == "rad") return "Joint angles";
  if (si == "m") return "Translations";
  if (si == "V" || si == "1") return "Muscles";
  return "Other outputs";
}

// All frames of some trials under each other, some columns, in people's unit.
base::Matrix<double> stacked(const Trials& trials, const std::vector<std::size_t>& columns, double factor,
                             const std::function<const base::Matrix<double>&(const TrialResult&)>& part) {
  std::size_t rows = 0;
  for (const auto* trial : trials) rows += trial->truth.rows();
  base::Matrix<double> out(rows, columns.size());
  std::size_t row = 0;
  for (const auto* trial : trials) {
    const auto& values = part(*trial);
    for (std::size_t r = 0; r < values.rows(); ++r, ++row) {
      for (std::size_t c = 0; c < columns.size(); ++c) out(row, c) = factor * values(r, columns[c]);
    }
  }
  return out;
}

std::vector<std::string> distinct(const Trials& trials, std::string motion::TrialKey::*part) {
  std::vector<std::string> out;
  for (const auto* trial : trials) {
    if (std::find(out.begin(), out.end(), trial->key.*part) == out.end()) out.push_back(trial->key.*part);
  }
  return out;
}

// OpenSim's and Plug-in-Gait's names for flexion of hip, knee and ankle; -1: none of them.
int sagittal_joint(const std::string& name) {
  static const std::vector<std::vector<std::string>> joints = {
      {"hip_flexion_r", "hip_flexion_l", "RHipAngles_x", "LHipAngles_x"},
      {"knee_angle_r", "knee_angle_l", "RKneeAngles_x", "LKneeAngles_x"},
      {"ankle_angle_r", "ankle_angle_l", "RAnkleAngles_x", "LAnkleAngles_x"}};
  for (std::size_t j = 0; j < joints.size(); ++j) {
    if (std::find(joints[j].begin(), joints[j].end(), name) != joints[j].end()) return static_cast<int>(j);
  }
  return -1;
}

// Of each column, the share of known frames that lie in the interval.
std::vector<double> held_by_interval(const Trials& trials, const std::vector<std::size_t>& columns) {
  std::vector<double> out;
  for (const auto column : columns) {
    double within = 0, known = 0;
    for (const auto* trial : trials) {
      if (trial->interval.low.empty()) continue;
      for (std::size_t r = 0; r < trial->truth.rows(); ++r) {
        const double truth = trial->truth(r, column), low = trial->interval.low(r, column);
        if (std::isnan(truth) || std::isnan(low)) continue;
        known += 1;
        within += truth >= low && truth <= trial->interval.high(r, column);
      }
    }
    out.push_back(within / known);  // NaN of none
  }
  if (std::all_of(out.begin(), out.end(), [](double one) { return std::isnan(one); })) out.clear();
  return out;
}

double mean_of(const std::vector<double>& values) { return report::spread(values).mean; }

// Root mean square errors of hip, knee, ankle (mean over sides), and their mean.
std::vector<double> sagittal_rmse(const report::Scores& scores) {
  std::vector<std::vector<double>> joints(3);
  for (std::size_t c = 0; c < scores.channels.size(); ++c) {
    const int joint = sagittal_joint(scores.channels[c]);
    if (joint >= 0) joints[static_cast<std::size_t>(joint)].push_back(scores.each[c].rmse);
  }
  std::vector<double> out = {mean_of(joints[0]), mean_of(joints[1]), mean_of(joints[2])};
  out.push_back(mean_of(out));
  return out;
}

ScoreTable make_table(const Evaluation& evaluation, const std::string& si) {
  ScoreTable table;
  const auto unit = peoples_unit(si);
  table.title = title_of(si);
  table.unit = unit.name;
  table.methods = evaluation.methods;
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < evaluation.outputs.size(); ++c) {
    if (evaluation.outputs[c].unit != si) continue;
    columns.push_back(c);
    table.channels.push_back(evaluation.outputs[c].name);
  }
  const auto scores_of = [&](const Trials& trials) {
    std::vector<report::Scores> out;
    const auto truth = stacked(trials, columns, unit.factor, [](const TrialResult& t) -> const base::Matrix<double>& {
      return t.truth;
    });
    for (std::size_t m = 0; m < evaluation.methods.size(); ++m) {
      const auto predicted = stacked(trials, columns, unit.factor,
                                     [m](const TrialResult& t) -> const base::Matrix<double>& { return t.predicted[m]; });
      out.push_back(report::score(table.channels, evaluation.left_out, truth, predicted));
    }
    return out;
  };
  Trials all;
  for (const auto& trial : evaluation.trials) all.push_back(&trial);
  const auto groups_of = [&](std::string motion::TrialKey::*part) {
    std::vector<ScoreTable::Group> out;
    for (const auto& name : distinct(all, part)) {
      Trials members;
      std::copy_if(all.begin(), all.end(), std::back_inserter(members),
                   [&](const TrialResult* trial) { return trial->key.*part == name; });
      out.push_back({name, scores_of(members)});
    }
    return out;
  };
  table.scores = scores_of(all);
  table.held = held_by_interval(all, columns);
  if (!table.held.empty()) table.mean_held = mean_of(table.held);
  table.subjects = groups_of(&motion::TrialKey::subject);
  table.activities = groups_of(&motion::TrialKey::activity);

  auto& sagittal = table.sagittal;
  std::copy_if(table.channels.begin(), table.channels.end(), std::back_inserter(sagittal.channels),
               [](const std::string& name) { return sagittal_joint(name) >= 0; });
  for (std::size_t m = 0; m < table.methods.size(); ++m) {
    std::vector<double> rmse, sagittal_mean;
    for (const auto& subject : table.subjects) {
      rmse.push_back(subject.scores[m].mean.rmse);
      sagittal_mean.push_back(sagittal_rmse(subject.scores[m])[3]);
    }
    table.rmse_over_subjects.push_back(report::spread(rmse));
    if (sagittal.channels.empty()) continue;
    const auto joints = sagittal_rmse(table.scores[m]);
    sagittal.hip.push_back(joints[0]);
    sagittal.knee.push_back(joints[1]);
    sagittal.ankle.push_back(joints[2]);
    sagittal.mean.push_back(joints[3]);
    sagittal.mean_over_subjects.push_back(report::spread(sagittal_mean));
  }
  return table;
}

}  // namespace

PeoplesUnit peoples_unit(const std::string& si) {
  if (si == "rad") return {"deg", 180 / std::numbers::pi};
  if (si == "m") return {"mm", 1e3};
  if (si == "V") return {"mV", 1e3};
  if (si == "1") return {"% of reference", 100};
  return {si, 1};
}

std::vector<ScoreTable> tabulate(const Evaluation& evaluation) {
  std::vector<std::string> units;
  for (const char* first : {"rad", "m", "1", "V"}) {
    for (const auto& channel : evaluation.outputs) {
      if (channel.unit == first && std::find(units.begin(), units.end(), first) == units.end()) units.push_back(first);
    }
  }
  for (const auto& channel : evaluation.outputs) {
    if (std::find(units.begin(), units.end(), channel.unit) == units.end()) units.push_back(channel.unit);
  }
  std::vector<ScoreTable> out;
  for (const auto& unit : units) out.push_back(make_table(evaluation, unit));
  return out;
}

}  // namespace kinemyo::study
