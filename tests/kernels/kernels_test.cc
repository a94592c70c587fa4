// Every instruction set that this machine has, against plain loops.
#include "kinemyo/kernels/kernels.h"

#include <gmock/gmock.h>

#include <cmath>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"

namespace kinemyo::kernels {
namespace {

const float kNothing = std::nanf("");

std::vector<float> normal(base::Random& random, std::size_t count) {
  std::vector<float> out(count);
  for (auto& value : out) value = static_cast<float>(random.normal());
  return out;
}

class EverySet : public testing::TestWithParam<const Set*> {};
INSTANTIATE_TEST_SUITE_P(Kernels, EverySet, testing::ValuesIn(sets().begin(), sets().end()),
                         [](const auto& one) { return std::string(one.param->name); });

// Tolerance: each of n products and sums may be rounded another way, 2^-24 of the sum of magnitudes.
TEST_P(EverySet, AccumulateEqualsAPlainLoop) {
  base::Random random(2);
  for (const std::size_t outputs : {1, 3, 15, 16, 17, 31, 32, 33, 48, 64, 65, 130, 250}) {
    for (const std::size_t inputs : {1, 2, 7, 33, 126}) {
      const auto w = normal(random, outputs * inputs);
      const auto packed = pack(*GetParam(), w.data(), outputs, inputs);
      for (const std::size_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 16, 25, 27}) {
        const std::size_t offset = rows % 4;  // not at a cache line
        // Numbers between the rows are nobody's: NaN must neither spread from there nor be lost.
        const std::size_t x_stride = inputs + 3, y_stride = padded(outputs) + 5;
        std::vector<float> x(offset + rows * x_stride, kNothing), y(offset + rows * y_stride, kNothing);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t i = 0; i < inputs; ++i)
            x[offset + r * x_stride + i] = static_cast<float>(random.normal());
          for (std::size_t o = 0; o < padded(outputs); ++o)
            y[offset + r * y_stride + o] = o < outputs ? static_cast<float>(random.normal()) : kNothing;
        }
        const auto before = y;
        accumulate(packed, x.data() + offset, x_stride, rows, y.data() + offset, y_stride);
        for (std::size_t i = 0; i < y.size(); ++i) {
          const std::size_t r = (i - offset) / y_stride, o = (i - offset) % y_stride;
          if (i < offset || o >= outputs) {
            ASSERT_TRUE(std::isnan(y[i])) << "written at " << r << ", " << o;
            continue;
          }
          double sum = before[i], size = std::abs(sum);
          for (std::size_t k = 0; k < inputs; ++k) {
            const double product = static_cast<double>(w[o * inputs + k]) * x[offset + r * x_stride + k];
            sum += product;
            size += std::abs(product);
          }
          ASSERT_NEAR(y[i], sum, size * static_cast<double>(inputs + 1) * 0x1p-24)
              << outputs << " x " << inputs << ", " << rows << " rows, at " << r << ", " << o;
        }
      }
    }
  }
}

TEST_P(EverySet, RowsTogetherEqualRowsOneByOneBitForBit) {
  base::Random random(3);
  for (const std::size_t outputs : {5, 100, 1024}) {
    const std::size_t inputs = 70, rows = 33;
    const auto packed = pack(*GetParam(), normal(random, outputs * inputs).data(), outputs, inputs);
    const auto x = normal(random, rows * inputs);
    auto together = normal(random, rows * padded(outputs)), single = together;
    accumulate(packed, x.data(), inputs, rows, together.data(), padded(outputs));
    for (std::size_t r = 0; r < rows; ++r)
      accumulate(packed, x.data() + r * inputs, inputs, 1, single.data() + r * padded(outputs), padded(outputs));
    EXPECT_EQ(together, single) << outputs;
  }
}

// A weight as it is kept: rounded by the definition of each storage.
double as_kept(Storage storage, float weight, float largest) {
  if (storage == Storage::bf16) {
    // 8 bits of fraction, to the nearest, ties to even.
    int exponent = 0;
    const double fraction = std::frexp(static_cast<double>(weight), &exponent);
    return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
  }
  const float scale = largest / 127;
  return static_cast<double>(std::lround(weight / scale)) * static_cast<double>(scale);
}

// What a weight meets: rounded to bf16 where the processor multiplies two of those at once.
double as_multiplied(const Packed& packed, float x) {
  return packed.paired && packed.storage == Storage::bf16 ? as_kept(Storage::bf16, x, 0) : x;
}

double largest_of(const float* x, std::size_t count) {
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(x[i]));
  return largest;
}

