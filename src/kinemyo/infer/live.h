#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/infer/live_body.h"
#include "kinemyo/infer/live_model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::infer {

/// A channel that live use gives.
struct LiveOutput {
  std::string name;
  std::string unit;           ///< rad, or V, or 1 (fraction of the person's peak)
  double low = 0, high = 0;   ///< where it usually lies, in that unit
  bool is_muscle() const { return unit != "rad"; }
};

/// From a camera's landmarks to angles and muscles: models that all sessions of a program share.
class LiveModels {
 public:
  /// `body` takes landmarks (keypoints); `muscles` takes landmarks or the angles that `body` gives.
  /// Throws Error as LiveModel does, naming what is missing.
  explicit LiveModels(model::Model body, std::optional<model::Model> muscles = std::nullopt, const LiveBodySettings& settings = {});

  LiveModels(const LiveModels&) = delete;  // streams keep references to what is inside
  LiveModels& operator=(const LiveModels&) = delete;

  const std::vector<LiveOutput>& outputs() const { return outputs_; }
  /// How late outputs are at most, s: smoothing of a person at rest and one step of the models' clocks.
  double delay_s() const;
  /// Of the model of the body, Hz; 0: frames are taken as they come.
  double rate_hz() const { return body_.model().rate_hz; }
  const LiveBodySettings& settings() const { return settings_; }
  const LiveModel& body() const { return body_; }
  const std::optional<LiveModel>& muscles() const { return muscles_; }

 private:
  friend class Live;
  struct Taken {
    bool muscles = false;  ///< of the muscles' model, else of the body's
    std::size_t index = 0;
  };
  void take_outputs(const model::Model& model, bool muscles);
  LiveBodySettings settings_;
  LiveModel body_;
  std::optional<LiveModel> muscles_;
  std::vector<LiveOutput> outputs_;
  std::vector<Taken> taken_;  ///< one an output
};

/// One person before one camera. `predict --live`, the server and a replay run this same code, so they give the same bits.
/// Threads: one at a time; models must outlive it.
class Live {
 public:
  explicit Live(const LiveModels& models);
  ~Live();
  Live(Live&&) noexcept;

  /// The next picture. Throws std::invalid_argument unless time increases. No allocation but while calibrating.
  void step(const motion::LandmarkFrame& frame);
  /// The person is asked to stand still again.
  void calibrate();

  const LiveBody& body() const;
  /// As models.outputs(), in their units. Missing: NaN while nobody is seen.
  const std::vector<double>& values() const;
  /// Standard deviations; they grow with what is out of sight. Missing: NaN, where training did not tell.
  const std::vector<double>& deviations() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Predictions of trials as live use makes them, a frame for each picture on the pictures' own stamps, each trial from rest.
/// Several stand one behind another, with an event "Trial" at each start. Throws Error if there are no pictures.
motion::Recording predict_live(const LiveModels& models, const std::vector<motion::LandmarkTrial>& trials);

}  // namespace kinemyo::infer
