#include "organics/theory.hpp"

#include <algorithm>
#include <vector>

#include "organics/core/fixed_point.hpp"
#include "organics/core/oscillator.hpp"
#include "organics/core/spectrum.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

/// Threads for `items` circuits; refuses what is not a Cpu executor.
int cpu_threads(const Executor& executor, std::string_view operation, std::int64_t items) {
  const auto* cpu = std::get_if<Cpu>(&executor);
  if (cpu == nullptr) {
    throw DeviceError(fmt::format("{}: not available on a Cuda executor yet: use a Cpu executor", operation));
  }
  return useful_threads(thread_count(*cpu), items);
}

/// Throws unless holds(circuit) for every circuit of the batch.
template <class T, class Holds>
void require_each(const Circuits<T>& circuits, std::string_view what, std::string_view expected, const Holds& holds) {
  for (std::int64_t i = 0; i < circuits.items; ++i) {
    if (!holds(circuit(circuits, i)))
      throw InvalidArgument(fmt::format("circuit {}: {}: expected {}", i, what, expected));
  }
}

template <class T>
void require_identity(const Circuits<T>& circuits) {
  require_each(circuits, "Wr", "the identity", [](const auto& p) { return core::recurrence_is_identity(p); });
}

template <class T>
void write_planar(const core::PlanarEquilibria<T>& found, const PlanarResults<T>& results, std::int64_t i) {
  const T nan = core::not_a_number<T>();
  if (results.count) *results.count.item(i) = found.count;
  if (results.status) *results.status.item(i) = found.status;
  for (int k = 0; k < max_planar_equilibria; ++k) {
    const bool there = k < found.count;
    const core::PlanarEquilibrium<T>& e = found.at[k];
    if (results.type) results.type.item(i)[k] = there ? e.type : EquilibriumType::none;
    if (results.states) {
      T* state = results.states.item(i) + 2 * k;
      state[0] = there ? e.y : nan;
      state[1] = there ? e.a : nan;
    }
    if (results.eigenvalues) {
      T* pair = results.eigenvalues.item(i) + 4 * k;
      for (int j = 0; j < 2; ++j) {
        pair[2 * j] = there ? e.re[j] : nan;
        pair[2 * j + 1] = there ? e.im[j] : nan;
      }
    }
  }
}

/// The oscillator form of one circuit with Wr = I, computed on one lane.
template <class T>
struct Form {
  const T* B;
  const T* K;
  Status status;
};

std::size_t form_scratch(int n) {
  const auto size = static_cast<std::size_t>(n);
  return size * size + 4 * size;
}

/// Writes B, K and what else it needs into form_scratch(n) numbers.
template <class T>
Form<T> form_of(const core::Circuit<T>& p, T* numbers) {
  const core::Solo team;
  const int n = p.n;
  T* B = numbers;
  T* K = B + static_cast<std::ptrdiff_t>(n) * n;
  T* x = K + n;
  core::closed_form_equilibrium(team, p, x);
  core::oscillator_form(team, p, x, B, K);
  bool finite = true;
  for (T* value = numbers; value < x + 2 * n; ++value) finite = finite && core::is_finite(*value);
  return {B, K, finite ? Status::ok : Status::non_finite};
}

/// Proves circuit i; `numbers` holds form_scratch, lyapunov_scratch and n.
template <class T>
void certify_one(const Circuits<T>& circuits, const IdentityProofResults<T>& results, std::int64_t i, T* numbers,
                 int* integers) {
  const core::Circuit<T> p = circuit(circuits, i);
  const Form<T> form = form_of(p, numbers);
  T* L = numbers + form_scratch(p.n);
  const auto work = core::lyapunov_work(L + p.n, integers, p.n);
  core::LyapunovProof<T> proof;
  Status status = form.status;
  std::fill(L, L + p.n, core::not_a_number<T>());
  if (status == Status::ok) {
    proof = core::find_lyapunov_diagonal(core::Solo{}, p, form.B, form.K, L, work);
    if (!(L[0] == L[0])) status = Status::singular;
  }
  if (results.proven) *results.proven.item(i) = proof.proven ? 1 : 0;
  if (results.margin) *results.margin.item(i) = status == Status::ok ? proof.margin : core::not_a_number<T>();
  if (results.status) *results.status.item(i) = status;
  if (results.diagonal) std::copy(L, L + p.n, results.diagonal.item(i));
}

}  // namespace

