#include "kinemyo/serve/outbox.h"

#include <gmock/gmock.h>

#include "kinemyo/serve/latency.h"

namespace kinemyo::serve {
namespace {

SharedText text(const std::string& what) { return std::make_shared<const std::string>(what); }

TEST(Outbox, MessagesKeepTheirOrderAndGoFirst) {
  Outbox box;
  box.put_frame("a", text("frame"), {});
  EXPECT_TRUE(box.put(text("one")));
  EXPECT_TRUE(box.put(text("two")));
  EXPECT_EQ(*box.next().body, "one");
  EXPECT_EQ(*box.next().body, "two");
  EXPECT_EQ(*box.next().body, "frame");
  EXPECT_TRUE(box.empty());
}

TEST(Outbox, OfASessionOnlyTheNewestFrameWaitsAndTheOthersAreCounted) {
  Outbox box;
  EXPECT_FALSE(box.put_frame("a", text("1"), {}));
  EXPECT_TRUE(box.put_frame("a", text("2"), {}));
  EXPECT_TRUE(box.put_frame("a", text("3"), {}));
  const auto out = box.next();
  EXPECT_EQ(*out.body + out.tail, "3,\"skipped\":2}");
  EXPECT_TRUE(out.received.has_value());
  EXPECT_TRUE(box.empty());
  EXPECT_FALSE(box.put_frame("a", text("4"), {}));
  EXPECT_EQ(box.next().tail, ",\"skipped\":0}");
}

TEST(Outbox, SessionsTakeTurns) {
  Outbox box;
  box.put_frame("b", text("b1"), {});
  box.put_frame("a", text("a1"), {});
  EXPECT_EQ(*box.next().body, "b1");
  box.put_frame("b", text("b2"), {});
  EXPECT_EQ(*box.next().body, "a1");
  EXPECT_EQ(*box.next().body, "b2");
}

TEST(Outbox, WhoTakesNothingIsToldApart) {
  Outbox box;
  const auto big = text(std::string(100'000, 'x'));
  int taken = 0;
  while (box.put(big)) ++taken;
  EXPECT_EQ(taken, 10);
  box.next();
  EXPECT_TRUE(box.put(big));
}

TEST(Latency, QuantilesLieWithinAStepOfTheTruth) {
  Latency latency;
  EXPECT_EQ(latency.quantile_s(0.5), 0);
  for (int us = 1; us <= 1000; ++us) latency.add(std::chrono::microseconds(us));
  EXPECT_EQ(latency.count(), 1000u);
  EXPECT_NEAR(latency.quantile_s(0.5), 500e-6, 30e-6);
  EXPECT_NEAR(latency.quantile_s(0.99), 990e-6, 55e-6);
  EXPECT_DOUBLE_EQ(latency.worst_s(), 1e-3);
  EXPECT_LE(latency.quantile_s(1), 1e-3);
  latency.add(std::chrono::hours(1));
  EXPECT_DOUBLE_EQ(latency.worst_s(), 3600);
}

}  // namespace
}  // namespace kinemyo::serve
