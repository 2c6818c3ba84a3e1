// The operations that benchmarks divide by (support/operation_counts.hpp), against the formulas and the core, both run
// over a number that counts what is done to it.
#include "support/operation_counts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "organics/core/explicit_methods.hpp"
#include "organics/core/model.hpp"
#include "organics/core/rk_step.hpp"

namespace organics::test {
namespace {

/// A number that counts the operations on all of its kind.
struct Counted {
  double value = 0;
  static inline long operations = 0;

  Counted() = default;
  explicit Counted(double v) : value(v) {}

  static Counted counted(double v) {
    ++operations;
    return Counted(v);
  }
  friend Counted operator+(Counted a, Counted b) { return counted(a.value + b.value); }
  friend Counted operator-(Counted a, Counted b) { return counted(a.value - b.value); }
  friend Counted operator*(Counted a, Counted b) { return counted(a.value * b.value); }
  friend Counted operator/(Counted a, Counted b) { return counted(a.value / b.value); }
  Counted& operator+=(Counted b) { return *this = *this + b; }
  friend bool operator<(Counted a, Counted b) { return a.value < b.value; }
  friend bool operator>(Counted a, Counted b) { return a.value > b.value; }
  friend bool operator!=(Counted a, Counted b) { return a.value != b.value; }
  friend Counted square_root(Counted x) { return counted(std::sqrt(x.value)); }  // found by its argument
};

using Numbers = std::vector<Counted>;

template <class F>
long operations_of(F&& f) {
  Counted::operations = 0;
  f();
  return Counted::operations;
}

Numbers numbers(int count) { return Numbers(static_cast<std::size_t>(count), Counted(0.5)); }

core::CircuitModel<Counted> model_of(int n, const Numbers& vector, const Numbers& matrix) {
  const Counted* v = vector.data();
  return {{n, ModelKind::main, v, v, v, v, v, v, matrix.data(), matrix.data(), v}};
}

/// M v, by rows, without an addition to zero.
Counted row(const Numbers& M, const Numbers& v, int i) {
  const auto n = static_cast<int>(v.size());
  const auto at = [&](int j) { return M[static_cast<std::size_t>(i + n * j)] * v[static_cast<std::size_t>(j)]; };
  Counted sum = at(0);
  for (int j = 1; j < n; ++j) sum += at(j);
  return sum;
}

/// The right-hand side by its formula, u and c given; the values do not matter.
void formula(int n) {
  const Numbers v = numbers(n);
  const Numbers M = numbers(n * n);
  const Counted one(1);
  const Counted u(1);
  const Counted c(1);
  const Counted inverse_tau(1);
  Numbers weighted = numbers(n);
  for (std::size_t j = 0; j < v.size(); ++j) weighted[j] = v[j] * v[j] * v[j];
  for (int i = 0; i < n; ++i) {
    const Counted y = v[static_cast<std::size_t>(i)];
    const Counted a = y;
    static_cast<void>(((u - y) + (one - square_root(a)) * row(M, v, i)) * inverse_tau);
    static_cast<void>(((c - a) + row(M, weighted, i)) * inverse_tau);
  }
}

/// What the core does beside: it forms u and c anew (3 a neuron), adds the first entry of either sum to zero (2), and
/// forms y y a (2) once for each group of rows that its sums take together.
double core_extra(int n) {
  const int groups = n / 4 + n % 4;
  return (3 + 2 + 2 * (groups - 1)) * n;
}

TEST(OperationCounts, AreThoseOfTheFormula) {
  for (const int n : {1, 2, 3, 7, 10, 50}) EXPECT_EQ(operations_of([&] { formula(n); }), rhs_operations(n)) << n;
}

TEST(OperationCounts, AreThoseOfTheCoreButForWhatItDoesTwice) {
  for (const int n : {1, 2, 3, 4, 7, 10, 50}) {
    const Numbers vector = numbers(2 * n);
    const Numbers matrix = numbers(n * n);
    const Numbers x = numbers(2 * n);
    Numbers dx = numbers(2 * n);
    const auto model = model_of(n, vector, matrix);
    const long got = operations_of([&] { model.rhs(core::Solo{}, Counted(0), x.data(), dx.data()); });
    EXPECT_EQ(static_cast<double>(got), rhs_operations(n) + core_extra(n)) << n;
  }
}

int terms(const double* weights, int count) {
  int found = 0;
  for (int j = 0; j < count; ++j) found += weights[j] != 0 ? 1 : 0;
  return found;
}

constexpr Method counted_methods[] = {Method::rk4, Method::dormand_prince54, Method::tsitouras54};

TEST(OperationCounts, OfAStepFollowTheTableau) {
  for (const Method method : counted_methods) {
    const auto t = core::explicit_tableau<double>(method);
    const StepWork work = step_work(method);
    int stage_terms = t.first_same_as_last ? 0 : terms(t.b, t.stages);
    for (int s = 1; s < t.stages; ++s) stage_terms += terms(t.row(s), s);
    EXPECT_EQ(work.slopes, t.first_same_as_last ? t.stages - 1 : t.stages) << name(method);
    EXPECT_EQ(work.stages, t.first_same_as_last ? t.stages - 1 : t.stages) << name(method);
    EXPECT_EQ(work.stage_terms, stage_terms) << name(method);
    EXPECT_EQ(work.error_terms, terms(t.e, t.stages)) << name(method);
  }
}

/// A step as the core takes it adds the first slope of every sum to zero; the error estimate comes after it, and the
/// first slope of a method whose last is not the next step's first came before it.
TEST(OperationCounts, OfAStepAreThoseOfTheCore) {
  for (const Method method : counted_methods) {
    for (const int n : {1, 3, 10}) {
      core::Tableau<Counted> tableau;
      const auto plain = core::explicit_tableau<double>(method);
      tableau.stages = plain.stages;
      tableau.first_same_as_last = plain.first_same_as_last;
      for (int s = 0; s < core::max_stages; ++s) tableau.b[s] = Counted(plain.b[s]);
      for (int k = 0; k < core::max_stages * (core::max_stages - 1) / 2; ++k) tableau.a[k] = Counted(plain.a[k]);
      const Numbers vector = numbers(2 * n);
      const Numbers matrix = numbers(n * n);
      const auto model = model_of(n, vector, matrix);
      const Numbers x = numbers(2 * n);
      Numbers k = numbers(2 * n * plain.stages);
      Numbers stage = numbers(2 * n);
      Numbers x_new = numbers(2 * n);
      const long got = operations_of([&] {
        core::rk_step(core::Solo{}, model, tableau, Counted(0), x.data(), Counted(1e-3), k.data(), stage.data(),
                      x_new.data());
      });
      const StepWork work = step_work(method);
      const int slopes = plain.stages - 1;
      const double error = work.error_terms == 0 ? 0 : 2.0 * n * (2 * work.error_terms + 3);
      const double first_slope = plain.first_same_as_last ? 0 : rhs_operations(n);
      const double stage_times = 2.0 * slopes;  // t + c h
      EXPECT_EQ(static_cast<double>(got), step_operations(method, n) - error - first_slope + slopes * core_extra(n) +
                                              2.0 * n * work.stages + stage_times)
          << name(method) << ", n = " << n;
    }
  }
}

}  // namespace
}  // namespace organics::test
