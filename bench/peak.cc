// What this machine can do at most: multiply-adds a second, and bytes a second from memory.
// Compiled with -march=native -O3: it is for this machine alone.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "bench/measure.h"

namespace {

using kinemyo::bench::now_s;

#if defined(__AVX512F__)
constexpr std::size_t kBytes = 64;
#elif defined(__AVX__)
constexpr std::size_t kBytes = 32;
#else
constexpr std::size_t kBytes = 16;
#endif
using Floats = float __attribute__((vector_size(kBytes)));
using Doubles = double __attribute__((vector_size(kBytes)));
using Words = std::uint64_t __attribute__((vector_size(kBytes)));

// 12 sums side by side hide the latency of the multiply-add units.
template <typename Vector, typename Number>
double multiply_adds(std::size_t rounds) {
  constexpr int kSums = 12;
  Vector sum[kSums] = {};
  Vector factor = Vector{} + Number(0.999), term = Vector{} + Number(1e-3);
  asm volatile("" : "+m"(factor), "+m"(term));
  for (std::size_t i = 0; i < rounds; ++i) {
    for (auto& one : sum) one = one * factor + term;
  }
  Vector all = {};
  for (const auto& one : sum) all += one;
  asm volatile("" : : "m"(all));
  return 2.0 * kSums * (sizeof(Vector) / sizeof(Number)) * static_cast<double>(rounds);
}

double read_memory(const std::vector<Words>& memory, std::size_t from, std::size_t to) {
  Words sum[4] = {};
  for (std::size_t i = from; i + 4 <= to; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) sum[k] += memory[i + k];
  }
  const Words all = sum[0] + sum[1] + sum[2] + sum[3];
  asm volatile("" : : "m"(all));
  return static_cast<double>((to - from) * sizeof(Words));
}

// Work a second when `threads` threads each do a share; the best of five.
double best_rate(unsigned threads, const std::function<double(unsigned)>& work) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    std::atomic<unsigned> ready = 0;
    std::vector<double> done(threads), begin(threads), end(threads);
    std::vector<std::thread> team;
    for (unsigned t = 0; t < threads; ++t) {
      team.emplace_back([&, t] {
        for (++ready; ready < threads;) std::this_thread::yield();
        begin[t] = now_s();
        done[t] = work(t);
        end[t] = now_s();
      });
    }
    for (auto& one : team) one.join();
    double sum = 0;
    for (const double one : done) sum += one;
    best = std::max(best, sum / (*std::max_element(end.begin(), end.end()) -
                                 *std::min_element(begin.begin(), begin.end())));
  }
  return best;
}

}  // namespace

int main() {
  using kinemyo::bench::print_line;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t bytes = std::size_t{512} << 20;
  const std::vector<Words> source(bytes / sizeof(Words), Words{} + 1);
  std::vector<Words> target(bytes / sizeof(Words));
  const auto share = [&](unsigned t, unsigned threads) {
    return source.size() / threads * t;
  };
  for (const unsigned threads : {1u, cores}) {
    const std::string suffix = threads == 1 ? "_1" : "_all";
    const nlohmann::json where = {{"threads", threads}, {"vector_bits", 8 * kBytes}};
    print_line("fma_f32" + suffix,
               best_rate(threads, [](unsigned) { return multiply_adds<Floats, float>(10'000'000); }) / 1e9,
               "GFLOP/s", where);
    print_line("fma_f64" + suffix,
               best_rate(threads, [](unsigned) { return multiply_adds<Doubles, double>(10'000'000); }) / 1e9,
               "GFLOP/s", where);
    print_line("memory_read" + suffix, best_rate(threads, [&](unsigned t) {
                 return read_memory(source, share(t, threads), share(t + 1, threads));
               }) / 1e9,
               "GB/s", where);
    // Bytes copied, each of which is read once and written once.
    print_line("memory_copy" + suffix, best_rate(threads, [&](unsigned t) {
                 const auto from = share(t, threads), count = share(t + 1, threads) - from;
                 std::memcpy(static_cast<void*>(target.data() + from), source.data() + from,
                             count * sizeof(Words));
                 return static_cast<double>(count * sizeof(Words));
               }) / 1e9,
               "GB/s", where);
    if (cores == 1) break;
  }
}
