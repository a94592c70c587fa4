#include "kinemyo/train/schedule.h"

#include "train/wave.h"

namespace kinemyo::train {
namespace {

model::Recipe::Training told(const std::string& schedule) {
  model::Recipe::Training out;
  out.schedule = schedule;
  out.learning_rate = 0.1;
  out.epochs = 20;
  out.step_every_epochs = 3;
  out.plateau_epochs = 2;
  return out;
}

TEST(Schedule, RatesArePyTorchs) {
  const auto expected = golden("schedules.json");
  for (const char* name : {"step", "cosine", "plateau"}) {
    Schedule schedule(told(name));
    for (int epoch = 1; epoch <= 20; ++epoch) {
      EXPECT_NEAR(schedule.rate(epoch),
                  expected[name][static_cast<std::size_t>(epoch - 1)].get<double>(), 1e-12)
          << name << " " << epoch;
      schedule.saw(epoch < 5 ? 1 + 1.0 / epoch : epoch == 12 ? 1.0 : 1.3);
    }
  }
}

TEST(Schedule, WarmUpRisesInEqualStepsAndThenTheScheduleBegins) {
  auto training = told("step");
  training.warmup_epochs = 3;
  const Schedule schedule(training);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0.025);
  EXPECT_DOUBLE_EQ(schedule.rate(3), 0.075);
  EXPECT_DOUBLE_EQ(schedule.rate(4), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate(6), 0.1);
  EXPECT_DOUBLE_EQ(schedule.rate(7), 0.05);
}

TEST(Schedule, GoesOnFromItsState) {
  Schedule whole(told("plateau")), first(told("plateau"));
  for (int i = 0; i < 5; ++i) {
    whole.saw(1);
    first.saw(1);
  }
  Schedule second(told("plateau"));
  second.restore(first.state());
  for (int i = 0; i < 9; ++i) {
    whole.saw(1);
    second.saw(1);
    EXPECT_EQ(whole.state(), second.state());
  }
  EXPECT_LT(second.rate(15), 0.1);
}

}  // namespace
}  // namespace kinemyo::train
