// Marches side by side: every circuit ends as it does alone, bit for bit, whatever shares the pack with it.
#include "organics/core/march_lanes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "organics/core/bundle.hpp"
#include "organics/core/circuit_storage.hpp"
#include "organics/core/constant_tableau.hpp"
#include "organics/core/wide_sums.hpp"
#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/packs.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

using core::in_lane;
using core::select;
using core::set_lane;

/// One circuit's march, as asked for.
template <class N>
struct Job {
  std::vector<N> storage;  ///< as in core/circuit_storage.hpp
  std::vector<N> x;
  std::vector<N> times;  ///< samples
  N start;
  N end;
  std::vector<N> rtol = {};  ///< of each component, or none
  std::vector<N> atol = {};
};

/// And how it ended.
template <class N>
struct Ended {
  core::March<N> march;
  std::vector<N> x;
  std::vector<N> states;
};

struct Options {
  Method method = Method::dormand_prince54;
  core::MarchOptions<double> march = {};
  int n = 2;
  ModelKind model = ModelKind::main;
};

template <class N>
core::MarchOptions<N> options_of(const core::MarchOptions<double>& o) {
  return {static_cast<N>(o.rtol),
          static_cast<N>(o.atol),
          static_cast<N>(o.fixed_step),
          static_cast<N>(o.initial_step),
          static_cast<N>(o.min_step),
          static_cast<N>(o.max_step),
          core::default_state_bound<N>(),
          o.max_steps,
          o.control,
          o.norm};
}

template <class N>
Job<N> job(const CircuitData& data, double end) {
  Job<N> made;
  for (const auto* vector : {&data.tau_y, &data.tau_a, &data.b0, &data.b1, &data.sigma, &data.z, &data.Wr, &data.W}) {
    for (const double value : *vector) made.storage.push_back(static_cast<N>(value));
  }
  for (int i = 0; i < data.n; ++i) made.x.push_back(N(0));
  for (int i = 0; i < data.n; ++i) made.x.push_back(static_cast<N>(data.c(i)));
  made.start = N(0);
  made.end = static_cast<N>(end);
  for (const double part : {0.0, 0.001, 0.3, 0.301, 1.0}) made.times.push_back(static_cast<N>(part) * made.end);
  return made;
}

/// Circuits that end in every way, after very different numbers of steps, in no order.
template <class N>
std::vector<Job<N>> jobs(int n, ModelKind model) {
  Random random(static_cast<std::uint64_t>(31 + n));
  std::vector<Job<N>> all;
  for (int i = 0; i < 23; ++i) {
    CircuitData data = wild_circuit(random, n, model, i % 4 == 3 ? 3 : 1);
    if (i % 5 == 1) data.tau_y = filled(n, 2e-5);                               // many steps
    if (i % 9 == 4) data.Wr = identity_matrix(n, -1), data.b1 = filled(n, 40);  // may run away
    all.push_back(job<N>(data, i % 6 == 5 ? 1e-4 : 0.02));
  }
  all[3].x[0] = std::numeric_limits<N>::quiet_NaN();
  all[8].storage[0] = std::numeric_limits<N>::quiet_NaN();  // tau_y
  all[11].end = all[11].start;
  all[12].end = std::numeric_limits<N>::quiet_NaN();
  all[13].end = N(-1);
  std::swap(all[14].times[2], all[14].times[3]);
  all[15].times.front() = N(-1);
  all[16].times.back() = N(2) * all[16].end;  // not reached
  all[17].times.clear();
  all[18].x[0] = N(1e6);  // far from rest
  return all;
}

template <class N>
core::Circuit<N> circuit_of(const Job<N>& job, const Options& o) {
  return core::stored_circuit<N>(job.storage.data(), o.n, o.model);
}

template <class N>
const N* data_or_null(const std::vector<N>& values) {
  return values.empty() ? nullptr : values.data();
}

template <class N>
Ended<N> march_alone(const Job<N>& job, const Options& o) {
  const auto tables = core::method_tables<N>(o.method);
  const int m = 2 * o.n;
  std::vector<N> numbers(core::march_scratch(m, tables, true));
  Ended<N> out = {{}, job.x, std::vector<N>(job.times.size() * job.x.size(), N(-77))};
  core::CircuitModel<N> model{circuit_of(job, o)};
  core::ExplicitStepper<N> stepper{tables.tableau};
  core::Sampler<N> sampler = {{{job.times.data(), static_cast<int>(job.times.size()), out.states.data()}}};
  const auto options = options_of<N>(o.march);
  const core::Tolerance<N> tolerance = {options.rtol, options.atol, data_or_null(job.rtol), data_or_null(job.atol)};
  out.march =
      core::march_over(core::Solo{}, model, stepper, options, tolerance, sampler, out.x.data(), job.start, job.end,
                       core::march_work<N>(numbers.data(), nullptr, m, tables.slots(true), tables.degree()));
  return out;
}

