#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/accuracy/accuracy.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/study/crossval.h"
#include "kinemyo/study/score_table.h"

// What the parts of bench_learned share: recordings made ready, noises, figures of an evaluation.
namespace kinemyo::bench {

/// The trials of a folder of $KINEMYO_DATA, as `kinemyo prepare` makes them. `names`: of its subfolders or files; empty: all.
std::vector<dataset::PreparedTrial> prepared(const std::string& part, const std::vector<std::string>& names = {});

/// Noise of 10 mm on the markers of test trials.
study::TestNoise white_noise();
study::TestNoise smooth_noise();

/// The table of joint angles.
study::ScoreTable angles_of(const study::Evaluation& evaluation);

/// One figure a method: the mean of hip, knee and ankle in the sagittal plane; lowest and highest are the three joints, the
/// interval is over people. `goals`: at_most of a method, by name.
void print_sagittal(const std::string& what, const study::Evaluation& evaluation, const std::string& over,
                    const std::vector<std::pair<std::string, double>>& goals = {});

/// A coordinate of OpenSim's models that says how a person is bent: none of place, of kneecaps, of toes.
bool informative(const std::string& coordinate);

/// Two sets of three angles name one posture of a shoulder (flexion + 180, 180 - adduction, rotation + 180): angles whose solver
/// went into the other set, beyond what an arm can do, are brought back.
void bring_arms_back(motion::Series& angles);
/// Whether a frame's angles are in that other set.
bool turns_an_arm_over(const motion::Series& angles, std::size_t frame);

struct Labelled {
  motion::Series markers, angles;
};
/// `trial`.trc and `trial`.mot.
Labelled read_labelled(const std::filesystem::path& trial);

struct Apart {
  std::map<std::string, Rms> all, sound;  ///< by coordinate; sound: without the frames whose labels turn an arm over
};
/// A model's inverse kinematics beside labels, frame by frame, informative() coordinates.
Apart compare_with_labels(const body::Model& model, const std::vector<Labelled>& trials);

void networks();
void noisy_networks();
void joint_centres();
void video_landmarks();
/// By OpenCap's augmenter and a scaled model.
void augmented_person();
void another_person();
/// Rows of another_person() by a scaled model.
void scaled_person();
void emg();
void live();

}  // namespace kinemyo::bench
