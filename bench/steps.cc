// The original's imputation and envelope on arrays in memory.
// bench_steps make DIR | envelope IN.npy OUT.npy | impute IN.npy OUT.npy
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>

#include "bench/measure.h"
#include "kinemyo/base/random.h"
#include "kinemyo/body/names.h"
#include "kinemyo/dataset/original.h"
#include "kinemyo/io/npy.h"

namespace {

using namespace kinemyo;
namespace fs = std::filesystem;

// Shape of both files: channels x samples.
void make(const fs::path& folder) {
  base::Random random(1);
  const std::size_t channels = 16, samples = 120000;
  std::vector<double> emg(channels * samples);
  for (double& v : emg) v = 1e-4 * random.normal();
  io::write_npy(folder / "emg.npy", {channels, samples}, emg);

  const std::size_t columns = 228, rows = 20000;
  std::vector<double> gaps(columns * rows);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    gaps[i] = 1000 + 100 * std::sin(1e-3 * static_cast<double>(i)) + random.normal();
  }
  // Runs of missing rows, 20 long on average, 5 % in all; and one column that is empty.
  for (std::size_t i = 0; i < gaps.size();) {
    const auto run = static_cast<std::size_t>(random.uniform(1, 40));
    const auto pause = static_cast<std::size_t>(random.uniform(1, 760));
    for (std::size_t k = i; k < std::min(i + run, gaps.size()); ++k) gaps[k] = std::nan("");
    i += run + pause;
  }
  std::fill_n(gaps.begin(), rows, std::nan(""));
  io::write_npy(folder / "gaps.npy", {columns, rows}, gaps);
}

io::Table as_table(const io::NpyArray& array) {
  const auto& muscles = body::original_muscles();
  io::Table table;
  const std::size_t rows = array.shape[1];
  for (std::size_t c = 0; c < array.shape[0]; ++c) {
    const auto begin = array.values.begin() + static_cast<std::ptrdiff_t>(c * rows);
    table.columns.push_back(
        {.name = array.shape[0] == muscles.size() ? muscles[c] : "c" + std::to_string(c),
         .kind = io::Column::Kind::number,
         .numbers = {begin, begin + static_cast<std::ptrdiff_t>(rows)}});
  }
  return table;
}

template <typename Step>
void time_step(const char* name, const fs::path& in, const fs::path& out, Step step) {
  const auto array = io::read_npy(in);
  const auto table = as_table(array);
  std::vector<double> times;
  io::Table done;
  for (int round = 0; round < 5; ++round) {
    done = table;
    const double start = bench::now_s();
    step(done);
    times.push_back(bench::now_s() - start);
  }
  std::sort(times.begin(), times.end());
  bench::print_line(name, times[times.size() / 2], "s",
                    {{"work", 16.0 * static_cast<double>(array.values.size())},
                     {"work_unit", "B"},
                     {"peak", "memory_copy_all"}});
  std::vector<double> values;
  for (const auto& column : done.columns) {
    values.insert(values.end(), column.numbers.begin(), column.numbers.end());
  }
  io::write_npy(out, array.shape, values);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "make") {
    make(words[1]);
  } else if (words.size() == 3 && words[0] == "envelope") {
    time_step("envelope", words[1], words[2], [](io::Table& t) { dataset::filter_original(t); });
  } else if (words.size() == 3 && words[0] == "impute") {
    time_step("impute", words[1], words[2], [](io::Table& t) { dataset::impute_original(t); });
  } else {
    std::cerr << "bench_steps make DIR | envelope IN.npy OUT.npy | impute IN.npy OUT.npy\n";
    return 2;
  }
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
