// What cameras see of walking people to Plug-in-Gait's angles: 16 joint centres, and MediaPipe's 33 landmarks with errors
// like a pose estimator's.
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "bench/accuracy/accuracy.h"
#include "bench/learned/learned.h"
#include "kinemyo/body/names.h"
#include "kinemyo/io/c3d.h"

namespace kinemyo::bench {

namespace {

// Joint centres that Nexus computed stand for what a video network sees. They are the inputs here, and do not hold the
// answer: the angles need the segments' axes.
constexpr std::pair<const char*, const char*> kPoints[] = {{"SHOULDER", "CLO"}, {"ELBOW", "HUO"}, {"WRIST", "RAO"}, {"HIP", "HJC"},
                                                           {"KNEE", "FEO"},     {"ANKLE", "TIO"}, {"HEEL", "HEE"},  {"FOOT_INDEX", "TOE"},
                                                           {"PINKY", "RAO"},    {"INDEX", "RAO"}, {"THUMB", "RAO"}};

// A trial's points as in its file, Y up; a prepared trial has lost those that were computed.
motion::Series points_of(const dataset::PreparedTrial& trial) {
  const auto folder = recordings("biomechzoo") / trial.key.subject / trial.key.activity;
  auto points = *io::read_c3d(std::filesystem::directory_iterator(folder)->path()).find(motion::Quantity::position);
  for (std::size_t f = 0; f < points.frames(); ++f) {
    for (std::size_t m = 0; m < points.channels().size(); ++m) {
      const double y = points.at(f, m, 1);
      points.at(f, m, 1) = points.at(f, m, 2);
      points.at(f, m, 2) = -y;
    }
  }
  return points;
}

// The same trials with keypoints for markers: points that a file lacks, and faces, are missing.
std::vector<dataset::PreparedTrial> with_keypoints(std::vector<dataset::PreparedTrial> trials, const std::vector<std::string>& names) {
  for (auto& trial : trials) {
    const auto& clock = trial.markers.series.clock();
    const auto points = points_of(trial);
    const double first_s = points.clock().start_s();
    const auto frame = [&](std::size_t f) {
      return static_cast<std::size_t>(std::lround((clock.time_s(f) - first_s) * points.clock().rate_hz()));
    };
    std::vector<motion::Channel> channels;
    base::Matrix<double> values(clock.size(), 3 * names.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t n = 0; n < names.size(); ++n) {
      channels.push_back({names[n], "m"});
      for (const auto& [point, label] : kPoints) {
        const bool left = names[n] == std::string("LEFT_") + point, right = names[n] == std::string("RIGHT_") + point;
        if (!left && !right) continue;
        const auto from = points.find((left ? "L" : "R") + std::string(label));
        for (std::size_t f = 0; from && f < clock.size(); ++f) {
          if (frame(f) >= points.frames() || points.missing(frame(f), *from)) continue;
          for (std::size_t c = 0; c < 3; ++c) values(f, 3 * n + c) = points.at(frame(f), *from, c);
        }
      }
    }
    trial.markers = {motion::Series(motion::Quantity::position, channels, clock, std::move(values)), {}};
  }
  return trials;
}

study::CrossvalResult cross_validated(const std::string& name, const std::string& keypoints, const std::vector<study::TestNoise>& noises) {
  auto recipe = model::read_recipe(name);
  recipe.inputs.keypoints = keypoints;
  study::CrossvalOptions how;
  how.noises = noises;
  return study::crossvalidate(with_keypoints(prepared("biomechzoo"), *body::named_set(keypoints)), recipe, how);
}

const std::string kOver = "biomechzoo, 18 walking trials of 9 people, leave-one-subject-out";

}  // namespace

void joint_centres() {
  const auto clean = cross_validated("keypoints", "body-16", {});
  print_sagittal("16 joint centres, clean", clean.evaluation, kOver + "; recipe keypoints (causal)", {{"network", 3.0}});
  const auto found = cross_validated("keypoints-noisy", "body-16", {white_noise(), smooth_noise()});
  const std::string over = kOver + "; recipe keypoints-noisy (whole recordings); its copies, epochs and members were settled with these same people in view";
  print_sagittal("16 joint centres, clean", found.evaluation, over);
  print_sagittal("16 joint centres, " + white_noise().name, found.noisy[0], over);
  print_sagittal("16 joint centres, " + smooth_noise().name, found.noisy[1], over, {{"network", 4.8}});
}

void video_landmarks() {
  study::TestNoise video{"errors of a pose estimator", {}};
  video.levels = {0, 3, 7, 7, 0.1};  // 18 mm in space together, what published comparisons with markers find
  constexpr std::size_t kDraws = 6;  // one draw of who is off where, and hidden when, says little: they are half a degree apart
  const auto found = cross_validated("keypoints-noisy", "mediapipe-33", std::vector<study::TestNoise>(kDraws, video));
  const std::string over = kOver + "; recipe keypoints-noisy; MediaPipe's 33 landmarks (no face), each with a bias of 7 mm, smooth noise of 7 mm and white noise "
                                   "of 3 mm a coordinate (18 mm in space), hidden in 10 % of the frames; the bias is each person's own; how many components and "
                                   "frames learn_gaps takes, and the recipe's copies, epochs and members, were found with these same people in view";
  print_sagittal("33 landmarks, clean", found.evaluation, over);
  print_sagittal("33 landmarks, " + video.name + ", first draw", found.noisy[0], over, {{"network", 6.0}});
  const auto methods = angles_of(found.evaluation).methods;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    Figure figure{"33 landmarks, " + video.name + ", mean of " + std::to_string(kDraws) + " draws: sag, " + methods[m], 0, "deg"};
    figure.over = over + "; lowest and highest of the draws";
    for (const auto& draw : found.noisy) figure.spread.push_back(angles_of(draw).sagittal.mean.at(m));
    for (const double one : figure.spread) figure.value += one / static_cast<double>(kDraws);
    print(figure);
  }
}

}  // namespace kinemyo::bench
