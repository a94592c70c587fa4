#include "kinemyo/base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace kinemyo::base {
namespace {

TEST(Threads, DoAllTheWorkOnce) {
  for (const std::size_t count : {1u, 2u, 5u}) {
    std::vector<int> done(count);
    in_threads(count, [&](std::size_t i) { ++done[i]; });
    EXPECT_EQ(done, std::vector<int>(count, 1));
  }
}

TEST(Threads, HandOnWhatOneThrewWhenAllHaveEnded) {
  std::atomic<int> ended = 0;
  EXPECT_THROW(in_threads(3,
                          [&](std::size_t i) {
                            ++ended;
                            if (i == 2) throw std::runtime_error("third");
                          }),
               std::runtime_error);
  EXPECT_EQ(ended, 3);
}

TEST(Threads, PartsMeetWithoutAGap) {
  for (const std::size_t threads : {1u, 2u, 3u})
    for (const std::size_t count : {0u, 1u, 63u, 64u, 1000u}) {
      std::vector<int> done(count);
      in_parts(threads, count, [&](std::size_t begin, std::size_t end) {
        EXPECT_TRUE(begin % 64 == 0 || begin == count);
        for (std::size_t i = begin; i < end; ++i) ++done[i];
      });
      EXPECT_EQ(done, std::vector<int>(count, 1));
    }
}

}  // namespace
}  // namespace kinemyo::base
