// Products of 16-bit numbers: by this machine's own instruction, where it has one, and by plain loops.
#include "kinemyo/kernels/pairs.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>

#include "kinemyo/base/random.h"

namespace kinemyo::kernels {
namespace {

std::vector<float> normal(base::Random& random, std::size_t count) {
  std::vector<float> out(count);
  for (auto& value : out) value = static_cast<float>(random.normal());
  return out;
}

// 8 bits of fraction, to the nearest, ties to even.
double rounded(float value) {
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(value), &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

TEST(Pairs, RoundsNumbersToTheNearestOf16Bits) {
  base::Random random(8);
  const auto before = normal(random, 37);
  auto numbers = before;
  numbers.push_back(NAN);
  numbers.push_back(INFINITY);
  round_to_halves(numbers);
  for (std::size_t k = 0; k < before.size(); ++k) EXPECT_EQ(numbers[k], rounded(before[k])) << before[k];
  EXPECT_TRUE(std::isnan(numbers[37]));
  EXPECT_EQ(numbers[38], INFINITY);
}

TEST(Pairs, ProductsAreThoseOfTheRoundedNumbersHoweverTheyLie) {
  base::Random random(5);
  for (const std::size_t outputs : {1, 16, 17, 32, 40, 100}) {
    for (const std::size_t inputs : {1, 2, 7, 30}) {
      for (const std::size_t rows : {1, 3, 4, 12, 17}) {
        const auto w = normal(random, outputs * inputs), x = normal(random, rows * inputs);
        std::vector<float> w_turned(w.size()), x_turned(x.size());
        for (std::size_t i = 0; i < inputs; ++i) {
          for (std::size_t o = 0; o < outputs; ++o) w_turned[i * outputs + o] = w[o * inputs + i];
          for (std::size_t r = 0; r < rows; ++r) x_turned[i * rows + r] = x[r * inputs + i];
        }
        Pairs by_output, by_input;
        pack_pairs(w.data(), 1, inputs, inputs, outputs, by_output);
        pack_pairs(w_turned.data(), outputs, 1, inputs, outputs, by_input);
        EXPECT_EQ(by_output.words, by_input.words);
        Words by_row, turned;
        pair_rows(x.data(), inputs, rows, inputs, by_row);
        pair_inputs(x_turned.data(), rows, rows, inputs, turned);
        const auto start = normal(random, padded(outputs));
        const std::size_t width = padded(outputs);
        std::vector<float> y(rows * width), y_turned(rows * width), plain(rows * width);
        multiply_pairs(by_output, by_row.data(), pairs_of(inputs), 1, rows, start.data(), 0, y.data(), width);
        multiply_pairs(by_output, turned.data(), 1, rows, rows, start.data(), 0, y_turned.data(), width);
        multiply_pairs_plainly(by_output, by_row.data(), pairs_of(inputs), 1, rows, start.data(), 0, plain.data(), width);
        EXPECT_EQ(y, y_turned);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t o = 0; o < outputs; ++o) {
            double sum = start[o], size = std::abs(sum);
            for (std::size_t i = 0; i < inputs; ++i) {
              const double product = rounded(w[o * inputs + i]) * rounded(x[r * inputs + i]);
              sum += product;
              size += std::abs(product);
            }
            ASSERT_NEAR(y[r * width + o], sum, size * static_cast<double>(inputs + 1) * 0x1p-23)
                << outputs << " x " << inputs << ", " << rows << " rows, at " << r << ", " << o;
            ASSERT_NEAR(plain[r * width + o], sum, size * static_cast<double>(inputs + 1) * 0x1p-23);
          }
        }
      }
    }
  }
}

TEST(Pairs, ANanStaysOne) {
  const float nan = std::bit_cast<float>(0x7f800001u);  // one whose upper half alone would be infinite
  const float w[2] = {nan, 1}, x[2] = {1, 1}, start[kLane] = {};
  Pairs packed;
  pack_pairs(w, 1, 2, 2, 1, packed);
  Words words;
  pair_rows(x, 2, 1, 2, words);
  float y[kLane];
  multiply_pairs(packed, words.data(), 1, 1, 1, start, 0, y, kLane);
  EXPECT_TRUE(std::isnan(y[0]));
}

}  // namespace
}  // namespace kinemyo::kernels
