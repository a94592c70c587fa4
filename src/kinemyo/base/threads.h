#pragma once

#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace kinemyo::base {

/// Calls work(0) here and work(1) ... work(count - 1) in threads of their own (count: 1 or more); returns when all have ended.
/// Throws what the first of them threw.
template <typename Work>
void in_threads(std::size_t count, const Work& work) {
  std::vector<std::exception_ptr> problems(count);
  const auto guarded = [&](std::size_t i) {
    try {
      work(i);
    } catch (...) {
      problems[i] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back(guarded, i);
  guarded(0);
  for (auto& thread : threads) thread.join();
  for (const auto& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
}

/// Calls work(begin, end) for parts of 0 ... count, in threads as in_threads(). Parts begin at multiples of 64.
template <typename Work>
void in_parts(std::size_t threads, std::size_t count, const Work& work) {
  const auto edge = [&](std::size_t i) { return i == threads ? count : count * i / threads / 64 * 64; };
  in_threads(threads, [&](std::size_t i) { work(edge(i), edge(i + 1)); });
}

}  // namespace kinemyo::base
