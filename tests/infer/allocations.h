#pragma once

#include <cstddef>

namespace kinemyo::infer {

/// Counts this thread's allocations while it lives: step functions must make none.
class AllocationCount {
 public:
  AllocationCount();
  ~AllocationCount();
  std::size_t stop();
};

}  // namespace kinemyo::infer
