// Random numbers for the tests, independent of the library's own generator.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace organics::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Uniform on (lower, upper).
  double uniform(double lower = 0, double upper = 1) {
    return lower + (upper - lower) * ((static_cast<double>(engine_() >> 12) + 0.5) * 0x1p-52);
  }
  /// Log-uniform on (lower, upper), both > 0.
  double log_uniform(double lower, double upper) { return std::exp(uniform(std::log(lower), std::log(upper))); }
  double gaussian() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * 3.14159265358979323846 * uniform()); }
  int integer(int lower, int upper) {
    return lower + static_cast<int>(engine_() % static_cast<unsigned>(upper - lower + 1));
  }

  std::vector<double> uniforms(int count, double lower = 0, double upper = 1) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& v : values) v = uniform(lower, upper);
    return values;
  }
  std::vector<double> gaussians(int count) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& v : values) v = gaussian();
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace organics::test
