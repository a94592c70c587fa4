#include "cli/scores.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "kinemyo/base/text.h"

namespace kinemyo::cli {

namespace {

using nlohmann::json;

std::string count(std::size_t number, const std::string& one, const std::string& many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

// Angles and millimetres to two places, r and R2 to three.
std::vector<std::string> cells(const report::Score& s, bool mean_predictor) {
  std::vector<std::string> out = {fixed(s.mae, 2), fixed(s.rmse, 2)};
  if (!mean_predictor) {
    out.push_back(fixed(s.r2, 3));
    out.push_back(fixed(s.r, 3));
  }
  return out;
}

std::vector<std::string> header_of(const study::ScoreTable& table, const std::string& first) {
  std::vector<std::string> header = {first};
  for (const auto& method : table.methods) {
    header.push_back(method + " MAE");
    header.push_back("RMSE");
    if (method == "mean") continue;  // its R2 is about 0 and its r is not defined
    header.push_back("R2");
    header.push_back("r");
  }
  return header;
}

std::vector<std::string> row_of(const study::ScoreTable& table, const std::string& name,
                                const std::vector<const report::Score*>& scores) {
  std::vector<std::string> row = {name};
  for (std::size_t m = 0; m < scores.size(); ++m) {
    for (auto& cell : cells(*scores[m], table.methods[m] == "mean")) row.push_back(std::move(cell));
  }
  return row;
}

template <typename Choose>
std::vector<const report::Score*> each_method(const std::vector<report::Scores>& scores, Choose choose) {
  std::vector<const report::Score*> out;
  for (const auto& one : scores) out.push_back(&choose(one));
  return out;
}

void print_table_of(const study::ScoreTable& table) {
  std::printf("%s (MAE and RMSE in %s)\n", table.title.c_str(), table.unit.c_str());
  std::vector<std::vector<std::string>> rows;
  const auto& left_out = table.scores.front().left_out;
  for (std::size_t c = 0; c < table.channels.size(); ++c) {
    if (std::find(left_out.begin(), left_out.end(), table.channels[c]) != left_out.end()) continue;
    rows.push_back(row_of(table, table.channels[c], each_method(table.scores, [c](const report::Scores& s) -> auto& {
                            return s.each[c];
                          })));
  }
  const auto mean = [](const report::Scores& s) -> auto& { return s.mean; };
  rows.push_back(row_of(table, "mean of channels", each_method(table.scores, mean)));
  print_table(header_of(table, "channel"), rows);
  std::string weighted;
  for (std::size_t m = 0; m < table.methods.size(); ++m) {
    weighted += (m > 0 ? ", " : "") + table.methods[m] + " " + fixed(table.scores[m].r2_variance_weighted, 3);
  }
  std::printf("R2 weighted by variance: %s\n", weighted.c_str());
  if (!table.held.empty()) {
    const auto over = report::spread(table.held);
    std::printf("the network's interval of 90 %% holds %s %% of frames (channels: from %s to %s)\n", fixed(100 * over.mean, 1).c_str(),
                fixed(100 * over.min, 1).c_str(), fixed(100 * over.max, 1).c_str());
  }
  if (!left_out.empty()) {
    std::printf("left out of averages, constant or copied: %s\n", base::join(left_out).c_str());
  }
  if (table.subjects.size() > 1) {
    std::printf("\n");
    rows.clear();
    for (const auto& subject : table.subjects) rows.push_back(row_of(table, subject.name, each_method(subject.scores, mean)));
    print_table(header_of(table, "subject"), rows);
    for (std::size_t m = 0; m < table.methods.size(); ++m) {
      const auto& s = table.rmse_over_subjects[m];
      std::printf("%s RMSE over %s: mean %s (95 %% interval %s to %s), sd %s, from %s to %s %s\n", table.methods[m].c_str(),
                  count(s.count, "person", "people").c_str(), fixed(s.mean, 2).c_str(), fixed(s.low, 2).c_str(), fixed(s.high, 2).c_str(),
                  fixed(s.sd, 2).c_str(), fixed(s.min, 2).c_str(), fixed(s.max, 2).c_str(), table.unit.c_str());
    }
  }
  if (table.activities.size() > 1) {
    std::printf("\n");
    rows.clear();
    for (const auto& activity : table.activities) {
      rows.push_back(row_of(table, activity.name, each_method(activity.scores, mean)));
    }
    print_table(header_of(table, "activity"), rows);
  }
  const auto& sagittal = table.sagittal;
  if (!sagittal.channels.empty()) {
    std::printf("\nFlexion of hip, knee and ankle (RMSE in %s, mean of both sides)\n", table.unit.c_str());
    rows.clear();
    for (std::size_t m = 0; m < table.methods.size(); ++m) {
      const auto& s = sagittal.mean_over_subjects[m];
      rows.push_back({table.methods[m], fixed(sagittal.hip[m], 2), fixed(sagittal.knee[m], 2), fixed(sagittal.ankle[m], 2),
                      fixed(sagittal.mean[m], 2), fixed(s.mean, 2), fixed(s.low, 2) + " to " + fixed(s.high, 2), fixed(s.sd, 2),
                      fixed(s.min, 2), fixed(s.max, 2)});
    }
    print_table({"method", "hip", "knee", "ankle", "mean", "people: mean", "95 % interval", "sd", "min", "max"}, rows);
  }
}

json to_json(const report::Score& s) {
  return {{"frames", s.frames},
          {"mae", number_or_null(s.mae)},
          {"rmse", number_or_null(s.rmse)},
          {"r2", number_or_null(s.r2)},
          {"r", number_or_null(s.r)}};
}

json to_json(const report::Spread& s) {
  return {{"count", s.count},
          {"mean", number_or_null(s.mean)},
          {"sd", number_or_null(s.sd)},
          {"min", number_or_null(s.min)},
          {"max", number_or_null(s.max)},
          {"low", number_or_null(s.low)},
          {"high", number_or_null(s.high)}};
}

json means_of(const study::ScoreTable& table, const std::vector<report::Scores>& scores) {
  json out;
  for (std::size_t m = 0; m < table.methods.size(); ++m) {
    out[table.methods[m]] = to_json(scores[m].mean);
    out[table.methods[m]]["r2_variance_weighted"] = number_or_null(scores[m].r2_variance_weighted);
  }
  return out;
}

json groups_of(const study::ScoreTable& table, const std::vector<study::ScoreTable::Group>& groups) {
  json out = json::object();
  for (const auto& group : groups) out[group.name] = means_of(table, group.scores);
  return out;
}

json to_json(const study::ScoreTable& table) {
  json channels = json::array();
  for (std::size_t c = 0; c < table.channels.size(); ++c) {
    json one = {{"name", table.channels[c]}};
    for (std::size_t m = 0; m < table.methods.size(); ++m) one[table.methods[m]] = to_json(table.scores[m].each[c]);
    if (!table.held.empty()) one["held_by_interval_of_90_percent"] = number_or_null(table.held[c]);
    channels.push_back(std::move(one));
  }
  json out = {{"title", table.title},
              {"unit", table.unit},
              {"channels", std::move(channels)},
              {"left_out", table.scores.front().left_out},
              {"mean", means_of(table, table.scores)},
              {"subjects", groups_of(table, table.subjects)},
              {"activities", groups_of(table, table.activities)}};
  if (!table.held.empty()) out["held_by_interval_of_90_percent"] = number_or_null(table.mean_held);
  for (std::size_t m = 0; m < table.methods.size(); ++m) {
    out["rmse_over_subjects"][table.methods[m]] = to_json(table.rmse_over_subjects[m]);
    if (table.sagittal.channels.empty()) continue;
    const auto& s = table.sagittal;
    out["sagittal"][table.methods[m]] = {{"hip", number_or_null(s.hip[m])},
                                         {"knee", number_or_null(s.knee[m])},
                                         {"ankle", number_or_null(s.ankle[m])},
                                         {"mean", number_or_null(s.mean[m])},
                                         {"over_subjects", to_json(s.mean_over_subjects[m])}};
  }
  return out;
}

}  // namespace

json number_or_null(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

void print_scores(const study::Evaluation& evaluation) {
  std::size_t frames = 0, persons = 0, seen = 0;
  for (const auto& trial : evaluation.trials) {
    frames += trial.truth.rows();
    persons += trial.seen == study::Seen::person;
    seen += trial.seen == study::Seen::trial;
  }
  std::printf("%s, %zu frames\n", count(evaluation.trials.size(), "trial", "trials").c_str(), frames);
  if (persons > 0) std::printf("in %zu of them the person was SEEN IN TRAINING (in other trials)\n", persons);
  if (seen > 0) std::printf("%zu of them were SEEN IN TRAINING: their scores say nothing about new data\n", seen);
  for (const auto& table : study::tabulate(evaluation)) {
    std::printf("\n");
    print_table_of(table);
  }
}

json scores_as_json(const study::Evaluation& evaluation) {
  json trials = json::array();
  for (const auto& trial : evaluation.trials) {
    trials.push_back({{"trial", motion::to_string(trial.key)},
                      {"frames", trial.truth.rows()},
                      {"seen", std::string(study::to_string(trial.seen))}});
  }
  json tables = json::array();
  for (const auto& table : study::tabulate(evaluation)) tables.push_back(to_json(table));
  return {{"methods", evaluation.methods}, {"trials", std::move(trials)}, {"tables", std::move(tables)}, {"notes", evaluation.notes}};
}

}  // namespace kinemyo::cli
