// Where figures were taken, for the files that hold them: processor, cores, compiler, day, and the commit where it is told.
#pragma once

#include <chrono>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "organics/executor.hpp"
#include "peak.hpp"

namespace organics::bench {

/// "AMD EPYC ...", as the kernel names it; "unknown" where it does not.
inline std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

inline std::string compiler_name() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

inline std::string today() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char text[16] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

inline nlohmann::ordered_json machine(const std::string& commit) {
  return {{"processor", processor_name()},
          {"cores", std::thread::hardware_concurrency()},
          {"vectors", multiply_add_unit()},
          {"compiler", compiler_name()},
          {"cuda_devices", cuda_device_count()},
          {"day", today()},
          {"commit", commit}};
}

}  // namespace organics::bench