/// A queue over jobs, in their order.
template <class P, class Model>
struct JobQueue {
  using N = core::NumberOf<P>;
  const std::vector<Job<N>>& jobs;
  std::vector<Ended<N>>& ended;
  P* storage;
  P* laid_x;
  P* rtol;
  P* atol;
  Model& model;
  P* constants;
  std::size_t next = 0;
  std::size_t held[core::lanes_of<P>] = {};
  int finished = 0;

  bool take(int lane, core::LaneStart<N>& start) {
    if (next == jobs.size()) return false;
    const std::size_t i = held[lane] = next++;
    const Job<N>& own = jobs[i];
    const auto lay = [&](const std::vector<N>& from, P* to) {
      for (std::size_t k = 0; k < from.size(); ++k) set_lane(to[k], lane, from[k]);
    };
    const int n = model.dimension() / 2;
    const std::ptrdiff_t square = static_cast<std::ptrdiff_t>(n) * n;
    const auto laid = static_cast<std::ptrdiff_t>(core::Panels<P>::numbers(n));
    for (std::ptrdiff_t k = 0; k < 6 * n; ++k) set_lane(storage[k], lane, own.storage[static_cast<std::size_t>(k)]);
    core::Panels<P>::for_each(n, [&](std::ptrdiff_t place, int row, int column) {
      for (const int matrix : {0, 1}) {
        const std::ptrdiff_t from = 6 * n + matrix * square + static_cast<std::ptrdiff_t>(column) * n + row;
        set_lane(storage[6 * n + matrix * laid + place], lane, own.storage[static_cast<std::size_t>(from)]);
      }
    });
    lay(own.x, laid_x);
    lay(own.rtol, rtol);
    lay(own.atol, atol);
    ended[i].states.assign(own.times.size() * own.x.size(), N(-77));
    start = {own.start, own.end, {own.times.data(), static_cast<int>(own.times.size()), ended[i].states.data()}};
    return true;
  }
  void begin(core::MaskOf<P> fresh, P* x) {
    for (std::size_t k = 0; k < static_cast<std::size_t>(model.dimension()); ++k) x[k] = select(fresh, laid_x[k], x[k]);
    core::lay_constants(core::Solo{}, model.circuit, constants);
  }
  void reach(const P* x) {
    for (std::size_t k = 0; k < static_cast<std::size_t>(model.dimension()); ++k) laid_x[k] = x[k];
  }
  void finish(int lane, const core::March<N>& march) {
    ++finished;
    Ended<N>& own = ended[held[lane]];
    own.march = march;
    for (std::size_t k = 0; k < jobs[held[lane]].x.size(); ++k) own.x.push_back(in_lane(laid_x[k], lane));
  }
};

/// The jobs in lanes, where the compiler knows the number of neurons (0: it does not) and the tableau, or does not.
template <class P, int neurons, class Table>
std::vector<Ended<core::NumberOf<P>>> march_with(const std::vector<Job<core::NumberOf<P>>>& jobs, const Options& o,
                                                 int most, const Table& tableau) {
  using N = core::NumberOf<P>;
  const int m = 2 * o.n;
  const auto size = static_cast<std::size_t>(m);
  const std::size_t laid = 3 * size + 2 * core::Panels<P>::numbers(o.n);
  std::vector<P> memory(laid + 6 * size + core::march_scratch(m, core::method_tables<N>(o.method), true), P(0));
  P* storage = memory.data();
  P* laid_x = storage + laid;
  P* x = laid_x + 3 * m;
  P* constants = x + m;
  using Circuit = core::MarchedCircuit<P, neurons, core::WeightsInPlace<core::MatrixLayout::panels>>;
  Circuit model{core::stored_circuit<P>(storage, o.n, o.model)};
  model.circuit.W = model.circuit.Wr + core::Panels<P>::numbers(o.n);
  core::ExplicitStepper<P, Table> stepper{tableau};
  const auto options = options_of<N>(o.march);
  const bool own = !jobs.empty() && !jobs[0].rtol.empty();
  const core::Tolerance<P> tolerance = {P(options.rtol), P(options.atol), own ? laid_x + m : nullptr,
                                        own ? laid_x + 2 * m : nullptr};
  std::vector<Ended<N>> ended(jobs.size());
  JobQueue<P, Circuit> queue = {jobs, ended, storage, laid_x, laid_x + m, laid_x + 2 * m, model, constants};
  core::march_lanes(
      core::Solo{}, model, stepper, options, tolerance, most, x,
      core::march_work<P>(constants + 2 * m, nullptr, m, tableau.stages + tableau.dense_stages, tableau.dense_degree),
      queue);
  EXPECT_EQ(queue.finished, static_cast<int>(jobs.size()));
  return ended;
}

