#include "cli/options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "organics/error.hpp"

namespace organics::cli {
namespace {

constexpr int most_threads = 4096;

Simd simd_named(const std::string& word) {
  std::string expected;
  for (const Simd simd : {Simd::widest, Simd::none, Simd::baseline, Simd::avx2, Simd::avx512}) {
    if (word == name(simd)) return simd;
    expected += fmt::format("{}{}", expected.empty() ? "" : ", ", name(simd));
  }
  throw InvalidArgument(fmt::format("--simd: {}, expected one of {}", word, expected));
}

/// The number in `cuda:NUMBER`.
int device_number(const std::string& device) {
  const std::string digits = device == "cuda" ? "0" : device.substr(device.find(':') + 1);
  const auto number = integer_in<int>(digits);
  if (!number) {
    throw InvalidArgument(fmt::format("--device: {}, expected cpu, cuda or cuda:NUMBER", device));
  }
  return *number;
}

}  // namespace

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--device", options.device, "cpu, cuda or cuda:NUMBER (default cpu)");
  add_integer(command, "--threads", options.threads, 0, most_threads, "threads of the cpu; 0 (default): every core");
  command.add_option("--simd", options.simd,
                     "vector registers of the cpu: widest (default), none, baseline, avx2 or avx512");
  command.add_flag("--json", options.json, "write JSON instead of a table");
}

Executor make_executor(const CommonOptions& options) {
  Cpu cpu{options.threads};
  if (!options.simd.empty()) cpu.simd = simd_named(options.simd);
  Executor executor = cpu;
  if (options.device == "cuda" || options.device.starts_with("cuda:")) {
    if (options.threads != 0) {
      throw InvalidArgument(
          fmt::format("--threads: {}, expected no --threads with --device {}", options.threads, options.device));
    }
    if (!options.simd.empty()) {
      throw InvalidArgument(
          fmt::format("--simd: {}, expected no --simd with --device {}", options.simd, options.device));
    }
    executor = Cuda{.device = device_number(options.device)};
  } else if (options.device != "cpu") {
    throw InvalidArgument(fmt::format("--device: {}, expected cpu, cuda or cuda:NUMBER", options.device));
  }
  describe(executor);  // throws where the device cannot be used
  return executor;
}

CommonOptions for_rank(const CommonOptions& options, int local_rank, int local_size) {
  CommonOptions mine = options;
  if (local_size == 1) return mine;
  if (mine.device == "cuda") {
    mine.device = fmt::format("cuda:{}", local_rank % std::max(1, cuda_device_count()));
  } else if (mine.device == "cpu" && mine.threads == 0) {
    // a launcher that binds its ranks has shared the cores out already
    const int usable = thread_count({});
    const bool bound = usable < static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    mine.threads = bound ? usable : std::max(1, usable / local_size);
  }
  return mine;
}

CLI::Validator finite_number(bool zero_allowed) {
  const char* expected = zero_allowed ? "a finite number >= 0" : "a finite number > 0";
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        char* end = nullptr;
        const double x = std::strtod(text.c_str(), &end);
        const bool good = !text.empty() && *end == '\0' && std::isfinite(x) && (zero_allowed ? x >= 0 : x > 0);
        return good ? std::string() : fmt::format("{}, expected {}", text, expected);
      },
      "");
}

CLI::Validator below(double limit) {
  return CLI::Validator(
      [=](std::string& text) {
        const bool good = std::strtod(text.c_str(), nullptr) < limit;
        return good ? std::string() : fmt::format("{}, expected a number below {}", text, limit);
      },
      "");
}

CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) { return text.empty() ? std::string("nothing given, expected a name") : std::string(); },
      "");
}

}  // namespace organics::cli
