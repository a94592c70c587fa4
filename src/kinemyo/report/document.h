#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/report/metrics.h"

namespace kinemyo::report {

/// What a report says, in the units that people read (deg, mm, mV, %). web/src/document.ts is its other side.
/// Missing: NaN, drawn as a gap, printed as a dash.
struct Document {
  /// One kind of output (angles, muscles): network and baselines side by side.
  struct ScoreTable {
    struct Channel {
      std::string name;
      std::string group;  ///< joint or muscle, for the bars
      std::vector<Score> scores;  ///< one a method
    };
    struct Group {
      std::string name;
      std::vector<double> mae;  ///< one a method
    };
    std::string title;
    std::string unit;
    std::vector<std::string> methods;  ///< the network first
    std::vector<Channel> channels;
    std::vector<Score> mean;  ///< one a method
    std::vector<std::string> left_out;
    std::vector<Group> subjects;
    std::vector<Group> activities;
    std::vector<std::string> people;  ///< sentences on the spread over people
  };

  struct TrialIn {
    std::string key, subject, activity;
    std::string role;  ///< "test", "training", "validation"
    double seconds = 0, rate_hz = 0;
    std::size_t markers = 0, angles = 0, muscles = 0;
    std::size_t filled = 0, missing = 0;  ///< samples
    double longest_gap_s = 0;
    std::vector<std::pair<std::string, std::string>> excluded;  ///< EMG channel, reason
    std::vector<std::pair<std::string, double>> emg_scores;     ///< EMG channel that is used, its quality, 0 to 1
    double emg_edge_s = 0;                                      ///< so near to the ends, envelopes lean on padding
    std::vector<std::string> history;
  };

  struct TrialPlot {
    struct Channel {
      std::string name, group, unit;
      std::vector<float> truth, predicted;  ///< one a frame
      std::vector<float> low, high;  ///< the interval that holds 9 of 10 frames; empty where it is not known
    };
    struct Muscle {
      std::string name, unit;
      double bin_s = 0;
      std::vector<float> low, high, envelope;  ///< one a bin
    };
    std::string key;
    double start_s = 0, rate_hz = 0;
    std::size_t frames = 0;
    std::vector<Channel> channels;
    std::vector<Muscle> emg;
  };

  /// A stretch of a channel in which the network is off the most.
  struct WorstWindow {
    std::string key, name, unit;
    double start_s = 0, rate_hz = 0;
    double rmse = 0;
    std::vector<float> truth, predicted;  ///< one a frame
  };

  struct Epoch {
    int number = 0;
    double training = 0;
    double validation = std::numeric_limits<double>::quiet_NaN();
    double learning_rate = 0;
    bool best = false;
  };

  std::string title, version, headline, split;
  bool synthetic = false;
  std::vector<std::string> cautions;
  std::vector<std::pair<std::string, std::string>> model;  ///< name, value
  std::string recipe;
  std::vector<std::string> methods_text;
  std::vector<TrialIn> trials_in;
  std::vector<Epoch> epochs;
  std::vector<ScoreTable> scores;
  std::vector<TrialPlot> plots;
  std::vector<WorstWindow> worst;  ///< the worst first
};

/// One self-contained page: no other file, no network.
std::string format_html(const Document& document);

}  // namespace kinemyo::report
