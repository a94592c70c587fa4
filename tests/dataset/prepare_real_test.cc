// `prepare` on recordings of people, where they are there; the figures are those that their documentation gives.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>

#include "kinemyo/dataset/prepare.h"
#include "real_data.h"

namespace kinemyo::dataset {
namespace {

namespace fs = std::filesystem;

class PrepareReal : public testing::Test {
 protected:
  void SetUp() override {
    store_ = fs::path(testing::TempDir()) /
             ("kinemyo_real_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".h5");
  }
  void TearDown() override { fs::remove(store_); }
  PrepareReport run(const fs::path& source, const PrepareSettings& settings = {}) {
    return prepare(find_trials({source}, {.keep_static = true}).trials, store_, settings, {});
  }
  fs::path store_;
};

double highest(const PreparedTrial& trial, const std::string& marker) {
  const auto& series = trial.markers.series;
  double out = -1e9;
  for (std::size_t f = 0; f < series.frames(); ++f) {
    const double y = series.at(f, series.find(marker).value(), 1);
    if (y > out) out = y;
  }
  return out;
}

TEST_F(PrepareReal, PeopleWalkUprightInMetresAndRadians) {
  KINEMYO_REAL_DATA(folder, "biomechzoo");
  run(folder);
  const Store store(store_);
  EXPECT_EQ(store.keys().size(), 27u);
  for (const auto& key : store.keys()) {
    const auto trial = store.read(key);
    EXPECT_EQ(trial.rate_hz, 100) << to_string(key);
    EXPECT_GT(highest(trial, "C7"), 0.9) << to_string(key);
    EXPECT_LT(highest(trial, "C7"), 1.8) << to_string(key);
    EXPECT_LT(highest(trial, "LANK"), 0.6) << to_string(key);
    EXPECT_FALSE(trial.markers.series.find("LHJC")) << "a computed point";
    EXPECT_TRUE(trial.measures.contains("LLegLength"));
    if (is_static(key)) continue;
    const auto knee = trial.angles.series.values().column(trial.angles.series.find("LKneeAngles_x").value());
    double most = -1;
    for (const double angle : knee) most = std::isnan(angle) ? most : std::max(most, angle);
    EXPECT_GT(most, 40 * std::numbers::pi / 180) << to_string(key);
    EXPECT_LT(most, 90 * std::numbers::pi / 180) << to_string(key);
  }
}

TEST_F(PrepareReal, LiveMusclesStayAndDeadOnesGo) {
  KINEMYO_REAL_DATA(folder, "biomechzoo");
  run(folder);
  const Store store(store_);
  const std::map<std::string, std::string> live = {{"HC002D", "R"}, {"HC030A", "L"}, {"HC031A", "R"}, {"HC032A", "L"},
                                                   {"HC036A", "L"}, {"HC038A", "R"}, {"HC044A", "R"}};
  for (const auto& key : store.keys()) {
    if (is_static(key)) continue;
    const auto trial = store.read(key);
    if (live.contains(key.subject)) {
      for (const char* muscle : {" Rect", " Hams", " Gast", " Tib Ant"}) {
        EXPECT_TRUE(trial.emg.series.find("Voltage." + live.at(key.subject) + muscle)) << to_string(key) << muscle;
      }
    }
    for (const char* muscle : {" Rect", " Hams", " Gast", " Tib Ant"}) {
      if (key.subject != "HC040A" && key.subject != "HC055A" && key.subject != "HC002D") continue;
      const auto reason = trial.emg_excluded.find("Voltage.L" + std::string(muscle));
      ASSERT_NE(reason, trial.emg_excluded.end()) << to_string(key) << muscle;
      EXPECT_THAT(reason->second, testing::HasSubstr("dead")) << to_string(key);
    }
    for (const double value : trial.emg.series.values().flat()) EXPECT_FALSE(value < 0 || value > 5);
  }
}

TEST_F(PrepareReal, AnglesOfDropJumpsLieWhereTheirTimesSay) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  run(folder);
  const Store store(store_);
  EXPECT_EQ(store.keys().size(), 26u);
  const auto jump = store.read({"opencap_expert1", "DJ", "1"});
  ASSERT_EQ(jump.markers.series.frames(), 240u);
  for (std::size_t f = 0; f < 240; ++f) {
    EXPECT_EQ(jump.angles.marks(f, 0), f >= 96 && f <= 190 ? 1 : 0) << f;
  }
  // DJ1.mot, first row: 0.96 s, pelvis_tilt -7.00510683 deg, pelvis_ty 1.18719147 m.
  EXPECT_NEAR(jump.angles.series.at(96, 0), -7.00510683 * std::numbers::pi / 180, 1e-9);
  EXPECT_NEAR(jump.angles.series.at(96, 4), 1.18719147, 1e-9);
  // DJ1.trc, first row: r_knee -1104.12540 797.70659 -461.26084 mm; Y is up already.
  EXPECT_NEAR(jump.markers.series.at(0, 0, 1), 0.79770659, 1e-9);
}

TEST_F(PrepareReal, TheOriginalsTablesKeepEveryRow) {
  KINEMYO_REAL_DATA(folder, "original_case");
  run(folder / "expected/filtered");
  const Store store(store_);
  const auto trial = store.read({"S1", "SideLunge", "all"});
  EXPECT_EQ(trial.angles.series.frames(), 124u);
  EXPECT_EQ(trial.markers.series.channels().size(), 42u);
  EXPECT_EQ(trial.emg.series.channels().size(), 16u);
  EXPECT_EQ(trial.angles.series.at(1, 0), -26.436 * (std::numbers::pi / 180));
}

}  // namespace
}  // namespace kinemyo::dataset
