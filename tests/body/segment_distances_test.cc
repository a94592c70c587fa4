#include "kinemyo/body/segment_distances.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"

namespace kinemyo::body {
namespace {

class SegmentDistances : public testing::Test {
 protected:
  SegmentDistances() : model_(make_full_body(size_)) { add_original_markers(model_, size_); }

  // Postures at random, noise of 3 mm.
  motion::Series markers() const {
    const std::size_t frames = 9;
    std::vector<motion::Channel> channels;
    for (const auto& marker : model_.markers()) channels.push_back({marker.name, "m"});
    base::Matrix<double> values(frames, 3 * channels.size());
    auto pose = model_.make_pose();
    base::Random random(7);
    for (std::size_t f = 0; f < frames; ++f) {
      auto q = model_.neutral();
      for (const auto* name : {"hip_flexion_r", "knee_angle_r", "arm_flex_l", "elbow_flex_l", "lumbar_extension"})
        q[*model_.find_coordinate(name)] = random.uniform(-0.5, 0.5);
      model_.enforce(q);
      model_.place(q, pose);
      model_.place_markers(pose, values.row(f));
      for (auto& v : values.row(f)) v += 0.003 * random.normal();
    }
    return {motion::Quantity::position, channels, motion::Clock::uniform(100, 0, frames), values};
  }

  static std::vector<std::size_t> all(const MarkerTrack& track) {
    std::vector<std::size_t> out;
    for (std::size_t f = 0; f < track.frames(); ++f) out.push_back(f);
    return out;
  }

  std::set<std::set<std::string>> named(const std::vector<Exchange>& pairs) const {
    std::set<std::set<std::string>> out;
    for (const auto& [a, b] : pairs) out.insert({model_.markers()[a].name, model_.markers()[b].name});
    return out;
  }

  Anthropometry size_ = Anthropometry::of_stature(1.75, 70);
  Model model_;
};

TEST_F(SegmentDistances, NothingIsGuessedWhereTheyAreTheModels) {
  const auto recording = markers();
  const MarkerTrack track(model_, recording);
  EXPECT_TRUE(exchanges_by_distances(track, all(track), 8).empty());
}

TEST_F(SegmentDistances, TwoMarkersOfAWristWithTwoOfTheTrunkAreAmongTheGuesses) {
  const auto recording = markers();
  MarkerTrack track(model_, recording);
  const auto marker = [&](const std::string& name) {
    std::size_t m = 0;
    while (model_.markers()[m].name != name) ++m;
    return m;
  };
  const std::vector<Exchange> planted{{marker("L.WristMedial"), marker("R.ShoulderFront")}, {marker("L.WristLateral"), marker("R.ShoulderRear")}};
  for (std::size_t f = 0; f < track.frames(); ++f) track.exchange(f, planted);
  const auto guesses = exchanges_by_distances(track, all(track), 8);
  ASSERT_FALSE(guesses.empty());
  EXPECT_LE(guesses.size(), 8u);
  bool among = false;
  for (const auto& guess : guesses) among = among || named(guess) == named(planted);
  EXPECT_TRUE(among);
  // Markers that are not seen together tell nothing, and are no fault.
  const MarkerTrack unseen(model_, {motion::Quantity::position, recording.channels(), recording.clock(),
                                    base::Matrix<double>(recording.frames(), 3 * recording.channels().size(), std::nan(""))});
  EXPECT_TRUE(exchanges_by_distances(unseen, all(unseen), 8).empty());
}

}  // namespace
}  // namespace kinemyo::body
