#include "kinemyo/synth/trial.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "kinemyo/base/error.h"
#include "kinemyo/body/names.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/synth/leg.h"
#include "kinemyo/synth/movement.h"
#include "kinemyo/synth/muscles.h"

namespace kinemyo::synth {
namespace {

using Eigen::Vector3d;

base::Matrix<double> move(const Subject& subject, const std::string& activity, double seconds = 6) {
  return make_movement(subject, find_activity(activity), seconds, kMotionHz,
                       subject.random_of(activity, 1));
}

std::pair<double, double> range(const base::Matrix<double>& values, std::size_t column) {
  const auto numbers = values.column(column);
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return {*low, *high};
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sbb += b[i] * b[i];
    sab += a[i] * b[i];
  }
  return (sab - sa * sb / n) / std::sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}

TEST(Subjects, DifferInStatureAndAreTheSamePersonEveryTime) {
  double low = 9, high = 0;
  for (int n = 1; n <= 12; ++n) {
    const Subject subject = sample_subject(1, n);
    low = std::min(low, subject.size.stature);
    high = std::max(high, subject.size.stature);
    EXPECT_EQ(subject.size.thigh, sample_subject(1, n).size.thigh);
    EXPECT_NE(subject.size.thigh, sample_subject(2, n).size.thigh);
  }
  EXPECT_GT(high - low, 0.15);
  EXPECT_GT(low, 1.4);
  EXPECT_LT(high, 2.0);
}

TEST(Subjects, TallPeopleHaveHighHeads) {
  for (int n = 1; n <= 4; ++n) {
    const Subject subject = sample_subject(3, n);
    const auto trial = make_trial(subject, find_activity("NeutralStance"), 1, 1);
    EXPECT_NEAR(trial.markers.at(50, *trial.markers.find("Head_Top"), 1), subject.size.stature,
                0.09);
  }
}

TEST(Activities, UnknownNamesGetAHint) {
  try {
    find_activity("NormalSquad");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(),
                testing::StartsWith("no activity \"NormalSquad\"; did you mean NormalSquat?"));
  }
}

TEST(Activities, LeftIsTheMirrorOfRight) {
  const auto& right = find_activity("ForwardLungeRight").postures;
  const auto& left = find_activity("ForwardLungeLeft").postures;
  ASSERT_EQ(right.size(), left.size());
  for (const auto& [feature, value] : right[3].changes) {
    if (feature == kFootRX) {
      EXPECT_THAT(left[3].changes, testing::Contains(std::pair(kFootLX, value)));
    }
  }
}

TEST(Leg, ReachesTheAnkleAndLaysTheSoleFlat) {
  const auto size = body::Anthropometry::of_stature(1.7, 70);
  const auto model = body::make_full_body(size);
  for (const bool right : {true, false}) {
    const auto hip_joint = *model.find_body(right ? "femur_r" : "femur_l");
    const auto foot = *model.find_body(right ? "calcn_r" : "calcn_l");
    auto q = model.neutral();
    q[*model.find_coordinate("pelvis_ty")] -= 0.15;
    q[*model.find_coordinate("pelvis_tilt")] = -0.4;
    auto pose = model.make_pose();
    model.place(q, pose);
    FootTarget target;
    target.ankle = Vector3d(0.08, size.foot_height, right ? 0.16 : -0.16);
    target.yaw = target.knee_yaw = right ? -0.15 : 0.15;
    target.rotation = Eigen::AngleAxisd(target.yaw, Vector3d::UnitY()).toRotationMatrix();
    const auto pelvis = pose.bodies[*model.find_body("pelvis")].linear();
    const auto angles =
        reach_foot(size, pelvis, pose.bodies[hip_joint].translation(), target, right);
    const std::string s = right ? "_r" : "_l";
    q[*model.find_coordinate("hip_flexion" + s)] = angles.hip_flexion;
    q[*model.find_coordinate("hip_adduction" + s)] = angles.hip_adduction;
    q[*model.find_coordinate("hip_rotation" + s)] = angles.hip_rotation;
    q[*model.find_coordinate("knee_angle" + s)] = angles.knee;
    q[*model.find_coordinate("ankle_angle" + s)] = angles.ankle;
    q[*model.find_coordinate("subtalar_angle" + s)] = angles.subtalar;
    model.place(q, pose);
    EXPECT_LT((pose.bodies[foot].translation() - target.ankle).norm(), 1e-9);
    EXPECT_NEAR((pose.bodies[foot].linear() * Vector3d::UnitY()).y(), 1, 1e-6);
    EXPECT_GT(angles.knee, 0.5);
  }
}

