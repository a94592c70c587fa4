#include "kinemyo/body/names.h"

#include <utility>

namespace kinemyo::body {

const std::vector<std::string>& original_markers() {
  static const std::vector<std::string> names = {"L.FootHeel",
                                                 "L.AnkleLateral",
                                                 "L.AnkleMedial",
                                                 "L.ToeLateral",
                                                 "L.ToeMedial",
                                                 "L.WristMedial",
                                                 "L.WristLateral",
                                                 "L.ShoulderFront",
                                                 "L.ShoulderRear",
                                                 "L.KneeLateral",
                                                 "L.KneeMedial",
                                                 "L.LowerArmLateral",
                                                 "L.LowerArmMedial",
                                                 "R.AnkleLateral",
                                                 "R.AnkleMedial",
                                                 "R.ToeLateral",
                                                 "R.ToeMedial",
                                                 "R.WristMedial",
                                                 "R.WristLateral",
                                                 "R.ShoulderFront",
                                                 "R.ShoulderRear",
                                                 "R.KneeLateral",
                                                 "R.KneeMedial",
                                                 "R.LowerArmLateral",
                                                 "R.LowerArmMedial",
                                                 "LASIS",
                                                 "LPSIS",
                                                 "RASIS",
                                                 "RPSIS",
                                                 "C7",
                                                 "CLAV",
                                                 "LACR",
                                                 "RACR",
                                                 "Head_Top",
                                                 "R.UpparArm",
                                                 "L.UpparArm",
                                                 "R.Thigh",
                                                 "L.Thigh",
                                                 "R.Shank",
                                                 "L.Shank",
                                                 "RFAsuperior",
                                                 "LFAsuperior"};
  return names;
}

const std::vector<std::string>& rajagopal_coordinates() {
  static const std::vector<std::string> names = {
      "pelvis_tilt",      "pelvis_list",  "pelvis_rotation",   "pelvis_tx",
      "pelvis_ty",        "pelvis_tz",    "hip_flexion_r",     "hip_adduction_r",
      "hip_rotation_r",   "knee_angle_r", "knee_angle_r_beta", "ankle_angle_r",
      "subtalar_angle_r", "mtp_angle_r",  "hip_flexion_l",     "hip_adduction_l",
      "hip_rotation_l",   "knee_angle_l", "knee_angle_l_beta", "ankle_angle_l",
      "subtalar_angle_l", "mtp_angle_l",  "lumbar_extension",  "lumbar_bending",
      "lumbar_rotation",  "arm_flex_r",   "arm_add_r",         "arm_rot_r",
      "elbow_flex_r",     "pro_sup_r",    "wrist_flex_r",      "wrist_dev_r",
      "arm_flex_l",       "arm_add_l",    "arm_rot_l",         "elbow_flex_l",
      "pro_sup_l",        "wrist_flex_l", "wrist_dev_l"};
  return names;
}

const std::vector<std::string>& original_angles() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const auto& name : rajagopal_coordinates()) {
      if (!name.starts_with("pelvis_t") || name == "pelvis_tilt") out.push_back(name);
    }
    return out;
  }();
  return names;
}

const std::vector<std::string>& original_muscles() {
  static const std::vector<std::string> names = {"Tibialis Anterior / Dorsiflexors",
                                                 "Gastrocnemius Medial",
                                                 "Gastrocnemius Lateral",
                                                 "Hamstrings Lateral",
                                                 "Left Lumbars",
                                                 "Hamstrings Medial",
                                                 "Vastus Lateralis",
                                                 "Vastus Medialis",
                                                 "Triceps Brachii",
                                                 "Biceps Brachii",
                                                 "Forearm M",
                                                 "Middle/Lateral Deltoid",
                                                 "Shoulder Flexors",
                                                 "Glutei",
                                                 "Right Lumbars",
                                                 "Rectus Femoris"};
  return names;
}

const std::vector<std::string>& plug_in_gait_markers() {
  static const std::vector<std::string> names = {
      "LASI", "RASI", "SACR", "LTHI", "LKNE", "LTIB", "LANK", "LHEE", "LTOE", "RTHI",
      "RKNE", "RTIB", "RANK", "RHEE", "RTOE", "C7",   "CLAV", "STRN", "LSHO", "RSHO"};
  return names;
}

const std::vector<std::string>& opencap_markers() {
  static const std::vector<std::string> names = {
      "r_knee",      "r_shank_antsup", "r_ankle",    "r_calc",         "r_5meta",      "r_toe",
      "L_knee",      "L_shank_antsup", "L_ankle",    "L_calc",         "L_5meta",      "L_toe",
      "r_sh2",       "r_sh3",          "r_sh4",      "L_sh2",          "L_sh3",        "r_thigh1",
      "r_thigh2",    "r_thigh3",       "r_thigh4",   "r_thigh5",       "L_thigh1",     "L_thigh2",
      "L_thigh3",    "L_thigh4",       "r.ASIS",     "r.PSIS",         "L.ASIS",       "L.PSIS",
      "C7",          "R_Shoulder",     "L_Shoulder", "R_Sternum",      "L_Sternum",    "R_humerus",
      "R_elbow_med", "R_elbow_lat",    "R_forearm",  "R_wrist_radius", "R_wrist_ulna", "L_humerus",
      "L_elbow_med", "L_elbow_lat",    "L_forearm",  "L_wrist_radius", "L_wrist_ulna", "R_HJC",
      "L_HJC",       "R_HJC_reg",      "L_HJC_reg"};
  return names;
}

const std::vector<std::string>& original_keypoints() {
  static const std::vector<std::string> names = {
      "LEFT_SHOULDER",    "RIGHT_SHOULDER", "LEFT_ELBOW",  "RIGHT_ELBOW", "LEFT_WRIST",
      "RIGHT_WRIST",      "LEFT_HIP",       "RIGHT_HIP",   "LEFT_KNEE",   "RIGHT_KNEE",
      "LEFT_ANKLE",       "RIGHT_ANKLE",    "LEFT_HEEL",   "RIGHT_HEEL",  "LEFT_FOOT_INDEX",
      "RIGHT_FOOT_INDEX", "LEFT_PINKY",     "RIGHT_PINKY", "LEFT_INDEX",  "RIGHT_INDEX",
      "LEFT_THUMB",       "RIGHT_THUMB",    "C7",          "CLAV",        "Head_Top"};
  return names;
}

const std::vector<std::string>& body_keypoints() {
  static const std::vector<std::string> names(original_keypoints().begin(), original_keypoints().begin() + 16);
  return names;
}

namespace {

const std::vector<std::pair<std::string, const std::vector<std::string>*>>& sets() {
  static const std::vector<std::pair<std::string, const std::vector<std::string>*>> table = {
      {"original-42", &original_markers()},       {"plug-in-gait-20", &plug_in_gait_markers()},
      {"opencap-51", &opencap_markers()},         {"mediapipe-33", &mediapipe_landmarks()},
      {"original-25", &original_keypoints()},     {"body-16", &body_keypoints()},
      {"original-angles", &original_angles()},    {"rajagopal-39", &rajagopal_coordinates()},
      {"original-emg", &original_muscles()}};
  return table;
}

}  // namespace

const std::vector<std::string>* named_set(std::string_view name) {
  for (const auto& [known, names] : sets()) {
    if (known == name) return names;
  }
  return nullptr;
}

std::vector<std::string> named_sets() {
  std::vector<std::string> names;
  for (const auto& [name, channels] : sets()) names.push_back(name);
  return names;
}

}  // namespace kinemyo::body
