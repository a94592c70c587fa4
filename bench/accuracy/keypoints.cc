// Video-like keypoints of walking people (16 joint centres) to Plug-in-Gait's sagittal angles, through our own full body:
// its sizes by the standing trial, inverse kinematics, then what it gives as it is, and after a ridge regression on other people.
#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <set>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/walks.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/body/scaling.h"

namespace kinemyo::bench {

namespace {

// Joint centres that Nexus computed stand for what a video network sees; they are inputs here, not answers: the angles need axes.
constexpr std::pair<const char*, const char*> kPoints[] = {{"SHOULDER", "CLO"}, {"ELBOW", "HUO"}, {"WRIST", "RAO"}, {"HIP", "HJC"},
                                                           {"KNEE", "FEO"},     {"ANKLE", "TIO"}, {"HEEL", "HEE"},  {"FOOT_INDEX", "TOE"}};

// 16 keypoints, Y up.
motion::Series keypoints_of(const motion::Series& markers) {
  std::vector<motion::Channel> channels;
  std::vector<std::optional<std::size_t>> from;
  for (const auto& [side, letter] : {std::pair{"LEFT_", "L"}, std::pair{"RIGHT_", "R"}}) {
    for (const auto& [name, label] : kPoints) {
      channels.push_back({std::string(side) + name, "m"});
      from.push_back(markers.find(std::string(letter) + label));
    }
  }
  base::Matrix<double> values(markers.frames(), 3 * channels.size(), NAN);
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    for (std::size_t c = 0; c < from.size(); ++c) {
      if (!from[c] || markers.missing(f, *from[c])) continue;
      values(f, 3 * c) = markers.at(f, *from[c], 0);
      values(f, 3 * c + 1) = markers.at(f, *from[c], 2);
      values(f, 3 * c + 2) = -markers.at(f, *from[c], 1);
    }
  }
  return {motion::Quantity::position, channels, markers.clock(), values};
}

enum class Noise { none, white, smooth };

// 10 mm in each direction; smooth: filtered by a Gaussian of 100 ms and brought to 10 mm again.
motion::Series noisy(motion::Series points, Noise noise, std::uint64_t seed) {
  if (noise == Noise::none) return points;
  base::Random random(seed);
  const double width = noise == Noise::smooth ? 0.1 * points.clock().rate_hz() : 0;
  const int reach = static_cast<int>(std::ceil(4 * width));
  std::vector<double> kernel;
  double squares = 0;
  for (int k = -reach; k <= reach; ++k) kernel.push_back(width > 0 ? std::exp(-0.5 * std::pow(k / width, 2)) : 1), squares += kernel.back() * kernel.back();
  for (std::size_t c = 0; c < points.values().columns(); ++c) {
    std::vector<double> white(points.frames() + 2 * static_cast<std::size_t>(reach));
    for (auto& v : white) v = random.normal();
    for (std::size_t f = 0; f < points.frames(); ++f) {
      double sum = 0;
      for (std::size_t k = 0; k < kernel.size(); ++k) sum += kernel[k] * white[f + k];
      points.values()(f, c) += 0.010 * sum / std::sqrt(squares);
    }
  }
  return points;
}

struct Solved {
  std::string person;
  motion::Series coordinates;
  const motion::Series* angles = nullptr;
};

constexpr std::array<const char*, 3> kSagittal{"hip_flexion_", "knee_angle_", "ankle_angle_"};
constexpr std::array<const char*, 3> kNexus{"HipAngles", "KneeAngles", "AnkleAngles"};

// A leg's features in a frame and around it: angles of both legs (own first), pelvis and lumbar joint, mirrored to one side.
class Features {
 public:
  Features(const motion::Series& q, bool right) : q_(q), rate_(static_cast<int>(std::lround(q.clock().rate_hz()))) {
    for (const bool own : {true, false}) {
      const std::string side = own == right ? "r" : "l";
      for (const char* joint : {"hip_flexion_", "hip_adduction_", "hip_rotation_", "knee_angle_", "ankle_angle_", "subtalar_angle_"}) use(joint + side, 1);
    }
    use("pelvis_tilt", 1);
    use("lumbar_extension", 1);
    use("pelvis_list", right ? 1 : -1);
  }
  void at(std::size_t frame, std::vector<double>& out) const {
    out.assign(1, 1);
    for (const int shift : {-rate_ / 5, -rate_ / 10, -rate_ / 20, 0, rate_ / 20, rate_ / 10, rate_ / 5}) {
      const auto f = static_cast<std::size_t>(std::clamp(static_cast<int>(frame) + shift, 0, static_cast<int>(q_.frames()) - 1));
      for (const auto& [channel, sign] : channels_) out.push_back(sign * q_.at(f, channel));
    }
  }