TEST(Movement, KeepsToTheFloorToLimitsAndToTheModel) {
  const Subject subject = sample_subject(4, 2);
  const auto& model = subject.model;
  const auto soles = body::sole_points(model, subject.size);
  auto pose = model.make_pose();
  for (const auto& activity : activities()) {
    const auto q = move(subject, activity.name, 4);
    ASSERT_EQ(q.rows(), 400u);
    for (std::size_t f = 0; f < q.rows(); ++f) {
      model.place(q.row(f), pose);
      double lowest = 1;
      for (const auto& point : soles) {
        lowest = std::min(lowest, (pose.bodies[point.body] * point.location).y());
      }
      ASSERT_NEAR(lowest, 0, 0.012) << activity.name << " frame " << f;
      for (std::size_t c = 0; c < q.columns(); ++c) {
        const auto& coordinate = model.coordinates()[c];
        ASSERT_GE(q(f, c), coordinate.minimum - 1e-6) << activity.name << " " << coordinate.name;
        ASSERT_LE(q(f, c), coordinate.maximum + 1e-6) << activity.name << " " << coordinate.name;
        if (coordinate.locked) {
          ASSERT_EQ(q(f, c), 0);
        }
        if (f > 0) {
          ASSERT_LT(std::abs(q(f, c) - q(f - 1, c)) * kMotionHz, 20)
              << activity.name << " " << coordinate.name;
        }
      }
      ASSERT_EQ(q(f, *model.find_coordinate("knee_angle_l_beta")),
                q(f, *model.find_coordinate("knee_angle_l")));
    }
  }
}

TEST(Movement, LooksLikeWhatItIsCalled) {
  const Subject subject = sample_subject(1, 1);
  const auto column = [&](const char* name) { return *subject.model.find_coordinate(name); };
  const auto squat = move(subject, "NormalSquat");
  for (const char* side : {"knee_angle_r", "knee_angle_l"}) {
    EXPECT_LT(range(squat, column(side)).first, 25 * kDegree);
    EXPECT_GT(range(squat, column(side)).second, 80 * kDegree);
  }
  EXPECT_LT(range(squat, column("pelvis_ty")).first,
            range(squat, column("pelvis_ty")).second - 0.25);

  const auto walk = move(subject, "Walking");
  const double way = std::hypot(walk(599, column("pelvis_tx")) - walk(0, column("pelvis_tx")),
                                walk(599, column("pelvis_tz")) - walk(0, column("pelvis_tz")));
  EXPECT_GT(way / 6, 0.8);
  EXPECT_LT(way / 6, 1.8);
  EXPECT_GT(range(walk, column("knee_angle_r")).second, 45 * kDegree);
  EXPECT_LT(range(walk, column("hip_flexion_r")).first, 0);
  EXPECT_LT(correlation(walk.column(column("hip_flexion_r")), walk.column(column("hip_flexion_l"))),
            -0.5);
  EXPECT_LT(correlation(walk.column(column("hip_flexion_r")), walk.column(column("arm_flex_r"))),
            0);

  const auto lunge = move(subject, "ForwardLungeRight");
  EXPECT_GT(range(lunge, column("hip_flexion_r")).second, 50 * kDegree);
  const auto reach = move(subject, "ReachGraspEat");
  EXPECT_GT(range(reach, column("elbow_flex_r")).second, 90 * kDegree);
  EXPECT_LT(range(reach, column("elbow_flex_l")).second, 45 * kDegree);
}

