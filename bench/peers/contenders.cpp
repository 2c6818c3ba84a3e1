#include "contenders.hpp"

#include <algorithm>
#include <numeric>

#include "peer_batch.hpp"

namespace organics::bench {
namespace {

std::int64_t sum(const std::vector<std::int32_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

Contender ours(Method method) {
  return {"organics",
          "as it comes",
          name(method),
          method != Method::rk4,
          method,
          [method](const DrawnBatch& batch, const IntegrateTask& task, double* states) {
            return integrate_ours(method, batch, task, states);
          }};
}

#if defined(ORGANICS_BENCH_ODEINT) || defined(ORGANICS_BENCH_SUNDIALS)
using Peer = IntegrateCounts (*)(const PlainBatch&, const IntegrateTask&, double*);

Contender peer(const char* library, const char* use, const char* method, bool adaptive, Method operations, Peer run) {
  return {library,
          use,
          method,
          adaptive,
          operations,
          [run](const DrawnBatch& batch, const IntegrateTask& task, double* states) {
            return run(peer_batch(batch), task, states);
          }};
}
#endif

}  // namespace

IntegrateCounts integrate_ours(Method method, const DrawnBatch& batch, const IntegrateTask& task, double* states) {
  const std::int64_t items = batch.items;
  const auto count = static_cast<std::size_t>(items);
  std::vector<Status> status(count);
  std::vector<std::int32_t> accepted(count);
  std::vector<std::int32_t> rejected(count);
  std::vector<std::int32_t> rhs(count);
  const double span[] = {0, task.end};
  IntegrateInputs<double> inputs;
  inputs.span = shared(static_cast<const double*>(span), items, 2);
  IntegrateOptions options;
  options.method = method;
  options.rtol = task.rtol > 0 ? task.rtol : options.rtol;
  options.atol = task.atol;
  options.fixed_step = task.step;
  IntegrateResults<double> results;
  results.final_state = packed(states, items, 2 * batch.n);
  results.status = packed(status.data(), items, 1);
  results.accepted = packed(accepted.data(), items, 1);
  results.rejected = packed(rejected.data(), items, 1);
  results.rhs_evaluations = packed(rhs.data(), items, 1);
  integrate<double>(Cpu{1}, batch.circuits(), inputs, options, results);
  return {sum(accepted), sum(accepted) + sum(rejected), sum(rhs),
          items - std::count(status.begin(), status.end(), Status::ok)};
}

std::vector<Contender> contenders() {
  std::vector<Contender> all = {ours(Method::dormand_prince54), ours(Method::tsitouras54), ours(Method::verner65),
                                ours(Method::dormand_prince853), ours(Method::automatic)};
  const Method uncounted = Method::automatic;
#if defined(ORGANICS_BENCH_ODEINT)
  const char* boost = "Boost.odeint";
  const char* dp = "dormand_prince54";
  all.push_back(peer(boost, "at its best", dp, true, Method::dormand_prince54, odeint::dopri5_best));
  all.push_back(peer(boost, "as users write it", dp, true, Method::dormand_prince54, odeint::dopri5_plain));
#endif
#if defined(ORGANICS_BENCH_SUNDIALS)
  const char* plain = "as users write it";
  all.push_back(peer("ARKODE", plain, "dormand_prince54", true, uncounted, sundials::arkode_dormand_prince));
  all.push_back(peer("CVODE", plain, "Adams, fixed point", true, uncounted, sundials::cvode_adams_fixed_point));
  all.push_back(peer("CVODE", plain, "Adams, dense", true, uncounted, sundials::cvode_adams_dense));
  all.push_back(peer("CVODE", plain, "BDF, dense", true, uncounted, sundials::cvode_bdf));
#endif
  all.push_back(ours(Method::rk4));
#if defined(ORGANICS_BENCH_ODEINT)
  all.push_back(peer(boost, "at its best", "rk4", false, Method::rk4, odeint::rk4_best));
  all.push_back(peer(boost, "as users write it", "rk4", false, Method::rk4, odeint::rk4_plain));
#endif
  static_cast<void>(uncounted);
  return all;
}

std::vector<std::string> peer_versions() {
  std::vector<std::string> versions;
#if defined(ORGANICS_BENCH_ODEINT)
  versions.push_back(odeint::version());
#endif
#if defined(ORGANICS_BENCH_SUNDIALS)
  versions.push_back(sundials::version());
#endif
  return versions;
}

}  // namespace organics::bench
