#include "kinemyo/study/report_document.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/study/score_table.h"
#include "kinemyo/study/worst_windows.h"

namespace kinemyo::study {

namespace {

using report::Document;
constexpr double kEmgBin_s = 0.01;

std::string digits(double value, int count) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", count, value);
  return text;
}

// The joint of an angle, of OpenSim's or Plug-in-Gait's names; other channels are groups of their own.
std::string group_of_channel(const std::string& name) {
  static const std::vector<std::pair<std::string, std::string>> joints = {
      {"pelvis", "Pelvis"}, {"hip", "Hip"},     {"knee", "Knee"},           {"ankle", "Ankle"},
      {"subtalar", "Subtalar"}, {"mtp", "Toes"}, {"lumbar", "Trunk"},       {"thorax", "Trunk"},
      {"spine", "Trunk"},   {"arm_", "Shoulder"}, {"shoulder", "Shoulder"}, {"elbow", "Elbow"},
      {"pro_sup", "Forearm"}, {"wrist", "Wrist"}, {"footprogress", "Foot progression"}, {"neck", "Head"}, {"head", "Head"}};
  const std::string lower = base::lower(name);
  for (const auto& [part, joint] : joints) {
    if (lower.rfind(part, 0) == 0 || lower.rfind(part, 1) == 1) return joint;
  }
  return name;
}

// How sure the means over people are.
std::vector<std::string> over_people(const ScoreTable& table) {
  std::vector<std::string> out;
  if (table.subjects.size() < 2) return out;
  const auto sentence = [&](const std::string& what, const std::vector<report::Spread>& spreads) {
    std::string text = what + ", RMSE in " + table.unit + ", mean over " + std::to_string(table.subjects.size()) + " people (95 % interval, people drawn anew): ";
    std::vector<std::string> methods;
    for (std::size_t m = 0; m < table.methods.size(); ++m) {
      const auto& s = spreads[m];
      if (s.count > 0) methods.push_back(table.methods[m] + " " + digits(s.mean, 2) + " (" + digits(s.low, 2) + " to " + digits(s.high, 2) + ")");
    }
    out.push_back(text + base::join(methods) + ".");
  };
  sentence("All channels", table.rmse_over_subjects);
  if (!table.sagittal.channels.empty()) sentence("Flexion of hip, knee and ankle", table.sagittal.mean_over_subjects);
  return out;
}

Document::ScoreTable score_table(const ScoreTable& table) {
  Document::ScoreTable out;
  out.title = table.title;
  out.unit = table.unit;
  out.methods = table.methods;
  const auto& first = table.scores.front();
  out.left_out = first.left_out;
  for (std::size_t c = 0; c < table.channels.size(); ++c) {
    const auto& left = first.left_out;
    if (std::find(left.begin(), left.end(), table.channels[c]) != left.end()) continue;
    Document::ScoreTable::Channel channel{table.channels[c], group_of_channel(table.channels[c]), {}};
    for (const auto& method : table.scores) channel.scores.push_back(method.each[c]);
    out.channels.push_back(std::move(channel));
  }
  for (const auto& method : table.scores) out.mean.push_back(method.mean);
  const auto groups = [](const std::vector<ScoreTable::Group>& all) {
    std::vector<Document::ScoreTable::Group> made;
    for (const auto& one : all) {
      Document::ScoreTable::Group group{one.name, {}};
      for (const auto& method : one.scores) group.mae.push_back(method.mean.mae);
      made.push_back(std::move(group));
    }
    return made;
  };
  out.subjects = groups(table.subjects);
  out.activities = groups(table.activities);
  out.people = over_people(table);
  return out;
}

constexpr double kWorst_s = 1;
constexpr std::size_t kWorstWindows = 6;

std::vector<Document::WorstWindow> worst(const Evaluation& evaluation) {
  std::vector<Document::WorstWindow> out;
  for (const auto& window : worst_windows(evaluation, kWorst_s, kWorstWindows)) {
    const auto& trial = evaluation.trials[window.trial];
    const auto& channel = evaluation.outputs[window.channel];
    const auto unit = peoples_unit(channel.unit);
    Document::WorstWindow one{to_string(trial.key), channel.name, unit.name,
                              trial.start_s + static_cast<double>(window.first) / trial.rate_hz, trial.rate_hz, unit.factor * window.rmse, {}, {}};
    for (std::size_t f = window.first; f < window.first + window.frames; ++f) {
      one.truth.push_back(static_cast<float>(unit.factor * trial.truth(f, window.channel)));
      one.predicted.push_back(static_cast<float>(unit.factor * trial.predicted.front()(f, window.channel)));
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::size_t count_marks(const dataset::Marked& marked, dataset::Mark wanted) {
  const auto marks = marked.marks.flat();
  return static_cast<std::size_t>(std::count(marks.begin(), marks.end(), static_cast<std::uint8_t>(wanted)));
}

double longest_gap_s(const dataset::Marked& marked, double rate_hz) {
  std::size_t longest = 0;
  for (std::size_t c = 0; c < marked.marks.columns(); ++c) {
    std::size_t run = 0;
    for (std::size_t f = 0; f < marked.marks.rows(); ++f) {
      run = marked.marks(f, c) == static_cast<std::uint8_t>(dataset::Mark::measured) ? 0 : run + 1;
      longest = std::max(longest, run);
    }
  }
  return rate_hz > 0 ? static_cast<double>(longest) / rate_hz : 0;
}

Document::TrialIn trial_in(const dataset::PreparedTrial& trial, const std::string& role) {
  Document::TrialIn out;
  out.key = to_string(trial.key);
  out.subject = trial.key.subject;
  out.activity = trial.key.activity;
  out.role = role;
  out.rate_hz = trial.rate_hz;
  std::size_t frames = 0;
  for (const auto* part : {&trial.markers, &trial.angles, &trial.emg}) {
    frames = std::max(frames, part->series.frames());
    if (part == &trial.angles) continue;  // angles are labels, not measurements with gaps
    out.filled += count_marks(*part, dataset::Mark::filled);
    out.missing += count_marks(*part, dataset::Mark::missing);
    out.longest_gap_s = std::max(out.longest_gap_s, longest_gap_s(*part, trial.rate_hz));
  }
  out.seconds = trial.rate_hz > 0 ? static_cast<double>(frames) / trial.rate_hz : 0;
  out.markers = trial.markers.series.channels().size();
  out.angles = trial.angles.series.channels().size();
  out.muscles = trial.emg.series.channels().size();
  for (const auto& [channel, reason] : trial.emg_excluded) out.excluded.emplace_back(channel, reason);
  for (const auto& [channel, score] : trial.emg_scores) {
    if (!trial.emg_excluded.contains(channel)) out.emg_scores.emplace_back(channel, score);
  }
  out.emg_edge_s = trial.emg_edge_s;
  out.history = trial.history;
  for (const auto& fault : trial.marker_faults) out.history.push_back("markers, not mended: " + fault);
  return out;
}

std::vector<Document::TrialPlot::Muscle> muscle_plots(const dataset::PreparedTrial& trial) {
  std::vector<Document::TrialPlot::Muscle> out;
  if (!trial.emg_raw || trial.emg.empty()) return out;
  const auto& raw = *trial.emg_raw;
  const auto& envelopes = trial.emg.series;
  const double start = envelopes.clock().start_s();
  const double millivolt = peoples_unit("V").factor;
  const auto bins = static_cast<std::size_t>(std::ceil(envelopes.clock().span_s() / kEmgBin_s));
  for (std::size_t c = 0; c < envelopes.channels().size(); ++c) {
    const auto source = raw.find(envelopes.channels()[c].name);
    if (!source || bins == 0) continue;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    Document::TrialPlot::Muscle muscle{envelopes.channels()[c].name, peoples_unit("V").name, kEmgBin_s,
                                       std::vector<float>(bins, nan), std::vector<float>(bins, nan),
                                       std::vector<float>(bins, nan)};
    for (std::size_t i = 0; i < raw.frames(); ++i) {
      const double bin = (raw.clock().time_s(i) - start) / kEmgBin_s;
      if (bin < 0 || bin >= static_cast<double>(bins) || std::isnan(raw.at(i, *source))) continue;
      const auto b = static_cast<std::size_t>(bin);
      const auto value = static_cast<float>(millivolt * raw.at(i, *source));
      muscle.low[b] = std::isnan(muscle.low[b]) ? value : std::min(muscle.low[b], value);
      muscle.high[b] = std::isnan(muscle.high[b]) ? value : std::max(muscle.high[b], value);
    }
    for (std::size_t b = 0; b < bins; ++b) {
      const auto frame = static_cast<std::size_t>(
          std::lround((static_cast<double>(b) + 0.5) * kEmgBin_s * envelopes.clock().rate_hz()));
      if (frame < envelopes.frames()) muscle.envelope[b] = static_cast<float>(millivolt * envelopes.at(frame, c));
    }
    out.push_back(std::move(muscle));
  }
  return out;
}

Document::TrialPlot trial_plot(const Evaluation& evaluation, const TrialResult& result) {
  Document::TrialPlot out;
  out.key = to_string(result.key);
  out.start_s = result.start_s;
  out.rate_hz = result.rate_hz;
  out.frames = result.truth.rows();
  for (std::size_t c = 0; c < evaluation.outputs.size(); ++c) {
    const auto& channel = evaluation.outputs[c];
    const auto& left = evaluation.left_out;
    if (std::find(left.begin(), left.end(), channel.name) != left.end()) continue;
    const auto unit = peoples_unit(channel.unit);
    Document::TrialPlot::Channel plot{channel.name, group_of_channel(channel.name), unit.name, {}, {}, {}, {}};
    const bool interval = !result.interval.low.empty() && out.frames > 0 && std::isfinite(result.interval.low(0, c));
    bool any = false;
    for (std::size_t f = 0; f < out.frames; ++f) {
      plot.truth.push_back(static_cast<float>(unit.factor * result.truth(f, c)));
      plot.predicted.push_back(static_cast<float>(unit.factor * result.predicted.front()(f, c)));
      any |= std::isfinite(plot.truth.back());
      if (!interval) continue;
      plot.low.push_back(static_cast<float>(unit.factor * result.interval.low(f, c)));
      plot.high.push_back(static_cast<float>(unit.factor * result.interval.high(f, c)));
    }
    if (any) out.channels.push_back(std::move(plot));
  }
  return out;
}

// Unseen trials first; then people and activities in turn, so that a few plots show all kinds.
std::vector<const TrialResult*> worth_plotting(const Evaluation& evaluation, std::size_t count) {
  std::vector<std::pair<std::size_t, const TrialResult*>> ranked;
  std::map<std::string, std::size_t> of_kind;
  for (const auto& trial : evaluation.trials) {
    const std::size_t turn = of_kind[trial.key.subject + "/" + trial.key.activity]++;
    ranked.emplace_back(turn + (trial.seen == Seen::trial ? 1000000 : 0), &trial);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const TrialResult*> out;
  for (std::size_t i = 0; i < ranked.size() && i < count; ++i) out.push_back(ranked[i].second);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  return out;
}

std::string headline(const std::vector<ScoreTable>& tables, const Evaluation& evaluation) {
  std::size_t unseen_people = 0, seen_trials = 0;
  std::set<std::string> people;
  for (const auto& trial : evaluation.trials) {
    if (people.insert(trial.key.subject).second && trial.seen == Seen::no) ++unseen_people;
    seen_trials += trial.seen == Seen::trial;
  }
  const std::string whom = seen_trials > 0 ? "On trials that training saw (this says nothing about new people)"
                           : unseen_people == people.size()
                               ? (people.size() == 1 ? "On a person not seen in training"
                                                     : "On " + std::to_string(people.size()) + " people not seen in training")
                               : "On new trials of people seen in training";
  std::string text = whom;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const auto& table = tables[t];
    text += t == 0 ? ", " : "; ";
    text += base::lower(table.title) + " are off by " + digits(table.scores.front().mean.mae, 2) + " " + table.unit +
            " on average";
    std::vector<std::string> others;
    for (std::size_t m = 1; m < table.methods.size(); ++m) {
      others.push_back(table.methods[m] + " " + digits(table.scores[m].mean.mae, 2));
    }
    if (!others.empty()) text += " (" + base::join(others) + ")";
    if (!table.held.empty()) text += ", and " + digits(100 * table.mean_held, 0) + " % of frames lie within the interval of 90 %";
  }
  return text + ".";
}

std::vector<std::pair<std::string, std::string>> model_card(const std::string& name, const model::Model& model) {
  const auto& net = model.network;
  std::size_t parameters = 0;
  const double counted = model::metric(model, "members");
  const int members = counted > 1 ? static_cast<int>(counted) : 1;
  for (const auto& [key, tensor] : model.weights) {
    // Between the members of an ensemble stand zeros, which are no parameters.
    parameters += members > 1 ? tensor.values.size() - static_cast<std::size_t>(std::count(tensor.values.begin(), tensor.values.end(), 0.0F)) : tensor.values.size();
  }
  std::size_t learned = 0;
  for (const auto& channel : model.outputs) learned += channel.source == model::OutputChannel::Source::network;
  const bool canonical = model.input.frame == model::Frame::canonical && !model.input.markers.empty();
  std::string inputs = std::to_string(net.inputs) + ": " + std::to_string(model.input.markers.size()) + " markers";
  if (!model.input.positions) inputs += " by geometry alone";
  if (!model.input.geometry.empty()) inputs += ", " + std::to_string(model.input.geometry.size()) + " angles by geometry";
  if (model.input.around_s > 0) inputs += ", also around the frame (" + base::to_text(model.input.around_s) + " s)";
  if (model.input.low_pass_hz > 0) inputs += ", filtered at " + base::to_text(model.input.low_pass_hz) + " Hz";
  if (!model.input.scalars.empty()) inputs += ", " + std::to_string(model.input.scalars.size()) + " angles";
  if (!model.input.moments.empty()) inputs += ", " + std::to_string(model.input.moments.size()) + " joint moments";
  if (model.input.gait_phase > 0) inputs += ", the gait phase";
  if (model.input.derivatives > 0) inputs += model.input.derivatives > 1 ? ", velocities, accelerations" : ", velocities";
  if (canonical) inputs += "; from the pelvis, in its heading";
  if (model.input.scale == model::BodyScale::segments && !model.input.markers.empty()) inputs += ", in shank lengths";
  std::set<std::string> references;
  for (const auto& channel : model.outputs) {
    if (!channel.reference.empty()) references.insert(channel.reference);
  }
  std::vector<std::pair<std::string, std::string>> out = {
          {"Model file", name},
          {"Network", base::lower(net.kind) + ", " + std::to_string(net.layers) + " x " + std::to_string(net.hidden) +
                          (members > 1 ? " (the mean of " + std::to_string(members) + " networks of " + std::to_string(net.hidden / members) + ")" : "") +
                          (net.bidirectional ? ", bidirectional" : "") + (net.causal() && model::why_not_live(model.input).empty() ? ", causal (runs live)" : ", not causal")},
          {"Inputs", inputs},
          {"Outputs", std::to_string(model.outputs.size()) + ", of which " + std::to_string(learned) + " are learned"},
          {"Parameters", std::to_string(parameters)},
          {"Frames per second", base::to_text(model.rate_hz)},
          {"Trained on", base::join(model.training_subjects)},
          {"Data (hash)", model.data_hash}};
  if (!references.empty()) out.emplace_back("100 % of a muscle", base::join({references.begin(), references.end()}) + " over the person's trials");
  return out;
}

}  // namespace

report::Document make_report(const std::string& model_name, const model::Model& model, const dataset::Store& store,
                             const Evaluation& evaluation, const std::vector<report::Document::Epoch>& epochs,
                             const std::vector<std::string>& validation, std::size_t plotted,
                             const base::Progress& progress,
                             const std::vector<std::pair<std::string, Evaluation>>& noisy) {
  require(!evaluation.trials.empty(), "make_report: an evaluation without trials");
  Document document;
  const auto tables = tabulate(evaluation);
  document.title = "kinemyo: " + model_name;
  document.version = KINEMYO_VERSION;
  document.headline = headline(tables, evaluation);
  document.model = model_card(model_name, model);
  document.recipe = model.recipe;
  document.epochs = epochs;
  document.cautions = evaluation.notes;
  if (const auto methods = store.methods(); !methods.empty()) document.methods_text.push_back(methods);
  for (const auto& table : tables) document.scores.push_back(score_table(table));
  for (const auto& [noise, under] : noisy) {
    for (const auto& table : tabulate(under)) {
      document.scores.push_back(score_table(table));
      document.scores.back().title += ", " + noise;
    }
  }
  document.worst = worst(evaluation);

  std::set<std::string> tested, trained(model.training_trials.begin(), model.training_trials.end());
  std::set<std::string> people;
  for (const auto& trial : evaluation.trials) {
    tested.insert(to_string(trial.key));
    people.insert(trial.key.subject);
  }
  document.split = "Tested on " + base::join({people.begin(), people.end()}) + " (" + std::to_string(evaluation.trials.size()) +
                   " trials); trained on " +
                   (model.training_subjects.empty() ? "people that the model file does not name" : base::join(model.training_subjects)) + ".";

  std::map<std::string, const TrialResult*> chosen;
  for (const auto* trial : worth_plotting(evaluation, plotted)) chosen[to_string(trial->key)] = trial;
  std::size_t done = 0;
  for (const auto& key : store.keys()) {
    const auto trial = store.read(key);
    const std::string name = to_string(key);
    const bool held = std::find(validation.begin(), validation.end(), name) != validation.end();
    document.trials_in.push_back(trial_in(trial, tested.contains(name) && !trained.contains(name) ? "test"
                                                 : held                                           ? "validation"
                                                 : trained.contains(name)                         ? "training"
                                                                                                  : "not used"));
    if (!trial.marker_faults.empty()) {
      document.cautions.push_back(name + ": " + trial.marker_faults.front() +
                                  (trial.marker_faults.size() > 1 ? " (and " + std::to_string(trial.marker_faults.size() - 1) + " more)" : ""));
    }
    document.synthetic |= trial.synthetic;
    if (const auto found = chosen.find(name); found != chosen.end()) {
      auto plot = trial_plot(evaluation, *found->second);
      plot.emg = muscle_plots(trial);
      document.plots.push_back(std::move(plot));
    }
    if (progress && !progress("reading trials", ++done, store.keys().size())) throw Error("stopped");
  }
  return document;
}

std::vector<std::pair<std::string, report::Figure>> make_figures(const report::Document& document) {
  std::vector<std::pair<std::string, report::Figure>> out;
  const auto as_double = [](const std::vector<float>& v) { return std::vector<double>(v.begin(), v.end()); };
  for (const auto& table : document.scores) {
    report::Figure figure{table.title + ": mean absolute error", {}, 1};
    report::Panel panel;
    panel.y_label = table.unit;
    for (const auto& channel : table.channels) panel.categories.push_back(channel.name);
    for (std::size_t m = 0; m < table.methods.size(); ++m) {
      report::PlotBars bars{table.methods[m], {}, {}, ""};
      for (const auto& channel : table.channels) bars.values.push_back(channel.scores[m].mae);
      panel.bars.push_back(std::move(bars));
    }
    figure.panel_width_px = std::max(480.0, 46.0 * static_cast<double>(table.channels.size()));
    figure.panels = {panel};
    std::string name = "error-" + base::lower(table.title);
    std::replace(name.begin(), name.end(), ' ', '-');
    out.emplace_back(name, std::move(figure));
  }
  if (!document.epochs.empty()) {
    report::Panel panel;
    panel.x_label = "Epoch";
    panel.y_label = "Mean squared error (scaled)";
    report::PlotLine training{"training", {}, {}, ""}, validation{"validation", {}, {}, ""};
    for (const auto& epoch : document.epochs) {
      training.x.push_back(epoch.number);
      training.y.push_back(epoch.training);
      validation.x.push_back(epoch.number);
      validation.y.push_back(epoch.validation);
    }
    panel.lines = {training, validation};
    out.emplace_back("training", report::Figure{"Training", {panel}, 1});
  }
  for (const auto& trial : document.plots) {
    report::Figure figure{trial.key, {}, 3, 300, 190};
    for (const auto& channel : trial.channels) {
      report::Panel panel;
      panel.title = channel.name;
      panel.x_label = "Time (s)";
      panel.y_label = channel.unit;
      std::vector<double> time(channel.truth.size());
      for (std::size_t i = 0; i < time.size(); ++i) time[i] = trial.start_s + static_cast<double>(i) / trial.rate_hz;
      panel.lines = {{"measured", time, as_double(channel.truth), "#222222", 1.8},
                     {"predicted", time, as_double(channel.predicted), "#0072b2", 1.5}};
      if (!channel.low.empty()) {
        panel.lines.push_back({"9 of 10, lowest", time, as_double(channel.low), "#9ecae1", 0.8});
        panel.lines.push_back({"9 of 10, highest", time, as_double(channel.high), "#9ecae1", 0.8});
      }
      figure.panels.push_back(std::move(panel));
    }
    if (figure.panels.empty()) continue;
    std::string name = "prediction-" + trial.key;
    std::replace(name.begin(), name.end(), '/', '-');
    out.emplace_back(name, std::move(figure));
  }
  return out;
}

}  // namespace kinemyo::study