TEST_P(EverySet, SmallerWeightsAreTheNearestOfTheirKind) {
  base::Random random(6);
  for (const auto storage : {Storage::bf16, Storage::int8}) {
    for (const std::size_t outputs : {1, 17, 33, 130}) {
      for (const std::size_t inputs : {1, 9, 40}) {
        auto w = normal(random, outputs * inputs);
        for (std::size_t i = 0; i < inputs; ++i) w[i] = 0;  // an output without weights
        const auto packed = pack(*GetParam(), w.data(), outputs, inputs, storage);
        for (const std::size_t rows : {1, 2, 13, 25}) {
          const auto x = normal(random, rows * inputs);
          auto y = normal(random, rows * padded(outputs));
          const auto before = y;
          accumulate(packed, x.data(), inputs, rows, y.data(), padded(outputs));
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t o = 0; o < outputs; ++o) {
              float largest = 0;
              for (std::size_t i = 0; i < inputs; ++i) largest = std::max(largest, std::abs(w[o * inputs + i]));
              double sum = before[r * padded(outputs) + o], size = std::abs(sum), rounded = 0;
              for (std::size_t i = 0; i < inputs && largest > 0; ++i) {
                const double weight = as_kept(storage, w[o * inputs + i], largest);
                const double product = weight * as_multiplied(packed, x[r * inputs + i]);
                sum += product;
                size += std::abs(product);
                rounded += std::abs(weight);
              }
              // Of whole numbers of 16 bits (so few inputs let no sum overflow), half of the last one.
              const double last = packed.paired && storage == Storage::int8 ? largest_of(&x[r * inputs], inputs) / 32767 : 0;
              ASSERT_NEAR(y[r * padded(outputs) + o], sum,
                          size * static_cast<double>(inputs + 3) * 0x1p-23 + rounded * last / 2)
                  << outputs << " x " << inputs << ", " << rows << " rows, at " << r << ", " << o;
            }
          }
        }
      }
    }
  }
}

TEST_P(EverySet, SmallerWeightsOfManyInputsLetNoSumOverflow) {
  // All of one sign and as large as they come; beyond 4,096 inputs pairs are not taken.
  for (const std::size_t inputs : {500, 516, 517, 1024, 4096, 4097, 5001}) {
    const std::vector<float> w(40 * inputs, 0.5f), x(3 * inputs, 1.0f);
    for (const auto storage : {Storage::bf16, Storage::int8}) {
      const auto packed = pack(*GetParam(), w.data(), 40, inputs, storage);
      for (const std::size_t rows : {1, 3}) {
        std::vector<float> y(rows * padded(40), 0.0f);
        accumulate(packed, x.data(), inputs, rows, y.data(), padded(40));
        const double sum = 0.5 * static_cast<double>(inputs);
        for (std::size_t r = 0; r < rows; ++r) ASSERT_NEAR(y[r * padded(40)], sum, 1e-5 * sum) << inputs;
      }
    }
  }
}

TEST_P(EverySet, SmallerWeightsKeepWhatIsMissing) {
  const std::size_t inputs = 37;
  const std::vector<float> w(40 * inputs, 0.5f);
  for (const auto storage : {Storage::bf16, Storage::int8}) {
    const auto packed = pack(*GetParam(), w.data(), 40, inputs, storage);
    for (const std::size_t at : {std::size_t{0}, inputs / 2, inputs - 1}) {
      std::vector<float> x(14 * inputs, 1.0f), y(14 * padded(40), 0.0f);
      x[5 * inputs + at] = kNothing;
      accumulate(packed, x.data(), inputs, 14, y.data(), padded(40));
      for (std::size_t r = 0; r < 14; ++r) EXPECT_EQ(std::isnan(y[r * padded(40)]), r == 5) << r;
    }
  }
}

TEST_P(EverySet, SmallerWeightsOfRowsTogetherEqualRowsOneByOneBitForBit) {
  base::Random random(3);
  for (const auto storage : {Storage::bf16, Storage::int8}) {
    for (const std::size_t outputs : {5, 100, 1024}) {
      const std::size_t inputs = 71, rows = 33;
      const auto packed = pack(*GetParam(), normal(random, outputs * inputs).data(), outputs, inputs, storage);
      const auto x = normal(random, rows * inputs);
      auto together = normal(random, rows * padded(outputs)), single = together, turned = together;
      accumulate(packed, x.data(), inputs, rows, together.data(), padded(outputs));
      for (std::size_t r = 0; r < rows; ++r)
        accumulate(packed, x.data() + r * inputs, inputs, 1, single.data() + r * padded(outputs), padded(outputs));
      EXPECT_EQ(together, single) << outputs;
      std::vector<float> by_input(inputs * rows);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < inputs; ++i) by_input[i * rows + r] = x[r * inputs + i];
      GetParam()->multiply_by_input(packed, by_input.data(), rows, rows, turned.data(), padded(outputs), turned.data(),
                                    padded(outputs));
      EXPECT_EQ(together, turned) << outputs;
    }
  }
}

