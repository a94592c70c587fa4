#include "kinemyo/body/exchanges.h"

#include <gtest/gtest.h>

#include <string>

#include "kinemyo/body/full_body.h"

namespace kinemyo::body {
namespace {

std::vector<std::size_t> done(const std::vector<Exchange>& pairs, std::size_t count) {
  std::vector<std::size_t> now(count);
  for (std::size_t m = 0; m < count; ++m) now[m] = m;
  for (const auto& [a, b] : pairs) std::swap(now[a], now[b]);
  return now;
}

TEST(Exchanges, LeadToWhatIsWantedAndAreFew) {
  const std::vector<std::size_t> ring{1, 2, 3, 0, 4};
  EXPECT_EQ(done(as_exchanges(ring), 5), ring);
  EXPECT_EQ(as_exchanges(ring).size(), 3u);
  EXPECT_TRUE(as_exchanges({0, 1, 2}).empty());
}

TEST(Exchanges, AreShortenedToTheSameEnd) {
  const std::vector<Exchange> long_way{{0, 1}, {1, 2}, {0, 1}, {3, 4}, {3, 4}};
  const auto short_way = shortened(long_way, 5);
  EXPECT_EQ(done(short_way, 5), done(long_way, 5));
  EXPECT_EQ(short_way.size(), 1u);
}

TEST(Exchanges, KnowTheMarkerOfTheOtherSideByItsName) {
  Model model;
  for (const auto* name : {"L.Thigh", "R.Thigh", "LTHI", "RTHI", "r_thigh1", "L_thigh1", "thigh_l", "thigh_r", "C7", "Rib"})
    model.add_marker({name, 0, {}});
  const auto of = [&](const char* name) -> std::string {
    for (std::size_t m = 0; m < model.markers().size(); ++m) {
      if (model.markers()[m].name != name) continue;
      const auto other = mirrored(model, m);
      return other ? model.markers()[*other].name : "none";
    }
    return "absent";
  };
  EXPECT_EQ(of("L.Thigh"), "R.Thigh");
  EXPECT_EQ(of("RTHI"), "LTHI");
  EXPECT_EQ(of("r_thigh1"), "L_thigh1");
  EXPECT_EQ(of("thigh_r"), "thigh_l");
  EXPECT_EQ(of("C7"), "none");
  EXPECT_EQ(of("Rib"), "none");
}

}  // namespace
}  // namespace kinemyo::body
