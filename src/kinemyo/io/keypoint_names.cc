#include "kinemyo/io/keypoints_json.h"

namespace kinemyo::io {

// Source: OpenPose's documentation of its output.
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
