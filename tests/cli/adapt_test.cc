// `kinemyo adapt` as a person runs it.
#ifdef KINEMYO_TRAIN
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"

namespace kinemyo {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AdaptCommand : public testing_cli::Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    write_store("people.h5", "R Gast", {"S1", "S2", "S3", "S4"});
    write_store("others.h5", "R Sol", {"S5"});
    ASSERT_EQ(run("train people.h5 --recipe emg --test S4 --out m.safetensors").code, 0);
  }

  void write_store(const std::string& name, const std::string& muscle, const std::vector<std::string>& subjects) {
    dataset::StoreWriter writer(folder_ / name);
    for (const auto& subject : subjects) {
      for (const char* number : {"1", "2", "3"}) writer.add(walk(subject, number, muscle));
    }
    writer.commit();
  }

  // Ten strides; the calf works in push-off, each person's a little later and with a second burst of its own.
  static dataset::PreparedTrial walk(const std::string& subject, const std::string& number, const std::string& muscle) {
    constexpr std::size_t kFrames = 400;
    const double person = subject[1] - '0', start = 0.2 * (number[0] - '0');
    dataset::PreparedTrial out;
    out.key = {subject, "Walk", number};
    out.rate_hz = 100;
    const auto clock = motion::Clock::uniform(100, 0, kFrames);
    std::vector<motion::Channel> angles;
    for (const char* name : {"hip_flexion_l", "hip_flexion_r", "knee_angle_l", "knee_angle_r"}) angles.push_back({name, "rad"});
    base::Matrix<double> values(kFrames, 4), envelope(kFrames, 1);
    for (std::size_t f = 0; f < kFrames; ++f) {
      const double left = 2 * M_PI * (0.01 * static_cast<double>(f) + start), right = left + M_PI;
      values(f, 0) = 0.4 * std::cos(left);
      values(f, 1) = 0.4 * std::cos(right);
      values(f, 2) = 0.4 + 0.3 * std::sin(left);
      values(f, 3) = 0.4 + 0.3 * std::sin(right);
      envelope(f, 0) = 1e-4 * (0.1 + std::exp(3 * std::cos(right - 2.5 - 0.05 * person) - 3) +
                               0.15 * person * std::exp(9 * std::cos(right + 1) - 9));
    }
    base::Matrix<std::uint8_t> angle_marks(kFrames, 4, 1), emg_marks(kFrames, 1, 1);
    out.angles = {motion::Series(motion::Quantity::coordinate, angles, clock, values), angle_marks};
    out.emg = {motion::Series(motion::Quantity::emg, {{"Voltage." + muscle, "V"}}, clock, envelope), emg_marks};
    return out;
  }

  double r2(const std::string& model) const {
    const auto ran = run("evaluate " + model + " people.h5 --subjects S4 --no-baselines --json");
    EXPECT_EQ(ran.code, 0) << ran.err;
    return nlohmann::json::parse(ran.out)["tables"][0]["mean"]["network"]["r2"].get<double>();
  }
};

TEST_F(AdaptCommand, TellsOtherTrialsOfThePersonBetterAndSaysWhatItDid) {
  const auto ran = run("adapt m.safetensors people.h5 --subject S4 --trials S4/Walk/1 --out own.safetensors");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("adapted to S4: 1 trial, 4.0 s, 400 frames, of which the model keeps 200"),
                             HasSubstr("learned from measurement: Voltage.R Gast"), HasSubstr("wrote own.safetensors")));
  // On trials 2 and 3 alone: the one it learned from counts as seen.
  const auto evaluated = run("evaluate own.safetensors people.h5 --subjects S4 --no-baselines");
  EXPECT_THAT(evaluated.out, AllOf(HasSubstr("2 trials, 800 frames"), HasSubstr("SEEN IN TRAINING (in other trials)"),
                                   HasSubstr("the network's interval of 90 % holds")));
  const double before = r2("m.safetensors"), after = r2("own.safetensors");
  EXPECT_GT(after, 0.97);
  EXPECT_LT(1 - after, 0.5 * (1 - before));
}

TEST_F(AdaptCommand, RefusesOtherPeoplesDataByName) {
  const auto who = run("adapt m.safetensors people.h5 --out own.safetensors");
  EXPECT_EQ(who.code, 1);
  EXPECT_THAT(who.err, HasSubstr("people.h5 holds 4 people: --subject says who; there are S1, S2, S3, S4"));
  EXPECT_THAT(run("adapt m.safetensors people.h5 --subject S7 --out own.safetensors").err,
              HasSubstr("people.h5 has no subject \"S7\"; there are S1, S2, S3, S4"));
  EXPECT_THAT(run("adapt m.safetensors people.h5 --subject S4 --trials Squat --out own.safetensors").err,
              HasSubstr("S4 has no trial or activity \"Squat\"; there are S4/Walk/1, S4/Walk/2, S4/Walk/3"));
  const auto muscles = run("adapt m.safetensors others.h5 --out own.safetensors");
  EXPECT_EQ(muscles.code, 1);
  EXPECT_THAT(muscles.err, HasSubstr("the person's data hold none of the model's channels, measured and good; expected at least one of Voltage.R Gast"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "own.safetensors"));
}

TEST_F(AdaptCommand, AModelThatLooksAheadDoesNotStream) {
  const auto ran = run("stream m.safetensors </dev/null");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("the network looks 20 frames ahead of the one that it tells, and cannot run frame by frame"));
}

}  // namespace
}  // namespace kinemyo
#endif
