#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kinemyo/base/error.h"

namespace kinemyo::model {

/// Mean and scale a column: scaled = (raw - mean) / scale. A scale is never 0. Empty: the identity.
struct Scaler {
  std::vector<double> mean;
  std::vector<double> scale;
  bool empty() const { return mean.empty(); }
  bool operator==(const Scaler&) const = default;
};

/// Where marker positions stand when the network sees them.
enum class Frame {
  laboratory,  ///< as they are in the laboratory (the original's way)
  canonical,   ///< less the pelvis centre, turned about the vertical to the pelvis' heading
};

/// By what lengths are divided.
enum class BodyScale { none, segments };

/// How points go together within a moment, learned on the training side (features/movement.h); empty: not learned.
struct Movement {
  static constexpr int kFrames = 5;          ///< of a moment, the frame itself in their middle
  static constexpr double kStep_s = 0.05;    ///< between them
  std::size_t width = 0;      ///< numbers in a moment: kFrames times 3 a marker
  std::vector<double> basis;  ///< principal components times their standard deviation, m: of each number, one a component
  double rest_m = 0;          ///< what they leave of a number, standard deviation
  bool empty() const { return basis.empty(); }
  std::size_t components() const { return width == 0 ? 0 : basis.size() / width; }
  bool operator==(const Movement&) const = default;
};

/// How a frame of named channels becomes the network's inputs.
/// Order of inputs: markers x y z (unless positions is false), scalars, geometry; then velocities of the same; then the masks;
/// then joint moments; then the gait phase; then, of the whole recording, what geometry says around the frame.
struct InputSpec {
  std::vector<std::string> markers;
  std::vector<std::string> scalars;  ///< joint angles or other single numbers, rad or SI
  bool positions = true;  ///< false: markers are taken, but only for what geometry makes of them
  std::vector<std::string> geometry;  ///< joint angles made of the markers of the frame (features::SegmentAngles), rad
  /// So far before and after the frame, every kAroundStep_s, geometry comes once more, less its mean over the recording: how
  /// the movement goes, whoever the person is. Not causal; 0: not.
  double around_s = 0;
  static constexpr double kAroundStep_s = 0.1;
  double low_pass_hz = 0;  ///< markers are filtered first, forward and backward: not causal; 0: they are not
  Movement movement;        ///< before that, points that are hidden are put where it says; empty: by their own path and each other's
  Frame frame = Frame::canonical;
  BodyScale scale = BodyScale::segments;
  int derivatives =
      0;  ///< 1: velocities follow the values; 2: accelerations too (causal differences)
  bool masks = false;  ///< one input a marker: 1 where it was seen, 0 where it was missing
  int calibration_frames = 100;  ///< body scale is the running mean over so many frames, then fixed
  std::vector<std::string> moments;  ///< scalars whose joints' moments are inputs too (features/joint_moments.h)
  int gait_phase = 0;  ///< harmonics of the gait phase behind all other inputs (features/gait_phase.h); 0: none
  bool operator==(const InputSpec&) const = default;
};

/// One channel that a user gets, and where it comes from.
struct OutputChannel {
  enum class Source { network, constant, copy };
  std::string name;
  std::string unit;  ///< "rad", "V", "1" (fraction of the subject's reference)
  Source source = Source::network;
  std::size_t index = 0;      ///< the network's column, or the output channel that is copied
  double value = 0;           ///< of a constant
  bool from_heading = false;  ///< the network gives it relative to the pelvis' heading
  std::string reference = {};  ///< of unit "1": peak, mvc or mean; empty where it is not known
  bool root = false;          ///< the network gives its root: people get the square, which is never negative
  /// Of the interval that holds 9 of 10 frames of people not seen in training: so far to either side, in the network's
  /// own unit before it is squared; 0: not known.
  double half_width = 0;
  double adapted_half_width = 0;  ///< the same once the model is adapted to the person
  bool operator==(const OutputChannel&) const = default;
};

/// The network itself: layers over time of one kind, then a linear layer on every frame.
/// lstm, gru: recurrent layers. tcn: residual blocks of two dilated causal convolutions (Bai, Kolter and Koltun 2018, arXiv
/// 1803.01271, without weight normalisation). transformer: encoder blocks, normalised first, attention biased by distance in
/// frames (Press, Smith and Lewis 2022, arXiv 2108.12409) instead of a code of positions, so that it runs without end.
/// linear: ridge regression on the inputs of a few frames, on how near the frame is to frames of the training people
/// ("near.centres") and, where the model is adapted to a person, to frames of that person ("own.centres"); fitted in closed form.
struct NetworkSpec {
  std::string kind = "lstm";
  int inputs = 0;
  int outputs = 0;
  int layers = 2;
  int hidden = 256;
  double dropout = 0.3;  ///< between layers, in training only
  bool bidirectional = false;
  /// A linear layer from inputs to outputs beside the recurrent ones ("linear.weight"): ridge regression on the
  /// training side, then fixed, so that the recurrent layers learn what a linear map leaves.
  bool linear = false;
  int kernel = 3;              ///< tcn: frames that one convolution takes
  std::vector<int> dilations;  ///< tcn: of each layer, frames between those that it takes; empty: 1, 2, 4, 8 ...
  int heads = 4;               ///< transformer: of attention; hidden is a multiple
  int feedforward = 256;       ///< transformer: width between the two linear layers of a block
  int look_back_frames = 0;    ///< transformer: so many frames, the present one among them, are seen by a block; 0: the
                               ///< whole recording, before and after
  std::vector<int> lags_frames;  ///< linear: frames that the map takes, so many before the last one that it looks at
  int look_ahead_frames = 0;     ///< linear: the last one that it looks at is so many after the one that is told
  int once = 0;                  ///< linear: the last inputs, taken of one frame alone (the gait phase)
  int once_lag_frames = 0;       ///< linear: ... which is so many before the last one
  int near_frames = 0;           ///< linear: frames of the training people that nearness is told to
  int own_frames = 0;            ///< linear: frames of the person that the model is adapted to
  double own_penalty = 2;        ///< linear: of the regression on them, beside the error summed over frames
  bool recurrent() const { return kind == "lstm" || kind == "gru"; }
  bool causal() const {
    return !bidirectional && (kind != "transformer" || look_back_frames > 0) && look_ahead_frames == 0;
  }
  /// linear: numbers that the map takes of the inputs.
  int features() const { return (inputs - once) * static_cast<int>(lags_frames.size()) + once; }
  int dilation(int layer) const {
    return dilations.empty() ? 1 << layer : dilations[static_cast<std::size_t>(layer)];
  }
  bool operator==(const NetworkSpec&) const = default;
};

/// Shape: row-major, PyTorch's layouts.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  bool operator==(const Tensor&) const = default;
};
/// PyTorch's names: lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, lstm.bias_hh_l0, ...
/// (`_reverse` for the backward direction), fc.weight, fc.bias. Gate order i f g o.
/// A GRU has gru.* instead of lstm.*, gate order r z n. tcn.0.conv1.*, tcn.0.conv2.*, tcn.0.downsample.* (where the width
/// changes) of a temporal convolution; input.*, transformer.layers.0.* (nn.TransformerEncoderLayer's), transformer.norm.*.
/// linear: fc.* on its features, then on nearness to frames of the training people, then of the person; own.scale, by which
/// features are divided before distances are taken (0: does not count); own.centres, frames of the person; near.scale and
/// near.centres likewise, of the training people.
using Weights = std::map<std::string, Tensor>;

