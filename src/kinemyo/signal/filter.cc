#include "kinemyo/signal/filter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/lanes.h"
#include "kinemyo/signal/lanes_kernels.h"

namespace kinemyo::signal {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TransferFunction padded(TransferFunction filter) {
  require(!filter.a.empty() && !filter.b.empty() && filter.a[0] == 1.0,
          "lfilter: a filter needs coefficients, and a[0] = 1");
  const std::size_t taps = std::max(filter.a.size(), filter.b.size());
  filter.a.resize(taps, 0.0);
  filter.b.resize(taps, 0.0);
  return filter;
}

// Transposed direct form II; `state` has one number less than there are taps.
void run(const TransferFunction& f, std::vector<double>& state, std::vector<double>& x) {
  const std::size_t last = state.size();
  for (double& sample : x) {
    const double in = sample;
    const double out = last == 0 ? f.b[0] * in : state[0] + f.b[0] * in;
    for (std::size_t k = 0; k + 1 < last; ++k) {
      state[k] = state[k + 1] + in * f.b[k + 1] - out * f.a[k + 1];
    }
    if (last > 0) state[last - 1] = in * f.b[last] - out * f.a[last];
    sample = out;
  }
}

// The state that a constant input of 1 ends in: (I - companion(a)') state = b[1:] - a[1:] b[0].
std::vector<double> steady_state(const TransferFunction& f) {
  const std::size_t n = f.a.size() - 1;
  std::vector<std::vector<double>> m(n, std::vector<double>(n + 1, 0.0));
  for (std::size_t i = 0; i < n; ++i) {
    m[i][i] = 1;
    if (i + 1 < n) m[i][i + 1] = -1;
    m[i][0] += f.a[i + 1];
    m[i][n] = f.b[i + 1] - f.a[i + 1] * f.b[0];
  }
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t i = column + 1; i < n; ++i) {
      if (std::abs(m[i][column]) > std::abs(m[pivot][column])) pivot = i;
    }
    std::swap(m[pivot], m[column]);
    for (std::size_t i = column + 1; i < n; ++i) {
      const double factor = m[i][column] / m[column][column];
      for (std::size_t j = column; j <= n; ++j) m[i][j] -= factor * m[column][j];
    }
  }
  std::vector<double> state(n);
  for (std::size_t i = n; i-- > 0;) {
    double sum = m[i][n];
    for (std::size_t j = i + 1; j < n; ++j) sum -= m[i][j] * state[j];
    state[i] = sum / m[i][i];
  }
  return state;
}

// The signal turned by half a turn about its first and last samples, `pad` samples of it at each
// end.
std::vector<double> oddly_extended(std::span<const double> x, std::size_t pad) {
  std::vector<double> out;
  out.reserve(x.size() + 2 * pad);
  for (std::size_t i = pad; i > 0; --i) out.push_back(2 * x.front() - x[i]);
  out.insert(out.end(), x.begin(), x.end());
  for (std::size_t i = 1; i <= pad; ++i) out.push_back(2 * x.back() - x[x.size() - 1 - i]);
  return out;
}

std::vector<double> scaled(const std::vector<double>& values, double factor) {
  std::vector<double> out(values);
  for (double& v : out) v *= factor;
  return out;
}

// Forward, backward, and the padding off again; `pass(signal, first)` filters from the steady state
// of `first`.
template <typename Pass>
std::vector<double> forward_backward(std::span<const double> x, std::size_t pad, Pass pass) {
  std::vector<double> y = oddly_extended(x, pad);
  pass(y, y.front());
  std::reverse(y.begin(), y.end());
  pass(y, y.front());
  std::reverse(y.begin(), y.end());
  return {y.begin() + static_cast<std::ptrdiff_t>(pad), y.end() - static_cast<std::ptrdiff_t>(pad)};
}

double step_section(const Section& s, double x, double* state) {
  const double y = s.b0 * x + state[0];
  state[0] = s.b1 * x - s.a1 * y + state[1];
  state[1] = s.b2 * x - s.a2 * y;
  return y;
}

void run_sections(const Sections& sections, std::vector<double>& state, std::vector<double>& x) {
  for (std::size_t s = 0; s < sections.size(); ++s) {
    for (double& sample : x) sample = step_section(sections[s], sample, &state[2 * s]);
  }
}

