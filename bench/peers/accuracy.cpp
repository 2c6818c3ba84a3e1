#include "accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace organics::bench {
namespace {

constexpr double near_rounding = 1e-13;  // relative tolerance

using States = std::vector<double>;

std::size_t state_count(const DrawnBatch& batch) {
  return static_cast<std::size_t>(batch.items) * 2 * static_cast<std::size_t>(batch.n);
}

/// States at each of the times; `counts` of the last.
std::vector<States> states_of(const Contender& contender, IntegrateTask task, const DrawnBatch& batch,
                              IntegrateCounts& counts) {
  std::vector<States> all;
  for (const double time : error_times) {
    task.end = time;
    all.emplace_back(state_count(batch));
    counts = contender.run(batch, task, all.back().data());
  }
  return all;
}

/// Of each circuit, the error at one time.
std::vector<double> circuit_errors(const States& states, const States& truth, std::size_t m) {
  std::vector<double> errors(truth.size() / m);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    double difference = 0;
    double size = 0;
    for (std::size_t k = i * m; k < (i + 1) * m; ++k) {
      const double d = std::abs(states[k] - truth[k]);
      difference = std::isnan(difference) || d <= difference ? difference : d;  // NaN stays
      size = std::max(size, std::abs(truth[k]));
    }
    const double error = difference / size;
    errors[i] = error >= 0 ? error : std::numeric_limits<double>::infinity();
  }
  return errors;
}

double of_95_percent(std::vector<double> errors) {
  std::sort(errors.begin(), errors.end());
  return errors[static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(errors.size()))) - 1];
}

/// Circuits that the reference brings to the end.
std::vector<std::int64_t> finished(const DrawnBatch& batch) {
  std::vector<std::int64_t> sound;
  std::vector<double> states(state_count(batch));
  std::vector<Status> status(static_cast<std::size_t>(batch.items));
  const double span[] = {0, run_end};
  IntegrateInputs<double> inputs;
  inputs.span = shared(static_cast<const double*>(span), batch.items, 2);
  IntegrateResults<double> results;
  results.status = packed(status.data(), batch.items, 1);
  integrate<double>(Cpu{}, batch.circuits(), inputs, {}, results);
  for (std::size_t i = 0; i < status.size(); ++i) {
    if (status[i] == Status::ok) sound.push_back(static_cast<std::int64_t>(i));
  }
  return sound;
}

}  // namespace

Problem problem_of(int n, std::int64_t circuits) {
  Problem problem{DrawnBatch(n, circuits), {}, 0, "", 0};
  const std::vector<std::int64_t> sound = finished(problem.batch);
  problem.left_out = circuits - static_cast<std::int64_t>(sound.size());
  keep(problem.batch, sound);

  const std::vector<Contender> all = contenders();
  const auto called = [&](const std::string& method) {
    return *std::find_if(all.begin(), all.end(), [&](const Contender& c) { return c.method == method; });
  };
  const auto peer = std::find_if(all.begin(), all.end(), [](const Contender& c) { return c.library != "organics"; });
  const Contender witness = peer == all.end() ? called(name(Method::tsitouras54)) : *peer;
  problem.witness = witness.name();

  const IntegrateTask task{run_end, near_rounding, near_rounding * 1e-2, 0};
  IntegrateCounts counts;
  problem.truth = states_of(called(name(Method::dormand_prince853)), task, problem.batch, counts);
  const std::vector<States> other = states_of(witness, task, problem.batch, counts);
  for (std::size_t k = 0; k < other.size(); ++k) {
    for (const double error : circuit_errors(other[k], problem.truth[k], 2 * static_cast<std::size_t>(n))) {
      problem.disagreement = std::max(problem.disagreement, error);
    }
  }
  return problem;
}

Errors errors_of(const Contender& contender, const IntegrateTask& task, const Problem& problem,
                 IntegrateCounts& counts) {
  const std::vector<States> states = states_of(contender, task, problem.batch, counts);
  const auto m = 2 * static_cast<std::size_t>(problem.batch.n);
  std::vector<double> worst(static_cast<std::size_t>(problem.batch.items), 0.0);
  std::vector<double> last;
  for (std::size_t k = 0; k < states.size(); ++k) {
    last = circuit_errors(states[k], problem.truth[k], m);
    for (std::size_t i = 0; i < worst.size(); ++i) worst[i] = std::max(worst[i], last[i]);
  }
  return {of_95_percent(last), of_95_percent(worst)};
}

}  // namespace organics::bench
