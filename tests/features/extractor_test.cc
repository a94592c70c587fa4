#include <gmock/gmock.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <numbers>

#include "kinemyo/body/names.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/features.h"
#include "kinemyo/features/heading.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace kinemyo::features {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A person facing +X at the origin: pelvis at 1 m, shanks of 0.4 m, right is +Z.
model::InputSpec walker() {
  model::InputSpec spec;
  spec.markers = {"LASI", "RASI", "SACR", "LKNE", "LANK", "RKNE", "RANK"};
  return spec;
}
std::vector<double> standing() {
  return {0.1, 1.0, -0.12, 0.1, 1.0, 0.12,  -0.2, 1.0, 0.0, 0.0, 0.5, -0.1,
          0.0, 0.1, -0.1,  0.0, 0.5, 0.1,   0.0,  0.1, 0.1};
}
std::vector<double> moved(std::vector<double> raw, double heading, double x, double y, double z) {
  const double c = std::cos(heading), s = std::sin(heading);
  for (std::size_t i = 0; i + 2 < raw.size(); i += 3) {
    const double px = raw[i], pz = raw[i + 2];
    raw[i] = c * px + s * pz + x;
    raw[i + 1] += y;
    raw[i + 2] = -s * px + c * pz + z;
  }
  return raw;
}
std::vector<float> first_inputs(const std::vector<double>& raw, const model::InputSpec& spec) {
  Extractor extractor(spec, 100);
  std::vector<float> out(extractor.width());
  extractor.step(raw, out);
  return out;
}

TEST(Extractor, PlaceAndHeadingAndSizeOfTheBodyDoNotCount) {
  const auto here = first_inputs(standing(), walker());
  EXPECT_THAT(first_inputs(moved(standing(), 2.3, 5, 0.2, -3), walker()), Pointwise(FloatNear(1e-5f), here));
  auto taller = standing();
  for (auto& v : taller) v *= 1.2;
  EXPECT_THAT(first_inputs(taller, walker()), Pointwise(FloatNear(1e-5f), here));
  // The root is between the middle of the ASIS (0.1, 1, 0) and the sacrum (-0.2, 1, 0); lengths count in shanks.
  EXPECT_NEAR(here[0], (0.1 + 0.05) / 0.4, 1e-6);
  EXPECT_NEAR(here[1], 0, 1e-6);
  EXPECT_NEAR(here[2], -0.12 / 0.4, 1e-6);
}

TEST(Extractor, HeadingIsARotationAboutTheVerticalFromX) {
  Extractor extractor(walker(), 100);
  std::vector<float> out(extractor.width());
  extractor.step(moved(standing(), 0.7, 1, 0, 2), out);
  EXPECT_NEAR(extractor.placement().heading_rad, 0.7, 1e-12);
  EXPECT_NEAR(extractor.placement().scale_m, 0.4, 1e-12);
  EXPECT_NEAR(extractor.placement().root_m[1], 1.0, 1e-12);
}

TEST(Extractor, HiddenPelvisMarkersAreStoodInForByTheRest) {
  for (const std::size_t hidden : {0u, 1u, 2u}) {
    Extractor extractor(walker(), 100);
    std::vector<float> out(extractor.width());
    extractor.step(standing(), out);
    const auto seen = out;
    auto raw = moved(standing(), 0.4, 1, 0.1, -2);
    for (std::size_t c = 0; c < 3; ++c) raw[3 * hidden + c] = kNaN;
    extractor.step(raw, out);
    EXPECT_NEAR(extractor.placement().heading_rad, 0.4, 1e-9);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i / 3 == hidden) {
        EXPECT_TRUE(std::isnan(out[i]));
      } else {
        EXPECT_NEAR(out[i], seen[i], 1e-5) << "hidden " << hidden << " input " << i;
      }
    }
  }
}

TEST(Extractor, PelvisWhollyHiddenKeepsThePlacementAndHidesTheRest) {
  Extractor extractor(walker(), 100);
  std::vector<float> out(extractor.width());
  extractor.step(moved(standing(), 0.4, 1, 0, 0), out);
  const auto before = extractor.placement();
  auto raw = standing();
  for (std::size_t i = 0; i < 9; ++i) raw[i] = kNaN;
  extractor.step(raw, out);
  EXPECT_EQ(extractor.placement().heading_rad, before.heading_rad);
  EXPECT_EQ(extractor.placement().root_m[0], before.root_m[0]);
  for (const float v : out) EXPECT_TRUE(std::isnan(v));
}

TEST(Extractor, BodyLengthIsARunningMeanThenFixed) {
  auto spec = walker();
  spec.calibration_frames = 2;
  Extractor extractor(spec, 100);
  std::vector<float> out(extractor.width());
  auto raw = standing();
  extractor.step(raw, out);
  raw[4 * 3 + 1] = 0.0;   // left shank 0.5 m, mean of both 0.45 m
  extractor.step(raw, out);
  EXPECT_NEAR(extractor.placement().scale_m, (0.4 + 0.45) / 2, 1e-12);
  raw[4 * 3 + 1] = -0.5;
  extractor.step(raw, out);
  EXPECT_NEAR(extractor.placement().scale_m, (0.4 + 0.45) / 2, 1e-12);
  extractor.reset();
  extractor.step(standing(), out);
  EXPECT_NEAR(extractor.placement().scale_m, 0.4, 1e-12);
}

