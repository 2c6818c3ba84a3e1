// integrate on a device: a march per team.
//
// Circuits with constant parameters of which samples are all that is wanted are marched by an explicit method: single
// neurons by threads (integrate_planar.cu), more by tiles (integrate_tiles.cu), what fits neither by blocks. Everything else
// shares one operation, which needs far more; so do circuits that `automatic` finds stiff, once they are known. The method
// is a run-time value.
#include "backend.hpp"
#include "integrate.cuh"
#include "staging.cuh"

namespace organics::cuda {

/// Explicit marches of methods for single neurons that have no kernel of their own, and of circuits too large for tiles.
template <class T>
struct IntegrateSimplyOp {
  using Scalar = T;
  int n;
  ExplicitBatch<T> batch;
  Remaining stiff;
  std::size_t numbers_value;

  static constexpr bool never_in_tiles = true;
  static constexpr std::size_t solo_numbers = 8 + core::largest_march_scratch(2, false);
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 0; }

  template <class Team>
  using Weights = std::conditional_t<std::is_same_v<Team, core::Solo>, core::WeightsInPlace<>, core::SharedTerms<T>>;

  static __device__ core::WeightsInPlace<> weights(const core::Solo& /*team*/, T* /*terms*/) { return {}; }
  static __device__ core::SharedTerms<T> weights(const core::Block& /*team*/, T* terms) {
    return {reinterpret_cast<core::Term<T>*>(terms)};
  }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const MarchPlan<T>& plan = batch.plan;
    const core::Tableau<T>& tableau = batch.tableau;
    core::MarchedCircuit<T, 0, Weights<Team>> model{circuit_for<Team>(circuit(batch.circuits, i)),
                                                    weights(team, numbers)};
    const int m = model.dimension();
    T* x = numbers + m;
    core::lay_constants(team, model.circuit, x + m);
    const auto work = core::march_work(x + m + core::constants_size(n), integers, m,
                                       tableau.stages + tableau.dense_stages, tableau.dense_degree);
    core::ExplicitStepper<T> stepper{tableau, batch.watch};
    core::Sampler<T> sampler = core::sampler_of(recording<T>(plan, i, nullptr));
    const core::March<T> march = march_item(team, model, stepper, sampler, plan, i, x, work);
    if (march.ended_by != core::handed_over) {
      write_march(team, plan, i, march, x);
    } else if (team.rank() == 0) {
      stiff.append(i);
    }
  }
};

/// A batch and what is wanted of it.
template <class T>
struct IntegrateArguments {
  Circuits<T> circuits;
  MarchPlan<T> plan;
  core::MethodTables<T> tables;
  T* fourier = nullptr;  ///< scratch of the dominant frequency, one piece per circuit
};

template <class T>
struct IntegrateOp {
  using Scalar = T;
  int n;
  IntegrateArguments<T> arguments;
  int slots;
  int degree;
  std::size_t numbers_value;  ///< the state, the constants and the march's own

  static constexpr std::size_t solo_numbers = 8 + core::largest_march_scratch(4, true);
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return static_cast<std::size_t>(arguments.plan.m); }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const IntegrateArguments<T>& a = arguments;
    auto model = driven_circuit(a.circuits, a.plan.inputs.stimulus, a.plan.inputs.gains, i);
    model.circuit = circuit_for<Team>(model.circuit);
    const int m = a.plan.m;
    core::lay_constants(team, model.circuit, numbers + m);
    const auto work = core::march_work(numbers + m + core::constants_size(n), integers, m, slots, degree);
    const auto piece = static_cast<std::int64_t>(core::dominant_frequency_size(a.plan.frequency_bins));
    integrate_model<false>(team, model, a.plan, a.tables, i, numbers, a.fourier + i * piece, work);
  }
};

namespace {

template <class T>
IntegrateArguments<T> integrate_arguments(const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
                                          const IntegrateOptions& options, const IntegrateResults<T>& results) {
  const int m = state_size(circuits, inputs.gains);
  return {circuits, march_plan(m, inputs, options, results), core::method_tables<T>(options.method, options.rtol)};
}

/// Queues the explicit marches of a whole batch; in a measuring arena it only adds up. `method`: that of the tableau.
template <class T>
void integrate_explicitly(cudaStream_t stream, Arena& arena, const Queue& queue, const ExplicitBatch<T>& batch,
                          const Remaining& stiff, Method method) {
  const int n = batch.circuits.n;
  if (n == 1 && has_planar_kernel(method)) {
    if (!arena.measuring()) integrate_planar(stream, queue, batch, stiff, method);
    return;
  }
  const Tiles tiles = choose_tiles(batch, device_limits());
  if (tiles.width > 0) {
    if (!arena.measuring()) integrate_in_tiles(stream, queue, batch, stiff, tiles);
    return;
  }
  const IntegrateSimplyOp<T> op{n, batch, stiff, march_batch_scratch<core::SharedTerms<T>>(n, batch.tableau)};
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, queue.items));
  if (!arena.measuring()) launch(op, queue, scratch, stream);
}

/// Queues the marches of all that the queue holds, whatever they are of; in a measuring arena it only adds up.
template <class T>
void integrate_anything(cudaStream_t stream, Arena& arena, const Queue& queue, IntegrateArguments<T> arguments) {
  const MarchPlan<T>& plan = arguments.plan;
  const auto items = static_cast<std::size_t>(queue.items);
  arguments.fourier = arena.take<T>(core::dominant_frequency_size(plan.frequency_bins) * items);
  const int n = arguments.circuits.n;
  const std::size_t numbers =
      static_cast<std::size_t>(plan.m + core::constants_size(n)) + core::march_scratch(plan.m, arguments.tables, false);
  const IntegrateOp<T> op{n, arguments, arguments.tables.slots(false), arguments.tables.degree(), numbers};
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, queue.items));
  if (!arena.measuring()) launch(op, queue, scratch, stream);
}

