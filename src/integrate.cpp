#include "organics/integrate.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

#include "organics/parallel.hpp"
#include "organics/trajectory.hpp"
#include "together.hpp"
#include "validate_integrate.hpp"

namespace organics {

namespace {

/// Integrates circuit i on one lane: explicit methods and samples alone have the shorter way.
template <class T>
void integrate_one(const Circuits<T>& circuits, const MarchPlan<T>& plan, const core::MethodTables<T>& tables,
                   std::int64_t i, T* numbers, int* integers) {
  const core::Solo team;
  T* fourier = numbers + plan.m;
  T* constants = fourier + core::dominant_frequency_size(plan.frequency_bins);
  T* march = constants + core::constants_size(circuits.n);
  const auto work = core::march_work(march, integers, plan.m, tables.slots(false), tables.degree());
  if (is_simple(plan, tables)) {
    core::MarchedCircuit<T> model{circuit(circuits, i)};
    core::lay_constants(team, model.circuit, constants);
    integrate_model<true>(team, model, plan, tables, i, numbers, fourier, work);
  } else {
    auto model = driven_circuit(circuits, plan.inputs.stimulus, plan.inputs.gains, i);
    core::lay_constants(team, model.circuit, constants);
    integrate_model<false>(team, model, plan, tables, i, numbers, fourier, work);
  }
}

/// Circuits of a batch for the lanes of one worker.
template <class T>
class LaneQueue {
 public:
  LaneQueue(const simd::Lanes<T>& registers, const Circuits<T>& circuits, const MarchPlan<T>& plan,
            std::atomic<std::int64_t>& next, int queues, int lanes)
      : registers_(registers),
        circuits_(circuits),
        plan_(plan),
        next_(next),
        run_(run_length(static_cast<std::int64_t>(queues) * lanes, circuits.items)),
        lanes_(lanes),
        items_(static_cast<std::size_t>(lanes)),
        x_(static_cast<std::size_t>(plan.m)) {}

  bool take(int lane, T* numbers, core::LaneStart<T>& start) {
    if (at_ == end_) {
      at_ = next_.fetch_add(run_, std::memory_order_relaxed);
      end_ = at_ + run_;
    }
    if (at_ >= circuits_.items) {
      end_ = at_;
      return false;
    }
    const std::int64_t i = at_++;
    items_[static_cast<std::size_t>(lane)] = i;
    const core::CircuitModel<T> model{circuit(circuits_, i)};
    core::load_start(core::Solo{}, model, plan_.inputs.x0.item_or_null(i), x_.data());
    T* next = lay_vectors(model.circuit, lanes_, numbers);
    for (const T* M : {model.circuit.Wr, model.circuit.W}) next = registers_.lay_matrix(M, circuits_.n, next);
    next = lay(x_.data(), plan_.m, lanes_, next);
    const core::Tolerance<T> own = tolerance(plan_, i);
    if (own.rtol_each != nullptr) next = lay(own.rtol_each, plan_.m, lanes_, next);
    if (own.atol_each != nullptr) lay(own.atol_each, plan_.m, lanes_, next);
    const auto [begin, end] = time_span(plan_, i);
    start = {begin, end, samples_of(recording<T>(plan_, i, nullptr))};
    return true;
  }

  void finish(int lane, const T* x, const core::March<T>& march) {
    if (march.ended_by == core::handed_over) {
      handed_over_.push_back(items_[static_cast<std::size_t>(lane)]);
      return;
    }
    for (int k = 0; k < plan_.m; ++k) x_[static_cast<std::size_t>(k)] = x[k * lanes_];
    write_march(core::Solo{}, plan_, items_[static_cast<std::size_t>(lane)], march, x_.data());
  }

  /// The circuits that turned out stiff, in no order.
  const std::vector<std::int64_t>& handed_over() const { return handed_over_; }

