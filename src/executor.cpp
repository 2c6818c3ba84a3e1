#include "organics/executor.hpp"

#include <fmt/format.h>
#include <sched.h>

#include "backend.hpp"
#include "simd/lanes.hpp"

namespace organics {

namespace {
/// Cores this process may run on (containers and batch systems hand out fewer than the machine has).
int available_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return 1;
}
}  // namespace

int thread_count(const Cpu& cpu) {
  if (cpu.threads < 0) {
    throw InvalidArgument(fmt::format("executor cpu: threads = {}: expected 0 (every core) or more", cpu.threads));
  }
  simd::lanes<double>(cpu.simd);  // throws where this machine lacks them
  return cpu.threads > 0 ? cpu.threads : available_cores();
}

bool cuda_built() { return backend::built(); }

int cuda_device_count() { return backend::device_count(); }

std::string describe(const Executor& executor) {
  if (const auto* cpu = std::get_if<Cpu>(&executor)) {
    const int threads = thread_count(*cpu);
    return fmt::format("cpu, {} thread{}", threads, threads == 1 ? "" : "s");
  }
  return backend::describe(std::get<Cuda>(executor));
}

}  // namespace organics
