// integrate_models on CUDA: one kernel launch that marches a batch of models of your own, each in one thread: by any method,
// with its scratch in local memory, or, where small models go by a method that the call names, in registers.
//
// For a .cu of your own against organics::core and the CUDA runtime; nothing of the library is linked. Compile with
// nvcc 12.1 or later (its kernels take more than 4096 bytes of parameters), -std=c++20 and --expt-relaxed-constexpr.
// Every function of the model, and model_of, carry ORGANICS_FN; the model says how large it can be:
//   static constexpr int max_dimension = ...;
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "organics/march_models.hpp"
#include "organics/own_model.hpp"

namespace organics {

inline constexpr int model_threads = 128;

/// What the kernel takes: constant memory of the launch, read where it is.
template <class T, class MakeModel>
struct ModelBatch {
  std::int64_t items;
  MakeModel model_of;
  MarchPlan<T> plan;
  core::MethodTables<T> tables;
  int slots;
  int degree;
  T* fourier;
};

/// One thread marches one model. The 1 lets a thread have all the registers it needs.
template <bool simple, class T, class MakeModel>
__global__ void __launch_bounds__(model_threads, 1)
    integrate_models_kernel(const __grid_constant__ ModelBatch<T, MakeModel> batch) {
  constexpr int most = model_type<MakeModel>::max_dimension;
  T x[most];
  T numbers[core::largest_march_scratch(most, !simple)];
  int integers[most];
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * model_threads + threadIdx.x;
  if (i >= batch.items) return;
  auto model = batch.model_of(i);
  const auto work = core::march_work(numbers, integers, batch.plan.m, batch.slots, batch.degree);
  const auto piece = static_cast<std::int64_t>(core::dominant_frequency_size(batch.plan.frequency_bins));
  integrate_model<simple>(core::Solo{}, model, batch.plan, batch.tables, i, x, batch.fourier + i * piece, work);
}

/// Queues the integration of model_of(i), i = 0 .. items - 1, on the stream and returns without waiting for it.
///
/// `plan` is march_plan(m, inputs, options, results), m the dimension of every model, with all views in device (or
/// managed) memory; `tables` is core::method_tables<T>(options.method, options.rtol). Nothing is checked but sizes: where you link
/// the library, require_march_arguments() checks the rest. x0 is needed unless the model has rest().
/// `fourier`: device memory, needed for summary.frequency alone: core::dominant_frequency_size(options.frequency_bins)
/// numbers for each model.
template <class T, class MakeModel>
  requires OwnModel<model_type<MakeModel>, T>
cudaError_t integrate_models_async(cudaStream_t stream, std::int64_t items, MakeModel model_of,
                                   const MarchPlan<T>& plan, const core::MethodTables<T>& tables,
                                   T* fourier = nullptr) {
  using Model = model_type<MakeModel>;
  const bool fits = plan.m >= 1 && plan.m <= Model::max_dimension;
  const bool starts = has_rest<Model, T> || plan.inputs.x0;
  const std::int64_t blocks = (items + model_threads - 1) / model_threads;
  if (items < 0 || blocks > std::numeric_limits<int>::max() || !fits || !starts) return cudaErrorInvalidValue;
  if (plan.frequency_bins > 0 && fourier == nullptr) return cudaErrorInvalidValue;
  if (items == 0) return cudaSuccess;
  const ModelBatch<T, MakeModel> batch = {
      items, model_of, plan, tables, tables.slots(core::is_autonomous<Model>()), tables.degree(), fourier};
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(model_threads);
  config.stream = stream;
  const bool simple = is_simple(plan, tables);
  return cudaLaunchKernelEx(
      &config, simple ? integrate_models_kernel<true, T, MakeModel> : integrate_models_kernel<false, T, MakeModel>,
      batch);
}

/// The models of a block, for each of its threads.
struct BlockSource {
  std::int64_t first;
  int count;
  int* taken;  ///< of the block

  __device__ std::int64_t next() const {
    const int i = atomicAdd(taken, 1);
    return i < count ? first + i : -1;
  }
};

/// A thread marches a model and then takes the next of its block, which has `each` for a thread, while its neighbours step.
/// The device hands out blocks as multiprocessors get free: no memory is wanted for a queue of all models.
template <Method method, bool equal, class T, class MakeModel>
__global__ void __launch_bounds__(model_threads, 1)
    march_models_kernel(const __grid_constant__ ModelPlan<T, MakeModel> batch, std::int64_t items, int each) {
  __shared__ int taken;
  if (threadIdx.x == 0) taken = 0;
  __syncthreads();
  const int most = model_threads * each;
  const std::int64_t first = std::int64_t{blockIdx.x} * most;
  const std::int64_t rest = items - first;
  const BlockSource source = {first, rest < most ? static_cast<int>(rest) : most, &taken};
  march_models<method, equal>(batch, source);
}

/// Models that one thread takes, one after the other: several where even so there are enough blocks to keep a large device
/// busy to the end.
constexpr std::int64_t models_each(std::int64_t items) {
  constexpr std::int64_t blocks = 4096;
  return std::clamp<std::int64_t>(items / (blocks * model_threads), 1, 16);
}

/// The same for the method that the plan is for, named where the call is compiled: its kernels know the method. Where
/// samples are all that is wanted of models of max_dimension components, explicit methods then march small models in
/// registers (march_models.hpp), to the same results; all else is as above.
template <Method method, class T, class MakeModel>
  requires OwnModel<model_type<MakeModel>, T>
cudaError_t integrate_models_async(cudaStream_t stream, std::int64_t items, MakeModel model_of,
                                   const MarchPlan<T>& plan, T* fourier = nullptr) {
  using Model = model_type<MakeModel>;
  const auto tables = core::method_tables<T>(method, plan.options.rtol);
  if constexpr (is_marched_in_registers<method, Model, T>()) {
    const std::int64_t each = models_each(items);
    const std::int64_t blocks = (items + model_threads * each - 1) / (model_threads * each);
    const bool equal = plan.options.fixed_step > T(0);
    const bool fits = plan.m == Model::max_dimension && items > 0 && blocks <= std::numeric_limits<int>::max();
    const bool starts = has_rest<Model, T> || plan.inputs.x0;
    if (is_simple(plan, tables) && fits && starts && (equal || has_error_estimate(method))) {
      cudaLaunchConfig_t config = {};
      config.gridDim = dim3(static_cast<unsigned>(blocks));
      config.blockDim = dim3(model_threads);
      config.stream = stream;
      auto kernel = march_models_kernel<method, true, T, MakeModel>;
      if constexpr (has_error_estimate(method)) {
        if (!equal) kernel = march_models_kernel<method, false, T, MakeModel>;
      }
      return cudaLaunchKernelEx(&config, kernel, ModelPlan<T, MakeModel>{model_of, plan}, items,
                                static_cast<int>(each));
    }
  }
  return integrate_models_async(stream, items, model_of, plan, tables, fourier);
}

}  // namespace organics
