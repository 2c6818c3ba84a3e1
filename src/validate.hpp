// Checks that every host function makes before it starts work; all throw InvalidArgument with one line that names the
// field, the value and what was expected.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "backend.hpp"
#include "organics/circuits.hpp"
#include "organics/error.hpp"

namespace organics {

/// A view's shape: present (unless `optional`), items as expected, rows x cols as expected, stride 0 or enough.
template <class T>
void require_shape(std::string_view field, const BatchView<T>& view, std::int64_t items, int rows, int cols,
                   bool optional, bool may_share) {
  if (!view) {
    if (optional || items == 0) return;
    throw InvalidArgument(
        fmt::format("{}: no data; expected {} x {} values for each of {} circuits", field, rows, cols, items));
  }
  if (view.items != items) {
    throw InvalidArgument(fmt::format("{}: items = {}: expected {}, the number of circuits", field, view.items, items));
  }
  if (view.rows != rows || view.cols != cols) {
    throw InvalidArgument(
        fmt::format("{}: shape = {} x {}: expected {} x {}", field, view.rows, view.cols, rows, cols));
  }
  if (rows < 0 || cols < 0) {
    throw InvalidArgument(fmt::format("{}: shape = {} x {}: expected no negative size", field, rows, cols));
  }
  const std::int64_t size = static_cast<std::int64_t>(rows) * cols;
  const bool shared_allowed = may_share || items <= 1;
  if (!(view.item_stride >= size || (view.item_stride == 0 && shared_allowed))) {
    throw InvalidArgument(fmt::format("{}: item_stride = {}: expected {}at least {}", field, view.item_stride,
                                      may_share ? "0 (shared) or " : "", size));
  }
}

/// Shapes of a batch of circuits.
template <class T>
void require_shapes(const Circuits<T>& batch);

/// Values of a batch of circuits in host memory.
template <class T>
void require_values(const Circuits<T>& batch);

/// What the values of an array must be.
enum class Bound { finite, nonnegative, positive };

/// Every value of a host array is finite and within the bound.
template <class T>
void require_bound(std::string_view field, const BatchView<const T>& view, Bound bound);

/// Every value of a host array is finite.
template <class T>
void require_finite(std::string_view field, const BatchView<const T>& view);

void require(bool condition, std::string_view field, double value, std::string_view expected);

void validate(const IntegrateOptions& options);
void validate(const SteadyStateOptions& options);

/// Checks a batch for an executor and says where its arrays live: true for device memory. Values are checked on the
/// host only. A Cpu executor never asks CUDA anything, so that a CPU run creates no CUDA context.
template <class T>
bool require_circuits(const Executor& executor, const Circuits<T>& batch);

/// An array that is given must live where the circuits do.
inline void require_place(const Executor& executor, std::string_view field, const void* data, bool device) {
  if (data == nullptr || !std::holds_alternative<Cuda>(executor) || backend::on_device(data) == device) return;
  throw InvalidArgument(fmt::format("{}: in {} memory: expected {} memory, as the circuits are there", field,
                                    device ? "host" : "device", device ? "device" : "host"));
}

}  // namespace organics