template <class P>
std::vector<Ended<core::NumberOf<P>>> march_together(const std::vector<Job<core::NumberOf<P>>>& jobs, const Options& o,
                                                     int most = core::lanes_of<P>) {
  using N = core::NumberOf<P>;
  if (o.n == 1) {
    switch (o.method) {
      case Method::dormand_prince54:
        return march_with<P, 1>(jobs, o, most, core::ConstantTableau<N, Method::dormand_prince54>{});
      case Method::dormand_prince853:  // a second estimate, and further slopes for the interpolant
        return march_with<P, 1>(jobs, o, most, core::ConstantTableau<N, Method::dormand_prince853>{});
      case Method::rk4:  // whose last slope is not the first of the next step
        return march_with<P, 1>(jobs, o, most, core::ConstantTableau<N, Method::rk4>{});
      default:
        break;
    }
  }
  return march_with<P, 0>(jobs, o, most, core::method_tables<N>(o.method).tableau);
}

/// Equal, or both NaN.
template <class N>
testing::AssertionResult same(const std::vector<N>& a, const std::vector<N>& b) {
  if (a.size() != b.size()) return testing::AssertionFailure() << "sizes " << a.size() << " and " << b.size();
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (std::isnan(a[k]) && std::isnan(b[k])) continue;
    auto equal = same_bits(&a[k], &b[k], 1);
    if (!equal) return equal << ", entry " << k;
  }
  return testing::AssertionSuccess();
}

template <class N>
void expect_same(const Ended<N>& together, const Ended<N>& alone) {
  EXPECT_EQ(together.march.status, alone.march.status) << name(together.march.status) << name(alone.march.status);
  EXPECT_EQ(together.march.accepted, alone.march.accepted);
  EXPECT_EQ(together.march.rejected, alone.march.rejected);
  EXPECT_EQ(together.march.cost.rhs, alone.march.cost.rhs);
  EXPECT_EQ(together.march.ended_by, -1);
  EXPECT_TRUE(same<N>({together.march.t, together.march.h, together.march.last_step},
                      {alone.march.t, alone.march.h, alone.march.last_step}));
  EXPECT_TRUE(same(together.x, alone.x));
  EXPECT_TRUE(same(together.states, alone.states));
}

/// Every march of these jobs in packs of every kind, in this order and backwards. Returns those alone.
template <class P>
std::vector<Ended<core::NumberOf<P>>> expect_marches_alone(const std::vector<Job<core::NumberOf<P>>>& all,
                                                           const Options& o) {
  using N = core::NumberOf<P>;
  std::vector<Ended<N>> alone;
  for (const Job<N>& own : all) alone.push_back(march_alone(own, o));
  const std::vector<Job<N>> backwards(all.rbegin(), all.rend());
  const auto forth = march_together<P>(all, o);
  const auto back = march_together<P>(backwards, o, std::max(1, core::lanes_of<P> - 1));
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "circuit " << i << ", n " << o.n << ", " << name(o.method));
    expect_same(forth[i], alone[i]);
    expect_same(back[all.size() - 1 - i], alone[i]);
  }
  return alone;
}

template <class P>
class MarchLanes : public testing::Test {
 public:
  void SetUp() override {
    if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  }
};
// A number is what a thread of a device marches; of sixteen lanes two have to be free before they are given circuits.
using Kinds = testing::Types<double, Doubles, core::Bundle<Doubles, 3>, Floats, core::Bundle<MaskedFloats, 4>,
                             core::Alone<Doubles>, core::Alone<Floats>>;
TYPED_TEST_SUITE(MarchLanes, Kinds);

Options limited(Options o) {
  o.march.max_steps = 3000;
  return o;
}

TYPED_TEST(MarchLanes, EveryMethodEndsEachCircuitAsAlone) {
  using N = core::NumberOf<TypeParam>;
  int of_status[status_count] = {};
  for (const int n : {1, 2, 5, 17}) {
    for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
      const std::vector<Job<N>> all = jobs<N>(n, model);
      for (const Method method :
           {Method::euler, Method::heun, Method::bogacki_shampine32, Method::rk4, Method::dormand_prince54,
            Method::tsitouras54, Method::verner65, Method::dormand_prince853}) {
        if (n == 17 && method != Method::dormand_prince54) continue;  // matrices of several panels
        Options o = limited({method, {}, n, model});
        if (!has_error_estimate(method)) o.march.fixed_step = 3e-5;
        for (const auto& ended : expect_marches_alone<TypeParam>(all, o))
          ++of_status[static_cast<int>(ended.march.status)];
      }
    }
  }
  for (const Status status : {Status::ok, Status::step_limit, Status::non_finite, Status::diverged}) {
    EXPECT_GT(of_status[static_cast<int>(status)], 10) << name(status);
  }
}

