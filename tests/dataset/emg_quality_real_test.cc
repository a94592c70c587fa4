// Verdicts on real EMG: 9 people walking, 8 channels each, of which only some were alive (see the
// data's README).
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "kinemyo/io/c3d.h"
#include "kinemyo/signal/envelope.h"
#include "kinemyo/signal/quality.h"
#include "real_data.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kMuscles = {"Rect", "Hams", "Gast", "Tib Ant"};

// A channel's worst verdict over a person's dynamic trials.
struct Verdicts {
  std::map<std::string, signal::EmgQuality> worst;
  std::map<std::string, std::size_t> dead;  ///< in how many trials
  std::size_t trials = 0;
};

Verdicts judge(const fs::path& person) {
  Verdicts out;
  for (const char* activity : {"Straight", "Turn"}) {
    for (const auto& entry : fs::directory_iterator(person / activity)) {
      if (entry.path().extension() != ".c3d") continue;
      ++out.trials;
      const auto recording = io::read_c3d(entry.path());
      for (const auto& series : recording.series) {
        for (std::size_t c = 0; c < series.channels().size(); ++c) {
          const auto& name = series.channels()[c].name;
          if (name.rfind("Voltage.", 0) != 0) continue;
          const auto signal = series.values().column(c);
          const double rate = series.clock().rate_hz();
          const auto verdict = signal::judge_emg(signal, rate);
          out.dead[name] += verdict.fault == signal::EmgFault::dead ? 1 : 0;
          auto& worst = out.worst[name];
          if (out.trials == 1 || (worst.usable && !verdict.usable)) worst = verdict;
          if (verdict.usable) {
            EXPECT_EQ(signal::emg_envelope(signal, rate).values.size(), signal.size());
          }
        }
      }
    }
  }
  return out;
}

TEST(EmgQualityOnRealPeople, NamesTheDeadAndTheSaturatedAndPassesTheLiving) {
  KINEMYO_REAL_DATA(root, "biomechzoo");
  using signal::EmgFault;
  std::map<std::string, Verdicts> people;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_directory()) people[entry.path().filename().string()] = judge(entry.path());
  }
  ASSERT_EQ(people.size(), 9u);
  const auto verdict = [&](const std::string& person, char side, const std::string& muscle) {
    return people.at(person).worst.at(std::string("Voltage.") + side + " " + muscle);
  };

  std::size_t living = 0;
  for (const auto& [person, side] : std::map<std::string, char>{{"HC002D", 'R'},
                                                                {"HC030A", 'L'},
                                                                {"HC031A", 'R'},
                                                                {"HC032A", 'L'},
                                                                {"HC036A", 'L'},
                                                                {"HC038A", 'R'},
                                                                {"HC044A", 'R'}}) {
    for (const auto& muscle : kMuscles) {
      const auto one = verdict(person, side, muscle);
      EXPECT_TRUE(one.usable) << person << " " << side << " " << muscle << ": " << one.reason;
      ++living;
    }
  }
  EXPECT_EQ(living, 28u);

  for (const auto& [person, side] : std::multimap<std::string, char>{{"HC040A", 'L'},
                                                                     {"HC040A", 'R'},
                                                                     {"HC055A", 'L'},
                                                                     {"HC055A", 'R'},
                                                                     {"HC002D", 'L'},
                                                                     {"HC032A", 'R'},
                                                                     {"HC036A", 'R'}}) {
    for (const auto& muscle : kMuscles) {
      if (person == "HC036A" && muscle == "Gast") continue;
      const auto& trials = people.at(person);
      EXPECT_EQ(trials.dead.at(std::string("Voltage.") + side + " " + muscle), trials.trials)
          << person << " " << side << " " << muscle;
    }
  }

  for (const std::string person : {"HC031A", "HC038A", "HC044A"}) {
    std::size_t saturated = 0;
    for (const auto& muscle : kMuscles)
      saturated += verdict(person, 'L', muscle).fault == EmgFault::saturated;
    EXPECT_GT(saturated, 0u) << person;
  }
}

TEST(EmgQualityOnRealPeople, PassesAWalkRecordedAtSkinLevel) {
  KINEMYO_REAL_DATA(path, "formats/task_walk/task.c3d");
  const auto recording = io::read_c3d(path);
  const auto* emg = recording.find(motion::Quantity::emg);
  ASSERT_NE(emg, nullptr);
  ASSERT_EQ(emg->channels().size(), 10u);
  for (std::size_t c = 0; c < 10; ++c) {
    const auto verdict = signal::judge_emg(emg->values().column(c), emg->clock().rate_hz());
    EXPECT_LT(verdict.std_v, 0.0002);
    EXPECT_TRUE(verdict.usable) << emg->channels()[c].name << ": " << verdict.reason;
  }
}

}  // namespace
}  // namespace kinemyo