TEST(Extractor, DerivativesFollowValuesThenMasks) {
  model::InputSpec spec;
  spec.markers = {"A"};
  spec.scalars = {"knee"};
  spec.frame = model::Frame::laboratory;
  spec.scale = model::BodyScale::none;
  spec.derivatives = 2;
  spec.masks = true;
  Extractor extractor(spec, 10);
  std::vector<float> out(extractor.width());
  ASSERT_EQ(out.size(), 4u * 3 + 1);
  extractor.step(std::vector<double>{1, 2, 3, 0.5}, out);
  EXPECT_TRUE(std::isnan(out[4]));
  extractor.step(std::vector<double>{2, 2, 3, 0.6}, out);
  extractor.step(std::vector<double>{4, 2, 3, 0.9}, out);
  EXPECT_THAT(std::vector<float>(out.begin(), out.begin() + 4), ElementsAre(4, 2, 3, 0.9f));
  EXPECT_NEAR(out[4], 20, 1e-4);
  EXPECT_NEAR(out[7], 3, 1e-4);
  EXPECT_NEAR(out[8], 100, 1e-3);
  EXPECT_NEAR(out[11], 20, 1e-3);
  EXPECT_EQ(out[12], 1.0f);
  extractor.step(std::vector<double>{4, kNaN, 3, 0.9}, out);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[12], 0.0f);
}

TEST(Extractor, WorksOnEverySetOfMarkersThatWeKnow) {
  for (const char* set : {"original-42", "plug-in-gait-20", "opencap-51", "mediapipe-33", "original-25", "body-16"}) {
    model::InputSpec spec;
    spec.markers = *body::named_set(set);
    EXPECT_NO_THROW(Extractor(spec, 100)) << set;
    const auto found = find_landmarks(spec.markers);
    EXPECT_EQ(found.shanks.size(), 2u) << set;
    EXPECT_GE(found.pelvis.size(), 1u) << set;
  }
}

TEST(Extractor, SaysWhatAFrameNeeds) {
  model::InputSpec spec;
  spec.markers = {"C7", "CLAV"};
  try {
    Extractor extractor(spec, 100);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("needs a pelvis among the input markers: LASIS and RASIS"));
  }
  spec.markers = {"LASI", "RASI"};
  try {
    Extractor extractor(spec, 100);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("needs a knee and an ankle"));
  }
}

TEST(Extractor, StepDoesNotAllocate) {
  auto spec = walker();
  spec.derivatives = 2;
  spec.masks = true;
  Extractor extractor(spec, 100);
  std::vector<float> out(extractor.width());
  const auto raw = standing();
  auto hidden = raw;
  hidden[0] = kNaN;
  const long before = allocations;
  for (int i = 0; i < 200; ++i) extractor.step(i % 3 == 0 ? hidden : raw, out);
  EXPECT_EQ(allocations, before);
}

TEST(Heading, PelvisTurnsAsAWholeAndComesBack) {
  std::vector<model::OutputChannel> outputs(3);
  outputs[0].name = "pelvis_tilt";
  outputs[1].name = "pelvis_list";
  outputs[2].name = "pelvis_rotation";
  for (auto& one : outputs) one.from_heading = true;
  const HeadingTurn turn(outputs);
  std::vector<double> angles = {0.2, -0.1, 1.4};
  turn.apply(-1.3, angles);
  // Facing across: what leans forward in the laboratory's X leans sideways for the body.
  std::vector<double> sideways = {0.3, 0.0, std::numbers::pi / 2};
  turn.apply(-std::numbers::pi / 2, sideways);
  EXPECT_NEAR(sideways[0], 0, 1e-12);
  EXPECT_NEAR(std::abs(sideways[1]), 0.3, 1e-12);
  turn.apply(1.3, angles);
  EXPECT_NEAR(angles[0], 0.2, 1e-12);
  EXPECT_NEAR(angles[1], -0.1, 1e-12);
  EXPECT_NEAR(angles[2], 1.4, 1e-12);
}

TEST(Restore, UnscalesAndFillsInConstantsAndCopies) {
  model::Model model;
  using Source = model::OutputChannel::Source;
  model.outputs = {{"knee", "rad", Source::network, 0, 0, false},
                   {"mtp", "rad", Source::constant, 0, 0.25, false},
                   {"knee_beta", "rad", Source::copy, 0, 0, false},
                   {"pelvis_rotation", "rad", Source::network, 1, 0, true}};
  model.output_scaler = {{0.5, 0.0}, {2.0, 1.0}};
  Placement placement;
  placement.heading_rad = 3.0;
  std::vector<double> named(4);
  restore(model, std::vector<float>{0.25f, 0.5f}, placement, named);
  EXPECT_DOUBLE_EQ(named[0], 1.0);
  EXPECT_DOUBLE_EQ(named[1], 0.25);
  EXPECT_DOUBLE_EQ(named[2], 1.0);
  EXPECT_NEAR(named[3], 3.5 - 2 * std::numbers::pi, 1e-12);
}

}  // namespace
}  // namespace kinemyo::features
