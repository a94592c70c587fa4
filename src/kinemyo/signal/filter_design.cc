// Butterworth filters: analogue prototype, band, bilinear transform, then polynomials or sections.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/signal/filter.h"

namespace kinemyo::signal {

namespace {

using Complex = std::complex<double>;
using Roots = std::vector<Complex>;

// The transform's own rate; any number does, this one makes pre-warping 4 tan(pi f / rate).
constexpr double kTransformRate = 4.0;

struct ZerosPolesGain {
  Roots zeros;
  Roots poles;
  double gain = 1;
};

double warped(double hz, double rate_hz) {
  return kTransformRate * std::tan(std::numbers::pi * (2 * hz / rate_hz) / 2);
}

double unwarped(double omega, double rate_hz) {
  return std::atan(omega / kTransformRate) / std::numbers::pi * rate_hz;
}

void check_edge(double hz, double rate_hz) {
  require(hz > 0 && hz < rate_hz / 2, "butterworth: a cut-off of " + base::to_text(hz) +
                                          " Hz is not between 0 and half the rate, " +
                                          base::to_text(rate_hz / 2) + " Hz");
}

void check(int order, const Passband& band, double rate_hz) {
  require(order >= 1 && order <= 12,
          "butterworth: order " + std::to_string(order) + " is not 1 to 12");
  require(std::isfinite(rate_hz) && rate_hz > 0,
          "butterworth: a rate of " + base::to_text(rate_hz) + " Hz");
  if (band.kind != Passband::Kind::low_pass) check_edge(band.low_hz, rate_hz);
  if (band.kind != Passband::Kind::high_pass) check_edge(band.high_hz, rate_hz);
  require(band.kind != Passband::Kind::band_pass || band.low_hz < band.high_hz,
          "butterworth: the band from " + base::to_text(band.low_hz) + " to " +
              base::to_text(band.high_hz) + " Hz is empty");
}

// Cut-off 1 rad/s: poles evenly on the left half of the unit circle.
Roots prototype_poles(int order) {
  Roots poles;
  for (int m = -order + 1; m < order; m += 2) {
    poles.push_back(-std::exp(Complex(0, std::numbers::pi * m / (2 * order))));
  }
  return poles;
}

ZerosPolesGain analogue(int order, const Passband& band, double rate_hz) {
  ZerosPolesGain out;
  const Roots prototype = prototype_poles(order);
  const auto degree = static_cast<double>(order);
  switch (band.kind) {
    case Passband::Kind::low_pass: {
      const double edge = warped(band.high_hz, rate_hz);
      for (const auto& p : prototype) out.poles.push_back(edge * p);
      out.gain = std::pow(edge, degree);
      break;
    }
    case Passband::Kind::high_pass: {
      const double edge = warped(band.low_hz, rate_hz);
      for (const auto& p : prototype) out.poles.push_back(edge / p);
      out.zeros.assign(prototype.size(), 0.0);
      break;
    }
    case Passband::Kind::band_pass: {
      const double low = warped(band.low_hz, rate_hz);
      const double high = warped(band.high_hz, rate_hz);
      const double width = high - low;
      const double centre = std::sqrt(low * high);
      Roots upper, lower;
      for (const auto& p : prototype) {
        const Complex half = p * width / 2.0;
        const Complex root = std::sqrt(half * half - centre * centre);
        upper.push_back(half + root);
        lower.push_back(half - root);
      }
      out.poles = upper;
      out.poles.insert(out.poles.end(), lower.begin(), lower.end());
      out.zeros.assign(prototype.size(), 0.0);
      out.gain = std::pow(width, degree);
      break;
    }
  }
  return out;
}

ZerosPolesGain digital(int order, const Passband& band, double rate_hz) {
  check(order, band, rate_hz);
  const ZerosPolesGain from = analogue(order, band, rate_hz);
  ZerosPolesGain out;
  Complex above = 1, under = 1;
  for (const auto& z : from.zeros) {
    out.zeros.push_back((kTransformRate + z) / (kTransformRate - z));
    above *= kTransformRate - z;
  }
  for (const auto& p : from.poles) {
    out.poles.push_back((kTransformRate + p) / (kTransformRate - p));
    under *= kTransformRate - p;
  }
  // Zeros at infinity come to rest at half the rate.
  out.zeros.resize(out.poles.size(), -1.0);
  out.gain = from.gain * (above / under).real();
  return out;
}

std::vector<double> polynomial(const Roots& roots) {
  Roots product = {1.0};
  for (const auto& root : roots) {
    product.push_back(0.0);
    for (std::size_t i = product.size() - 1; i > 0; --i) product[i] -= root * product[i - 1];
  }
  std::vector<double> out;
  for (const auto& c : product) out.push_back(c.real());
  return out;
}

bool is_real(const Complex& root) { return root.imag() == 0; }

double distance_to_circle(const Complex& pole) { return std::abs(1 - std::abs(pole)); }

// One of each conjugate pair (the upper), then the real poles; in rising order of the real part.
Roots upper_half(const Roots& poles) {
  Roots pairs, reals;
  for (const auto& p : poles) {
    // Rounding leaves a trace of an imaginary part on real poles.
    if (std::abs(p.imag()) <= 1e-14 * std::abs(p)) {
      reals.push_back(p.real());
    } else if (p.imag() > 0) {
      pairs.push_back(p);
    }
  }
  const auto by_real = [](const Complex& a, const Complex& b) { return a.real() < b.real(); };
  std::sort(pairs.begin(), pairs.end(), by_real);
  std::sort(reals.begin(), reals.end(), by_real);
  pairs.insert(pairs.end(), reals.begin(), reals.end());
  return pairs;
}

Complex take(Roots& roots, std::size_t index) {
  const Complex out = roots[index];
  roots.erase(roots.begin() + static_cast<std::ptrdiff_t>(index));
  return out;
}

Complex take_nearest(Roots& roots, const Complex& to) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < roots.size(); ++i) {
    if (std::abs(roots[i] - to) < std::abs(roots[best] - to)) best = i;
  }
  return take(roots, best);
}

