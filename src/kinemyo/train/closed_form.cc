#include "kinemyo/train/closed_form.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <numeric>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/split.h"
#include "kinemyo/features/gait_phase.h"
#include "kinemyo/features/lagged.h"
#include "kinemyo/features/mirror.h"
#include "kinemyo/train/own_frames.h"
#include "kinemyo/train/ridge.h"

namespace kinemyo::train {

namespace {

using features::Example;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Of standardised features a frame, one for all outputs: a choice for each would follow the few people that there are.
const std::vector<double> kPenalties = {1e-3, 1e-2, 0.1, 0.3, 1, 3, 10, 30};
constexpr double kUsualPenalty = 3;
// The gait phase says most and differs least between people: it is hardly penalised.
constexpr float kPhaseGain = 30;
// A channel that correlates less than this with what all others tell goes against them.
constexpr double kAgainst = 0.1;
constexpr std::size_t kFewestPeople = 4;
constexpr double kHeld = 0.9;
// Of nearness to people's frames: found by folds inside the training side of emg on biomechzoo. kPhaseShare: how much the phase
// counts beside all else.
constexpr double kPeopleReach = 1.2, kPeoplePenalty = 1, kPhaseShare = 0.5;
// Of the mean of both regressions.
constexpr double kNearShare = 0.5;
// Of an adaptation: distances as standard deviations of a feature.
const std::vector<double> kReaches = {0.3, 0.4, 0.6};
const std::vector<double> kOwnPenalties = {1, 2, 5};

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()))));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

