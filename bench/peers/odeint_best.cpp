// Boost.odeint at its best: std::array states, whose loops the compiler unrolls, and right-hand sides whose matrix columns
// are vectors of 256 bits, padded with zeros. The circuit is laid out for this once, before its integration.
#include <algorithm>
#include <array>
#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <stdexcept>

#include "integrate_peer.hpp"
#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace organics::bench::odeint {
namespace {

namespace ode = boost::numeric::odeint;

constexpr int lanes = 4;
using Vector = double __attribute__((vector_size(lanes * sizeof(double))));

Vector load(const double* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

void store(double* to, Vector v) { std::memcpy(to, &v, sizeof v); }

Vector root_of_positive_part(Vector a) {
#if defined(__AVX__)
  return _mm256_sqrt_pd(_mm256_max_pd(a, _mm256_setzero_pd()));
#else
  for (int lane = 0; lane < lanes; ++lane) a[lane] = std::sqrt(std::max(a[lane], 0.0));
  return a;
#endif
}

/// y, then a, each padded with zeros to whole vectors. Their slopes stay zero.
template <std::size_t N>
inline constexpr std::size_t padded = N == 1 ? 1 : (N + lanes - 1) / lanes * lanes;
template <std::size_t N>
using State = std::array<double, 2 * padded<N>>;

template <std::size_t N>
struct Circuit {
  static constexpr std::size_t groups = padded<N> / lanes;

  Vector u[groups] = {}, c[groups] = {}, rate_y[groups] = {}, rate_a[groups] = {};  // rate = 1 / tau
  Vector Wr[N][groups] = {}, W[N][groups] = {};                                     // by columns
  std::int64_t calls = 0;

  Circuit(const PlainBatch& batch, std::int64_t i) {
    const std::size_t first = static_cast<std::size_t>(i) * N;
    for (std::size_t k = 0; k < N; ++k) {
      const std::size_t g = k / lanes;
      const std::size_t lane = k % lanes;
      const double p = batch.b0[first + k] * batch.sigma[first + k];
      u[g][lane] = batch.b1[first + k] * batch.z[first + k];
      c[g][lane] = p * p;
      rate_y[g][lane] = 1 / batch.tau_y[first + k];
      rate_a[g][lane] = 1 / batch.tau_a[first + k];
      for (std::size_t j = 0; j < N; ++j) {
        Wr[j][g][lane] = batch.Wr[(first + j) * N + k];
        W[j][g][lane] = batch.W[(first + j) * N + k];
      }
    }
  }

  State<N> rest() const {
    State<N> x = {};
    for (std::size_t k = 0; k < N; ++k) x[padded<N> + k] = c[k / lanes][k % lanes];
    return x;
  }

  void operator()(const State<N>& x, State<N>& dx, double /*t*/) {
    ++calls;
    Vector drive[groups] = {};
    Vector pool[groups] = {};
    if constexpr (2 * groups <= 8) {  // both sums fit in registers together
      for (std::size_t j = 0; j < N; ++j) {
        add_column(Wr[j], x[j], drive);
        add_column(W[j], pooled(x, j), pool);
      }
    } else {
      for (std::size_t j = 0; j < N; ++j) add_column(Wr[j], x[j], drive);
      for (std::size_t j = 0; j < N; ++j) add_column(W[j], pooled(x, j), pool);
    }
#pragma GCC unroll 16
    for (std::size_t g = 0; g < groups; ++g) finish(g, x, drive[g], pool[g], dx);
  }

 private:
  static double pooled(const State<N>& x, std::size_t j) { return x[j] * x[j] * std::max(x[padded<N> + j], 0.0); }

  static void add_column(const Vector (&column)[groups], double factor, Vector (&sum)[groups]) {
#pragma GCC unroll 16
    for (std::size_t g = 0; g < groups; ++g) sum[g] += column[g] * factor;
  }

  void finish(std::size_t g, const State<N>& x, Vector drive, Vector pool, State<N>& dx) const {
    const Vector y = load(x.data() + lanes * g);
    const Vector a = load(x.data() + padded<N> + lanes * g);
    store(dx.data() + lanes * g, (u[g] - y + (1.0 - root_of_positive_part(a)) * drive) * rate_y[g]);
    store(dx.data() + padded<N> + lanes * g, (c[g] - a + pool) * rate_a[g]);
  }
};

/// One neuron of each kind leaves nothing to put in a vector.
template <>
struct Circuit<1> {
  double u, c, rate_y, rate_a, wr, w;
  std::int64_t calls = 0;

  Circuit(const PlainBatch& batch, std::int64_t i)
      : u(batch.b1[i] * batch.z[i]),
        c(batch.b0[i] * batch.sigma[i] * (batch.b0[i] * batch.sigma[i])),
        rate_y(1 / batch.tau_y[i]),
        rate_a(1 / batch.tau_a[i]),
        wr(batch.Wr[i]),
        w(batch.W[i]) {}

  State<1> rest() const { return {0, c}; }

  void operator()(const State<1>& x, State<1>& dx, double /*t*/) {
    ++calls;
    const double a = std::max(x[1], 0.0);
    dx[0] = (u - x[0] + (1 - std::sqrt(a)) * (wr * x[0])) * rate_y;
    dx[1] = (c - x[1] + w * (x[0] * x[0] * a)) * rate_a;
  }
};

/// `solve(circuit, x)` integrates one circuit and returns its steps.
template <std::size_t N, class Solve>
IntegrateCounts each(const PlainBatch& batch, double* states, Solve&& solve) {
  IntegrateCounts counts;
  for (std::int64_t i = 0; i < batch.items; ++i) {
    Circuit<N> circuit(batch, i);
    State<N> x = circuit.rest();
    counts.accepted += static_cast<std::int64_t>(solve(circuit, x));
    counts.rhs += circuit.calls;
    counts.failed += std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); }) ? 0 : 1;
    std::copy_n(x.data(), N, states + i * 2 * batch.n);
    std::copy_n(x.data() + padded<N>, N, states + i * 2 * batch.n + batch.n);
  }
  return counts;
}

