// integrate for single neurons on a device: a thread per circuit, that takes the next one when its own has ended.
//
// The threads of a warp step together, so that a circuit of many steps holds up no other. Size and tableau are known to
// the compiler: state and slopes are registers (cuda/registers.txt says so).
#include "integrate.cuh"
#include "organics/core/circuit_storage.hpp"
#include "organics/core/constant_tableau.hpp"
#include "organics/core/march_lanes.hpp"

namespace organics::cuda {

namespace {

/// The circuits of a batch for one thread, as march_lanes() asks for them.
template <class T>
struct ThreadQueue {
  Queue queue;
  const ExplicitBatch<T>& batch;
  const Remaining& stiff;
  core::MarchedCircuit<T, 1>& model;
  core::Tolerance<T>& tolerance;
  T* storage;    ///< of one circuit
  T* constants;  ///< of one circuit
  T* start;      ///< 2
  std::int64_t item = 0;

  __device__ bool take(int /*lane*/, core::LaneStart<T>& first) {
    const std::int64_t next = queue.take();
    if (next < 0) return false;
    item = next;
    const core::Circuit<T> given = circuit(batch.circuits, item);
    const T* vectors[] = {given.tau_y, given.tau_a, given.b0, given.b1, given.sigma, given.z, given.Wr, given.W};
    for (int k = 0; k < 8; ++k) storage[k] = *vectors[k];
    core::Circuit<T> own = core::stored_circuit<T>(storage, 1, given.model);
    core::lay_constants(core::Solo{}, own, constants);
    model.circuit = own;
    core::load_start(core::Solo{}, model, batch.plan.inputs.x0.item_or_null(item), start);
    tolerance = organics::tolerance(batch.plan, item);
    const auto [begin, end] = time_span(batch.plan, item);
    first = {begin, end, core::samples_of(recording<T>(batch.plan, item, nullptr))};
    return true;
  }
  __device__ void begin(bool fresh, T* x) const {
    for (int k = 0; k < 2; ++k) x[k] = core::select(fresh, start[k], x[k]);
  }
  __device__ void reach(const T* x) const {
    for (int k = 0; k < 2; ++k) start[k] = x[k];
  }
  __device__ void finish(int /*lane*/, const core::March<T>& march) const {
    if (march.ended_by == core::handed_over) {
      stiff.append(item);
    } else {
      write_march(core::Solo{}, batch.plan, item, march, start);
    }
  }
};

// Registers are enough for three blocks on a multiprocessor without a spill.
template <class T, Method method>
__global__ void __launch_bounds__(solo_threads, 3)
    planar_kernel(const __grid_constant__ ExplicitBatch<T> batch, Queue queue, const Remaining stiff) {
  using Table = core::ConstantTableau<T, method>;
  T storage[8];
  T constants[core::constants_size(1)];
  T start[2];
  T x[2] = {T(0), T(0)};
  T scratch[2 * (3 + Table::stages + Table::dense_stages + Table::dense_degree)];
  core::MarchedCircuit<T, 1> model{core::stored_circuit<T>(storage, 1, batch.circuits.model)};
  core::Tolerance<T> tolerance = {batch.plan.options.rtol, batch.plan.options.atol};
  const Table tableau;
  core::ExplicitStepper<T, Table> stepper{tableau, batch.watch};
  const auto work = core::march_work<T>(scratch, nullptr, 2, Table::stages + Table::dense_stages, Table::dense_degree);
  ThreadQueue<T> own = {queue, batch, stiff, model, tolerance, storage, constants, start};
  core::march_lanes(core::Solo{}, model, stepper, batch.plan.options, tolerance, 1, x, work, own);
}

template <Method method, class T>
void launch_planar(cudaStream_t stream, const Queue& queue, const ExplicitBatch<T>& batch, const Remaining& stiff) {
  const DeviceLimits limits = device_limits();
  const std::int64_t wanted = (queue.items + solo_threads - 1) / solo_threads;
  const int blocks = blocks_for(planar_kernel<T, method>, solo_threads, 0, wanted, limits);
  planar_kernel<T, method><<<blocks, solo_threads, 0, stream>>>(batch, queue, stiff);
  check(cudaGetLastError(), "launch a kernel");
}

}  // namespace

template <class T>
void integrate_planar(cudaStream_t stream, const Queue& queue, const ExplicitBatch<T>& batch, const Remaining& stiff,
                      Method method) {
  if (queue.items == 0) return;
  switch (method) {
    case Method::dormand_prince54:
      return launch_planar<Method::dormand_prince54>(stream, queue, batch, stiff);
    case Method::tsitouras54:
      return launch_planar<Method::tsitouras54>(stream, queue, batch, stiff);
    case Method::verner65:
      return launch_planar<Method::verner65>(stream, queue, batch, stiff);
    default:
      return launch_planar<Method::rk4>(stream, queue, batch, stiff);
  }
}

template void integrate_planar<double>(cudaStream_t, const Queue&, const ExplicitBatch<double>&, const Remaining&,
                                       Method);
template void integrate_planar<float>(cudaStream_t, const Queue&, const ExplicitBatch<float>&, const Remaining&,
                                      Method);

}  // namespace organics::cuda
