#include "kinemyo/io/csv_bytes.h"

#include <cstdlib>
#include <string_view>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kinemyo/io/csv_bytes.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kinemyo::io::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Which bytes of a block are what.
struct Classes {
  std::uint64_t digits, commas, lines, carriages, dots, minuses, pluses, exponents, quotes;
};

// The bytes just before those of a mask: bit i says what byte i - 1 was.
HWY_INLINE std::uint64_t after(std::uint64_t mask, std::uint64_t& carry) {
  const std::uint64_t moved = (mask << 1) | carry;
  carry = mask >> 63;
  return moved;
}

// Adds bits to runs of ones, so that each bit runs on to the end of its run; the last block's run goes on.
HWY_INLINE std::uint64_t run_on(std::uint64_t runs, std::uint64_t bits, std::uint64_t& carry) {
  std::uint64_t sum;
  const bool first = __builtin_add_overflow(runs, bits, &sum);
  const bool second = __builtin_add_overflow(sum, carry, &sum);
  carry = first || second ? 1 : 0;
  return sum;
}

HWY_INLINE CsvBlock judge(const Classes& c, CsvCarry& carry) {
  const std::uint64_t ends = c.commas | c.lines | c.carriages;
  const std::uint64_t inside = ~ends;
  const std::uint64_t signs = c.minuses | c.pluses;
  const std::uint64_t after_carriage = after(c.carriages, carry.carriage);
  const std::uint64_t after_end = after(ends, carry.ended);
  const std::uint64_t after_digit = after(c.digits, carry.digit);
  const std::uint64_t after_dot_or_digit = after(c.digits | c.dots, carry.dot_or_digit);
  const std::uint64_t after_exponent = after(c.exponents, carry.exponent);
  const std::uint64_t after_sign = after(signs, carry.sign);

  std::uint64_t odd = inside & ~(c.digits | c.dots | signs | c.exponents);
  odd |= c.dots & ~after_digit;
  odd |= c.minuses & ~(after_end | after_exponent);
  odd |= c.pluses & ~after_exponent;
  odd |= after_sign & ~c.digits;
  odd |= c.exponents & ~after_dot_or_digit;
  odd |= after_exponent & ~(c.digits | signs);
  // A run that a bit has passed through is zeros up to the next such bit, which therefore comes out as one.
  odd |= run_on(inside, c.dots, carry.dotted) & c.dots;
  const std::uint64_t after_run = run_on(inside, c.exponents, carry.exponentiated);
  odd |= after_run & c.exponents;
  // No dot behind an e. The bytes from an e to the end of its cell are what the run has turned to zeros.
  odd |= c.dots & ~after_run;

  carry.unusual |= (c.quotes | (after_carriage & ~c.lines)) != 0;
  return {c.lines, c.commas, odd, static_cast<std::uint32_t>(__builtin_popcountll(c.commas))};
}

void Classify(const char* text, std::size_t blocks, CsvCarry& carry, CsvBlock* out) {
  const hn::CappedTag<std::uint8_t, 64> d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::size_t kBatch = 8;
  Classes classes[kBatch];
  for (std::size_t first = 0; first < blocks; first += kBatch) {
    const std::size_t count = HWY_MIN(kBatch, blocks - first);
    for (std::size_t b = 0; b < count; ++b) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(text) + 64 * (first + b);
      for (std::size_t i = 0; i < 64; i += lanes) {
        const auto v = hn::LoadU(d, bytes + i);
        const auto store = [&](auto mask, std::uint64_t& to) {
          hn::StoreMaskBits(d, mask, reinterpret_cast<std::uint8_t*>(&to) + i / 8);
        };
        const auto is = [&](char c) { return hn::Eq(v, hn::Set(d, static_cast<std::uint8_t>(c))); };
        store(hn::Lt(hn::Sub(v, hn::Set(d, '0')), hn::Set(d, 10)), classes[b].digits);
        store(is(','), classes[b].commas);
        store(is('\n'), classes[b].lines);
        store(is('\r'), classes[b].carriages);
        store(is('.'), classes[b].dots);
        store(is('-'), classes[b].minuses);
        store(is('+'), classes[b].pluses);
        store(hn::Eq(hn::Or(v, hn::Set(d, 0x20)), hn::Set(d, 'e')), classes[b].exponents);
        store(is('"'), classes[b].quotes);
      }
    }
    for (std::size_t b = 0; b < count; ++b) out[first + b] = judge(classes[b], carry);
  }
}

}  // namespace kinemyo::io::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kinemyo::io {

HWY_EXPORT(Classify);

void classify_csv_scalar(const char* text, std::size_t blocks, CsvCarry& carry, CsvBlock* out) {
  for (std::size_t b = 0; b < blocks; ++b) {
    CsvBlock block{};
    for (int i = 0; i < 64; ++i) {
      const char c = text[64 * b + static_cast<std::size_t>(i)];
      const std::uint64_t bit = std::uint64_t{1} << i;
      const bool digit = c >= '0' && c <= '9', sign = c == '-' || c == '+';
      const bool exponent = c == 'e' || c == 'E';
      const bool end = c == ',' || c == '\n' || c == '\r';
      bool odd = !end && !digit && !sign && !exponent && c != '.';
      odd |= c == '.' && (!carry.digit || carry.dotted || carry.exponentiated);
      odd |= c == '-' && !carry.ended && !carry.exponent;
      odd |= c == '+' && !carry.exponent;
      odd |= carry.sign && !digit;
      odd |= exponent && (!carry.dot_or_digit || carry.exponentiated);
      odd |= carry.exponent && !digit && !sign;
      carry.unusual |= c == '"' || (carry.carriage && c != '\n');
      if (odd) block.odd |= bit;
      if (c == '\n') block.lines |= bit;
      if (c == ',') block.commas |= bit, ++block.comma_count;
      carry.dotted = !end && (carry.dotted || c == '.');
      carry.exponentiated = !end && (carry.exponentiated || exponent);
      carry.ended = end;
      carry.digit = digit;
      carry.dot_or_digit = digit || c == '.';
      carry.exponent = exponent;
      carry.sign = sign;
      carry.carriage = c == '\r';
    }
    out[b] = block;
  }
}

void classify_csv(const char* text, std::size_t blocks, CsvCarry& carry, CsvBlock* out) {
  static const bool scalar = [] {
    const char* const asked = std::getenv("KINEMYO_KERNELS");
    return asked != nullptr && std::string_view(asked) == "scalar";
  }();
  if (scalar) {
    classify_csv_scalar(text, blocks, carry, out);
  } else {
    HWY_DYNAMIC_DISPATCH(Classify)(text, blocks, carry, out);
  }
}

}  // namespace kinemyo::io
#endif