template <std::size_t N>
IntegrateCounts dopri5(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  IntegrateCounts counts = each<N>(batch, states, [&](Circuit<N>& circuit, State<N>& x) {
    const auto stepper = ode::make_controlled(task.atol, task.rtol, ode::runge_kutta_dopri5<State<N>>());
    return ode::integrate_adaptive(stepper, std::ref(circuit), x, 0.0, task.end, std::min(first_step, task.end));
  });
  counts.attempted = (counts.rhs - batch.items) / 6;  // the first slope of a step is the last of the one before
  return counts;
}

template <std::size_t N>
IntegrateCounts rk4(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  const auto steps = static_cast<std::size_t>(std::ceil(task.end / task.step - 1e-9));
  IntegrateCounts counts = each<N>(batch, states, [&](Circuit<N>& circuit, State<N>& x) {
    ode::integrate_n_steps(ode::runge_kutta4<State<N>>(), std::ref(circuit), x, 0.0,
                           task.end / static_cast<double>(steps), steps);
    return steps;
  });
  counts.attempted = counts.accepted;
  return counts;
}

}  // namespace

IntegrateCounts dopri5_best(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  switch (batch.n) {
    case 1:
      return dopri5<1>(batch, task, states);
    case 10:
      return dopri5<10>(batch, task, states);
    case 50:
      return dopri5<50>(batch, task, states);
    default:
      throw std::invalid_argument("odeint at its best was not compiled for this size");
  }
}

IntegrateCounts rk4_best(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  switch (batch.n) {
    case 1:
      return rk4<1>(batch, task, states);
    case 10:
      return rk4<10>(batch, task, states);
    case 50:
      return rk4<50>(batch, task, states);
    default:
      throw std::invalid_argument("odeint at its best was not compiled for this size");
  }
}

}  // namespace organics::bench::odeint
