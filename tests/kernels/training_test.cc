// The kernels that training adds: every instruction set that this machine has, against plain arithmetic in double.
#include <gmock/gmock.h>

#include <cmath>

#include "kinemyo/base/random.h"
#include "kinemyo/kernels/kernels.h"

namespace kinemyo::kernels {
namespace {

std::vector<float> normal(base::Random& random, std::size_t count) {
  std::vector<float> out(count);
  for (auto& value : out) value = static_cast<float>(random.normal());
  return out;
}

class EverySetTrains : public testing::TestWithParam<const Set*> {
 protected:
  const Set& set = *GetParam();
  base::Random random{11};
};
INSTANTIATE_TEST_SUITE_P(Kernels, EverySetTrains, testing::ValuesIn(sets().begin(), sets().end()),
                         [](const auto& one) { return std::string(one.param->name); });

TEST_P(EverySetTrains, InputByInputEqualsRowByRowBitForBit) {
  for (const std::size_t outputs : {1, 16, 33, 100}) {
    for (const std::size_t rows : {1, 2, 5, 12, 31}) {
      const std::size_t inputs = 23, stride = rows + 2;
      Packed packed;
      pack_by_output(set, normal(random, outputs * inputs).data(), outputs, inputs, packed);
      const auto x = normal(random, rows * inputs);
      std::vector<float> turned(inputs * stride, NAN);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < inputs; ++i) turned[i * stride + r] = x[r * inputs + i];
      const auto start = normal(random, padded(outputs));
      std::vector<float> by_row(rows * padded(outputs), 7), by_input = by_row;
      set.multiply(packed, x.data(), inputs, rows, start.data(), 0, by_row.data(), padded(outputs));
      set.multiply_by_input(packed, turned.data(), stride, rows, start.data(), 0, by_input.data(), padded(outputs));
      EXPECT_EQ(by_row, by_input) << outputs << ", " << rows;
    }
  }
}

TEST_P(EverySetTrains, WeightsLyingEitherWayArePackedAlike) {
  for (const std::size_t outputs : {1, 15, 32, 70}) {
    const std::size_t inputs = 9, stride = outputs + 3;
    const auto w = normal(random, outputs * inputs);
    std::vector<float> turned(inputs * stride, NAN);
    for (std::size_t o = 0; o < outputs; ++o)
      for (std::size_t i = 0; i < inputs; ++i) turned[i * stride + o] = w[o * inputs + i];
    Packed by_output, by_input;
    pack_by_output(set, normal(random, 300).data(), 10, 30, by_output);  // its memory serves again
    pack_by_output(set, w.data(), outputs, inputs, by_output);
    pack_by_input(set, turned.data(), stride, outputs, inputs, by_input);
    EXPECT_EQ(by_output.values, pack(set, w.data(), outputs, inputs).values);
    EXPECT_EQ(by_input.values, by_output.values);
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Cell {
  double cell, h;
};
Cell cell_of(const double (&sum)[4], double before) {
  const double cell = sigmoid(sum[1]) * before + sigmoid(sum[0]) * std::tanh(sum[2]);
  return {cell, sigmoid(sum[3]) * std::tanh(cell)};
}

TEST_P(EverySetTrains, TheCellsGradientIsTheSlopeOfTheCell) {
  for (const std::size_t hidden : {1, 7, 16, 33}) {
    const auto gates = normal(random, 4 * hidden), before = normal(random, hidden);
    const auto d_h = normal(random, hidden), d_cell_in = normal(random, hidden);
    std::vector<float> kept(4 * hidden), cell(hidden), h(hidden), d_cell = d_cell_in, d_gates(4 * hidden), d_bias(4 * hidden, 3.0F);
    set.lstm_cell_kept(gates.data(), before.data(), hidden, kept.data(), cell.data(), h.data());
    set.lstm_cell_gradient(kept.data(), before.data(), cell.data(), hidden, d_h.data(), d_cell.data(), d_gates.data(), d_bias.data());
    for (std::size_t k = 0; k < 4 * hidden; ++k) EXPECT_EQ(d_bias[k], 3.0F + d_gates[k]);
    for (std::size_t j = 0; j < hidden; ++j) {
      double sums[4];
      for (std::size_t k = 0; k < 4; ++k) sums[k] = gates[k * hidden + j];
      const Cell here = cell_of(sums, before[j]);
      EXPECT_NEAR(cell[j], here.cell, 2e-6);
      EXPECT_NEAR(h[j], here.h, 2e-6);
      const auto loss = [&](const Cell& c) { return d_h[j] * c.h + d_cell_in[j] * c.cell; };
      constexpr double kStep = 1e-5;
      for (std::size_t k = 0; k < 4; ++k) {
        double up[4], down[4];
        std::copy_n(sums, 4, up);
        std::copy_n(sums, 4, down);
        up[k] += kStep;
        down[k] -= kStep;
        const double slope = (loss(cell_of(up, before[j])) - loss(cell_of(down, before[j]))) / (2 * kStep);
        EXPECT_NEAR(d_gates[k * hidden + j], slope, 1e-5) << "gate " << k;
      }
      const double slope =
          (loss(cell_of(sums, before[j] + kStep)) - loss(cell_of(sums, before[j] - kStep))) / (2 * kStep);
      EXPECT_NEAR(d_cell[j], slope, 1e-5);
    }
  }
}

TEST_P(EverySetTrains, DropsItsShareAndTheSameNumbersInEverySet) {
  const std::size_t count = 100'003;
  const std::vector<float> ones(count, 1.0F);
  std::vector<float> out(count), plain(count), other(count);
  const auto threshold = static_cast<std::uint32_t>(std::ldexp(0.3, 32));
  set.drop(0x123456789abcdefULL, threshold, 2.0F, 0, ones.data(), count, out.data());
  kScalar.drop(0x123456789abcdefULL, threshold, 2.0F, 0, ones.data(), count, plain.data());
  EXPECT_EQ(out, plain);
  EXPECT_THAT(out, testing::Each(testing::AnyOf(0.0F, 2.0F)));
  const auto dropped = static_cast<double>(std::count(out.begin(), out.end(), 0.0F));
  // Within five standard deviations of a binomial.
  const auto spread = 5 * std::sqrt(0.3 * 0.7 * static_cast<double>(count));
  EXPECT_NEAR(dropped, 0.3 * static_cast<double>(count), spread);
  // In two parts it is the same; by another seed it is not, and as often equal as chance has it.
  set.drop(0x123456789abcdefULL, threshold, 2.0F, 0, ones.data(), 1001, plain.data());
  set.drop(0x123456789abcdefULL, threshold, 2.0F, 1001, ones.data(), count - 1001, plain.data() + 1001);
  EXPECT_EQ(out, plain);
  set.drop(0x123456789abcdeeULL, threshold, 2.0F, 0, ones.data(), count, other.data());
  double equal = 0, after = 0;
  for (std::size_t i = 0; i < count; ++i) {
    equal += out[i] == other[i] ? 1 : 0;
    after += i + 1 < count && out[i] == 0 && out[i + 1] == 0 ? 1 : 0;
  }
  EXPECT_NEAR(equal, 0.58 * static_cast<double>(count), 5 * std::sqrt(0.58 * 0.42 * static_cast<double>(count)));
  EXPECT_NEAR(after, 0.09 * static_cast<double>(count), 10 * std::sqrt(0.09 * static_cast<double>(count)));
}

TEST_P(EverySetTrains, AdamStepsAsItsFormula) {
  const std::size_t count = 37;
  const AdamRates rates{0.9F, 0.1F, 0.999F, 0.001F, 1e-8F, 0.99F, 0.02F, 0.05F};
  const auto gradient = normal(random, count), was = normal(random, count);
  auto parameter = was;
  std::vector<float> mean(count, 0.5F), square(count, 0.25F);
  set.adam(rates, gradient.data(), count, parameter.data(), mean.data(), square.data());
  for (std::size_t i = 0; i < count; ++i) {
    const double g = gradient[i], m = 0.9 * 0.5 + 0.1 * g, v = 0.999 * 0.25 + 0.001 * g * g;
    EXPECT_NEAR(mean[i], m, 1e-6);
    EXPECT_NEAR(square[i], v, 1e-6);
    EXPECT_NEAR(parameter[i], 0.99 * was[i] - 0.02 * m / (std::sqrt(v) / 0.05 + 1e-8), 1e-6);
  }
}

}  // namespace
}  // namespace kinemyo::kernels
