#include "kinemyo/infer/kernels/kernels.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/infer/kernels/simd.h"

namespace kinemyo::infer::kernels {

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

Packed pack(const Set& set, const float* weights, std::size_t outputs, std::size_t inputs) {
  const std::size_t columns = padded(outputs);
  Packed packed{&set, inputs, outputs, Floats(columns * inputs)};
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::size_t first = o / set.panel * set.panel;
    const std::size_t width = std::min(set.panel, columns - first);
    float* panel = packed.values.data() + first * inputs;
    for (std::size_t i = 0; i < inputs; ++i)
      panel[i * width + o - first] = weights[o * inputs + i];
  }
  return packed;
}

}  // namespace kinemyo::infer::kernels
