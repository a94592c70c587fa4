#include "kinemyo/infer/live.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "infer/live_person.h"
#include "kinemyo/features/features.h"

namespace kinemyo::infer {
namespace {

using motion::is_seen;
using motion::LandmarkFrame;
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing_live::keypoint_model;
using testing_live::muscle_model;
using testing_live::Person;
using Points = motion::LandmarkPoints;

enum : std::size_t { kLeftShoulder = 11, kLeftHip = 23, kRightHip = 24, kLeftKnee = 25, kLeftAnkle = 27, kRightHeel = 30, kRightToe = 32 };

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

LandmarkFrame nobody(double time_s) {
  LandmarkFrame out;
  out.time_s = time_s;
  return out;
}

// Stands until calibrated; the time of the last picture.
double stand(LiveBody& body, Person& person, double turn_deg = 0, double tilt_deg = 0, double from_s = 0) {
  double t = from_s;
  for (int f = 0; f < 70; ++f) body.step(person.frame(t = from_s + f / 30.0, {}, turn_deg, tilt_deg));
  return t;
}

TEST(LiveBody, AStandingPersonFacesXStandsOnTheFloorAndIsCalibratedInTwoSeconds) {
  Person person;
  LiveBody body;
  int frame = 0;
  for (; frame < 100 && body.state() != LiveBody::State::live; ++frame) {
    body.step(person.frame(frame / 30.0, {}, 40));
    if (body.state() == LiveBody::State::calibrating) {
      EXPECT_NEAR(body.progress(), frame / 60.0, 1e-9);
    }
  }
  EXPECT_EQ(frame, 61);
  EXPECT_TRUE(body.just_calibrated());
  const auto& p = body.points();
  EXPECT_NEAR(p[kRightHip][0] - p[kLeftHip][0], 0, 1e-9);  // hips along Z, right is positive
  EXPECT_GT(p[kRightHip][2], 0.05);
  EXPECT_GT(p[kRightToe][0], p[kRightHeel][0] + 0.1);  // toes ahead
  double lowest = 1;
  for (const auto& point : p) lowest = std::min(lowest, point[1]);
  EXPECT_NEAR(lowest, 0, 1e-9);
  EXPECT_NEAR(body.stature_m(), 1.75, 0.06);
}

TEST(LiveBody, ATiltedCameraStandsUprightAfterCalibration) {
  Person person;
  LiveBody straight, tilted;
  stand(straight, person);
  stand(tilted, person, 0, 15);
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) EXPECT_LT(distance(straight.points()[i], tilted.points()[i]), 1e-6) << i;
}

TEST(LiveBody, WhoeverMovesIsNotCalibrated) {
  Person person;
  LiveBody body;
  for (const auto& frame : person.squats(8)) {
    if (frame.time_s < 2.5) continue;
    body.step(frame);
    EXPECT_EQ(body.state(), LiveBody::State::calibrating);
  }
  EXPECT_LT(body.progress(), 0.7);
}

TEST(LiveBody, APauseBetweenPicturesIsNoStanding) {
  Person person;
  LiveBody body;
  for (int f = 0; f < 5; ++f) body.step(person.frame(0.7 * f));
  EXPECT_EQ(body.state(), LiveBody::State::calibrating);
  EXPECT_EQ(body.progress(), 0);
}

TEST(LiveBody, AMirroredPictureGivesTheSameBody) {
  Person person;
  LiveBody plain, mirrored;
  for (int f = 0; f < 100; ++f) {
    const auto frame = person.frame(f / 30.0, {{"knee_angle_l", 0.4 * f}, {"arm_flex_r", 0.7 * f}}, 20);
    plain.step(frame);
    const auto seen_in_mirror = motion::unmirrored(frame);  // mirroring undoes itself
    EXPECT_NE(seen_in_mirror.points[kLeftKnee], frame.points[kLeftKnee]);
    mirrored.step(motion::unmirrored(seen_in_mirror));
    EXPECT_EQ(plain.points(), mirrored.points());
  }
}

TEST(LiveBody, SidesExchangedForAFrameStayWhereTheyWere) {
  Person person;
  LiveBody body;
  double t = stand(body, person);
  const auto before = body.points();
  for (int f = 0; f < 5; ++f) body.step(motion::with_sides_swapped(person.frame(t += 0.033)));
  for (std::size_t i = 0; i < motion::kLandmarks; ++i) EXPECT_LT(distance(before[i], body.points()[i]), 1e-6) << i;
  // Who has really turned about is believed after a second.
  for (int f = 0; f < 40; ++f) body.step(person.frame(t += 0.033, {}, 180));
  EXPECT_LT(body.points()[kRightHip][2], -0.05);
  EXPECT_LT(body.points()[kRightToe][0], body.points()[kRightHeel][0]);
}

TEST(LiveBody, ALandmarkOutOfSightIsHeldForAWhileAndThenMissing) {
  Person person;
  LiveBody body;
  double t = stand(body, person);
  const auto before = body.points()[kLeftAnkle];
  for (int f = 1; f <= 20; ++f) {
    auto frame = person.frame(t + f / 30.0);
    frame.visibility[kLeftAnkle] = 0.1;
    body.step(frame);
    EXPECT_NEAR(body.unseen_s()[kLeftAnkle], f / 30.0, 1e-9);
    EXPECT_EQ(is_seen(body.points()[kLeftAnkle]), f <= 15) << f;
    if (f <= 15) {
      EXPECT_LT(distance(before, body.points()[kLeftAnkle]), 1e-6);
    }
  }
  EXPECT_EQ(body.state(), LiveBody::State::live);
}

TEST(LiveBody, NobodyInThePictureIsLostAndComesBack) {
  Person person;
  LiveBody body;
  double t = stand(body, person);
  for (int f = 0; f < 20; ++f) body.step(nobody(t += 1 / 30.0));
  EXPECT_EQ(body.state(), LiveBody::State::lost);
  body.step(person.frame(t += 1 / 30.0));
  EXPECT_EQ(body.state(), LiveBody::State::live);
}

TEST(LiveBody, TimeHasToIncrease) {
  Person person;
  LiveBody body;
  body.step(person.frame(1));
  EXPECT_THROW(body.step(person.frame(1)), std::invalid_argument);
}

TEST(LiveModels, GiveAnglesAndMusclesButNoTranslations) {
  const LiveModels models(keypoint_model(), muscle_model());
  std::vector<std::string> names;
  for (const auto& one : models.outputs()) names.push_back(one.name + " " + one.unit);
  EXPECT_THAT(names, testing::ElementsAre("knee_angle_r rad", "knee_angle_l rad", "hip_flexion_r rad", "knee_angle_r_beta rad",
                                          "pelvis_rotation rad", "Rectus Femoris 1", "Biceps Femoris V"));
  EXPECT_DOUBLE_EQ(models.outputs()[0].low, 0.1 - 1.5);
  EXPECT_DOUBLE_EQ(models.outputs()[0].high, 0.1 + 1.5);
  EXPECT_GT(models.delay_s(), 0.06);
}

TEST(LiveModels, SayWhatDoesNotFit) {
  auto muscles = muscle_model();
  muscles.input.scalars = {"elbow_flex_r", "hip_flexion_r"};
  EXPECT_THAT([&] { LiveModels(keypoint_model(), muscles); }, ThrowsMessage<Error>(HasSubstr("do not give: elbow_flex_r")));
  auto backwards = keypoint_model();
  backwards.network.bidirectional = true;
  backwards.weights = random_weights(backwards.network, 1);
  EXPECT_THROW(LiveModels{backwards}, Error);
  EXPECT_THAT([] { LiveModels{muscle_model()}; }, ThrowsMessage<Error>(HasSubstr("knee_angle_r")));
  EXPECT_THAT([] { LiveModels(keypoint_model(), keypoint_model()); }, ThrowsMessage<Error>("both models give knee_angle_r"));
}

// With pictures just at the model's rate and nothing to smooth away, live is what predict makes of the same landmarks.
TEST(Live, IsTheNetworkOnTheBodysPoints) {
  Person person;
  const auto model = keypoint_model(30);
  const LiveModels models(model);
  Live live(models);
  const Network network(model);
  Stream stream(model, network);
  const auto raw_of = [&](const Points& points) {
    std::vector<double> raw;
    for (const auto& name : model.input.markers) {
      const auto& names = body::mediapipe_landmarks();
      const auto i = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
      raw.insert(raw.end(), points[i].begin(), points[i].end());
    }
    return raw;
  };
  std::vector<double> named(model.outputs.size());
  for (const auto& frame : person.squats(6)) {
    live.step(frame);
    if (live.body().just_calibrated()) {
      const auto& standing = live.body().standing();
      base::Matrix<double> raw(100, stream.raw_width());
      for (std::size_t f = 0; f < raw.rows(); ++f) {
        const auto row = raw_of(standing[f % standing.size()]);
        std::copy(row.begin(), row.end(), raw.row(f).begin());
      }
      stream.reset();
      stream.calibrate(raw);
    }
    stream.step(raw_of(live.body().points()), named);
    EXPECT_NEAR(live.values()[0], named[0], 1e-6);
    EXPECT_NEAR(live.values()[2], named[3], 1e-6);
    EXPECT_EQ(live.values()[3], live.values()[0]);
  }
}

TEST(Live, UnevenPicturesAreReadOnTheModelsClock) {
  // Of one movement seen at 30 and at 60 pictures a second, a model of 50 Hz sees nearly the same.
  Person person;
  const LiveModels models(keypoint_model());
  Live slow(models), fast(models);
  const auto pose = [&](double t) { return person.frame(t, {{"knee_angle_r", 10 + 10 * std::sin(3 * t)}}); };
  double differs = 0, moves = 0, first = 0;
  for (int f = 0; f < 400; ++f) {
    const double t = f / 60.0;
    fast.step(pose(t));
    if (f % 2 == 1) continue;
    slow.step(pose(t));
    if (f == 300) first = slow.values()[0];
    if (f < 300) continue;
    differs = std::max(differs, std::abs(slow.values()[0] - fast.values()[0]));
    moves = std::max(moves, std::abs(slow.values()[0] - first));
  }
  EXPECT_GT(moves, 0);
  EXPECT_LT(differs, 0.35 * moves);
}

TEST(Live, UncertaintyGrowsWhileALandmarkIsOutOfSight) {
  Person person;
  const LiveModels models(keypoint_model(), muscle_model());
  Live live(models);
  double t = 0;
  for (int f = 0; f < 70; ++f) live.step(person.frame(t = f / 30.0));
  const auto before = live.deviations();
  EXPECT_DOUBLE_EQ(before[0], 0.2 * 0.5);  // the validation loss's root in the output's units
  EXPECT_EQ(before[3], before[0]);
  EXPECT_TRUE(std::isnan(before[5]));  // training of the muscles told nothing
  double last = before[0];
  for (int f = 0; f < 25; ++f) {
    auto frame = person.frame(t += 1 / 30.0);
    frame.visibility[kLeftKnee] = 0;
    live.step(frame);
    EXPECT_GT(live.deviations()[0], last);
    last = live.deviations()[0];
    EXPECT_TRUE(std::isfinite(live.values()[0]));
  }
  live.step(person.frame(t + 1 / 30.0));
  EXPECT_DOUBLE_EQ(live.deviations()[0], before[0]);
}

TEST(Live, EachOutputHasItsOwnUncertainty) {
  Person person;
  auto body = keypoint_model();
  body.metrics = R"({"validation_loss": 0.04, "validation_loss_of": [0.01, 0.09, 0.04, 0.04, 0.04]})";
  auto muscles = muscle_model();
  muscles.outputs[0].root = true;
  muscles.outputs[0].half_width = 0.329;  // two tenths to either side are a standard deviation
  const LiveModels models(body, muscles);
  Live live(models);
  for (int f = 0; f < 70; ++f) live.step(person.frame(f / 30.0));
  EXPECT_DOUBLE_EQ(live.deviations()[0], 0.1 * 0.5);
  EXPECT_DOUBLE_EQ(live.deviations()[1], 0.3 * 0.4);
  // Of a muscle whose root r is told within s: 2 r s + s s, and the angles' own doubt on top.
  const double root = std::sqrt(live.values()[5]);
  EXPECT_GE(live.deviations()[5], (2 * root * 0.2 + 0.04) * (1 - 1e-9));
  EXPECT_TRUE(std::isnan(live.deviations()[6]));
}

TEST(Live, NobodyGivesNoNumbers) {
  Person person;
  const LiveModels models(keypoint_model());
  Live live(models);
  live.step(nobody(0));
  EXPECT_TRUE(std::isnan(live.values()[0]));
  live.step(person.frame(0.1));
  EXPECT_TRUE(std::isfinite(live.values()[0]));
  for (int f = 1; f <= 20; ++f) live.step(nobody(0.1 + f / 30.0));
  EXPECT_TRUE(std::isnan(live.values()[0]));
}

TEST(Live, PredictionsOfTrialsStandOneBehindAnother) {
  Person person;
  const LiveModels models(keypoint_model(), muscle_model());
  const auto squats = person.squats(3);
  const auto both = predict_live(models, {squats, squats});
  const auto one = predict_live(models, {squats});
  ASSERT_EQ(both.series.size(), 3u);  // angles, EMG in V, fractions
  const auto& angles = both.series[0];
  ASSERT_EQ(angles.frames(), 2 * squats.size());
  EXPECT_EQ(both.events.size(), 2u);
  EXPECT_TRUE(one.events.empty());
  for (std::size_t f = 0; f < squats.size(); ++f) {
    EXPECT_EQ(one.series[0].clock().time_s(f), squats[f].time_s);
    EXPECT_EQ(angles.at(f, 0), one.series[0].at(f, 0));
    EXPECT_EQ(angles.at(squats.size() + f, 0), one.series[0].at(f, 0));
  }
  EXPECT_THROW(predict_live(models, {}), Error);
}

}  // namespace
}  // namespace kinemyo::infer
