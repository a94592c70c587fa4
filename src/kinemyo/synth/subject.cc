#include "kinemyo/synth/subject.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/error.h"
#include "kinemyo/base/hash.h"

namespace kinemyo::synth {

namespace {

double clamped_normal(base::Random& random, double mean, double deviation) {
  return mean + deviation * std::clamp(random.normal(), -2.2, 2.2);
}

body::Anthropometry sample_size(base::Random& random) {
  const double stature = clamped_normal(random, 1.70, 0.09);
  const double body_mass_index = clamped_normal(random, 23, 2.2);
  auto size = body::Anthropometry::of_stature(stature, body_mass_index * stature * stature);
  // People of one stature differ in their proportions.
  for (double* length :
       {&size.shank, &size.thigh, &size.trunk, &size.upper_arm, &size.forearm, &size.foot_length,
        &size.hand, &size.pelvis_width, &size.shoulder_half_width}) {
    *length *= clamped_normal(random, 1, 0.025);
  }
  size.stature = stature;
  return size;
}

Style sample_style(base::Random& random) {
  Style style;
  style.amplitude = clamped_normal(random, 0.98, 0.07);
  style.tempo = clamped_normal(random, 1.0, 0.10);
  style.asymmetry = clamped_normal(random, 0, 0.03);
  style.sway = clamped_normal(random, 1, 0.2);
  for (auto& factor : style.emphasis) factor = clamped_normal(random, 1, 0.08);
  auto& p = style.posture;
  p[kHipsDrop] = clamped_normal(random, 0.006, 0.002);
  const double tilt = clamped_normal(random, -7, 3);
  p[kPelvisTilt] = tilt;
  p[kLumbarExtension] = -tilt - clamped_normal(random, 2, 1.5);
  const double width = clamped_normal(random, 0.045, 0.02);
  p[kFootRZ] = width;
  p[kFootLZ] = -width;
  const double toes_out = clamped_normal(random, 8, 3);
  p[kFootRTurn] = toes_out + clamped_normal(random, 0, 1.5);
  p[kFootLTurn] = toes_out + clamped_normal(random, 0, 1.5);
  p[kKneeOutR] = clamped_normal(random, 0, 3);
  p[kKneeOutL] = clamped_normal(random, 0, 3);
  const double arms_out = clamped_normal(random, -9, 2.5);
  const double elbows = clamped_normal(random, 16, 5);
  const double palms = clamped_normal(random, 45, 10);
  for (const int side : {0, kArmFlexL - kArmFlexR}) {
    p[kArmFlexR + side] = clamped_normal(random, 2, 3);
    p[kArmAddR + side] = arms_out + clamped_normal(random, 0, 1);
    p[kArmRotR + side] = clamped_normal(random, 5, 5);
    p[kElbowR + side] = elbows + clamped_normal(random, 0, 2);
    p[kPronationR + side] = palms + clamped_normal(random, 0, 4);
  }
  return style;
}

MuscleProfile sample_muscles(base::Random& random) {
  MuscleProfile muscles;
  for (std::size_t m = 0; m < kMuscles; ++m) {
    muscles.weight[m] = std::exp(0.15 * random.normal());
    muscles.gain_v[m] = 4e-4 * std::exp(0.35 * random.normal());
    muscles.offset_v[m] = 2e-5 * random.normal();
    muscles.hum_v[m] = random.uniform(1e-6, 6e-6);
  }
  muscles.delay_s = random.uniform(0.035, 0.075);
  muscles.co_contraction = random.uniform(0.06, 0.16);
  return muscles;
}

// Markers sit where the fingers of the day found the bone.
void misplace_markers(body::Model& model, base::Random& random) {
  auto markers = model.markers();
  model.clear_markers();
  for (auto& marker : markers) {
    for (int axis = 0; axis < 3; ++axis) marker.location[axis] += 0.006 * random.normal();
    model.add_marker(marker);
  }
}

}  // namespace

Subject sample_subject(std::uint64_t seed, int number) {
  require(number >= 1, "sample_subject: subjects are counted from 1");
  base::Random person = base::Random(seed).fork(static_cast<std::uint64_t>(number));
  // Independent streams, so that a change in one part leaves the others as they are.
  base::Random size = person.fork(1), style = person.fork(2), muscles = person.fork(3),
               markers = person.fork(4);
  Subject subject;
  subject.name = "S" + std::to_string(number);
  subject.number = number;
  subject.seed = seed;
  subject.size = sample_size(size);
  subject.model = body::make_full_body(subject.size);
  subject.landmarks = subject.model;
  body::add_original_markers(subject.model, subject.size);
  misplace_markers(subject.model, markers);
  body::add_mediapipe_landmarks(subject.landmarks, subject.size);
  subject.style = sample_style(style);
  subject.muscles = sample_muscles(muscles);
  return subject;
}

base::Random Subject::random_of(const std::string& activity, int trial) const {
  base::Hash hash;
  hash.add(name + "/" + activity + "/" + std::to_string(trial));
  return base::Random(seed).fork(hash.value());
}

}  // namespace kinemyo::synth
