// Keypoints of a published video trial to joint angles, as a user runs it: import, augment, scale, ik.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace {

using namespace kinemyo;
using testing::HasSubstr;

class Augment : public kinemyo::testing_cli::Program {};

TEST_F(Augment, SquatsBeforeCamerasBecomeAngles) {
  KINEMYO_REAL_DATA(folder, "augmenter");
  KINEMYO_REAL_DATA(person, "opencap_expert1");
  const auto squats = (folder / "squats.trc").string();
  ASSERT_EQ(run("import '" + (folder / "lower.onnx").string() + "' --input-mean '" + (folder / "lower_mean.npy").string() + "' --input-scale '" +
                (folder / "lower_std.npy").string() + "' --rate 60 --out lower.safetensors").code, 0);
  const auto augmented = run("augment '" + squats + "' --model lower.safetensors --stature 1.8 --mass 75 --out markers.trc");
  ASSERT_EQ(augmented.code, 0) << augmented.err;
  EXPECT_THAT(augmented.err, HasSubstr("wrote markers.trc: 581 frames of 35 markers"));

  // Markers lie where anatomy has them around the points that the cameras saw.
  const auto seen = *io::read_trc(squats).find(motion::Quantity::position), markers = *io::read_trc(path("markers.trc")).find(motion::Quantity::position);
  const auto apart = [&](std::size_t f, const char* marker, const char* keypoint) {
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c) sum += std::pow(markers.at(f, *markers.find(marker), c) - seen.at(f, *seen.find(keypoint), c), 2);
    return std::sqrt(sum);
  };
  for (std::size_t f = 0; f < markers.frames(); f += 10) {
    for (const auto& [marker, keypoint] : {std::pair("r_knee", "RKnee"), std::pair("L_mknee", "LKnee"), std::pair("r_ankle", "RAnkle"), std::pair("L_calc", "LHeel"),
                                           std::pair("r_toe", "RBigToe"), std::pair("R_HJC", "RHip"), std::pair("L_Shoulder", "LShoulder")}) {
      EXPECT_LT(apart(f, marker, keypoint), 0.12) << marker << " in frame " << f;
    }
    EXPECT_GT(markers.at(f, *markers.find("r.PSIS"), 1), markers.at(f, *markers.find("R_HJC"), 1));
  }

  const auto scaled = run("scale '" + (person / "generic.osim").string() + "' markers.trc --stillest --mass 75 --out scaled.osim --json");
  ASSERT_EQ(scaled.code, 0) << scaled.err;
  const auto solved = run("ik scaled.osim markers.trc --out squats.mot --json");
  ASSERT_EQ(solved.code, 0) << solved.err;
  EXPECT_LT(nlohmann::json::parse(solved.out)["rms_mm"], 30);
  const auto angles = *io::read_sto(path("squats.mot")).find(motion::Quantity::coordinate);
  double least = 10, most = -10;
  for (std::size_t f = 0; f < angles.frames(); ++f) {
    const double knee = angles.at(f, *angles.find("knee_angle_r"));
    least = std::min(least, knee);
    most = std::max(most, knee);
  }
  EXPECT_LT(least, 20 * 3.14159265 / 180) << "standing";
  EXPECT_GT(most, 70 * 3.14159265 / 180) << "squatting";
}

TEST_F(Augment, ModelsThatAreNoneAreRefused) {
  KINEMYO_REAL_DATA(folder, "augmenter");
  ASSERT_EQ(run("import '" + (folder / "lower.onnx").string() + "' --out bare.safetensors").code, 0);
  const auto bare = run("augment '" + (folder / "squats.trc").string() + "' --model bare.safetensors --stature 1.8 --mass 75 --out m.trc");
  EXPECT_EQ(bare.code, 1);
  EXPECT_THAT(bare.err, HasSubstr("the augmenter has no scaler: import it with --input-mean and --input-scale"));
}

}  // namespace
