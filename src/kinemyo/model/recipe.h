#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/model/model.h"

namespace kinemyo::model {

/// Which channels: a named set, or names.
/// Sets of markers: original-42, plug-in-gait-20, opencap-51, mediapipe-33; of angles: original-angles;
/// of coordinates: rajagopal-39; of muscles: original-emg (body::named_set gives their names).
/// "common": what all training trials have; computed points, forces and angles are never among common markers.
struct ChannelChoice {
  std::string set;                 ///< empty when names are given
  std::vector<std::string> names;
  bool empty() const { return set.empty() && names.empty(); }
};

/// Everything that a training run is told, read from TOML. Defaults are those of our own recipes.
/// The `original` part turns on what the original system does and ours does not.
struct Recipe {
  std::string name;
  std::string text;  ///< the TOML as read, kept in the model file

  struct Inputs {
    ChannelChoice markers;    ///< of markers or keypoints; "common": what all trials have
    ChannelChoice angles;     ///< joint angles as inputs (recipe emg)
    std::string keypoints;    ///< "": none; "original-25", "mediapipe-33", "body-16": means of markers
    Frame frame = Frame::canonical;
    BodyScale scale = BodyScale::segments;
    int derivatives = 0;
    bool masks = false;
    bool positions = true;    ///< the markers' positions themselves
    bool geometry = false;    ///< joint angles by geometry of the markers, frame by frame
    double around_s = 0;      ///< geometry around the frame too, less its mean over the recording: not causal
    double low_pass_hz = 0;   ///< markers filtered first, without lag: not causal
    bool learn_gaps = false;  ///< before that, hidden markers are put where the training people's movement tells
    double noise_mm = 0;      ///< white noise added to training markers
    double offset_mm = 0;     ///< a constant offset of each marker for a training window: markers sit elsewhere on others
    bool moments = false;     ///< of the joints whose angles are inputs, without ground forces
    int gait_phase = 0;       ///< harmonics of the gait phase, told from the legs' angles
    bool mirror = false;      ///< training trials also mirrored left to right (canonical frame)
    bool turn = false;        ///< training trials turned about the vertical at random
  } inputs;

  struct Targets {
    ChannelChoice angles;
    ChannelChoice coordinates;  ///< with translations (the original's 39)
    ChannelChoice emg;
    std::string normalise = "none";  ///< emg: none, subject_peak (fractions of the subject's reference in the store)
    bool root = false;               ///< emg: the network learns roots, and people get their squares, never negative
    bool drop_constant = true;       ///< constants and copies are not learned, but restored
  } targets;

  NetworkSpec network;
  /// network.linear_sees: "all" inputs, or of an angle the geometry of its own "joint" (and, where there is any, what stands
  /// around the frame: fitted within recordings, so that it learns how people move and not who they are), or the
  /// "best" of both, output by output.
  std::string linear_sees = "all";

  /// More training trials: copies of each whose markers are off, and whose labels stay. Levels are drawn anew for each copy,
  /// from 0 to these.
  struct Copies {
    int count = 0;
    double white_mm = 0;      ///< noise, another in every frame
    double smooth_mm = 0;     ///< noise that is the same for a while: filtered by a Gaussian of 100 ms
    double placement_mm = 0;  ///< a constant offset of each marker on its segment
    double hidden = 0;        ///< share of frames in which a marker is not seen, in gaps of 0.2 s
    double pace = 0;          ///< so much faster or slower at most, as a share; labels too
  } copies;
  /// linear: frames that the map takes, seconds from the one that is told; with look_ahead_s, later ones too.
  double look_back_s = 0.2, look_ahead_s = 0, step_s = 0.1;
  /// linear: about so many frames of the training people are kept, that nearness is told to; 0: none.
  int near_frames = 0;

  struct Training {
    int window_frames = 200;
    int stride_frames = 100;
    int batch = 16;
    int epochs = 60;
    double learning_rate = 1e-3;
    std::string schedule = "step";  ///< step, cosine, plateau
    int warmup_epochs = 0;      ///< of rising learning rate, before the schedule
    int step_every_epochs = 0;  ///< of the schedule step; 0: the learning rate stays
    double step_factor = 0.5;   ///< of the schedules step and plateau
    int plateau_epochs = 4;     ///< of the schedule plateau: so many without a better loss are borne
    double weight_decay = 0;    ///< decoupled (AdamW)
    int patience_epochs = 10;   ///< early stopping on the validation part; 0: none
    double clip_norm = 1.0;     ///< 0: none
    std::uint64_t seed = 1;
    int members = 1;            ///< networks, of seed, seed + 1000, ...: the model is their mean
    int epochs_in_all() const { return epochs * members; }
  } training;

  struct Split {
    std::string by = "subject";  ///< subject, activity, trial, or none
    double validation = 0.15;    ///< share of the training side's groups kept for early stopping; 0: none
    std::vector<std::string> test;  ///< groups kept out by name; empty: none
  } split;

  struct Original {
    bool windows = false;          ///< range(0, T - L, L): the last full window is dropped
    bool cut_to_shortest = false;  ///< every trial cut to the shortest one
    int smooth_targets = 0;        ///< zero-padded moving average over z-scored targets, samples
    int savgol_window = 0;         ///< Savitzky-Golay on target angles, trial by trial, samples
    int savgol_order = 0;
    bool concatenate = false;      ///< trials joined before windowing
    bool scale_all = false;        ///< scalers over all frames, also those of no window
  } original;
};

/// Throws FormatError (unknown keys name the nearest known one), IoError.
Recipe parse_recipe(const std::string& path, std::string_view toml);
/// The recipe with one key set to `value`, written as in TOML, in its text too: a model file carries what was run.
/// Throws Error where the text does not let it (tables in one line, say), FormatError as parse_recipe().
Recipe with_setting(const Recipe& recipe, const std::string& section, const std::string& key,
                    const std::string& value);
/// A path, or the name of a recipe that the program carries ("angles", "original-emg", ...).
Recipe read_recipe(const std::string& path_or_name);
/// Names of the recipes in the program.
std::vector<std::string> recipe_names();

}  // namespace kinemyo::model