TEST_P(EverySet, SigmoidAndTanhAreAccurate) {
  std::vector<float> x;
  for (double v = -30; v < 30; v += 0.001) x.push_back(static_cast<float>(v));
  x.insert(x.end(), {-1e30f, 1e30f, -100.f, 100.f, 0.f, 1e-30f});
  auto s = x, t = x;
  GetParam()->sigmoid(s.data(), s.size());
  GetParam()->tanh(t.data(), t.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double v = x[i];
    ASSERT_NEAR(s[i], 1 / (1 + std::exp(-v)), 2e-7) << v;
    ASSERT_NEAR(t[i], std::tanh(v), 2e-7) << v;
  }
}

TEST_P(EverySet, MissingStaysMissingAndWhatLiesBehindIsNotTouched) {
  for (std::size_t count = 1; count < 40; ++count) {
    std::vector<float> x(count + 3, 0.5f), y;
    x[count / 2] = kNothing;
    y = x;
    GetParam()->sigmoid(x.data(), count);
    GetParam()->tanh(y.data(), count);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(std::isnan(x[i]), i == count / 2) << count << " " << i;
      EXPECT_EQ(std::isnan(y[i]), i == count / 2) << count << " " << i;
      EXPECT_EQ(x[i] == 0.5f, i >= count) << count << " " << i;
    }
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST_P(EverySet, CellsFollowTheirFormulas) {
  base::Random random(4);
  for (const std::size_t hidden : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100}) {
    const auto gates = normal(random, 4 * hidden), past = normal(random, 3 * hidden);
    const auto cell = normal(random, hidden), h = normal(random, hidden);
    auto cell_after = cell, h_after = h, gru_after = h;
    // Nothing beyond the end may be written.
    for (auto* one : {&cell_after, &h_after, &gru_after}) one->resize(hidden + 16, 7.0f);
    GetParam()->lstm_cell(gates.data(), hidden, cell_after.data(), h_after.data());
    GetParam()->gru_cell(gates.data(), past.data(), hidden, gru_after.data());
    for (std::size_t i = 0; i < hidden; ++i) {
      const double c = sigmoid(gates[hidden + i]) * cell[i] + sigmoid(gates[i]) * std::tanh(gates[2 * hidden + i]);
      ASSERT_NEAR(cell_after[i], c, 1e-6);
      ASSERT_NEAR(h_after[i], sigmoid(gates[3 * hidden + i]) * std::tanh(c), 1e-6);
      const double r = sigmoid(gates[i] + past[i]), z = sigmoid(gates[hidden + i] + past[hidden + i]);
      const double n = std::tanh(gates[2 * hidden + i] + r * past[2 * hidden + i]);
      ASSERT_NEAR(gru_after[i], (1 - z) * n + z * h[i], 1e-6);
    }
    for (std::size_t i = hidden; i < hidden + 16; ++i) {
      ASSERT_EQ(cell_after[i], 7.0f);
      ASSERT_EQ(h_after[i], 7.0f);
      ASSERT_EQ(gru_after[i], 7.0f);
    }
  }
}

TEST(Kernels, AStorageThatIsNotThereIsNamed) {
  EXPECT_EQ(storage_named("bf16"), Storage::bf16);
  EXPECT_THAT([] { storage_named("int4"); },
              testing::ThrowsMessage<base::Error>("weights are kept as fp32, bf16 or int8, not as \"int4\""));
}

TEST(Kernels, TheBestComesFirstAndScalarLast) {
  EXPECT_EQ(sets().back(), &kScalar);
  EXPECT_EQ(&set_named("scalar"), &kScalar);
}

TEST(Kernels, ASetThatTheMachineLacksIsNamed) {
  EXPECT_THAT([] { set_named("avx4096"); },
              testing::ThrowsMessage<base::Error>(testing::AllOf(
                  testing::HasSubstr("KINEMYO_KERNELS: this machine cannot run \"avx4096\"; it can run "),
                  testing::EndsWith("scalar"))));
}

}  // namespace
}  // namespace kinemyo::kernels