/// Entries of an n x n matrix in panels: each has a place of its own within what a matrix takes.
template <class P>
void expect_places(int n, std::size_t numbers) {
  SCOPED_TRACE(n);
  EXPECT_EQ(core::Panels<P>::numbers(n), numbers);
  std::vector<int> met(numbers, 0);
  core::Panels<P>::for_each(n, [&](std::ptrdiff_t place, int i, int j) {
    ASSERT_TRUE(0 <= i && i < n && 0 <= j && j < n);
    ++met.at(static_cast<std::size_t>(place));
  });
  EXPECT_EQ(std::count(met.begin(), met.end(), 1), n * n);
  EXPECT_EQ(std::count(met.begin(), met.end(), 0), static_cast<std::ptrdiff_t>(numbers) - n * n);
}

TEST(Panels, HaveAPlaceForEveryEntry) {
  using Wide = core::Pack<double, 8, TestArch>;
  expect_places<Wide>(17, 17 * 17);
  using AloneWide = core::Alone<Wide>;
  expect_places<AloneWide>(16, 16 * 16);
  expect_places<AloneWide>(18, 18 * 18 + 4);  // two rows left over, and whole packs in all
  expect_places<AloneWide>(19, 19 * 20 + 4);  // three of four
  expect_places<AloneWide>(21, 21 * 24);      // five of eight
  expect_places<AloneWide>(100, 100 * 100);   // three panels, and four rows
}

/// More lanes than a word of 32 bits has.
TEST(MarchLanesOfABundle, AreAllGivenCircuits) {
  using P = core::Bundle<Doubles, 20>;
  static_assert(core::lanes_of<P> == 40);
  core::MaskOf<P> odd(false);
  for (int lane = 1; lane < 40; lane += 2) set_lane(odd, lane, true);
  std::vector<int> met;
  core::for_lanes(odd, [&](int lane) { met.push_back(lane); });
  ASSERT_EQ(met.size(), 20U);
  for (int k = 0; k < 20; ++k) EXPECT_EQ(met[static_cast<std::size_t>(k)], 2 * k + 1);
}

TYPED_TEST(MarchLanes, OptionsMeanTheSame) {
  using N = core::NumberOf<TypeParam>;
  const std::vector<Job<N>> all = jobs<N>(2, ModelKind::main);
  const auto check = [&](auto&& set) {
    Options o = limited({});
    set(o.march);
    expect_marches_alone<TypeParam>(all, o);
  };
  check([](auto& o) { o.control = StepControl::elementary; });
  check([](auto& o) { o.control = StepControl::pid; });
  check([](auto& o) { o.norm = ErrorNorm::rms; });
  check([](auto& o) { o.initial_step = 1e-5; });
  check([](auto& o) { o.initial_step = 1; });
  check([](auto& o) { o.max_step = 1e-4; });
  check([](auto& o) { o.min_step = 1e-4; });
  check([](auto& o) { o.atol = 0; });
  check([](auto& o) { o.max_steps = 17; });
  check([](auto& o) { o.fixed_step = 1e-4, o.max_steps = 100; });
  check([](auto& o) { o.fixed_step = 1e-4, o.max_step = 7e-5; });
}

TYPED_TEST(MarchLanes, ComponentsHaveTolerancesOfTheirOwn) {
  using N = core::NumberOf<TypeParam>;
  std::vector<Job<N>> all = jobs<N>(2, ModelKind::main);
  Random random(5);
  for (Job<N>& own : all) {
    for (int i = 0; i < 4; ++i) {
      own.rtol.push_back(static_cast<N>(random.log_uniform(1e-5, 1e-3)));
      own.atol.push_back(static_cast<N>(random.log_uniform(1e-7, 1e-5)));
    }
  }
  expect_marches_alone<TypeParam>(all, limited({}));
}

TYPED_TEST(MarchLanes, FewerCircuitsThanLanes) {
  using N = core::NumberOf<TypeParam>;
  const std::vector<Job<N>> all = jobs<N>(2, ModelKind::main);
  for (const std::size_t count : {0U, 1U, 2U}) {
    const std::vector<Job<N>> few(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
    expect_marches_alone<TypeParam>(few, limited({}));
  }
}

}  // namespace
}  // namespace organics::test