Complex take_nearest_to_circle(Roots& poles, bool real_only) {
  std::size_t best = poles.size();
  for (std::size_t i = 0; i < poles.size(); ++i) {
    if (real_only && !is_real(poles[i])) continue;
    if (best == poles.size() || distance_to_circle(poles[i]) < distance_to_circle(poles[best])) {
      best = i;
    }
  }
  return take(poles, best);
}

}  // namespace

TransferFunction butterworth(int order, const Passband& band, double rate_hz) {
  const ZerosPolesGain roots = digital(order, band, rate_hz);
  TransferFunction out{polynomial(roots.zeros), polynomial(roots.poles)};
  for (double& b : out.b) b *= roots.gain;
  return out;
}

Sections butterworth_sections(int order, const Passband& band, double rate_hz) {
  ZerosPolesGain roots = digital(order, band, rate_hz);
  if (roots.poles.size() % 2 == 1) {
    roots.poles.push_back(0.0);
    roots.zeros.push_back(0.0);
  }
  // The pole nearest to the unit circle takes the zeros nearest to it, and comes last, so that no
  // section before it has to carry its peak.
  Roots poles = upper_half(roots.poles);
  Sections sections(roots.poles.size() / 2);
  for (std::size_t s = sections.size(); s-- > 0;) {
    const Complex p1 = take_nearest_to_circle(poles, false);
    const Complex p2 = is_real(p1) ? take_nearest_to_circle(poles, true) : std::conj(p1);
    const double z1 = take_nearest(roots.zeros, p1).real();
    const double z2 = take_nearest(roots.zeros, p1).real();
    sections[s] = {1, -(z1 + z2), z1 * z2, -(p1 + p2).real(), (p1 * p2).real()};
  }
  sections[0].b0 *= roots.gain;
  sections[0].b1 *= roots.gain;
  sections[0].b2 *= roots.gain;
  return sections;
}

Passband corrected_for_two_passes(int order, const Passband& band, double rate_hz) {
  check(order, band, rate_hz);
  // Two passes are at -3 dB where one has |H|^2 = 1 / sqrt 2: a prototype frequency of `factor`
  // instead of 1.
  const double factor = std::pow(std::numbers::sqrt2 - 1, 1.0 / (2 * order));
  Passband out = band;
  switch (band.kind) {
    case Passband::Kind::low_pass:
      out.high_hz = unwarped(warped(band.high_hz, rate_hz) / factor, rate_hz);
      break;
    case Passband::Kind::high_pass:
      out.low_hz = unwarped(warped(band.low_hz, rate_hz) * factor, rate_hz);
      break;
    case Passband::Kind::band_pass: {
      const double low = warped(band.low_hz, rate_hz);
      const double high = warped(band.high_hz, rate_hz);
      const double half = (high - low) / factor / 2;
      const double root = std::sqrt(half * half + low * high);
      // root - half, without the digits that the subtraction would lose.
      out.low_hz = unwarped(low * high / (root + half), rate_hz);
      out.high_hz = unwarped(root + half, rate_hz);
      break;
    }
  }
  return out;
}

Section notch_section(double notch_hz, double quality, double rate_hz) {
  check_edge(notch_hz, rate_hz);
  require(quality > 0, "notch_section: a quality of " + base::to_text(quality));
  const double omega = 2 * std::numbers::pi * notch_hz / rate_hz;
  const double gain = 1 / (1 + std::tan(omega / quality / 2));
  const double middle = -2 * gain * std::cos(omega);
  return {gain, middle, gain, middle, 2 * gain - 1};
}

double power_gain(const Sections& filter, double hz, double rate_hz) {
  const Complex z = std::exp(Complex(0, -2 * std::numbers::pi * hz / rate_hz));
  Complex gain = 1;
  for (const auto& s : filter) {
    gain *= (s.b0 + z * (s.b1 + z * s.b2)) / (1.0 + z * (s.a1 + z * s.a2));
  }
  return std::norm(gain);
}

double delay_s(const Sections& filter, double hz, double rate_hz) {
  const Complex z = std::exp(Complex(0, -2 * std::numbers::pi * hz / rate_hz));
  const auto samples = [&](double c0, double c1, double c2) {
    return ((c1 * z + 2 * c2 * z * z) / (c0 + z * (c1 + z * c2))).real();
  };
  double delay = 0;
  for (const auto& s : filter) delay += samples(s.b0, s.b1, s.b2) - samples(1, s.a1, s.a2);
  return delay / rate_hz;
}

}  // namespace kinemyo::signal