TEST(Effort, StandingCarriesTheBodysWeight) {
  const Subject subject = sample_subject(1, 3);
  const auto q = move(subject, "NeutralStance", 3);
  const auto effort = measure_effort(subject, q, kMotionHz);
  double sum = 0;
  for (std::size_t f = 0; f < q.rows(); ++f)
    sum += effort.floor_force(f, 0) + effort.floor_force(f, 1);
  EXPECT_NEAR(sum / static_cast<double>(q.rows()), subject.size.mass_kg * 9.81,
              0.01 * subject.size.mass_kg * 9.81);
}

// A straight arm held forward: weight of arm segments times their distances from the shoulder.
TEST(Effort, ArmHeldForwardNeedsTheMomentOfItsWeight) {
  const Subject subject = sample_subject(1, 1);
  auto q = subject.model.neutral();
  q[*subject.model.find_coordinate("arm_flex_r")] = M_PI / 2;
  base::Matrix<double> still(20, q.size());
  for (std::size_t f = 0; f < still.rows(); ++f)
    std::copy(q.begin(), q.end(), still.row(f).begin());
  const auto effort = measure_effort(subject, still, kMotionHz);
  const auto& p = subject.size;
  const double expected = 9.81 * p.mass_kg *
                          (0.028 * 0.436 * p.upper_arm + 0.016 * (p.upper_arm + 0.430 * p.forearm) +
                           0.006 * (p.upper_arm + p.forearm + 0.506 * p.hand));
  EXPECT_NEAR(effort.moments(10, kShoulderFlexion), expected, 1e-6);
  EXPECT_NEAR(effort.moments(10, kElbowFlexion),
              9.81 * p.mass_kg * (0.016 * 0.430 * p.forearm + 0.006 * (p.forearm + 0.506 * p.hand)),
              1e-6);
}

TEST(Muscles, FollowTheMotion) {
  const Subject subject = sample_subject(1, 1);
  const auto trial = make_trial(subject, find_activity("NormalSquat"), 1, 6);
  const auto knee = trial.coordinates.values().column(*trial.coordinates.find("knee_angle_r"));
  for (const char* name : {"Vastus Lateralis", "Glutei", "Right Lumbars"}) {
    const auto activation = trial.activations.values().column(*trial.activations.find(name));
    EXPECT_GT(correlation(knee, activation), 0.7) << name;
    EXPECT_GE(*std::min_element(activation.begin(), activation.end()), 0);
    EXPECT_LE(*std::max_element(activation.begin(), activation.end()), 1);
  }
}

TEST(Muscles, EnvelopeOfRawEmgIsTheActivation) {
  const Subject subject = sample_subject(1, 2);
  const auto smooth = signal::butterworth_sections(2, signal::Passband::below(6), kEmgHz);
  const auto band = signal::butterworth_sections(2, signal::Passband::between(30, 400), kEmgHz);
  int compared = 0;
  for (const char* activity : {"NormalSquat", "Walking", "PickObject"}) {
    const auto q = move(subject, activity, 8);
    const auto effort = measure_effort(subject, q, kMotionHz);
    const auto activation =
        activate_muscles(subject, q, effort, kMotionHz, subject.random_of(activity, 1));
    const auto emg =
        make_emg(subject, activation, kMotionHz, kEmgHz, subject.random_of(activity, 7));
    ASSERT_EQ(emg.rows(), 8000u);
    for (std::size_t m = 0; m < kMuscles; ++m) {
      const auto truth = activation.column(m);
      const auto [low, high] = range(activation, m);
      if (high - low < 0.2) continue;  // hardly used
      auto rectified = signal::sosfiltfilt(band, emg.column(m));
      for (auto& value : rectified) value = std::abs(value);
      const auto envelope = signal::sosfiltfilt(smooth, rectified);
      std::vector<double> slow;
      for (std::size_t f = 0; f < truth.size(); ++f) slow.push_back(envelope[10 * f]);
      EXPECT_GT(correlation(slow, truth), 0.9) << activity << " " << body::original_muscles()[m];
      ++compared;
    }
  }
  EXPECT_GE(compared, 12);
}