/// What training and running must agree on; the content of a model file.
struct Model {
  NetworkSpec network;
  InputSpec input;
  std::vector<OutputChannel> outputs;
  Scaler input_scaler;   ///< over the network's inputs
  Scaler output_scaler;  ///< over the network's outputs
  double rate_hz = 0;    ///< of the frames it was trained on; 0: not known (imported weights)
  int window_frames = 0;
  std::string recipe;     ///< the recipe's text
  std::string data_hash;  ///< of the prepared store
  std::string metrics;    ///< JSON, what training measured
  std::vector<std::string> training_subjects;
  std::vector<std::string> training_trials;  ///< "subject/activity/trial"
  Weights weights;
};

const std::vector<std::string>& network_kinds();

/// Why such a network cannot run frame by frame, for people; it is not causal.
std::string why_not_live(const NetworkSpec& network);
/// Why such inputs cannot be made frame by frame, for people; empty: they can.
std::string why_not_live(const InputSpec& input);

/// The shape of every weight that the network has, by name. Throws Error on an unknown kind.
std::map<std::string, std::vector<std::int64_t>> weight_shapes(const NetworkSpec& network);

/// Throws Error unless the network's sizes are sane and its weights are exactly those of
/// weight_shapes(), all finite; the message names the tensor.
void check_weights(const NetworkSpec& network, const Weights& weights);
/// check_weights(), and what else must agree: scalers, output channels, inputs. Throws Error.
void check_model(const Model& model);

/// Columns that the network takes under this specification: values, derivatives, masks, around.
std::size_t input_width(const InputSpec& input);
/// Those that a frame and the ones before it give: values, derivatives, masks.
std::size_t frame_width(const InputSpec& input);
/// How many times geometry stands around a frame.
std::size_t around_blocks(const InputSpec& input);
/// Of the values alone: positions, scalars, geometry.
std::size_t value_width(const InputSpec& input);
/// The first columns of the values: of positions.
std::size_t position_width(const InputSpec& input);

/// A number that training measured, by its name in `metrics`. Missing: NaN where there is none of that name.
double metric(const Model& model, std::string_view name);
/// The same of a list of numbers; empty where there is none of that name.
std::vector<double> metrics_of(const Model& model, std::string_view name);

/// safetensors with `__metadata__`; docs/formats/model.md draws it. Throws FormatError, IoError,
/// and Error for what check_model() refuses.
Model read_model(const std::filesystem::path& path);
Model parse_model(const std::string& path, std::string_view bytes);
/// Atomic: a killed program leaves the old file or the new one. Throws IoError.
void write_model(const Model& model, const std::filesystem::path& path);
std::string format_model(const Model& model);

/// All of a model but its weights, as the JSON document that a model file carries (docs/formats/model.md); other formats
/// carry it too. Throws Error for what check_model() refuses.
std::string format_metadata(const Model& model);
/// The model of such a document and its weights. Throws FormatError, and Error for what check_model() refuses.
Model parse_metadata(const std::string& path, std::string_view document, Weights weights);

}  // namespace kinemyo::model
