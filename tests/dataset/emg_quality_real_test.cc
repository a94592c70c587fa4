// Verdicts on real EMG, beside what a person saw in each raw signal.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/signal/envelope.h"
#include "kinemyo/signal/quality.h"
#include "real_data.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;

// tests/golden/dataset/biomechzoo_verdicts.tsv: file, channel -> live, dead, saturated, clipped, hum, dropout.
std::map<std::pair<std::string, std::string>, std::string> seen_by_a_person() {
  std::map<std::pair<std::string, std::string>, std::string> out;
  std::ifstream file(std::string(KINEMYO_GOLDEN_DIR) + "/dataset/biomechzoo_verdicts.tsv");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto fields = base::split(line, '\t');
    out[{std::string(fields.at(0)), std::string(fields.at(1))}] = fields.at(2);
  }
  return out;
}

TEST(EmgQualityOnRealPeople, AgreesWithAPersonOnEveryChannel) {
  KINEMYO_REAL_DATA(root, "biomechzoo");
  std::map<std::string, motion::Recording> recordings;
  std::map<std::string, std::size_t> counts;
  for (const auto& [key, seen] : seen_by_a_person()) {
    const auto& [file, channel] = key;
    if (!recordings.contains(file)) recordings[file] = io::read_c3d(root / file);
    const motion::Series* series = nullptr;
    for (const auto& one : recordings[file].series) {
      if (one.find(channel)) series = &one;
    }
    ASSERT_NE(series, nullptr) << file << " " << channel;
    const auto signal = series->values().column(*series->find(channel));
    const double rate = series->clock().rate_hz();
    const auto verdict = signal::judge_emg(signal, rate);
    EXPECT_EQ(verdict.usable, seen == "live") << file << " " << channel << ": " << verdict.reason;
    std::set<std::string> faults;
    for (const auto& [fault, reason] : verdict.faults) faults.emplace(to_string(fault));
    if (seen == "live") {
      EXPECT_GT(verdict.score, 0.2) << file << " " << channel;
      EXPECT_TRUE(signal::emg_envelope(signal, rate).notched_hz.empty()) << file << " " << channel;
    } else {
      EXPECT_TRUE(faults.contains(seen)) << file << " " << channel << ": " << verdict.reason << ", seen " << seen;
      EXPECT_EQ(verdict.score, 0);
    }
    ++counts[seen];
  }
  EXPECT_EQ(recordings.size(), 18u);
  EXPECT_EQ(counts["live"], 56u);
  EXPECT_EQ(counts["dead"], 64u);
  EXPECT_EQ(counts["saturated"], 15u);
}

// The store is what models learn from: what is not live is not in it, and all that is live is, with its envelope.
TEST(EmgQualityOnRealPeople, OnlyLiveChannelsReachTheStoreAndAllOfThemDo) {
  KINEMYO_REAL_DATA(root, "biomechzoo");
  const auto path = fs::path(testing::TempDir()) / "kinemyo_live_channels.h5";
  dataset::prepare(dataset::find_trials({root}).trials, path, {}, {});
  const dataset::Store store(path);
  std::map<std::string, std::set<std::string>> live_of;  // by person: muscles that are live in all of his or her trials
  std::map<std::string, std::set<std::string>> not_live_of;
  std::size_t checked = 0;
  for (const auto& [key, seen] : seen_by_a_person()) {
    const fs::path file = key.first;
    const std::string subject = file.begin()->string(), activity = file.parent_path().filename().string();
    const auto trial = store.read({subject, activity, file.stem().string()});
    const auto channel = trial.emg.series.find(key.second);
    EXPECT_EQ(channel.has_value(), seen == "live") << key.first << " " << key.second << " was seen to be " << seen;
    EXPECT_EQ(trial.emg_excluded.contains(key.second), seen != "live") << key.first << " " << key.second;
    EXPECT_EQ(trial.emg_raw && trial.emg_raw->find(key.second), seen == "live") << key.first << " " << key.second;
    EXPECT_EQ(trial.emg_units.contains(key.second) || seen != "live", true) << key.first << " " << key.second;
    (seen == "live" ? live_of : not_live_of)[subject].insert(key.second);
    if (channel) {
      double largest = 0;
      for (const double value : trial.emg.series.values().column(*channel)) largest = std::max(largest, std::isnan(value) ? 0.0 : value);
      EXPECT_LE(largest, trial.emg_units.at(key.second).value_v) << "nothing exceeds 100 %";
      EXPECT_GT(largest, 0);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 144u);
  std::size_t live = 0;
  for (const auto& [subject, muscles] : live_of) {
    for (const auto& muscle : muscles) live += not_live_of[subject].contains(muscle) ? 0 : 1;
  }
  EXPECT_EQ(live, 28u);
  fs::remove(path);
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
