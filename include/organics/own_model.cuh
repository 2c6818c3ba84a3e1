// integrate_models on CUDA: one kernel launch that marches a batch of models of your own, one thread per model.
//
// For a .cu of your own against organics::core and the CUDA runtime; nothing of the library is linked. Compile with
// nvcc 12.1 or later (its kernels take more than 4096 bytes of parameters), -std=c++20 and --expt-relaxed-constexpr.
// Every function of the model, and model_of, carry ORGANICS_FN; the model says how large it can be:
//   static constexpr int max_dimension = ...;   its scratch is that of one thread, in local memory
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

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

}  // namespace organics
