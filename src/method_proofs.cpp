// Every method has the orders it states, proved from its coefficients while this file compiles.
#include "organics/core/explicit_methods.hpp"
#include "organics/core/method.hpp"
#include "organics/core/order_conditions.hpp"
#include "organics/core/rosenbrock_methods.hpp"

namespace organics::core {
namespace {

template <class Table>
constexpr bool states(const Table& t, Method method) {
  return t.order == order(method) && (t.embedded_order > 0) == has_error_estimate(method);
}

template <class Table>
constexpr bool proves_dense_output(const Table& t) {
  return proves_dense_order(t, 0.2) && proves_dense_order(t, 0.55) && proves_dense_order(t, 0.9) && proves_dense_end(t);
}

static_assert(states(euler(), Method::euler));
static_assert(proves_order(euler()));
static_assert(proves_error_estimate(euler()));
static_assert(proves_dense_output(euler()));

static_assert(states(heun(), Method::heun));
static_assert(proves_order(heun()));
static_assert(proves_error_estimate(heun()));
static_assert(proves_dense_output(heun()));

static_assert(states(bogacki_shampine32(), Method::bogacki_shampine32));
static_assert(proves_order(bogacki_shampine32()));
static_assert(proves_error_estimate(bogacki_shampine32()));
static_assert(proves_dense_output(bogacki_shampine32()));

static_assert(states(rk4(), Method::rk4));
static_assert(proves_order(rk4()));
static_assert(proves_error_estimate(rk4()));
static_assert(proves_dense_output(rk4()));

static_assert(states(dormand_prince54(), Method::dormand_prince54));
static_assert(proves_order(dormand_prince54()));
static_assert(proves_error_estimate(dormand_prince54()));
static_assert(proves_dense_output(dormand_prince54()));

static_assert(states(tsitouras54(), Method::tsitouras54));
static_assert(proves_order(tsitouras54()));
static_assert(proves_error_estimate(tsitouras54()));
static_assert(proves_dense_output(tsitouras54()));

static_assert(states(verner65(), Method::verner65));
static_assert(proves_order(verner65()));
static_assert(proves_error_estimate(verner65()));
static_assert(proves_dense_output(verner65()));

static_assert(states(dormand_prince853(), Method::dormand_prince853));
static_assert(proves_order(dormand_prince853()));
static_assert(proves_error_estimate(dormand_prince853()));
static_assert(proves_dense_output(dormand_prince853()));

static_assert(states(rosenbrock23(), Method::rosenbrock23));
static_assert(proves_order(rosenbrock23()));
static_assert(proves_error_estimate(rosenbrock23()));
static_assert(proves_dense_output(rosenbrock23()));

static_assert(states(rodas43(), Method::rodas43));
static_assert(proves_order(rodas43()));
static_assert(proves_error_estimate(rodas43()));
static_assert(proves_dense_output(rodas43()));

}  // namespace
}  // namespace organics::core