 private:
  const simd::Lanes<T>& registers_;
  const Circuits<T>& circuits_;
  const MarchPlan<T>& plan_;
  std::atomic<std::int64_t>& next_;
  std::int64_t run_;  ///< circuits taken from `next_` at a time
  std::int64_t at_ = 0;
  std::int64_t end_ = 0;
  std::ptrdiff_t lanes_;
  std::vector<std::int64_t> items_;  ///< which circuit each lane has
  std::vector<T> x_;
  std::vector<std::int64_t> handed_over_;
};

/// Integrates the batch side by side, `lanes` circuits at a time on each thread, but for the circuits that it returns: those
/// are to be integrated one by one.
template <class T>
std::vector<std::int64_t> integrate_together(const simd::Lanes<T>& registers, int lanes, int threads,
                                             const Circuits<T>& circuits, const MarchPlan<T>& plan, Method method,
                                             const core::MethodTables<T>& tables) {
  // no more lanes than give every thread its share
  const auto share = (circuits.items + threads - 1) / std::max(1, threads);
  const int most = static_cast<int>(std::min<std::int64_t>(lanes, std::max<std::int64_t>(1, share)));
  std::atomic<std::int64_t> next{0};
  std::vector<LaneQueue<T>> queues(static_cast<std::size_t>(threads),
                                   LaneQueue<T>(registers, circuits, plan, next, threads, lanes));
  const std::vector<std::byte> one(registers.march_scratch(circuits.n, tables));
  std::vector<std::vector<std::byte>> scratch(static_cast<std::size_t>(threads), one);
  parallel_for(threads, threads, 1, [&](int worker, std::int64_t) {
    const auto k = static_cast<std::size_t>(worker);
    const simd::MarchTask<T> task = {circuits.n,
                                     circuits.model,
                                     method,
                                     plan.options,
                                     tables,
                                     static_cast<bool>(plan.inputs.rtol),
                                     static_cast<bool>(plan.inputs.atol),
                                     most,
                                     &queues[k],
                                     [](void* queue, int lane, T* numbers, core::LaneStart<T>& start) {
                                       return static_cast<LaneQueue<T>*>(queue)->take(lane, numbers, start);
                                     },
                                     [](void* queue, int lane, const T* x, const core::March<T>& march) {
                                       static_cast<LaneQueue<T>*>(queue)->finish(lane, x, march);
                                     }};
    registers.march(task, scratch[k].data());
  });
  std::vector<std::int64_t> left;
  for (const LaneQueue<T>& queue : queues)
    left.insert(left.end(), queue.handed_over().begin(), queue.handed_over().end());
  return left;
}

/// Integrates these circuits one by one; null: all of the batch.
template <class T>
void integrate_one_by_one(int threads, const Circuits<T>& circuits, const MarchPlan<T>& plan,
                          const core::MethodTables<T>& tables, const std::vector<std::int64_t>* which) {
  const auto m = static_cast<std::size_t>(plan.m);
  const std::size_t numbers = m + static_cast<std::size_t>(core::constants_size(circuits.n)) +
                              core::dominant_frequency_size(plan.frequency_bins) +
                              core::march_scratch(plan.m, tables, false);
  WorkerScratch<T> scratch(threads, numbers, m);
  const std::int64_t items = which == nullptr ? circuits.items : static_cast<std::int64_t>(which->size());
  parallel_for(threads, items, 1, [&](int worker, std::int64_t k) {
    const std::int64_t i = which == nullptr ? k : (*which)[static_cast<std::size_t>(k)];
    integrate_one(circuits, plan, tables, i, scratch.numbers(worker), scratch.integers(worker));
  });
}

}  // namespace

template <class T>
void integrate(const Executor& executor, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
               const IntegrateOptions& options, const IntegrateResults<T>& results) {
  require_integrate_arguments(executor, circuits, inputs, options, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::integrate(*cuda, circuits, inputs, options, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const auto tables = core::method_tables<T>(options.method, options.rtol);
  const MarchPlan<T> plan = march_plan(state_size(circuits, inputs.gains), inputs, options, results);
  const simd::Lanes<T>* registers = simd::lanes<T>(std::get<Cpu>(executor).simd);
  const bool explicit_first = !tables.solves() || tables.may_change;
  const int lanes = is_plain(plan) && explicit_first && registers != nullptr ? registers->march_lanes(circuits.n) : 0;
  if (lanes == 0) {
    integrate_one_by_one(threads, circuits, plan, tables, nullptr);
    return;
  }
  const Method method = tables.may_change ? core::explicit_choice(options.rtol) : options.method;
  const auto left = integrate_together(*registers, lanes, threads, circuits, plan, method, tables);
  if (!left.empty()) integrate_one_by_one(threads, circuits, plan, tables, &left);
}

template <class T>
std::size_t integrate_workspace_size(const Executor& executor, const Circuits<T>& circuits,
                                     const IntegrateInputs<T>& inputs, const IntegrateOptions& options) {
  validate(options);
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::integrate_workspace_size(*cuda, circuits, inputs, options) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                                       \
  template void integrate<T>(const Executor&, const Circuits<T>&, const IntegrateInputs<T>&, const IntegrateOptions&, \
                             const IntegrateResults<T>&);                                                             \
  template std::size_t integrate_workspace_size<T>(const Executor&, const Circuits<T>&, const IntegrateInputs<T>&,    \
                                                   const IntegrateOptions&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
