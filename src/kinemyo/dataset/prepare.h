#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/base/progress.h"
#include "kinemyo/dataset/align.h"
#include "kinemyo/dataset/label_faults.h"
#include "kinemyo/dataset/layout.h"
#include "kinemyo/dataset/prepare_table.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/io/any.h"
#include "kinemyo/signal/envelope.h"
#include "kinemyo/signal/quality.h"

namespace kinemyo::dataset {

/// What `prepare` is told. Units: Hz, s.
struct PrepareSettings {
  double rate_hz = 100;       ///< of the timeline
  double fill_limit_s = 0.2;  ///< longer gaps are not filled from the channel's own path
  double rebuild_limit_s = 1;  ///< longer gaps of a marker are not rebuilt from the other markers; 0: none is
  double worst_fill_m = 0.03;  ///< a marker's gap whose error bar is wider stays missing
  TableUnits units;           ///< of the original's CSV files
  io::ReadOptions reading;    ///< what recordings leave unsaid (aliases hold for CSV files too)
  double joined_hz = 30;      ///< nominal rate of CSV files that `sync`, `impute`, `filter` made
  motion::UpAxis up = motion::UpAxis::unknown;  ///< unknown: as the file says, else as the markers tell
  signal::EnvelopeSettings envelope;
  signal::EmgQualityLimits emg_limits;  ///< of amplified EMG
  /// EMG at skin level (microvolts) is recognised trial by trial, and a channel is dead under `skin_dead_std_v` there.
  bool recognise_skin_level = true;
  double skin_dead_std_v = 2e-6;
  /// What 100 % is: the largest over all trials (mvc of muscles that a trial of maximal contraction measured; where mvc is
  /// asked for, every muscle of every subject needs one), or the mean.
  EmgReference emg_reference = EmgReference::peak;
  double emg_delay_s = 0;   ///< by which muscles move the body later than their EMG: envelopes go later by it
  bool emg_onsets = false;  ///< events "EMG on" and "EMG off" of every channel
  AlignSettings align;      ///< other devices' recordings of a trial onto its clock
  bool keep_raw_emg = true;
  bool skip_bad = false;  ///< go on after a trial that cannot be used, and list it
};

/// Throws Error when a number is out of its range, with the range.
void require_sane(const PrepareSettings& settings);

/// What was invented in one channel by one method. The error bar holds in 9 of 10 gaps; NaN where there is none.
struct ChannelFill {
  std::string channel;
  std::string method;
  std::size_t gaps = 0;
  std::size_t frames = 0;  ///< at the source's rate
  double worst_error_bar_m = 0;
};

/// Gaps of one kind of channel in a trial: what was invented and what is missing.
struct GapCount {
  std::size_t filled_gaps = 0;
  std::size_t filled_frames = 0;  ///< channel by channel, at the source's rate
  std::size_t left_gaps = 0;      ///< too long, or at an end
  double missing_share = 0;       ///< of all values on the timeline
  std::vector<ChannelFill> fills;
  void add(const std::string& channel, const std::string& method, std::size_t more_gaps, std::size_t more_frames,
           double error_bar_m);
};

/// How the samples of a series came to the frames of an even clock.
enum class Placing {
  kept,       ///< they lie on it
  resampled,  ///< by a windowed sinc
  pchip,      ///< between uneven stamps
  spline,     ///< between uneven stamps, at the signal's own rate
};

/// What was taken out of an EMG channel, or is to be known of it.
struct EmgRemark {
  std::string kind;  ///< of few: "hum taken out", "weak", ...
  std::string text;  ///< with figures
};

/// What was made of one trial, for people.
struct TrialReport {
  motion::TrialKey key;
  std::string file;
  Source source = Source::c3d;
  double rate_hz = 0;
  double duration_s = 0;
  std::size_t markers = 0, angles = 0, emg = 0;  ///< channels
  GapCount marker_gaps, angle_gaps;
  std::vector<MarkerFault> marker_faults;           ///< reported, not mended
  std::map<std::string, std::string> emg_excluded;  ///< channel -> reason
  std::map<std::string, double> emg_scores;         ///< channel -> quality, 0 to 1
  std::map<std::string, std::vector<EmgRemark>> emg_remarks;  ///< on channels that are used
  std::set<double> emg_rates_hz;                    ///< at which envelopes were made
  double emg_edge_s = 0;                            ///< so near to the ends, envelopes lean on padding
  std::size_t emg_notched = 0, emg_spikes = 0;      ///< channels that hum was taken out of; spikes taken out
  std::size_t emg_filled_frames = 0;                ///< of envelopes, that lean on short gaps of the signal
  bool emg_at_skin_level = false;                   ///< recognised as such: other limits of what is dead
  std::set<Placing> motion_placing, emg_placing;    ///< how samples came to an even clock
  std::vector<Synchronised> synchronised;           ///< other devices' files
  std::vector<std::string> notes;                   ///< clocks, axes, units, what was left out
};

struct PrepareReport {
  std::vector<TrialReport> trials;
  std::vector<std::pair<std::string, std::string>> bad;  ///< file -> why it was skipped
  std::vector<TrialReport> mvc_trials;                   ///< gave reference values; not in the store
  std::map<std::string, EmgUnits> emg_units;             ///< by subject
  std::vector<std::string> notes;                        ///< on several trials
  std::string methods;                                   ///< for a paper
};

/// Verdicts on the channels of a recording's EMG, by the settings' limits, or by those of EMG at skin level where it is
/// recognised as such. Throws std::invalid_argument unless its clock has a rate.
struct EmgVerdicts {
  std::vector<signal::EmgQuality> channels;
  bool at_skin_level = false;
};
EmgVerdicts judge_all_emg(const motion::Series& emg, const PrepareSettings& settings);

/// A recording on the timeline: gaps filled, everything at one rate without aliasing, Y up, EMG as envelopes made
/// at its own rate. `up` is the recording's, known by now. Adds to `report`.
/// Time: the timeline starts with the markers' first frame (else the angles', else the EMG's) and ends before
/// their last; frames for which another series has nothing are missing there.
/// Throws Error: EMG whose rate cannot hold the band, no channel at all.
PreparedTrial prepare_recording(const motion::TrialKey& key, motion::Recording recording, motion::UpAxis up,
                                const PrepareSettings& settings, TrialReport& report);

/// A joined table as it is: every row a frame, no filter, laboratory axes.
PreparedTrial keep_recording(const motion::TrialKey& key, const motion::Recording& recording, bool emg_is_envelope,
                             TrialReport& report);

/// All trials into one store, trial by trial: memory holds one at a time. Trials of maximal voluntary contraction come first,
/// give reference values of EMG and are not stored; where the mean is the reference they are not read. The store appears
/// whole or not at all.
/// Throws what readers and prepare_recording() throw, with the file's name (unless skip_bad), Error when no trial
/// is left, when mvc is the reference and no such trial of a subject, or of one of its muscles, could be used (skip_bad or
/// not: nothing else can take its place), or `progress` asks to stop, IoError when the store cannot be written.
PrepareReport prepare(const std::vector<TrialFiles>& trials, const std::filesystem::path& out,
                      const PrepareSettings& settings, const base::Progress& progress);

}  // namespace kinemyo::dataset