std::string two_places(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

bool known_anywhere(const base::Matrix<float>& y) {
  return std::any_of(y.flat().begin(), y.flat().end(), [](float v) { return std::isfinite(v); });
}

// Inputs that tell where the legs are: their flexion. All positions where no name tells.
std::vector<bool> posture_of(const model::Model& model) {
  const auto& input = model.input;
  std::vector<bool> counts(static_cast<std::size_t>(model.network.inputs - model.network.once));
  const std::size_t markers = 3 * input.markers.size();
  for (std::size_t s = 0; s < input.scalars.size(); ++s) counts[markers + s] = features::is_leg_flexion(input.scalars[s]);
  if (std::none_of(counts.begin(), counts.end(), [](bool one) { return one; })) std::fill_n(counts.begin(), markers + input.scalars.size(), true);
  return counts;
}

// By what features are divided before distances are taken, so that `reach` deviations in all that count are 1; the gait phase
// does not count.
std::vector<double> scale_of(const model::NetworkSpec& spec, const std::vector<bool>& counts, double reach) {
  const auto number = static_cast<double>(std::count(counts.begin(), counts.end(), true) * static_cast<std::ptrdiff_t>(spec.lags_frames.size()));
  std::vector<double> out(static_cast<std::size_t>(spec.features()));
  for (std::size_t lag = 0; lag < spec.lags_frames.size(); ++lag) {
    for (std::size_t i = 0; i < counts.size(); ++i) out[lag * counts.size() + i] = counts[i] ? reach * std::sqrt(number) : 0.0;
  }
  return out;
}

// Of a person's own frames: where the legs are, now and then.
std::vector<double> own_scale(const model::Model& model, double reach) { return scale_of(model.network, posture_of(model), reach); }

// Of people's frames: also how the legs move, and the phase's first harmonic.
std::vector<double> people_scale(const model::Model& model) {
  const auto& spec = model.network;
  auto counts = posture_of(model);
  const auto values = static_cast<std::ptrdiff_t>(3 * model.input.markers.size() + model.input.scalars.size());
  if (model.input.derivatives > 0) std::copy_n(counts.begin(), values, counts.begin() + values);
  auto out = scale_of(spec, counts, kPeopleReach);
  if (spec.once >= 2) {
    const auto phase = out.end() - spec.once;
    phase[0] = phase[1] = kPeopleReach * std::numbers::sqrt2 / kPhaseShare;
  }
  return out;
}

class Fit {
 public:
  Fit(const model::Model& blank, const model::Recipe& recipe, std::vector<Example> examples) : model_(blank), recipe_(recipe) {
    std::erase_if(examples, [](const Example& e) { return !known_anywhere(e.y); });
    if (examples.empty()) throw Error("nothing to train on: no trial has a target that is known");
    measured_ = examples.size();
    if (recipe.inputs.mirror) {
      const features::Mirror mirror(model_);
      for (std::size_t i = 0; i < measured_; ++i) examples.push_back(mirror.apply(examples[i]));
    }
    model_.input_scaler = features::fit_scaler(examples, false);
    model_.output_scaler = features::fit_scaler(examples, true);
    for (auto& example : examples) {
      features::scale(example.x, model_.input_scaler);
      example.x = all_features(model_.network, example.x);
      for (std::size_t r = 0; r < example.x.rows(); ++r) {
        for (float& v : example.x.row(r).last(static_cast<std::size_t>(model_.network.once))) v *= kPhaseGain;
      }
      for (std::size_t r = 0; r < example.y.rows(); ++r) {
        for (std::size_t c = 0; c < example.y.columns(); ++c) {
          example.y(r, c) = static_cast<float>((example.y(r, c) - model_.output_scaler.mean[c]) / model_.output_scaler.scale[c]);
        }
      }
      groups_.push_back(dataset::group_of(example.key, recipe.split.by));
    }
    if (names().size() < 2) {
      for (std::size_t i = 0; i < examples.size(); ++i) groups_[i] = dataset::group_of(examples[i].key, "trial");
    }
    examples_ = std::move(examples);
  }

  ClosedForm run() {
    near_told_ = tell_each_by_nearness();
    told_ = tell_each_by_the_others(penalty_);
    if (leave_out_contrary()) near_told_ = tell_each_by_nearness();
    choose_penalty();
    choose_adaptation();
    set_weights(fit(examples_, penalty_));
    if (by_nearness()) add_near_frames();
    for (auto& channel : model_.outputs) {
      if (channel.source != model::OutputChannel::Source::network) continue;
      const double scale = model_.output_scaler.scale[channel.index];
      channel.half_width = scale * quantile(left_of(channel.index, told_), kHeld);
      channel.adapted_half_width = scale * quantile(adapted_left_[channel.index], kHeld);
      if (channel.adapted_half_width == 0) channel.adapted_half_width = channel.half_width;
    }
    model_.metrics = "{\"penalty\": " + base::to_text(penalty_) + ", \"inner_r\": " + (std::isfinite(inner_r()) ? base::to_text(inner_r()) : "null") +
                     ", \"groups\": " + std::to_string(names().size()) + "}";
    return {std::move(model_), std::move(notes_)};
  }

 private:
  std::set<std::string> names() const { return {groups_.begin(), groups_.end()}; }
  std::size_t outputs() const { return examples_.front().y.columns(); }

  static Ridge fit(const std::vector<Example>& examples, double penalty) {
    Ridge::Settings settings;
    settings.lags_s = {{0}};
    settings.penalties = {penalty};
    return Ridge::fit(examples, std::vector<std::string>(examples.size()), settings);
  }

  bool by_nearness() const { return recipe_.near_frames > 0; }

  // Empty where there is one group alone.
  std::vector<base::Matrix<float>> tell_each_by_the_others(double penalty) const {
    std::vector<base::Matrix<float>> told(examples_.size());
    if (names().size() < 2) return told;
    for (const auto& group : names()) {
      std::vector<Example> others;
      for (std::size_t i = 0; i < examples_.size(); ++i) {
        if (groups_[i] != group) others.push_back(examples_[i]);
      }
      const auto ridge = fit(others, penalty);
      for (std::size_t i = 0; i < examples_.size(); ++i) {
        if (groups_[i] != group) continue;
        told[i] = ridge.predict(examples_[i].x);
        if (!by_nearness()) continue;
        for (std::size_t k = 0; k < told[i].flat().size(); ++k) {
          told[i].flat()[k] = static_cast<float>((1 - kNearShare) * told[i].flat()[k] + kNearShare * near_told_[i].flat()[k]);
        }
      }
    }
    return told;
  }

  // The same by nearness to the others' frames alone.
  std::vector<base::Matrix<float>> tell_each_by_nearness() const {
    std::vector<base::Matrix<float>> told(examples_.size());
    if (!by_nearness() || names().size() < 2) return told;
    for (const auto& group : names()) {
      const auto frames = frames_of_all_but(group);
      const auto weights = frames.weights(kPeoplePenalty);
      for (std::size_t i = 0; i < examples_.size(); ++i) {
        if (groups_[i] != group) continue;
        const auto near = frames.correction(examples_[i].x, weights);
        told[i] = base::Matrix<float>(examples_[i].x.rows(), outputs());
        for (std::size_t r = 0; r < told[i].rows(); ++r) {
          for (std::size_t c = 0; c < outputs(); ++c) {
            told[i](r, c) = static_cast<float>(near(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)));
          }
        }
      }
    }
    return told;
  }

  OwnFrames frames_of_all_but(const std::string& group) const {
    std::vector<const Example*> others;
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      if (groups_[i] != group) others.push_back(&examples_[i]);
    }
    auto scale = people_scale(model_);
    for (auto at = scale.end() - model_.network.once; at != scale.end(); ++at) *at *= kPhaseGain;
    return gather(others, {}, scale, static_cast<std::size_t>(recipe_.near_frames));
  }

  void choose_penalty() {
    double best = std::numeric_limits<double>::infinity();
    for (const double penalty : kPenalties) {
      auto told = tell_each_by_the_others(penalty);
      double squares = 0;
      for (std::size_t c = 0; c < outputs(); ++c) {
        for (const double left : left_of(c, told)) squares += left * left;
      }
      if (!(squares > 0 && squares < best)) continue;
      best = squares;
      penalty_ = penalty;
      told_ = std::move(told);
    }
  }

  // Correlation of a group's channel, as measured, with an output as the others tell it.
  double agreement(const std::string& group, std::size_t measured, std::size_t told) const {
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < measured_; ++i) {
      if (groups_[i] != group || told_[i].empty()) continue;
      for (std::size_t r = 0; r < examples_[i].y.rows(); ++r) {
        const double a = examples_[i].y(r, measured), b = told_[i](r, told);
        if (!std::isfinite(a)) continue;
        n += 1, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
      }
    }
    return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
  }

  const std::string& name_of(std::size_t output) const {
    for (const auto& channel : model_.outputs) {
      if (channel.source == model::OutputChannel::Source::network && channel.index == output) return channel.name;
    }
    return model_.outputs.front().name;
  }

  bool same_side(std::size_t a, std::size_t b) const {
    const auto first = features::opposite_output(name_of(a)), second = features::opposite_output(name_of(b));
    return !first || !second || (name_of(a) < first->name) == (name_of(b) < second->name);
  }

  // True where a channel was left out. Who is right cannot be known of few people.
  bool leave_out_contrary() {
    bool any = false;
    if (recipe_.split.by != "subject" || names().size() < kFewestPeople) return false;
    std::vector<std::vector<bool>> bad(examples_.size(), std::vector<bool>(outputs()));
    for (const auto& group : names()) {
      for (std::size_t c = 0; c < outputs(); ++c) {
        const double own = agreement(group, c, c);
        if (!(own < kAgainst)) continue;
        std::size_t like = c;
        for (std::size_t other = 0; other < outputs(); ++other) {
          if (same_side(c, other) && agreement(group, c, other) > agreement(group, c, like)) like = other;
        }
        const double best = agreement(group, c, like);
        notes_.push_back(group + ": " + name_of(c) + " goes against all others' (r " + two_places(own) + ")" +
                         (best > 0.5 ? ", and looks like their " + name_of(like) + " (r " + two_places(best) + ": labels exchanged?)" : "") +
                         "; not learned from");
        any = true;
        for (std::size_t i = 0; i < measured_; ++i) {
          if (groups_[i] == group) bad[i][c] = true;
        }
      }
    }
    for (std::size_t i = 0; i < measured_; ++i) {
      for (std::size_t c = 0; c < outputs(); ++c) {
        if (!bad[i][c]) continue;
        forget(examples_[i], c);
        if (const auto opposite = features::opposite_output(name_of(c)); opposite && examples_.size() > measured_) {
          for (std::size_t o = 0; o < outputs(); ++o) {
            if (name_of(o) == opposite->name) forget(examples_[measured_ + i], o);
          }
        }
      }
    }
    return any;
  }
  static void forget(Example& example, std::size_t output) {
    for (std::size_t r = 0; r < example.y.rows(); ++r) example.y(r, output) = kNaN;
  }

  // How far off each output is, frame by frame, where a group is told by the others.
  std::vector<double> left_of(std::size_t output, const std::vector<base::Matrix<float>>& told) const {
    std::vector<double> out;
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      for (std::size_t r = 0; r < told[i].rows(); ++r) {
        const double left = examples_[i].y(r, output) - told[i](r, output);
        if (std::isfinite(left)) out.push_back(std::abs(left));
      }
    }
    return out;
  }

  double inner_r() const {
    double sum = 0;
    int count = 0;
    for (const auto& group : names()) {
      for (std::size_t c = 0; c < outputs(); ++c) {
        const double r = agreement(group, c, c);
        if (std::isfinite(r)) sum += r, ++count;
      }
    }
    return count > 0 ? sum / count : kNaN;
  }

  // Each trial of a group that has several, told by the other groups and adapted on the group's other trials.
  void choose_adaptation() {
    adapted_left_.assign(outputs(), {});
    double best = std::numeric_limits<double>::infinity();
    double reach = kReaches[1];
    for (const double one : kReaches) {
      const auto scale = own_scale(model_, one);
      std::vector<double> squares(kOwnPenalties.size());
      std::vector<std::vector<std::vector<double>>> left(kOwnPenalties.size(), std::vector<std::vector<double>>(outputs()));
      for (std::size_t i = 0; i < measured_; ++i) {
        if (told_[i].empty()) continue;
        std::vector<const Example*> rest;
        std::vector<const base::Matrix<float>*> rest_told;
        for (std::size_t j = 0; j < measured_; ++j) {
          if (j == i || examples_[j].key.subject != examples_[i].key.subject || told_[j].empty()) continue;
          rest.push_back(&examples_[j]);
          rest_told.push_back(&told_[j]);
        }
        if (rest.empty()) continue;
        const auto own = gather(rest, rest_told, scale, OwnFrames::kMost);
        for (std::size_t p = 0; p < kOwnPenalties.size(); ++p) {
          const auto added = own.correction(examples_[i].x, own.weights(kOwnPenalties[p]));
          for (std::size_t r = 0; r < told_[i].rows(); ++r) {
            for (std::size_t c = 0; c < outputs(); ++c) {
              const double error = examples_[i].y(r, c) - told_[i](r, c) - added(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c));
              if (!std::isfinite(error)) continue;
              squares[p] += error * error;
              left[p][c].push_back(std::abs(error));
            }
          }
        }
      }
      for (std::size_t p = 0; p < kOwnPenalties.size(); ++p) {
        if (!(squares[p] > 0 && squares[p] < best)) continue;
        best = squares[p];
        reach = one;
        model_.network.own_penalty = kOwnPenalties[p];
        adapted_left_ = left[p];
      }
    }
    share_between_sides(adapted_left_);
    const auto scale = own_scale(model_, reach);
    model_.weights["own.scale"] = {{static_cast<std::int64_t>(scale.size())}, {scale.begin(), scale.end()}};
  }

  // A muscle's error is that of both sides', where training made no difference between them.
  void share_between_sides(std::vector<std::vector<double>>& left) const {
    if (examples_.size() == measured_) return;
    const auto before = left;
    for (std::size_t c = 0; c < outputs(); ++c) {
      const auto opposite = features::opposite_output(name_of(c));
      for (std::size_t o = 0; opposite && o < outputs(); ++o) {
        if (o != c && name_of(o) == opposite->name) left[c].insert(left[c].end(), before[o].begin(), before[o].end());
      }
    }
  }

  // What is wanted of the frames: the truth less what was told, or, where nothing was, the truth.
  static OwnFrames gather(const std::vector<const Example*>& examples, const std::vector<const base::Matrix<float>*>& told,
                          const std::vector<double>& scale, std::size_t most) {
    std::size_t all = 0, rows = 0;
    for (const auto* example : examples) all += example->x.rows();
    const std::size_t every = OwnFrames::every(all, most);
    for (const auto* example : examples) rows += (example->x.rows() + every - 1) / every;
    base::Matrix<float> x(rows, examples.front()->x.columns()), left(rows, examples.front()->y.columns());
    std::size_t row = 0;
    for (std::size_t e = 0; e < examples.size(); ++e) {
      for (std::size_t r = 0; r < examples[e]->x.rows(); r += every, ++row) {
        std::copy_n(examples[e]->x.row(r).data(), x.columns(), x.row(row).data());
        for (std::size_t c = 0; c < left.columns(); ++c) left(row, c) = examples[e]->y(r, c) - (told.empty() ? 0 : (*told[e])(r, c));
      }
    }
    return {std::move(x), std::move(left), scale};
  }

  void set_weights(const Ridge& ridge) {
    const auto& w = ridge.weights();
    const auto features = static_cast<Eigen::Index>(model_.network.features());
    model::Tensor weight{{w.cols(), features}, {}}, bias{{w.cols()}, {}};
    for (Eigen::Index c = 0; c < w.cols(); ++c) {
      for (Eigen::Index i = 0; i < features; ++i) {
        weight.values.push_back(static_cast<float>(w(i, c)) * (i >= features - model_.network.once ? kPhaseGain : 1.0F));
      }
      bias.values.push_back(static_cast<float>(w(features, c)));
    }
    model_.weights["fc.weight"] = std::move(weight);
    model_.weights["fc.bias"] = std::move(bias);
  }

  // The mean of both regressions, in place of the linear one.
  void add_near_frames() {
    const auto frames = frames_of_all_but("");
    const auto near = frames.weights(kPeoplePenalty);
    auto& spec = model_.network;
    const auto features = static_cast<std::size_t>(spec.features());
    auto& weight = model_.weights["fc.weight"];
    std::vector<float> both;
    for (Eigen::Index c = 0; c < near.cols(); ++c) {
      for (std::size_t i = 0; i < features; ++i) {
        both.push_back(static_cast<float>(1 - kNearShare) * weight.values[static_cast<std::size_t>(c) * features + i]);
      }
      for (Eigen::Index k = 0; k < near.rows(); ++k) both.push_back(static_cast<float>(kNearShare * near(k, c)));
    }
    for (float& v : model_.weights["fc.bias"].values) v *= static_cast<float>(1 - kNearShare);
    spec.near_frames = static_cast<int>(near.rows());
    spec.hidden = spec.features() + spec.near_frames;
    weight = {{spec.outputs, spec.hidden}, std::move(both)};

    auto centres = frames.features();
    for (std::size_t r = 0; r < centres.rows(); ++r) {
      for (float& v : centres.row(r).last(static_cast<std::size_t>(spec.once))) v /= kPhaseGain;
    }
    const auto scale = people_scale(model_);
    model_.weights["near.scale"] = {{spec.features()}, {scale.begin(), scale.end()}};
    model_.weights["near.centres"] = {{spec.near_frames, spec.features()}, {centres.flat().begin(), centres.flat().end()}};
  }

  model::Model model_;
  const model::Recipe& recipe_;
  std::vector<Example> examples_;  // x: features; y scaled; the mirrored ones behind those that were measured
  std::vector<std::string> groups_;
  std::size_t measured_ = 0;
  double penalty_ = kUsualPenalty;
  std::vector<base::Matrix<float>> told_, near_told_;
  std::vector<std::vector<double>> adapted_left_;
  std::vector<std::string> notes_;
};

}  // namespace

base::Matrix<float> all_features(const model::NetworkSpec& spec, base::MatrixView<const float> x) {
  base::Matrix<float> out(x.rows(), static_cast<std::size_t>(spec.features()));
  const auto last = static_cast<std::ptrdiff_t>(x.rows()) - 1;
  for (std::size_t r = 0; r < x.rows(); ++r) {
    features::take_lags(spec, x.data(), 0, last, static_cast<std::ptrdiff_t>(r), out.row(r).data());
  }
  return out;
}

ClosedForm fit_closed_form(const model::Model& blank, const model::Recipe& recipe, std::vector<Example> examples) {
  require(blank.network.kind == "linear", "fit_closed_form: the network is not linear");
  return Fit(blank, recipe, std::move(examples)).run();
}

}  // namespace kinemyo::train
