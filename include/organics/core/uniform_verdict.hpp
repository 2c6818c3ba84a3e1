// A verdict without eigenvalues and without a flow, in arithmetic that is nearly the same for every circuit: the paper's
// iteration, Newton, and a proof of stability. This is what a pack of circuits can do together; it settles almost every
// circuit of ordinary ensembles, and says of the others only that somebody else has to look at them.
// Team contract: as in team.hpp.
#pragma once

#include <cstddef>

#include "organics/core/certificate.hpp"
#include "organics/core/fixed_point.hpp"
#include "organics/core/spectrum.hpp"

namespace organics::core {

/// Memory of settle_and_prove (m = 2n).
template <class T>
struct UniformWork {
  NewtonWork<T> newton;
  T* x;  ///< m: the equilibrium
  CertificateWork<T> certificate;
};

/// Numbers that settle_and_prove needs for n neurons, beside 2n integers.
ORGANICS_FN constexpr std::size_t uniform_scratch(int n) {
  const std::size_t m = 2 * static_cast<std::size_t>(n);
  const std::size_t svd = largest_singular_value_scratch(n);
  return (m * m > svd ? m * m : svd) + 5 * m + certificate_scratch(2 * n);
}

template <class T>
ORGANICS_FN UniformWork<T> uniform_work(T* numbers, IndexOf<T>* integers, int n) {
  const int m = 2 * n;
  T* x = numbers;
  T* v = x + m;
  T* certificate = v + 4 * static_cast<std::ptrdiff_t>(m);
  T* matrix = certificate + certificate_scratch(m);
  return {{matrix, integers, v, v + m, v + 2 * static_cast<std::ptrdiff_t>(m), v + 3 * static_cast<std::ptrdiff_t>(m)},
          x,
          certificate_work(certificate, integers, m)};
}

/// Whether the Jacobian at x is proven to have its spectrum so far left that its eigenvalues would give the verdict
/// stable, too: by twice the half-width of the marginal ones. `J` (m x m) and `terms` (m) are scratch.
template <class T, class Team>
ORGANICS_FN MaskOf<T> is_proven_stable(const Team& team, const CircuitModel<T>& model, const T* x, T* J, T* terms,
                                       const CertificateWork<T>& work) {
  const int m = model.dimension();
  model.jacobian(team, T(0), x, J);
  team.sync();
  const T norm = frobenius_norm(team, J, m, terms);
  const T margin = T(2) * spectrum_error(m, norm);
  for_each_own(team, m, [&](int i) { J[static_cast<std::ptrdiff_t>(i) * m + i] += margin; });
  team.sync();
  return certify_stability(team, J, m, T(0), work).proven;
}

/// Whether the circuit has an equilibrium that the ladder would accept on its second rung, proven stable by more than
/// the error of its eigenvalues; it is left in work.x. False says nothing: neither is Wr = I answered, which has a rung
/// of its own.
template <class T, class Team>
ORGANICS_FN MaskOf<T> settle_and_prove(const Team& team, const CircuitModel<T>& model, int fixed_point_steps,
                                       int newton_steps, T tolerance, const UniformWork<T>& work,
                                       CostOf<IndexOf<T>>& cost) {
  MaskOf<T> open = !recurrence_is_identity(model.circuit);
  if (!any(open)) return open;
  open = open && fixed_point_iteration(team, model.circuit, fixed_point_steps, work.x, work.newton, cost);
  if (!any(open)) return open;
  open = open && newton(team, model, work.x, newton_steps, tolerance, work.newton, cost);
  if (!any(open)) return open;
  return open && is_proven_stable(team, model, work.x, work.newton.matrix, work.newton.terms, work.certificate);
}

}  // namespace organics::core
