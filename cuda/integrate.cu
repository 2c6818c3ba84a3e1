// integrate on a device: a march per team.
//
// Two operations: circuits with constant parameters, explicit methods and samples have a kernel of their own, as it needs
// far less; everything else shares one. The method is a run-time value in both. Single neurons have kernels by method
// (integrate_planar.cu).
#include "backend.hpp"
#include "integrate.cuh"
#include "staging.cuh"

namespace organics::cuda {

template <class T>
struct IntegrateSimplyOp {
  using Scalar = T;
  int n;
  IntegrateArguments<T> arguments;

  static constexpr std::size_t solo_numbers = 6 + core::largest_march_scratch(2, false);
  __host__ __device__ std::size_t numbers() const { return arguments.numbers; }
  std::size_t integers() const { return 0; }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const IntegrateArguments<T>& a = arguments;
    core::MarchedCircuit<T> model{circuit_for<Team>(circuit(a.circuits, i))};
    const int m = model.dimension();
    core::lay_constants(team, model.circuit, numbers + m);
    const auto work = core::march_work(numbers + m + core::constants_size(n), integers, m, a.slots, a.degree);
    integrate_model<true>(team, model, a.plan, a.tables, i, numbers, static_cast<T*>(nullptr), work);
  }
};

template <class T>
struct IntegrateOp {
  using Scalar = T;
  int n;
  IntegrateArguments<T> arguments;

  static constexpr std::size_t solo_numbers = 8 + core::largest_march_scratch(4, true);
  __host__ __device__ std::size_t numbers() const { return arguments.numbers; }
  std::size_t integers() const { return static_cast<std::size_t>(arguments.plan.m); }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const IntegrateArguments<T>& a = arguments;
    auto model = driven_circuit(a.circuits, a.plan.inputs.stimulus, a.plan.inputs.gains, i);
    model.circuit = circuit_for<Team>(model.circuit);
    const int m = a.plan.m;
    core::lay_constants(team, model.circuit, numbers + m);
    const auto work = core::march_work(numbers + m + core::constants_size(n), integers, m, a.slots, a.degree);
    const auto piece = static_cast<std::int64_t>(core::dominant_frequency_size(a.plan.frequency_bins));
    integrate_model<false>(team, model, a.plan, a.tables, i, numbers, a.fourier + i * piece, work);
  }
};

namespace {

template <class T>
IntegrateArguments<T> integrate_arguments(const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
                                          const IntegrateOptions& options, const IntegrateResults<T>& results) {
  IntegrateArguments<T> arguments;
  arguments.circuits = circuits;
  const int m = state_size(circuits, inputs.gains);
  arguments.plan = march_plan(m, inputs, options, results);
  arguments.tables = core::method_tables<T>(options.method, options.rtol);
  arguments.slots = arguments.tables.slots(false);
  arguments.degree = arguments.tables.degree();
  arguments.numbers = static_cast<std::size_t>(m) + static_cast<std::size_t>(core::constants_size(circuits.n)) +
                      core::march_scratch(m, arguments.tables, false);
  arguments.fourier = nullptr;
  return arguments;
}

template <class Op>
void queue_operation(cudaStream_t stream, Arena& arena, const Op& op, std::int64_t items) {
  auto* next = arena.take<unsigned long long>(1);
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
  launch(op, Queue{next, items}, scratch, stream);
}

template <class T>
void integrate_on_device(cudaStream_t stream, Arena& arena, IntegrateArguments<T> arguments, Method method) {
  const int n = arguments.circuits.n;
  const std::int64_t items = arguments.circuits.items;
  if (is_simple(arguments.plan, arguments.tables)) {
    if (n == 1 && has_planar_kernel(method)) {
      auto* next = arena.take<unsigned long long>(1);
      if (arena.measuring()) return;
      check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
      integrate_planar(stream, next, arguments.circuits, arguments.plan, method);
      return;
    }
    queue_operation(stream, arena, IntegrateSimplyOp<T>{n, arguments}, items);
    return;
  }
  const std::size_t piece = core::dominant_frequency_size(arguments.plan.frequency_bins);
  arguments.fourier = arena.take<T>(piece * static_cast<std::size_t>(items));
  queue_operation(stream, arena, IntegrateOp<T>{n, arguments}, items);
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
    cuda::integrate_on_device<T>(cuda.stream, arena, arguments, options.method);
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
    cuda::integrate_on_device<T>(cuda.stream, needed, arguments, options.method);
    cuda::require_workspace(cuda, needed.used(), "integrate");
    cuda::Arena arena(cuda.workspace);
    cuda::integrate_on_device<T>(cuda.stream, arena, arguments, options.method);
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "integrate", [&](cuda::Stage& stage) {
    const auto chunk = stage.in(circuits);
    const auto chunk_inputs = cuda::in(stage, inputs);
    const auto chunk_results = cuda::out(stage, results);
    cuda::integrate_on_device<T>(cuda.stream, stage.arena(),
                                 cuda::integrate_arguments<T>(chunk, chunk_inputs, options, chunk_results),
                                 options.method);
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
