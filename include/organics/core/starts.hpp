// Where a search for all equilibria starts: rest, the paper's iteration, and random states that do not depend on how
// the work is split.
//
// Start k of a circuit is a function of (seed, k) and the parameters of that circuit alone:
//   0: rest; 1: what the fixed-point iteration gives; from 2 on, with g standard Gaussian and v uniform in (0, 1),
//   y_i = g / sqrt(sum_j W_ij),  a_i = l_i (h_i / l_i)^v,  h_i = 4 (1 + c_i + (W u^2)_i),  l_i = max(c_i, h_i / 10^4).
// Why: an equilibrium has a - W D(r^2) a = c, so that, where c > 0, W D(r^2) has a spectral radius below 1; y_i^2 =
// 1 / sum_j W_ij makes it exactly 1. Starts much larger leave every basin, the more so the more neurons (for W in
// (0, 1) and standard Gaussian y: 2 % of the circuits at n = 1, all at n = 50). A unit that nothing normalises
// (W_i = 0) has no such scale; it takes max(|u_i|, 1). h is four times what the closed form for Wr = I can have, plus
// the a = 1 where the recurrent gain changes its sign, which at n = 1 holds (1 - 1/wr)^2 for wr = -1 too.
// Team contract: as in team.hpp.
#pragma once

#include <cstdint>

#include "organics/core/draw.hpp"
#include "organics/core/fixed_point.hpp"

namespace organics::core {

/// Streams of the random starts; those of the ensemble lie below, those of noise above.
inline constexpr auto start_y_stream = static_cast<Stream>(0x40000000U);
inline constexpr auto start_a_stream = static_cast<Stream>(0x40000001U);

/// Starts that are not random.
inline constexpr int fixed_starts = 2;

/// A random start; writes x = (y, a).
template <class T, class Team>
ORGANICS_FN void random_start(const Team& team, const Circuit<T>& p, std::uint64_t seed, std::uint64_t k, T* x) {
  const int n = p.n;
  row_sums(
      team, p.W, n, 0, [](int) { return T(1); },
      [&](int i, T pool) {
        const T scale = pool > T(0) ? T(1) / std::sqrt(pool) : max(absolute(p.u(i)), T(1));
        x[i] = scale * draw_gaussian<T>(seed, k, start_y_stream, i);
      });
  row_sums(
      team, p.W, n, 0, [&](int j) { return p.u(j) * p.u(j); },
      [&](int i, T pool) {
        const T high = T(4) * ((T(1) + p.c(i)) + pool);
        const T low = max(p.c(i), T(1e-4) * high);
        const T v = draw_uniform<T>({T(0), T(1)}, seed, k, start_a_stream, i);
        x[n + i] = low * std::exp(v * std::log(high / low));
      });
  team.sync();
}

/// Start k of the search; writes x. Where the iteration meets a singular matrix, its last state is the start.
template <class T, class Team>
ORGANICS_FN void write_start(const Team& team, const CircuitModel<T>& model, std::uint64_t seed, std::int64_t k,
                             int fixed_point_steps, T* x, const NewtonWork<T>& work) {
  if (k >= fixed_starts) {
    random_start(team, model.circuit, seed, static_cast<std::uint64_t>(k), x);
  } else if (k == 1) {
    Cost cost;  // counted, reported nowhere
    fixed_point_iteration(team, model.circuit, fixed_point_steps, x, work, cost);
  } else {
    model.rest(team, x);
    team.sync();
  }
}

/// Replaces y in the start x by the solution of (I - D(1 - sqrt a) Wr H) y = u, the equations of y at the a of x, with
/// the units active (H) that are so in x: nearer to some equilibrium, mostly, than a random y. False when singular.
template <class T, class Team>
ORGANICS_FN bool solve_potentials(const Team& team, const Circuit<T>& p, T* x, const NewtonWork<T>& work) {
  const int n = p.n;
  for_each_own(team, n, [&](int i) {
    const T gain = T(1) - std::sqrt(positive_part(x[n + i]));
    for (int j = 0; j < n; ++j) {
      const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
      work.matrix[ij] = (i == j ? T(1) : T(0)) - gain * p.Wr[ij] * p.rate_slope(x[j]);
    }
  });
  team.sync();
  if (!lu_factor(team, work.matrix, n, work.pivots)) return false;
  for_each_own(team, n, [&](int i) { x[i] = p.u(i); });
  team.sync();
  lu_solve(team, work.matrix, n, work.pivots, x);
  return true;
}

}  // namespace organics::core
