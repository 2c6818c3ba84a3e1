// The zoo of tests/support/eigenvalue_zoo.hpp in numbers, ours against Eigen and LAPACK: for every matrix the rightmost
// eigenvalue and one chosen at random are judged by backward error, the smallest singular value of A - lambda I over
// m eps |A| (|A| the Frobenius norm; an upper bound of it where that is at most one).
//
//   organics_eigenvalue_zoo [--matrices N] [--rows LARGEST] [--seed S]
// Writes a Markdown table: the worst error of each kind and solver, and how many matrices it failed, which is no result,
// a number that is not finite, or an error above 10. Exits with 1 where ours failed one, and names it on stderr.
#include <Eigen/Eigenvalues>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/eigenvalue_zoo.hpp"
#if defined(ORGANICS_BENCH_LAPACK)
#include "peers/lapack.hpp"
#endif

namespace organics::bench {
namespace {

namespace zoo = test::zoo;

struct Workload {
  std::uint64_t matrices = 10000;
  int rows = 32;
  std::uint64_t seed = 1;
};

/// Eigenvalues of A; empty where a solver says that it failed.
using Solver = std::vector<zoo::Complex> (*)(const Eigen::MatrixXd& A);

std::vector<zoo::Complex> ours(const Eigen::MatrixXd& A) {
  const int m = static_cast<int>(A.rows());
  std::vector<zoo::Complex> values(static_cast<std::size_t>(m));
  Status status = Status::not_converged;
  SpectraResults<double> results;
  results.eigenvalues = packed(reinterpret_cast<double*>(values.data()), 1, 2, m);
  results.status = packed(&status, 1, 1);
  spectra<double>(Cpu{1}, packed(A.data(), 1, m, m), {}, results);
  if (status != Status::ok) values.clear();
  return values;
}

std::vector<zoo::Complex> eigens(const Eigen::MatrixXd& A) {
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(A, false);
  if (solver.info() != Eigen::Success) return {};
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

#if defined(ORGANICS_BENCH_LAPACK)
std::vector<zoo::Complex> lapacks(const Eigen::MatrixXd& A) {
  const auto m = static_cast<std::size_t>(A.rows());
  std::vector<double> re(m);
  std::vector<double> im(m);
  if (!lapack::spectra(static_cast<int>(m), 1, A.data(), re.data(), im.data())) return {};
  std::vector<zoo::Complex> values;
  for (std::size_t i = 0; i < m; ++i) values.emplace_back(re[i], im[i]);
  return values;
}
#endif

struct Contender {
  const char* name;
  Solver solve;
};

constexpr Contender contenders[] = {{"organics", ours},
                                    {"Eigen", eigens},
#if defined(ORGANICS_BENCH_LAPACK)
                                    {"LAPACK", lapacks}
#endif
};

struct Tally {
  double worst = 0;  // of those that did not fail
  long failures = 0;
};

/// Error of the rightmost eigenvalue and of the one at `chance` (0 to 1); infinite without a result.
double error_of(const Eigen::MatrixXd& A, const std::vector<zoo::Complex>& values, double chance) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const double size = std::max(A.cwiseAbs().maxCoeff(), std::numeric_limits<double>::min());
  const Eigen::MatrixXd exact = A / size;
  if (values.empty()) return std::numeric_limits<double>::infinity();
  const auto rightmost =
      std::max_element(values.begin(), values.end(), [](auto a, auto b) { return a.real() < b.real(); });
  const auto other = values.begin() + static_cast<std::ptrdiff_t>(chance * static_cast<double>(values.size()));
  double worst = 0;
  for (const auto& value : {*rightmost, other == values.end() ? values.back() : *other}) {
    const zoo::Complex lambda = value / size;
    if (!std::isfinite(lambda.real()) || !std::isfinite(lambda.imag())) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, zoo::backward_error(exact, lambda, eps));
  }
  return worst;
}

void print_table(const std::vector<Tally>& tallies, const Workload& work) {
  std::printf("| kind | matrices |");
  for (const Contender& c : contenders) std::printf(" %s: worst | failed |", c.name);
  std::printf("\n| --- | --- |");
  for (std::size_t k = 0; k < std::size(contenders); ++k) std::printf(" --- | --- |");
  for (std::size_t kind = 0; kind < std::size(zoo::kinds); ++kind) {
    const std::uint64_t count = (work.matrices + std::size(zoo::kinds) - 1 - kind) / std::size(zoo::kinds);
    std::printf("\n| %s | %llu |", zoo::kinds[kind].name, static_cast<unsigned long long>(count));
    for (std::size_t c = 0; c < std::size(contenders); ++c) {
      const Tally& tally = tallies[kind * std::size(contenders) + c];
      std::printf(" %.2g | %ld |", tally.worst, tally.failures);
    }
  }
  std::printf("\n");
}

bool judge_all(const Workload& work) {
  std::vector<Tally> tallies(std::size(zoo::kinds) * std::size(contenders));
  bool good = true;
  for (std::uint64_t index = 0; index < work.matrices; ++index) {
    zoo::Specimen specimen = zoo::specimen(work.seed, index, work.rows, 1e150, 1e-150);
    const Eigen::MatrixXd A = specimen.A * specimen.scale;
    const double chance = specimen.random.uniform();
    for (std::size_t c = 0; c < std::size(contenders); ++c) {
      const double error = error_of(A, contenders[c].solve(A), chance);
      Tally& tally = tallies[index % std::size(zoo::kinds) * std::size(contenders) + c];
      if (error <= 10) {
        tally.worst = std::max(tally.worst, error);
        continue;
      }
      ++tally.failures;
      if (c != 0) continue;
      good = false;
      std::fprintf(stderr, "%s, %d rows, index %llu: error %g\n", specimen.kind.name, static_cast<int>(A.rows()),
                   static_cast<unsigned long long>(index), error);
    }
  }
  print_table(tallies, work);
  return good;
}

Workload workload(int argc, char** argv) {
  Workload work;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--matrices") {
      work.matrices = std::strtoull(value, nullptr, 10);
    } else if (option == "--rows") {
      work.rows = std::atoi(value);
    } else if (option == "--seed") {
      work.seed = std::strtoull(value, nullptr, 10);
    } else {
      work.matrices = 0;
    }
  }
  if (work.matrices < 1 || work.rows < 1) {
    std::fprintf(stderr, "usage: %s [--matrices N] [--rows LARGEST] [--seed S]\n", argv[0]);
    std::exit(2);
  }
  return work;
}

}  // namespace
}  // namespace organics::bench

int main(int argc, char** argv) { return organics::bench::judge_all(organics::bench::workload(argc, argv)) ? 0 : 1; }
