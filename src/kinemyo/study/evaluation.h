#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/base/progress.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/infer/runner.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"
#include "kinemyo/report/metrics.h"
#include "kinemyo/study/splits.h"

namespace kinemyo::study {

/// What a model knows of a trial from its training.
enum class Seen {
  no,      ///< neither the trial nor the person
  person,  ///< other trials of the person
  trial,   ///< the trial itself: a score on it says nothing about new data
};
std::string_view to_string(Seen seen);

/// One trial's truth and what each method made of it.
struct TrialResult {
  motion::TrialKey key;
  Seen seen = Seen::no;
  double rate_hz = 0;
  double start_s = 0;
  base::Matrix<double> truth;                   ///< frames x outputs, SI; NaN: not measured
  std::vector<base::Matrix<double>> predicted;  ///< one a method, the same shape
  infer::Interval interval;  ///< of the network, the same shape; empty where the model knows none
};

/// Network and baselines on the same trials.
struct Evaluation {
  std::vector<model::OutputChannel> outputs;  ///< name and unit (SI) of every column
  std::vector<std::string> left_out;          ///< constant and copied channels
  std::vector<std::string> methods;           ///< "network" first, then those of Baselines
  std::vector<TrialResult> trials;
  std::vector<std::string> notes;  ///< for people: what was left out, what a baseline lacks
};

/// All trials of a store, without their raw EMG, in the store's order.
std::vector<dataset::PreparedTrial> read_trials(const dataset::Store& store);

/// What a network has to beat, fitted on the trials that it was trained with (early stopping's part included), on the same
/// inputs: "ridge" (ridge regression; where the network looks ahead, it does too); where the inputs hold the gait phase, "phase"
/// (a regression on it alone: the mean of others at the same phase) and "ridge+phase" (their mean); "neighbour" (the targets of
/// the training frame whose inputs are nearest, scaled); "geometry" (where the inputs hold it: the joint's angle as its markers
/// give it, nothing fitted; NaN where they give none); "mean". Targets that the network learns as roots are taken as they are.
class Baselines {
 public:
  /// `specification`: outputs and inputs as dataset::settle gives them; its scalers are not used.
  /// `mirror`: the training examples mirrored too.
  Baselines(const model::Model& specification, std::vector<features::Example> training, const std::string& by, bool mirror = false);
  ~Baselines();
  Baselines(Baselines&&) noexcept;
  std::vector<std::string> names() const;
  /// Shape: one a name; frames x model outputs, SI.
  std::vector<base::Matrix<double>> predict(const features::Example& example) const;
  /// For people: the lags and penalties that were chosen.
  std::string describe() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What the network makes of an example. Shape: frames x model.outputs, SI. `interval`: filled where the model knows one, unless nullptr.
base::Matrix<double> predict_network(const model::Model& model, const features::Example& example,
                                     infer::Interval* interval = nullptr);

/// Moves predicted angles by whole turns to within half a turn of the truth, where a channel is a heading.
void unwind(const std::vector<model::OutputChannel>& outputs, const base::Matrix<double>& truth,
            base::Matrix<double>& predicted);

/// Noise on the markers of test trials.
struct TestNoise {
  std::string name;  ///< "smooth noise of 10 mm"
  model::Recipe::Copies levels;
};

struct EvaluateOptions {
  std::vector<std::string> subjects;  ///< empty: all
  bool include_seen = false;          ///< score trials of the training too, labelled
  bool baselines = true;              ///< where the store holds the training trials
  base::Progress progress;
  std::optional<TestNoise> noise;     ///< on the trials that are scored
};

/// A model on the trials of a store. Trials that the model was trained on are left out, and said so in the notes,
/// unless include_seen.
/// Throws Error when no trial is left, on a subject that there is not, and what dataset::make_example throws.
Evaluation evaluate(const model::Model& model, const dataset::Store& store, const EvaluateOptions& options);

/// Whether a model was trained on a trial or its person.
Seen seen_in_training(const model::Model& model, const motion::TrialKey& key);

}  // namespace kinemyo::study