// Two numbers a section: what a constant input of 1 to the whole chain leaves in each.
std::vector<double> steady_sections(const Sections& sections) {
  std::vector<double> out;
  double level = 1;
  for (const auto& s : sections) {
    const auto state = steady_state({{s.b0, s.b1, s.b2}, {1, s.a1, s.a2}});
    out.push_back(level * state[0]);
    out.push_back(level * state[1]);
    level *= (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2);
  }
  return out;
}

// Samples that filtfilt adds at each end.
std::size_t padding(const TransferFunction& f, std::size_t samples) {
  const std::size_t pad = 3 * f.a.size();
  if (samples <= pad) {
    throw Error("a signal of " + std::to_string(samples) +
                " samples is too short for this filter, which needs more than " +
                std::to_string(pad));
  }
  return pad;
}

}  // namespace

std::vector<double> lfilter(const TransferFunction& filter, std::span<const double> x) {
  const TransferFunction f = padded(filter);
  std::vector<double> y(x.begin(), x.end());
  std::vector<double> state(f.a.size() - 1, 0.0);
  run(f, state, y);
  return y;
}

std::vector<double> filtfilt(const TransferFunction& filter, std::span<const double> x) {
  const TransferFunction f = padded(filter);
  const std::size_t pad = padding(f, x.size());
  const auto steady = steady_state(f);
  return forward_backward(x, pad, [&](std::vector<double>& y, double first) {
    auto state = scaled(steady, first);
    run(f, state, y);
  });
}

void filtfilt(const TransferFunction& filter, Lanes& lanes) {
  const TransferFunction f = padded(filter);
  const std::size_t pad = padding(f, lanes.rows()), rows = lanes.rows();
  constexpr std::size_t n = Lanes::kCount;
  Lanes y(rows + 2 * pad);
  std::copy_n(lanes.row(0), rows * n, y.row(pad));
  for (std::size_t i = 1; i <= pad; ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      y.row(pad - i)[k] = 2 * lanes.row(0)[k] - lanes.row(i)[k];
      y.row(pad + rows - 1 + i)[k] = 2 * lanes.row(rows - 1)[k] - lanes.row(rows - 1 - i)[k];
    }
  }
  const auto steady = steady_state(f);
  std::vector<double> state(steady.size() * n);
  for (const bool backward : {false, true}) {
    const double* const first = y.row(backward ? y.rows() - 1 : 0);
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = steady[i / n] * first[i % n];
    run_lanes(f.b.data(), f.a.data(), f.a.size(), state.data(), y.row(0), y.rows(), backward);
  }
  std::copy_n(y.row(pad), rows * n, lanes.row(0));
}

std::vector<double> sosfilt(const Sections& filter, std::span<const double> x) {
  std::vector<double> y(x.begin(), x.end());
  std::vector<double> state(2 * filter.size(), 0.0);
  run_sections(filter, state, y);
  return y;
}

std::vector<double> sosfiltfilt(const Sections& filter, std::span<const double> x) {
  if (x.empty()) return {};
  std::size_t taps = 2 * filter.size() + 1;
  std::size_t no_b2 = 0, no_a2 = 0;
  for (const auto& s : filter) {
    no_b2 += s.b2 == 0 ? 1 : 0;
    no_a2 += s.a2 == 0 ? 1 : 0;
  }
  taps -= std::min(no_b2, no_a2);
  const auto steady = steady_sections(filter);
  return forward_backward(x, std::min(3 * taps, x.size() - 1),
                          [&](std::vector<double>& y, double first) {
                            auto state = scaled(steady, first);
                            run_sections(filter, state, y);
                          });
}

CausalFilter::CausalFilter(Sections sections, std::size_t channels)
    : sections_(std::move(sections)),
      steady_(steady_sections(sections_)),
      channels_(channels),
      state_(channels * steady_.size(), 0.0),
      started_(channels, 0) {}

void CausalFilter::step(std::span<double> sample) noexcept {
  const std::size_t count = std::min(sample.size(), channels_);
  for (std::size_t c = 0; c < count; ++c) {
    double x = sample[c];
    if (!std::isfinite(x)) {
      sample[c] = kNan;
      continue;
    }
    double* state = state_.data() + c * steady_.size();
    if (started_[c] == 0) {
      started_[c] = 1;
      for (std::size_t i = 0; i < steady_.size(); ++i) state[i] = steady_[i] * x;
    }
    for (std::size_t s = 0; s < sections_.size(); ++s) {
      x = step_section(sections_[s], x, state + 2 * s);
    }
    sample[c] = x;
  }
}

void CausalFilter::reset() noexcept { std::fill(started_.begin(), started_.end(), 0); }

}  // namespace kinemyo::signal
