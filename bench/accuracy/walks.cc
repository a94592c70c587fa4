#include "bench/accuracy/walks.h"

#include <algorithm>
#include <numeric>

#include "kinemyo/io/c3d.h"

namespace kinemyo::bench {

std::vector<Walk> read_walks() {
  namespace fs = std::filesystem;
  std::vector<Walk> out;
  for (const auto& person : fs::directory_iterator(recordings("biomechzoo"))) {
    if (!fs::is_directory(person.path() / "Static")) continue;
    const auto standing = io::read_c3d(fs::directory_iterator(person.path() / "Static")->path());
    for (const char* activity : {"Straight", "Turn"}) {
      for (const auto& file : fs::directory_iterator(person.path() / activity)) {
        const auto walking = io::read_c3d(file.path());
        const Eigen::Vector3d up = walking.up == motion::UpAxis::y ? Eigen::Vector3d::UnitY() : walking.up == motion::UpAxis::x ? Eigen::Vector3d::UnitX() : Eigen::Vector3d::UnitZ();
        out.push_back({person.path().filename().string(), file.path().stem().string(), *standing.find(motion::Quantity::position),
                       *walking.find(motion::Quantity::position), *walking.find(motion::Quantity::angle3), standing.measures, walking.measures, up});
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const Walk& a, const Walk& b) { return std::tie(a.person, a.trial) < std::tie(b.person, b.trial); });
  return out;
}

double rms_deg(const motion::Series& got, const motion::Series& wanted, const std::string& channel, std::size_t plane) {
  const auto a = *got.find(channel), b = *wanted.find(channel);
  Rms rms;
  for (std::size_t f = 0; f < got.frames(); ++f) rms.add(difference_deg(got.at(f, a, plane), wanted.at(f, b, plane)));
  return rms.value();
}

double sagittal_deg(const motion::Series& got, const motion::Series& wanted) {
  double sum = 0;
  for (const char* channel : kJoints) sum += rms_deg(got, wanted, channel, 0) / 6;
  return sum;
}

double mean(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

}  // namespace kinemyo::bench