 private:
  void use(const std::string& name, double sign) { channels_.push_back({*q_.find(name), sign}); }
  const motion::Series& q_;
  int rate_;
  std::vector<std::pair<std::size_t, double>> channels_;
};

struct Scores {
  std::array<std::vector<double>, 3> by_joint;  ///< RMSE of each trial and side
  double joint(std::size_t j) const { return mean(by_joint[j]); }
  double sag() const { return (joint(0) + joint(1) + joint(2)) / 3; }
};

Scores score(const std::vector<Solved>& test, const std::vector<Solved>* train) {
  Scores out;
  std::set<std::string> people;
  for (const auto& one : test) people.insert(one.person);
  for (const auto& person : people) {
    std::array<Eigen::VectorXd, 3> weights;
    if (train != nullptr) {
      std::vector<std::vector<double>> rows;
      std::vector<std::array<double, 3>> goals;
      for (const auto& one : *train) {
        if (one.person == person) continue;
        for (const bool right : {false, true}) {
          const Features features(one.coordinates, right);
          std::array<std::size_t, 3> theirs{};
          for (std::size_t j = 0; j < 3; ++j) theirs[j] = *one.angles->find((right ? "R" : "L") + std::string(kNexus[j]));
          for (std::size_t f = 0; f < one.coordinates.frames(); f += 4) {
            std::array<double, 3> goal{};
            for (std::size_t j = 0; j < 3; ++j) goal[j] = kDegrees * one.angles->at(f, theirs[j], 0);
            std::vector<double> row;
            features.at(f, row);
            if (!std::isfinite(goal[0] + goal[1] + goal[2]) || !std::all_of(row.begin(), row.end(), [](double v) { return std::isfinite(v); })) continue;
            rows.push_back(std::move(row));
            goals.push_back(goal);
          }
        }
      }
      const auto height = static_cast<Eigen::Index>(rows.size()), width = static_cast<Eigen::Index>(rows[0].size());
      Eigen::MatrixXd x(height, width);
      for (Eigen::Index r = 0; r < height; ++r) {
        for (Eigen::Index c = 0; c < width; ++c) x(r, c) = rows[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)];
      }
      const Eigen::MatrixXd normal = x.transpose() * x;
      for (std::size_t j = 0; j < 3; ++j) {
        Eigen::VectorXd y(height);
        for (Eigen::Index r = 0; r < height; ++r) y[r] = goals[static_cast<std::size_t>(r)][j];
        Eigen::MatrixXd damped = normal;
        damped.diagonal().tail(width - 1).array() += 3e-3 * static_cast<double>(height);
        weights[j] = damped.ldlt().solve(x.transpose() * y);
      }
    }
    for (const auto& one : test) {
      if (one.person != person) continue;
      for (const bool right : {false, true}) {
        const Features features(one.coordinates, right);
        std::vector<double> row;
        for (std::size_t j = 0; j < 3; ++j) {
          const auto theirs = *one.angles->find((right ? "R" : "L") + std::string(kNexus[j]));
          const auto ours = *one.coordinates.find(kSagittal[j] + std::string(right ? "r" : "l"));
          Rms rms;
          for (std::size_t f = 0; f < one.coordinates.frames(); ++f) {
            double got = kDegrees * one.coordinates.at(f, ours);
            if (train != nullptr) {
              features.at(f, row);
              got = Eigen::Map<const Eigen::VectorXd>(row.data(), static_cast<Eigen::Index>(row.size())).dot(weights[j]);
            }
            rms.add(got - kDegrees * one.angles->at(f, theirs, 0));
          }
          if (rms.count() > 20) out.by_joint[j].push_back(rms.value());
        }
      }
    }
  }
  return out;
}

}  // namespace

void keypoints() {
  const auto walks = read_walks();
  std::map<std::string, body::Model> models;
  const auto average = body::Anthropometry::of_stature(1.75, 70);
  auto generic = body::make_full_body(average);
  body::add_mediapipe_landmarks(generic, average);
  for (const auto& walk : walks) {
    if (models.contains(walk.person)) continue;
    models.emplace(walk.person, body::fit_scale(generic, keypoints_of(walk.standing)).model);
  }
  const auto solve = [&](Noise noise, std::uint64_t seed) {
    std::vector<Solved> out;
    for (const auto& walk : walks) {
      const auto& model = models.at(walk.person);
      body::InverseKinematics solver(model, std::vector<double>(model.markers().size(), 1));
      out.push_back({walk.person, body::fit_markers(solver, noisy(keypoints_of(walk.markers), noise, ++seed)).coordinates, &walk.angles});
    }
    return out;
  };
  const auto clean = solve(Noise::none, 0);
  const std::string over = "biomechzoo, 18 walking trials of 9 people; sizes by the person's standing trial";
  const auto tell = [&](const std::string& what, const Scores& scores, double most, const std::string& split) {
    print({"16 keypoints, " + what + ": sag", scores.sag(), "deg", most, NAN, over + split, {scores.joint(0), scores.joint(1), scores.joint(2)}});
  };
  std::vector<Solved> train = clean;
  for (std::uint64_t copy = 0; copy < 2; ++copy) {
    for (const auto noise : {Noise::white, Noise::smooth}) {
      auto more = solve(noise, 1000 * (copy + 1) + (noise == Noise::smooth ? 500 : 0));
      train.insert(train.end(), more.begin(), more.end());
    }
  }
  for (const auto& [noise, name, most] : {std::tuple{Noise::none, "clean", 3.0}, std::tuple{Noise::white, "white noise 10 mm", double(NAN)}, std::tuple{Noise::smooth, "smooth noise 10 mm", 4.8}}) {
    const auto test = noise == Noise::none ? clean : solve(noise, noise == Noise::white ? 77 : 99);
    tell(std::string("inverse kinematics alone, ") + name, score(test, nullptr), NAN, "; nothing is fitted");
    tell(std::string("inverse kinematics and ridge, ") + name, score(test, noise == Noise::none ? &clean : &train), most, "; leave-one-subject-out");
  }
}

}  // namespace kinemyo::bench
