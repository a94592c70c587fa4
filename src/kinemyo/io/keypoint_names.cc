#include "kinemyo/io/keypoints_json.h"

namespace kinemyo::io {

// Source: MediaPipe's PoseLandmark, OpenPose's documentation of its output.
const std::vector<std::string>& mediapipe_names() {
  static const std::vector<std::string> names = {
      "NOSE",        "LEFT_EYE_INNER",  "LEFT_EYE",        "LEFT_EYE_OUTER", "RIGHT_EYE_INNER", "RIGHT_EYE",   "RIGHT_EYE_OUTER",
      "LEFT_EAR",    "RIGHT_EAR",       "MOUTH_LEFT",      "MOUTH_RIGHT",    "LEFT_SHOULDER",   "RIGHT_SHOULDER", "LEFT_ELBOW",
      "RIGHT_ELBOW", "LEFT_WRIST",      "RIGHT_WRIST",     "LEFT_PINKY",     "RIGHT_PINKY",     "LEFT_INDEX",  "RIGHT_INDEX",
      "LEFT_THUMB",  "RIGHT_THUMB",     "LEFT_HIP",        "RIGHT_HIP",      "LEFT_KNEE",       "RIGHT_KNEE",  "LEFT_ANKLE",
      "RIGHT_ANKLE", "LEFT_HEEL",       "RIGHT_HEEL",      "LEFT_FOOT_INDEX", "RIGHT_FOOT_INDEX"};
  return names;
}

const std::vector<std::string>* openpose_names(std::size_t count) {
  static const std::vector<std::string> body25 = {"Nose",  "Neck",  "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow",    "LWrist", "MidHip",  "RHip",      "RKnee", "RAnkle", "LHip",
                                                  "LKnee", "LAnkle", "REye",     "LEye",   "REar",   "LEar",      "LBigToe",   "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"};
  static const std::vector<std::string> coco18 = {"Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "RHip",
                                                  "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar"};
  static const std::vector<std::string> mpi15 = {"Head", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "RHip",
                                                 "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "Chest"};
  return count == 25 ? &body25 : count == 18 ? &coco18 : count == 15 ? &mpi15 : nullptr;
}

}  // namespace kinemyo::io