/// Queues the work. With `automatic`, what can be marched explicitly is, and what turns out stiff on the way, from its start
/// by the stepper that changes: as on the CPU, and the host does not look in between.
template <class T>
void integrate_on_device(cudaStream_t stream, Arena& arena, const IntegrateArguments<T>& arguments,
                         const IntegrateOptions& options) {
  const auto& [circuits, plan, tables, fourier] = arguments;
  const std::int64_t items = circuits.items;
  auto* next = arena.take<unsigned long long>(3);  // two queues and the length of a list
  if (!arena.measuring()) check(cudaMemsetAsync(next, 0, 3 * sizeof *next, stream), "clear the queues");
  if (!is_plain(plan) || (tables.solves() && !tables.may_change)) {
    integrate_anything(stream, arena, {next, items}, arguments);
    return;
  }
  Remaining stiff = {next + 2, nullptr};
  if (tables.may_change) stiff.list = arena.take<std::int64_t>(static_cast<std::size_t>(items));
  const Method method = tables.may_change ? core::explicit_choice(options.rtol) : options.method;
  integrate_explicitly(stream, arena, {next, items}, explicit_batch(circuits, plan, tables), stiff, method);
  if (tables.may_change) integrate_anything(stream, arena, {next + 1, items, stiff.list, stiff.count}, arguments);
}

template <class T>
Signal<T> in(Stage& stage, const Signal<T>& signal) {
  return {stage.in(signal.times), stage.in(signal.values), signal.kind};
}

template <class T>
DynamicGains<T> in(Stage& stage, const DynamicGains<T>& g) {
  return {g.inputs,          stage.in(g.tau_b0), stage.in(g.tau_b1), stage.in(g.W_b0x),
          stage.in(g.W_b1x), stage.in(g.W_b0y),  stage.in(g.W_b0a),  stage.in(g.W_b1y),
          stage.in(g.W_b1a), stage.in(g.W_zx),   stage.in(g.input),  in(stage, g.input_signal)};
}

template <class T>
IntegrateInputs<T> in(Stage& stage, const IntegrateInputs<T>& i) {
  return {stage.in(i.x0),
          stage.in(i.times),
          stage.in(i.span),
          stage.in(i.rtol),
          stage.in(i.atol),
          stage.in(i.event_levels),
          {in(stage, i.stimulus.z), in(stage, i.stimulus.b0), in(stage, i.stimulus.b1)},
          in(stage, i.gains)};
}

template <class T>
IntegrateResults<T> out(Stage& stage, const IntegrateResults<T>& r) {
  const IntegrateSummary<T>& s = r.summary;
  return {stage.out(r.states),
          stage.out(r.status),
          stage.out(r.accepted),
          stage.out(r.rejected),
          stage.out(r.time_reached),
          stage.out(r.final_state),
          stage.out(r.last_step),
          stage.out(r.rhs_evaluations),
          stage.out(r.jacobian_evaluations),
          stage.out(r.lu_factorisations),
          stage.out(r.step_times),
          stage.out(r.step_states),
          stage.out(r.steps_saved),
          stage.out(r.ended_by),
          stage.out(r.event_counts),
          stage.out(r.event_times),
          {stage.out(s.minimum), stage.out(s.maximum), stage.out(s.mean), stage.out(s.peak_time),
           stage.out(s.settling_time), stage.out(s.frequency)}};
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t integrate_workspace_size(const Cuda& cuda, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
                                     const IntegrateOptions& options) {
  const cuda::DeviceScope scope(cuda);
  // results decide whether a circuit needs the larger kernel, and scratch for its frequency: the largest is reported
  std::size_t largest = 0;
  for (const bool with_frequency : {false, true}) {
    auto arguments = cuda::integrate_arguments<T>(circuits, inputs, options, {});
    arguments.plan.save_every = with_frequency ? 1 : arguments.plan.save_every;
    arguments.plan.frequency_bins = with_frequency ? options.frequency_bins : 0;
    cuda::Arena arena;
    cuda::integrate_on_device<T>(cuda.stream, arena, arguments, options);
    largest = std::max(largest, arena.used());
  }
  return largest;
}

template <class T>
void integrate(const Cuda& cuda, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
               const IntegrateOptions& options, const IntegrateResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  if (on_device(circuits.Wr.data)) {
    const auto arguments = cuda::integrate_arguments<T>(circuits, inputs, options, results);
    cuda::Arena needed;
    cuda::integrate_on_device<T>(cuda.stream, needed, arguments, options);
    cuda::require_workspace(cuda, needed.used(), "integrate");
    cuda::Arena arena(cuda.workspace);
    cuda::integrate_on_device<T>(cuda.stream, arena, arguments, options);
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "integrate", [&](cuda::Stage& stage) {
    const auto chunk = stage.in(circuits);
    const auto chunk_inputs = cuda::in(stage, inputs);
    const auto chunk_results = cuda::out(stage, results);
    cuda::integrate_on_device<T>(stage.stream(), stage.arena(),
                                 cuda::integrate_arguments<T>(chunk, chunk_inputs, options, chunk_results), options);
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                                   \
  template std::size_t integrate_workspace_size<T>(const Cuda&, const Circuits<T>&, const IntegrateInputs<T>&,    \
                                                   const IntegrateOptions&);                                      \
  template void integrate<T>(const Cuda&, const Circuits<T>&, const IntegrateInputs<T>&, const IntegrateOptions&, \
                             const IntegrateResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
