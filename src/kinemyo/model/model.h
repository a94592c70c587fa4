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

/// How a frame of named channels becomes the network's inputs.
/// Order of inputs: markers x y z, scalars; then velocities of the same; then the masks.
struct InputSpec {
  std::vector<std::string> markers;
  std::vector<std::string> scalars;  ///< joint angles or other single numbers, rad or SI
  Frame frame = Frame::canonical;
  BodyScale scale = BodyScale::segments;
  int derivatives =
      0;  ///< 1: velocities follow the values; 2: accelerations too (causal differences)
  bool masks = false;  ///< one input a marker: 1 where it was seen, 0 where it was missing
  int calibration_frames = 100;  ///< body scale is the running mean over so many frames, then fixed
  bool operator==(const InputSpec&) const = default;
};

/// One channel that a user gets, and where it comes from.
struct OutputChannel {
  enum class Source { network, constant, copy };
  std::string name;
  std::string unit;  ///< "rad", "V", "1" (fraction of the subject's peak)
  Source source = Source::network;
  std::size_t index = 0;      ///< the network's column, or the output channel that is copied
  double value = 0;           ///< of a constant
  bool from_heading = false;  ///< the network gives it relative to the pelvis' heading
  bool operator==(const OutputChannel&) const = default;
};

/// The network itself: layers over time of one kind, then a linear layer on every frame.
/// lstm, gru: recurrent layers. tcn: residual blocks of two dilated causal convolutions (Bai, Kolter and Koltun 2018, arXiv
/// 1803.01271, without weight normalisation). transformer: encoder blocks, normalised first, attention biased by distance in
/// frames (Press, Smith and Lewis 2022, arXiv 2108.12409) instead of a code of positions, so that it runs without end.
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
  bool recurrent() const { return kind == "lstm" || kind == "gru"; }
  bool causal() const { return !bidirectional && (kind != "transformer" || look_back_frames > 0); }
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

/// The shape of every weight that the network has, by name. Throws Error on an unknown kind.
std::map<std::string, std::vector<std::int64_t>> weight_shapes(const NetworkSpec& network);

/// Throws Error unless the network's sizes are sane and its weights are exactly those of
/// weight_shapes(), all finite; the message names the tensor.
void check_weights(const NetworkSpec& network, const Weights& weights);
/// check_weights(), and what else must agree: scalers, output channels, inputs. Throws Error.
void check_model(const Model& model);

/// Columns that the network takes under this specification: values, derivatives, masks.
std::size_t input_width(const InputSpec& input);

/// A number that training measured, by its name in `metrics`. Missing: NaN where there is none of that name.
double metric(const Model& model, std::string_view name);

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
