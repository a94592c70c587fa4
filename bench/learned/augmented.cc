// Keypoints of a person, made of markers, through OpenCap's augmenter, a scaled model and inverse kinematics: what `augment`, `scale` and
// `ik` give. Nothing is trained here, and no label used.
#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/walks.h"
#include "bench/learned/learned.h"
#include "kinemyo/body/scaling.h"
#include "kinemyo/exchange/onnx/import.h"
#include "kinemyo/infer/augmenter.h"
#include "kinemyo/io/npy.h"
#include "kinemyo/io/trc.h"

namespace kinemyo::bench {

namespace {

// OpenPose's names: markers, and joint centres, which are origins of a model's bodies.
const std::vector<std::pair<std::string, std::string>> kMarkers = {{"RShoulder", "R_Shoulder"}, {"LShoulder", "L_Shoulder"}, {"RHeel", "r_calc"},   {"LHeel", "L_calc"},
                                                                   {"RSmallToe", "r_5meta"},    {"LSmallToe", "L_5meta"},    {"RBigToe", "r_toe"}, {"LBigToe", "L_toe"}};
const std::vector<std::pair<std::string, std::string>> kBodies = {{"RHip", "femur_r"}, {"LHip", "femur_l"}, {"RKnee", "tibia_r"}, {"LKnee", "tibia_l"}, {"RAnkle", "talus_r"}, {"LAnkle", "talus_l"}};

// `model`: of the person, with which the markers are fitted.
motion::Series keypoints_of(const motion::Series& markers, const body::Model& model) {
  body::InverseKinematics solver(model, body::task_weights(model));
  const auto posture = body::fit_markers(solver, markers).coordinates;
  std::vector<motion::Channel> channels;
  for (const auto& [name, from] : kMarkers) channels.push_back({name, "m"});
  for (const auto& [name, from] : kBodies) channels.push_back({name, "m"});
  base::Matrix<double> values(markers.frames(), 3 * channels.size());
  auto pose = model.make_pose();
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    std::size_t next = 0;
    for (const auto& [name, from] : kMarkers) {
      for (std::size_t c = 0; c < 3; ++c) values(f, next++) = markers.at(f, *markers.find(from), c);
    }
    model.place(posture.values().row(f), pose);
    for (const auto& [name, from] : kBodies) {
      const auto at = pose.bodies[*model.find_body(from)].translation();
      for (std::size_t c = 0; c < 3; ++c) values(f, next++) = at[static_cast<Eigen::Index>(c)];
    }
  }
  return {motion::Quantity::position, channels, markers.clock(), values};
}

// Nobody wrote it down: the height of the seventh vertebra over 0.85, and a body mass index of 22.
infer::Person somebody(const motion::Series& standing) {
  const auto neck = *standing.find("C7"), toe = *standing.find("r_toe");
  const double stature_m = (standing.at(0, neck, 1) - standing.at(0, toe, 1) + 0.03) / 0.85;
  return {stature_m, 22 * stature_m * stature_m};
}

model::Model opencaps_augmenter() {
  const auto folder = recordings("augmenter");
  auto model = exchange::read_onnx(folder / "lower.onnx");
  model.input_scaler = {io::read_npy(folder / "lower_mean.npy").values, io::read_npy(folder / "lower_std.npy").values};
  model.rate_hz = 60;
  return model;
}

void print_person(const std::string& who, const body::Model& model, const motion::Series& standing, const std::vector<std::filesystem::path>& trials, const std::string& over) {
  const auto augmenter = opencaps_augmenter();
  const auto person = somebody(standing);
  std::vector<std::string> notes;
  const auto scaled = body::fit_scale(opencap_model("generic"), infer::augment_markers(augmenter, keypoints_of(standing, model), person, notes)).model;
  std::vector<Labelled> augmented;
  for (const auto& trial : trials) {
    auto [markers, angles] = read_labelled(trial);
    augmented.push_back({infer::augment_markers(augmenter, keypoints_of(markers, model), person, notes), std::move(angles)});
  }
  const auto apart = compare_with_labels(scaled, augmented).all;
  Figure figure{who + ": sag, keypoints, augmenter, scaled model and inverse kinematics", 0, "deg"};
  figure.over = over;
  for (const std::string joint : {"hip_flexion_", "knee_angle_", "ankle_angle_"}) {
    for (const char* side : {"r", "l"}) figure.spread.push_back(apart.at(joint + side).value());
  }
  figure.value = mean(figure.spread);
  print(figure);
}

}  // namespace

void augmented_person() {
  const std::string how = "keypoints are shoulders, heels and toes of the markers, and hips, knees and ankles of a model that was fitted to them (hand-scaled, or scaled by us), at 60 Hz, clean; stature from the height of C7; "
                          "which people OpenCap's network learned from is not known here, this one may be among them";
  std::vector<std::filesystem::path> walks;
  for (const auto& trial : opencap_trials()) walks.push_back(recordings("opencap_expert1") / trial);
  print_person("opencap_expert1", opencap_model("hand_scaled"), opencap_markers("static1"), walks, "24 trials (without DJ3), generic.osim scaled to static1; " + how);
  const auto folder = recordings("nimble") / "LaiArnoldSubject5";
  const auto jump = *io::read_trc(folder / "DJ1.trc").find(motion::Quantity::position);
  const auto still = body::stillest(jump);
  print_person("LaiArnoldSubject5", body::fit_scale(opencap_model("generic"), still).model, still, {folder / "DJ1", folder / "DJ2"}, "2 drop jumps, generic.osim scaled to the stillest 0.2 s of the first; " + how);
}

}  // namespace kinemyo::bench
