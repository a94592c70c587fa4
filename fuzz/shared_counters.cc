// For targets that work in a child process: what the child counts, the fuzzer sees. Compiled without counters of its own, for
// clang declares the two names below itself wherever it counts.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

extern "C" unsigned char __start___sancov_cntrs[], __stop___sancov_cntrs[];

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(__start___sancov_cntrs) + page - 1) / page * page;
  const auto last = reinterpret_cast<std::uintptr_t>(__stop___sancov_cntrs) / page * page;
  if (first >= last) return 0;  // of fewer than two pages
  auto* const at = reinterpret_cast<unsigned char*>(first);
  const std::vector<unsigned char> counted(at, at + (last - first));
  if (mmap(at, last - first, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) std::abort();
  std::memcpy(at, counted.data(), counted.size());
  return 0;
}
