// Operators new and delete of the test program, which count; they stand apart so that they are not
// inlined.
#include "infer/allocations.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <vector>

#include "kinemyo/kernels/kernels.h"

namespace {
thread_local bool counting = false;
thread_local std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t line) {
  if (counting) ++allocations;
  const auto to = static_cast<std::size_t>(line);
  if (void* memory = std::aligned_alloc(to, (size + to - 1) / to * to)) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace kinemyo::infer {

AllocationCount::AllocationCount() {
  allocations = 0;
  counting = true;
}
AllocationCount::~AllocationCount() { counting = false; }
std::size_t AllocationCount::stop() {
  counting = false;
  return allocations;
}

TEST(AllocationCount, SeesVectorsGrow) {
  std::vector<int> values;
  kernels::Floats at_cache_line;
  AllocationCount count;
  values.reserve(100);
  at_cache_line.reserve(100);
  EXPECT_EQ(count.stop(), 2u);
}

}  // namespace kinemyo::infer
