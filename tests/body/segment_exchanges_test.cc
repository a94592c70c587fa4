#include "kinemyo/body/segment_exchanges.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "body/posed.h"

namespace kinemyo::body {
namespace {

using testing::Contains;
using Names = std::set<std::set<std::string>>;

class SegmentExchanges : public testing::Test {
 protected:
  // Postures at random, noise of 3 mm.
  motion::Series markers() const {
    base::Random random(7);
    return recorded(model_, 9, 0.003, random.fork(1), [&](std::size_t, std::vector<double>& q) {
      for (const auto* name : {"hip_flexion_r", "knee_angle_r", "arm_flex_l", "elbow_flex_l", "lumbar_extension"})
        q[*model_.find_coordinate(name)] = random.uniform(-0.5, 0.5);
    });
  }

  static std::vector<std::size_t> all(const MarkerTrack& track) {
    std::vector<std::size_t> out;
    for (std::size_t f = 0; f < track.frames(); ++f) out.push_back(f);
    return out;
  }

  std::size_t marker(const std::string& name) const {
    std::size_t m = 0;
    while (model_.markers().at(m).name != name) ++m;
    return m;
  }

  std::vector<Names> named(const std::vector<std::vector<Exchange>>& guesses) const {
    std::vector<Names> out;
    for (const auto& pairs : guesses) {
      auto& names = out.emplace_back();
      for (const auto& [a, b] : pairs) names.insert({model_.markers()[a].name, model_.markers()[b].name});
    }
    return out;
  }

  Model model_ = person();
};

TEST_F(SegmentExchanges, NothingIsGuessedWhereDistancesAreTheModels) {
  const auto recording = markers();
  const MarkerTrack track(model_, recording);
  EXPECT_TRUE(exchanges_by_distances(track, all(track), 8).empty());
}

TEST_F(SegmentExchanges, TwoMarkersOfAWristWithTwoOfTheTrunkAreAmongTheGuesses) {
  const auto recording = markers();
  MarkerTrack track(model_, recording);
  const std::vector<Exchange> planted{{marker("L.WristMedial"), marker("R.ShoulderFront")}, {marker("L.WristLateral"), marker("R.ShoulderRear")}};
  for (std::size_t f = 0; f < track.frames(); ++f) track.exchange(f, planted);
  const auto guesses = exchanges_by_distances(track, all(track), 8);
  EXPECT_LE(guesses.size(), 8u);
  EXPECT_THAT(named(guesses), Contains(named({planted})[0]));
}

TEST_F(SegmentExchanges, MarkersThatAreNotSeenTogetherTellNothing) {
  const auto recording = markers();
  const MarkerTrack track(model_, {motion::Quantity::position, recording.channels(), recording.clock(),
                                   base::Matrix<double>(recording.frames(), 3 * recording.channels().size(), std::nan(""))});
  EXPECT_TRUE(exchanges_by_distances(track, all(track), 8).empty());
  EXPECT_TRUE(exchanges_with_mirror(track, 0).empty());
}

TEST_F(SegmentExchanges, ASegmentAndItsMirrorOnceEach) {
  const auto recording = markers();
  const MarkerTrack track(model_, recording);
  const auto guesses = named(exchanges_with_mirror(track, 0));
  EXPECT_THAT(guesses, Contains(Names{{"L.ToeMedial", "R.ToeMedial"}, {"L.ToeLateral", "R.ToeLateral"}}));
  std::set<std::set<std::string>> seen;
  for (const auto& pairs : guesses) {
    for (const auto& pair : pairs) EXPECT_TRUE(seen.insert(pair).second) << *pair.begin();
  }
}

}  // namespace
}  // namespace kinemyo::body
