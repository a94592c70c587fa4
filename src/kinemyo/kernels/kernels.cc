#include "kinemyo/kernels/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/kernels/half.h"
#include "kinemyo/kernels/narrow.h"
#include "kinemyo/kernels/simd.h"

namespace kinemyo::kernels {

std::span<const Set* const> sets() {
  static const std::vector<const Set*> all = [] {
    auto out = simd_sets();
    out.push_back(&kScalar);
    return out;
  }();
  return all;
}

const Set& set_named(std::string_view name) {
  std::string names;
  for (const Set* set : sets()) {
    if (set->name == name) return *set;
    names += (names.empty() ? "" : ", ") + std::string(set->name);
  }
  throw Error("KINEMYO_KERNELS: this machine cannot run \"" + std::string(name) + "\"; it can run " +
              names);
}

const Set& chosen() {
  static const Set& set = []() -> const Set& {
    const char* name = std::getenv("KINEMYO_KERNELS");
    return name == nullptr || *name == '\0' ? *sets().front() : set_named(name);
  }();
  return set;
}

Storage storage_named(std::string_view name) {
  if (name == "fp32") return Storage::fp32;
  if (name == "bf16") return Storage::bf16;
  if (name == "int8") return Storage::int8;
  throw Error("weights are kept as fp32, bf16 or int8, not as \"" + std::string(name) + "\"");
}

Packed pack(const Set& set, const float* weights, std::size_t outputs, std::size_t inputs,
            Storage storage) {
  const std::size_t columns = padded(outputs);
  Packed packed{.set = &set, .inputs = inputs, .outputs = outputs, .storage = storage};
  if (storage == Storage::int8) {
    packed.scales.resize(columns);
    for (std::size_t o = 0; o < outputs; ++o) {
      float largest = 0;
      for (std::size_t i = 0; i < inputs; ++i) largest = std::max(largest, std::abs(weights[o * inputs + i]));
      packed.scales[o] = largest > 0 ? largest / 127 : 1;
    }
  }
  packed.paired = paired_multiply(set, storage, inputs);
  if (packed.paired != nullptr) {
    pack_in_pairs(weights, packed);
    return packed;
  }
  if (storage == Storage::fp32) packed.values.resize(columns * inputs);
  if (storage == Storage::bf16) packed.halves.resize(columns * inputs);
  if (storage == Storage::int8) packed.bytes.resize(columns * inputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    const float* row = weights + o * inputs;
    const std::size_t first = o / set.panel * set.panel;
    const std::size_t width = std::min(set.panel, columns - first);
    for (std::size_t i = 0; i < inputs; ++i) {
      const std::size_t at = first * inputs + i * width + o - first;
      switch (storage) {
        case Storage::fp32: packed.values[at] = row[i]; break;
        case Storage::bf16: packed.halves[at] = half_of(row[i]); break;
        case Storage::int8: packed.bytes[at] = static_cast<std::int8_t>(std::lround(row[i] / packed.scales[o])); break;
      }
    }
  }
  return packed;
}

namespace {

// Sizes `to` for 32 bits. What pads the last panel stays zero.
void lay_out(const Set& set, std::size_t outputs, std::size_t inputs, Packed& to) {
  if (to.set == &set && to.outputs == outputs && to.inputs == inputs && to.storage == Storage::fp32) return;
  to.set = &set;
  to.inputs = inputs;
  to.outputs = outputs;
  to.storage = Storage::fp32;
  to.values.resize(padded(outputs) * inputs);
  if (padded(outputs) != outputs) std::fill(to.values.begin(), to.values.end(), 0.0f);
}

// Calls each(first output, its number of outputs, the panel's width, where the panel begins).
template <typename Each>
void for_panels(Packed& to, Each each) {
  const std::size_t columns = padded(to.outputs);
  for (std::size_t first = 0; first < columns; first += to.set->panel) {
    const std::size_t width = std::min(to.set->panel, columns - first);
    each(first, std::min(width, to.outputs - std::min(first, to.outputs)), width, to.values.data() + first * to.inputs);
  }
}

}  // namespace

void pack_by_input(const Set& set, const float* weights, std::size_t stride, std::size_t outputs, std::size_t inputs,
                   Packed& to) {
  lay_out(set, outputs, inputs, to);
  for_panels(to, [&](std::size_t first, std::size_t count, std::size_t width, float* panel) {
    for (std::size_t i = 0; i < inputs; ++i) std::copy_n(weights + i * stride + first, count, panel + i * width);
  });
}

void pack_by_output(const Set& set, const float* weights, std::size_t outputs, std::size_t inputs, Packed& to) {
  lay_out(set, outputs, inputs, to);
  constexpr std::size_t kBlock = 16;  // inputs: whole cache lines are read, and written, while they are near
  for_panels(to, [&](std::size_t first, std::size_t count, std::size_t width, float* panel) {
    for (std::size_t block = 0; block < inputs; block += kBlock) {
      const std::size_t end = std::min(block + kBlock, inputs);
      for (std::size_t o = 0; o < count; ++o) {
        const float* row = weights + (first + o) * inputs;
        for (std::size_t i = block; i < end; ++i) panel[i * width + o] = row[i];
      }
    }
  });
}

}  // namespace kinemyo::kernels