template <class T>
void planar_equilibria(const Executor& executor, const Circuits<T>& circuits, const PlanarResults<T>& results) {
  const int threads = cpu_threads(executor, "planar_equilibria", circuits.items);
  require_circuits(executor, circuits);
  require(circuits.n == 1, "circuits: n", circuits.n, "1, as equilibria of larger circuits have no closed form");
  const std::int64_t items = circuits.items;
  require_shape("results.count", results.count, items, 1, 1, true, false);
  require_shape("results.states", results.states, items, 2, max_planar_equilibria, true, false);
  require_shape("results.type", results.type, items, max_planar_equilibria, 1, true, false);
  require_shape("results.eigenvalues", results.eigenvalues, items, 4, max_planar_equilibria, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  parallel_for(threads, items, 256,
               [&](int, std::int64_t i) { write_planar(core::planar_equilibria(circuit(circuits, i)), results, i); });
}

bool stable_equilibrium_exists(double wr, double w, double u, double c) {
  require(core::is_finite(wr), "wr", wr, "a finite number");
  require(core::is_finite(u), "u", u, "a finite number");
  require(w >= 0 && core::is_finite(w), "w", w, "a finite number >= 0");
  require(c > 0 && core::is_finite(c), "c", c, "a finite number > 0");
  return core::stable_fixed_point_exists(wr, w, u, c);
}

template <class T>
void oscillator(const Executor& executor, const Circuits<T>& circuits, const OscillatorResults<T>& results) {
  const int threads = cpu_threads(executor, "oscillator", circuits.items);
  require_circuits(executor, circuits);
  const std::int64_t items = circuits.items;
  const int n = circuits.n;
  require_shape("results.B", results.B, items, n, n, true, false);
  require_shape("results.K", results.K, items, n, 1, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  require_identity(circuits);
  WorkerScratch<T> scratch(threads, form_scratch(n), 0);
  parallel_for(threads, items, 1, [&](int worker, std::int64_t i) {
    const Form<T> form = form_of(circuit(circuits, i), scratch.numbers(worker));
    if (results.B) std::copy(form.B, form.B + static_cast<std::ptrdiff_t>(n) * n, results.B.item(i));
    if (results.K) std::copy(form.K, form.K + n, results.K.item(i));
    if (results.status) *results.status.item(i) = form.status;
  });
}

template <class T>
void certify_identity(const Executor& executor, const Circuits<T>& circuits, const IdentityProofResults<T>& results) {
  const int threads = cpu_threads(executor, "certify_identity", circuits.items);
  require_circuits(executor, circuits);
  const std::int64_t items = circuits.items;
  const int n = circuits.n;
  require_shape("results.proven", results.proven, items, 1, 1, true, false);
  require_shape("results.diagonal", results.diagonal, items, n, 1, true, false);
  require_shape("results.margin", results.margin, items, 1, 1, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  require_identity(circuits);
  const auto size = static_cast<std::size_t>(n);
  WorkerScratch<T> scratch(threads, form_scratch(n) + size + core::lyapunov_scratch(n), size);
  parallel_for(threads, items, 1, [&](int worker, std::int64_t i) {
    certify_one(circuits, results, i, scratch.numbers(worker), scratch.integers(worker));
  });
}

template <class T>
void uniform_spectrum(const Executor& executor, const Circuits<T>& circuits, BatchView<T> eigenvalues) {
  const int threads = cpu_threads(executor, "uniform_spectrum", circuits.items);
  require_circuits(executor, circuits);
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  require_shape("eigenvalues", eigenvalues, items, 2, m, false, false);
  require_each(circuits, "parameters", "Wr = I, W = alpha ones, and tau_y, tau_a and b0 sigma the same for all neurons",
               [](const auto& p) { return core::has_uniform_normalisation(p); });
  WorkerScratch<T> scratch(threads, 2 * static_cast<std::size_t>(m), 0);
  parallel_for(threads, items, 1, [&](int worker, std::int64_t i) {
    T* re = scratch.numbers(worker);
    T* im = re + m;
    core::uniform_normalisation_spectrum(core::Solo{}, circuit(circuits, i), re, im);
    core::sort_eigenvalues(core::Solo{}, re, im, m, eigenvalues.item(i));
  });
}

template <class T>
void modes(const Executor& executor, BatchView<const T> eigenvalues, const ModesResults<T>& results) {
  const std::int64_t items = eigenvalues.items;
  const int threads = cpu_threads(executor, "modes", items);
  const int m = eigenvalues.cols;
  require(items >= 0, "eigenvalues: items", static_cast<double>(items), "0 or more");
  require_shape("eigenvalues", eigenvalues, items, 2, m, false, true);
  require_shape("results.natural_frequency", results.natural_frequency, items, m, 1, true, false);
  require_shape("results.damping_ratio", results.damping_ratio, items, m, 1, true, false);
  parallel_for(threads, items, 64, [&](int, std::int64_t i) {
    const T* pairs = eigenvalues.item(i);
    for (int k = 0; k < m; ++k) {
      const T re = pairs[2 * k];
      const T im = pairs[2 * k + 1];
      if (results.natural_frequency) results.natural_frequency.item(i)[k] = core::natural_frequency(re, im);
      if (results.damping_ratio) results.damping_ratio.item(i)[k] = core::damping_ratio(re, im);
    }
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                           \
  template void planar_equilibria<T>(const Executor&, const Circuits<T>&, const PlanarResults<T>&);       \
  template void oscillator<T>(const Executor&, const Circuits<T>&, const OscillatorResults<T>&);          \
  template void certify_identity<T>(const Executor&, const Circuits<T>&, const IdentityProofResults<T>&); \
  template void uniform_spectrum<T>(const Executor&, const Circuits<T>&, BatchView<T>);                   \
  template void modes<T>(const Executor&, BatchView<const T>, const ModesResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
