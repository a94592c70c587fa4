// The original's synchronisation of a subject's files, and the most memory that it held: bench_sync SUBJECT OUT
#include <sys/resource.h>

#include <filesystem>
#include <iostream>

#include "bench/measure.h"
#include "kinemyo/dataset/original.h"

int main(int argc, char** argv) try {
  using namespace kinemyo;
  namespace fs = std::filesystem;
  if (argc != 3) {
    std::cerr << "bench_sync SUBJECT OUT\n";
    return 2;
  }
  const fs::path out = argv[2];
  fs::create_directories(out);
  const double start = bench::now_s();
  const auto folder = dataset::find_original_activities(argv[1]);
  double bytes = 0;
  std::size_t rows = 0;
  for (const auto& activity : folder.activities) {
    rows += dataset::sync_original(
                activity, out / (activity.subject + "_" + activity.activity + "_Synchronized.csv"))
                .rows;
  }
  const double seconds = bench::now_s() - start;
  for (const auto& activity : folder.activities) {
    for (const auto& path : activity.trials) bytes += static_cast<double>(fs::file_size(path));
  }
  bench::print_line("sync", seconds, "s",
                    {{"rows", rows}, {"work", bytes}, {"work_unit", "B"}, {"peak", "memory_copy_all"}});
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  bench::print_line("sync memory", static_cast<double>(usage.ru_maxrss) / 1024, "MB");
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
