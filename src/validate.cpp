#include "validate.hpp"

#include <cmath>

namespace organics {

template <class T>
void require_bound(std::string_view field, const BatchView<const T>& view, Bound bound) {
  const std::int64_t distinct = view.item_stride == 0 ? std::min<std::int64_t>(1, view.items) : view.items;
  const std::int64_t size = static_cast<std::int64_t>(view.rows) * view.cols;
  for (std::int64_t i = 0; i < distinct; ++i) {
    const T* values = view.item(i);
    for (std::int64_t k = 0; k < size; ++k) {
      const T v = values[k];
      const bool good = std::isfinite(v) && (bound == Bound::finite || (bound == Bound::nonnegative ? v >= 0 : v > 0));
      if (good) continue;
      const std::string where = view.cols == 1 ? fmt::format("{}[{}]", field, k)
                                               : fmt::format("{}[{}, {}]", field, k % view.rows, k / view.rows);
      const char* expected = bound == Bound::finite        ? "a finite number"
                             : bound == Bound::nonnegative ? "a finite number >= 0"
                                                           : "a finite number > 0";
      throw InvalidArgument(fmt::format("circuit {}: {} = {}: expected {}", i, where, v, expected));
    }
  }
}

void require(bool condition, std::string_view field, double value, std::string_view expected) {
  if (!condition) throw InvalidArgument(fmt::format("{} = {}: expected {}", field, value, expected));
}

template <class T>
void require_shapes(const Circuits<T>& batch) {
  require(batch.n >= 1, "circuits: n", batch.n, "at least 1");
  require(batch.items >= 0, "circuits: items", static_cast<double>(batch.items), "0 or more");
  const auto vector = [&](std::string_view field, const BatchView<const T>& view) {
    require_shape(field, view, batch.items, batch.n, 1, false, true);
  };
  vector("tau_y", batch.tau_y);
  vector("tau_a", batch.tau_a);
  vector("b0", batch.b0);
  vector("b1", batch.b1);
  vector("sigma", batch.sigma);
  vector("z", batch.z);
  require_shape("Wr", batch.Wr, batch.items, batch.n, batch.n, false, true);
  require_shape("W", batch.W, batch.items, batch.n, batch.n, false, true);
}

template <class T>
void require_values(const Circuits<T>& batch) {
  require_bound("tau_y", batch.tau_y, Bound::positive);
  require_bound("tau_a", batch.tau_a, Bound::positive);
  require_bound("b0", batch.b0, Bound::nonnegative);
  require_bound("b1", batch.b1, Bound::nonnegative);
  require_bound("sigma", batch.sigma, Bound::nonnegative);
  require_bound("z", batch.z, Bound::finite);
  require_bound("Wr", batch.Wr, Bound::finite);
  require_bound("W", batch.W, Bound::nonnegative);
}

template <class T>
void require_finite(std::string_view field, const BatchView<const T>& view) {
  if (view) require_bound(field, view, Bound::finite);
}

template <class T>
void validate(const Circuits<T>& batch) {
  require_shapes(batch);
  if (batch.items > 0) require_values(batch);
}

template <class T>
bool require_circuits(const Executor& executor, const Circuits<T>& batch) {
  require_shapes(batch);
  if (batch.items == 0) return false;
  int on_device = 0;
  if (std::holds_alternative<Cuda>(executor)) {
    const void* pointers[] = {batch.tau_y.data, batch.tau_a.data, batch.b0.data, batch.b1.data,
                              batch.sigma.data, batch.z.data,     batch.Wr.data, batch.W.data};
    for (const void* pointer : pointers) on_device += backend::on_device(pointer) ? 1 : 0;
    if (on_device != 0 && on_device != 8) {
      throw InvalidArgument(
          fmt::format("circuits: {} of 8 parameter arrays are in device memory: expected all or none", on_device));
    }
  }
  if (on_device == 0) require_values(batch);
  return on_device != 0;
}

void validate(const SteadyStateOptions& options) {
  require(options.fixed_point_steps >= 0, "fixed_point_steps", options.fixed_point_steps, "0 or more");
  require(options.newton_steps >= 0, "newton_steps", options.newton_steps, "0 or more");
  require(options.residual_tolerance >= 0 && options.residual_tolerance < 1e-2, "residual_tolerance",
          options.residual_tolerance, "0 (the default) or a number below 0.01");
  constexpr int most_steps = 100000000;  // a circuit's counts stay within 32 bits
  const auto steps = [](const char* field, int value) {
    require(value >= 0 && value <= most_steps, field, value, "0 to 100000000");
  };
  steps("max_steps", options.max_steps);
  steps("cycle_steps", options.cycle_steps);
}

#define ORGANICS_INSTANTIATE(T)                                                       \
  template void require_shapes<T>(const Circuits<T>&);                                \
  template void require_values<T>(const Circuits<T>&);                                \
  template void require_bound<T>(std::string_view, const BatchView<const T>&, Bound); \
  template void require_finite<T>(std::string_view, const BatchView<const T>&);       \
  template void validate<T>(const Circuits<T>&);                                      \
  template bool require_circuits<T>(const Executor&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