TEST(Trial, MarkersStandWhereTheTrueAnglesPutThem) {
  const Subject subject = sample_subject(1, 1);
  const auto trial = make_trial(subject, find_activity("SideLunge"), 2, 3);
  auto pose = subject.model.make_pose();
  std::vector<double> exact(3 * subject.model.markers().size());
  double square = 0;
  std::size_t count = 0, missing = 0;
  for (std::size_t f = 0; f < trial.coordinates.frames(); ++f) {
    subject.model.place(trial.coordinates.values().row(f), pose);
    subject.model.place_markers(pose, exact);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double measured = trial.markers.values()(f, i);
      if (std::isnan(measured)) {
        ++missing;
        continue;
      }
      EXPECT_NEAR(measured, exact[i], 0.03);
      square += (measured - exact[i]) * (measured - exact[i]);
      ++count;
    }
  }
  const double rms = std::sqrt(square / static_cast<double>(count));
  EXPECT_GT(rms, 0.0005) << "skin moves";
  EXPECT_LT(rms, 0.004);
  EXPECT_LT(missing, count / 20);
}

TEST(Trial, VideoShowsThePersonUprightFromTheFront) {
  const Subject subject = sample_subject(1, 1);
  const auto trial = make_trial(subject, find_activity("NeutralStance"), 1, 2);
  const auto& video = trial.landmarks;
  const auto at = [&](const char* name, std::size_t axis) {
    return video.at(10, *video.find(name), axis);
  };
  EXPECT_LT(at("NOSE", 1), at("LEFT_HIP", 1) - 0.4) << "y is down";
  EXPECT_GT(at("LEFT_ANKLE", 1), 0.5);
  EXPECT_GT(at("LEFT_SHOULDER", 0), at("RIGHT_SHOULDER", 0)) << "the left is on the camera's right";
  EXPECT_LT(at("NOSE", 2), at("LEFT_EAR", 2)) << "z is away from the camera";
  EXPECT_NEAR(at("LEFT_HIP", 0) + at("RIGHT_HIP", 0), 0, 0.06);
}

TEST(Trial, DependsOnItsKeyAlone) {
  const auto& squat = find_activity("NormalSquat");
  const auto once = make_trial(sample_subject(5, 3), squat, 2, 1);
  make_trial(sample_subject(5, 1), find_activity("Walking"), 1, 1);
  const auto again = make_trial(sample_subject(5, 3), squat, 2, 1);
  const auto a = once.markers.values().flat(), b = again.markers.values().flat();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])));
  EXPECT_EQ(once.coordinates.values(), again.coordinates.values());
  const auto other = make_trial(sample_subject(5, 3), squat, 3, 1);
  EXPECT_NE(once.coordinates.values(), other.coordinates.values());
  EXPECT_THROW(make_trial(sample_subject(5, 3), squat, 0, 1), std::invalid_argument);
  EXPECT_THROW(make_trial(sample_subject(5, 3), squat, 1, 0), std::invalid_argument);
}

TEST(ReadAt, PassesThroughSamplesAndKeepsStraightLines) {
  base::Matrix<double> values(5, 2);
  for (std::size_t r = 0; r < 5; ++r) {
    values(r, 0) = 3 + 2 * static_cast<double>(r);
    values(r, 1) = r == 2 ? std::nan("") : std::sin(static_cast<double>(r));
  }
  double out[2];
  for (const double time : {0.0, 0.13, 0.2, 0.37, 0.4, 0.45}) {
    read_at(values, 10, time, out);
    EXPECT_NEAR(out[0], 3 + 20 * time, 1e-12) << time;
  }
  read_at(values, 10, 0.1, out);
  EXPECT_EQ(out[1], std::sin(1.0));
  read_at(values, 10, 0.15, out);
  EXPECT_TRUE(std::isnan(out[1]));
}

}  // namespace
}  // namespace kinemyo::synth
