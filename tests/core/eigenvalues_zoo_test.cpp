// eigenvalues.hpp against many random matrices of the kinds that break such codes, by backward error alone: each
// eigenvalue must make A - lambda I singular to within 10 m eps |A|. ORGANICS_ZOO sets the number of matrices,
// ORGANICS_SEED where their numbering starts; a failure names the index that draws its matrix again.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "organics/core/eigenvalues.hpp"
#include "support/eigenvalue_zoo.hpp"

namespace organics::test {
namespace {

using MatrixXd = Eigen::MatrixXd;
using Complex = std::complex<double>;

struct Tally {
  double worst = 0;
  std::string where;
};

/// Matrix number `index` in scalar T; what is worst goes to `tally`.
template <class T>
void judge(std::uint64_t seed, std::uint64_t index, Tally& tally) {
  const bool is_float = sizeof(T) == 4;
  auto [kind, drawn, scale, random] =
      zoo::specimen(seed, index, 64, is_float ? 1e25 : 1e150, is_float ? 1e-25 : 1e-150);
  const int m = static_cast<int>(drawn.rows());
  if (is_float) drawn /= std::max(1.0, drawn.cwiseAbs().maxCoeff());  // the widest grades leave the range of float
  const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> A = (drawn * scale).cast<T>();
  auto destroyed = A;
  std::vector<T> re(static_cast<std::size_t>(m));
  std::vector<T> im(static_cast<std::size_t>(m));
  std::vector<T> scratch(core::eigenvalues_scratch(m));
  ASSERT_TRUE(core::eigenvalues(core::Solo{}, destroyed.data(), m, re.data(), im.data(), scratch.data()))
      << kind.name << ", " << m << " rows, index " << index;
  // judged in double, at ordinary size
  const double size = std::max(static_cast<double>(A.cwiseAbs().maxCoeff()), std::numeric_limits<double>::min());
  const MatrixXd exact = A.template cast<double>() / size;
  const auto lambda = [&](std::size_t i) {
    return Complex(static_cast<double>(re[i]), static_cast<double>(im[i])) / size;
  };
  Complex sum = 0;
  std::size_t rightmost = 0;
  for (std::size_t i = 0; i < re.size(); ++i) {
    sum += lambda(i);
    if (re[i] > re[rightmost]) rightmost = i;
  }
  const auto eps = static_cast<double>(std::numeric_limits<T>::epsilon());
  EXPECT_LE(std::abs(sum - exact.trace()), 10 * m * m * eps * exact.norm()) << kind.name << ", index " << index;
  for (const std::size_t i : {rightmost, static_cast<std::size_t>(random.integer(0, m - 1))}) {
    const double error = zoo::backward_error(exact, lambda(i), eps);
    EXPECT_LE(error, 10) << kind.name << ", " << m << " rows, index " << index << ", eigenvalue " << lambda(i);
    if (error <= tally.worst) continue;
    tally.worst = error;
    tally.where = std::string(kind.name) + ", " + std::to_string(m) + " rows, index " + std::to_string(index);
  }
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

template <class T>
void judge_many(std::uint64_t count) {
  const std::uint64_t seed = number_from("ORGANICS_SEED", 1000003);
  Tally tally;
  for (std::uint64_t i = 0; i < count; ++i) judge<T>(seed, i, tally);
  std::cout << count << " matrices, worst backward error " << tally.worst << " m eps |A| (" << tally.where << ")\n";
}

TEST(EigenvaluesZoo, EveryKindIsBackwardStable) { judge_many<double>(number_from("ORGANICS_ZOO", 3000)); }

TEST(EigenvaluesZoo, FloatIsBackwardStable) { judge_many<float>(number_from("ORGANICS_ZOO", 3000) / 4); }

/// A NaN or an infinity anywhere ends at once and says so.
TEST(EigenvaluesZoo, NothingFiniteComesFromWhatIsNot) {
  for (std::uint64_t index = 0; index < 320; ++index) {
    Random random(77 + index);
    const int m = random.integer(1, 40);
    MatrixXd A = zoo::kinds[index % std::size(zoo::kinds)].draw(random, m);
    const double infinity = std::numeric_limits<double>::infinity();
    A(random.integer(0, m - 1), random.integer(0, m - 1)) =
        std::vector<double>{std::nan(""), infinity, -infinity}[index / 16 % 3];
    std::vector<double> re(static_cast<std::size_t>(m));
    std::vector<double> im(static_cast<std::size_t>(m));
    std::vector<double> scratch(core::eigenvalues_scratch(m));
    EXPECT_FALSE(core::eigenvalues(core::Solo{}, A.data(), m, re.data(), im.data(), scratch.data())) << index;
    for (const double value : re) EXPECT_TRUE(std::isnan(value)) << index;
    for (const double value : im) EXPECT_TRUE(std::isnan(value)) << index;
  }
}

}  // namespace
}  // namespace organics::test
