// Work and precision: what an error costs, for every method that chooses its own steps.
//
// Two sets of circuits, the Figure 4 ensemble (tau 2 ms) and the same with tau_a spread from 0.1 ms to 100 ms, start at
// rest and run 0.01 s (the transient) or 0.2 s, with the state wanted at the end alone or at 20 times. The truth is
// dormand_prince853 near rounding; what tsitouras54 near rounding says otherwise is the floor below which no error
// counts. Cost is processor time on one core: contenders take turns in short slices, and the median of rounds stands.
//
//   organics_work_precision [--csv FILE] [--circuits N] [--rounds N] [--limit TIMES]
// Writes one row per point to FILE and a Markdown table to stdout; fails where a method does not converge.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support.hpp"

namespace organics::bench {
namespace {

constexpr Method methods[] = {
    Method::heun,     Method::bogacki_shampine32, Method::dormand_prince54, Method::tsitouras54,
    Method::verner65, Method::dormand_prince853,  Method::rosenbrock23,     Method::rodas43,
    Method::automatic};
constexpr int loosest = 3;  // tolerances from 1e-3 to 1e-12
constexpr int tightest = 12;
constexpr int sample_count = 20;
constexpr double levels[] = {1e-3, 1e-6, 1e-9};  // errors of the printed table
constexpr double slice_seconds = 2e-3;           // many ticks of the clock, few of the scheduler
constexpr double never = std::numeric_limits<double>::infinity();

struct Workload {
  std::string csv = "work-precision.csv";
  std::int64_t circuits = 16;  // of n = 1; a quarter as many of n = 10, a sixteenth of n = 50
  int rounds = 5;
  double limit = 2;  // how many times as long as tsitouras54 at its tightest a method may take before its tighter
                     // tolerances are left out: they could not win
};

enum class Output { end, samples };
constexpr Output outputs[] = {Output::end, Output::samples};
constexpr const char* name(Output output) { return output == Output::end ? "end" : "samples"; }

struct Problem {
  std::string set;
  double end;  // seconds
  DrawnBatch batch;
};

/// Time constants of the normalisers from 0.1 ms to 100 ms, uniform in the logarithm.
void spread_time_constants(DrawnBatch& batch) {
  std::mt19937_64 generator(1);
  for (double& tau : batch.tau_a) tau = 1e-4 * std::pow(1e3, std::ldexp(static_cast<double>(generator() >> 11), -53));
}

/// One batch integrated from rest, with all that came of it.
struct Run {
  std::vector<double> states;  // m x samples (or 1) per circuit
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected, rhs, jacobians, lus;
  double seconds = 0;  // of the call
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::vector<double> sample_times(double end) {
  std::vector<double> times;
  for (int k = 1; k <= sample_count; ++k) times.push_back(end * k / sample_count);
  return times;
}

Run integrated(const Problem& problem, Output output, Method method, double rtol, double atol) {
  const std::int64_t items = problem.batch.items;
  const int m = 2 * problem.batch.n;
  const int columns = output == Output::end ? 1 : sample_count;
  const auto each = static_cast<std::size_t>(items);
  Run run;
  run.states.resize(each * static_cast<std::size_t>(m * columns));
  run.status.resize(each);
  for (auto* counts : {&run.accepted, &run.rejected, &run.rhs, &run.jacobians, &run.lus}) counts->resize(each);
  const std::vector<double> times = sample_times(problem.end);
  const double span[] = {0, problem.end};
  IntegrateInputs<double> inputs;
  inputs.span = shared(static_cast<const double*>(span), items, 2);
  IntegrateResults<double> results;
  if (output == Output::end) {
    results.final_state = packed(run.states.data(), items, m);
  } else {
    inputs.times = shared(times.data(), items, sample_count);
    results.states = packed(run.states.data(), items, m, sample_count);
  }
  results.status = packed(run.status.data(), items, 1);
  results.accepted = packed(run.accepted.data(), items, 1);
  results.rejected = packed(run.rejected.data(), items, 1);
  results.rhs_evaluations = packed(run.rhs.data(), items, 1);
  results.jacobian_evaluations = packed(run.jacobians.data(), items, 1);
  results.lu_factorisations = packed(run.lus.data(), items, 1);
  IntegrateOptions options;
  options.method = method;
  options.rtol = rtol;
  options.atol = atol;
  const double start = processor_seconds();
  integrate<double>(Cpu{1}, problem.batch.circuits(), inputs, options, results);
  run.seconds = processor_seconds() - start;
  return run;
}

double mean(const std::vector<std::int32_t>& counts) {
  double sum = 0;
  for (const std::int32_t count : counts) sum += count;
  return sum / static_cast<double>(counts.size());
}

/// The q-quantile: the smallest value that at least a fraction q of them does not exceed.
double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(0.0, rank - 1))];
}

struct ErrorStatistics {
  double median, p95, max;
};

ErrorStatistics statistics(const std::vector<double>& errors) {
  return {quantile(errors, 0.5), quantile(errors, 0.95), quantile(errors, 1)};
}

/// max_i |x_i - truth_i| / (1 + |truth_i|) of each circuit, over the times wanted; infinite where it failed.
std::vector<double> errors_of(const Run& run, Output output, const Run& truth) {
  const std::size_t items = run.status.size();
  const std::size_t size = run.states.size() / items;
  const std::size_t truth_size = truth.states.size() / items;
  const std::size_t skipped = output == Output::end ? truth_size - size : 0;
  std::vector<double> errors(items, 0.0);
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      const double x = run.states[i * size + k];
      const double exact = truth.states[i * truth_size + skipped + k];
      errors[i] = std::max(errors[i], std::abs(x - exact) / (1 + std::abs(exact)));
    }
    if (run.status[i] != Status::ok) errors[i] = never;
  }
  return errors;
}

/// One method at one tolerance.
struct Point {
  Output output;
  Method method;
  double rtol;
  ErrorStatistics error;
  double rhs, jacobians, lus, accepted, rejected;  // means over circuits
  int repeats;                                     // calls in a slice
  std::vector<double> rounds;                      // seconds per circuit

  double seconds() const { return quantile(rounds, 0.5); }
  double least_seconds() const { return quantile(rounds, 0); }
};

Point measured_once(const Problem& problem, Output output, Method method, double rtol, const Run& truth, double& call) {
  const Run run = integrated(problem, output, method, rtol, rtol * 1e-3);
  call = run.seconds;
  return {output,
          method,
          rtol,
          statistics(errors_of(run, output, truth)),
          mean(run.rhs),
          mean(run.jacobians),
          mean(run.lus),
          mean(run.accepted),
          mean(run.rejected),
          static_cast<int>(std::clamp(std::ceil(slice_seconds / std::max(call, 1e-6)), 1.0, 1000.0)),
          {}};
}

/// Every method at every tolerance until it takes too long.
std::vector<Point> contenders(const Problem& problem, const Run& truth, const Workload& work) {
  std::vector<Point> points;
  for (const Output output : outputs) {
    const double tight = std::pow(10.0, -tightest);
    const double longest = work.limit * integrated(problem, output, Method::tsitouras54, tight, tight * 1e-3).seconds;
    for (const Method method : methods) {
      double call = 0;
      for (int digits = loosest; digits <= tightest && call <= longest; ++digits) {
        points.push_back(measured_once(problem, output, method, std::pow(10.0, -digits), truth, call));
      }
    }
  }
  return points;
}

/// A round: every contender once. Rounds start at different ones, so that none is always the first or the last.
void take_turns(const Problem& problem, std::vector<Point>& points, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const std::size_t first = points.size() * static_cast<std::size_t>(round) / static_cast<std::size_t>(rounds);
    for (std::size_t k = 0; k < points.size(); ++k) {
      Point& point = points[(first + k) % points.size()];
      double seconds = 0;
      for (int i = 0; i < point.repeats; ++i) {
        seconds += integrated(problem, point.output, point.method, point.rtol, point.rtol * 1e-3).seconds;
      }
      point.rounds.push_back(seconds / point.repeats / static_cast<double>(problem.batch.items));
    }
  }
}

/// A problem, its truth and its contenders.
struct Comparison {
  Problem problem;
  std::int64_t left_out;            // circuits that one of the references could not finish
  ErrorStatistics disagreement[2];  // of the references, at the end and at all samples
  std::vector<Point> points;

  double floor(Output output) const { return 10 * disagreement[static_cast<int>(output)].p95; }
};

Comparison compare(Problem problem, const Workload& work) {
  const auto reference = [&](Method method) { return integrated(problem, Output::samples, method, 1e-13, 1e-15); };
  Run truth = reference(Method::dormand_prince853);
  Run other = reference(Method::tsitouras54);
  std::vector<std::int64_t> sound;
  for (std::int64_t i = 0; i < problem.batch.items; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (truth.status[at] == Status::ok && other.status[at] == Status::ok) sound.push_back(i);
  }
  const std::int64_t left_out = problem.batch.items - static_cast<std::int64_t>(sound.size());
  if (left_out > 0) {
    keep(problem.batch, sound);
    truth = reference(Method::dormand_prince853);
    other = reference(Method::tsitouras54);
  }
  Run other_end = other;
  const std::size_t items = truth.status.size();
  const std::size_t size = other.states.size() / items;
  const std::size_t m = size / sample_count;
  other_end.states.clear();
  for (std::size_t i = 0; i < items; ++i) {
    const double* last = other.states.data() + (i + 1) * size - m;
    other_end.states.insert(other_end.states.end(), last, last + m);
  }
  std::vector<Point> points = contenders(problem, truth, work);
  take_turns(problem, points, work.rounds);
  return {std::move(problem),
          left_out,
          {statistics(errors_of(other_end, Output::end, truth)), statistics(errors_of(other, Output::samples, truth))},
          std::move(points)};
}

/// Seconds per circuit in which a method reaches an error that 95 % of the circuits keep to: between two tolerances, a
/// power law. What is below the floor counts as the floor.
double cost(const Comparison& comparison, Output output, Method method, double level) {
  double best = never;
  const Point* before = nullptr;
  const double floor = comparison.floor(output);
  if (level < floor) return never;
  for (const Point& point : comparison.points) {
    if (point.output != output || point.method != method) continue;
    const double error = std::max(point.error.p95, floor);
    if (error <= level) {
      double seconds = point.seconds();
      const double error_before = before == nullptr ? error : std::max(before->error.p95, floor);
      if (error_before > level && error_before < never) {
        const double share = std::log(error_before / level) / std::log(error_before / error);
        seconds = before->seconds() * std::pow(seconds / before->seconds(), share);
      }
      best = std::min(best, seconds);
    }
    before = &point;
  }
  return best;
}

void write_csv(std::FILE* file, const std::vector<Comparison>& all) {
  std::fprintf(file,
               "set,n,end,circuits,left_out,output,method,rtol,error_median,error_p95,error_max,floor_median,floor_p95,"
               "floor_max,rhs,jacobians,lu,accepted,rejected,seconds,least_seconds\n");
  for (const Comparison& c : all) {
    for (const Point& p : c.points) {
      const ErrorStatistics& floor = c.disagreement[static_cast<int>(p.output)];
      std::fprintf(
          file, "%s,%d,%g,%lld,%lld,%s,%s,%g,%.3g,%.3g,%.3g,%.3g,%.3g,%.3g,%.5g,%.5g,%.5g,%.5g,%.5g,%.4g,%.4g\n",
          c.problem.set.c_str(), c.problem.batch.n, c.problem.end, static_cast<long long>(c.problem.batch.items),
          static_cast<long long>(c.left_out), name(p.output), organics::name(p.method), p.rtol, p.error.median,
          p.error.p95, p.error.max, 10 * floor.median, 10 * floor.p95, 10 * floor.max, p.rhs, p.jacobians, p.lus,
          p.accepted, p.rejected, p.seconds(), p.least_seconds());
    }
  }
}

/// "method, microseconds (times as fast as tsitouras54)", the cheapest at a level.
std::string cheapest(const Comparison& c, Output output, double level) {
  Method best = Method::tsitouras54;
  for (const Method method : methods) {
    if (cost(c, output, method, level) < cost(c, output, best, level)) best = method;
  }
  const double seconds = cost(c, output, best, level);
  if (!(seconds < never)) return "none";
  const double ratio = cost(c, output, Method::tsitouras54, level) / seconds;
  char text[96];
  std::snprintf(text, sizeof text, "%s, %.3g us (%.2f)", organics::name(best), seconds * 1e6, ratio);
  return text;
}

void print_table(const std::vector<Comparison>& all) {
  std::printf(
      "Cheapest method for an error that 95 %% of the circuits keep to; microseconds a circuit on one core; in\n"
      "parentheses, how many times as long tsitouras54 takes.\n\n"
      "| set | n | end (s) | output | 1e-3 | 1e-6 | 1e-9 | references disagree by |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Comparison& c : all) {
    for (const Output output : outputs) {
      std::printf("| %s | %d | %g | %s |", c.problem.set.c_str(), c.problem.batch.n, c.problem.end, name(output));
      for (const double level : levels) std::printf(" %s |", cheapest(c, output, level).c_str());
      std::printf(" %.1g |\n", c.disagreement[static_cast<int>(output)].p95);
    }
  }
}

/// True when both references tell the same, and the error of every method keeps near its tolerance.
bool sound(const Comparison& c) {
  bool good = true;
  const auto complain = [&](const std::string& what, double error) {
    std::fprintf(stderr, "%s, n = %d, to %g s: %s (%g)\n", c.problem.set.c_str(), c.problem.batch.n, c.problem.end,
                 what.c_str(), error);
    good = false;
  };
  for (const ErrorStatistics& disagreement : c.disagreement) {
    if (!(disagreement.median < 1e-10)) complain("the references disagree", disagreement.median);
  }
  for (const Point& p : c.points) {
    // rosenbrock23 estimates an order more than it has: its error falls as rtol^(2/3)
    if (p.error.median < std::max(1e3 * p.rtol, c.floor(p.output))) continue;
    complain(std::string(organics::name(p.method)) + " misses its tolerance", p.error.median);
  }
  return good;
}

Workload workload(int argc, char** argv) {
  Workload work;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--csv") {
      work.csv = value;
    } else if (option == "--circuits") {
      work.circuits = std::atoll(value);
    } else if (option == "--rounds") {
      work.rounds = std::atoi(value);
    } else if (option == "--limit") {
      work.limit = std::atof(value);
    } else {
      work.circuits = 0;
    }
  }
  if (work.circuits < 1 || work.rounds < 1 || !(work.limit > 0) || work.csv.empty()) {
    std::fprintf(stderr, "usage: %s [--csv FILE] [--circuits N] [--rounds N] [--limit TIMES]\n", argv[0]);
    std::exit(2);
  }
  return work;
}

std::vector<Comparison> compare_all(const Workload& work) {
  std::vector<Comparison> all;
  for (const bool spread : {false, true}) {
    for (const int n : {1, 10, 50}) {
      DrawnBatch batch(n, std::max<std::int64_t>(1, work.circuits / (n == 1 ? 1 : n == 10 ? 4 : 16)));
      if (spread) spread_time_constants(batch);
      for (const double end : {0.01, 0.2}) {
        const char* set = spread ? "spread" : "figure4";
        if (isatty(STDERR_FILENO) != 0) {
          std::fprintf(stderr, "\r%zu of 12: %s, n = %d, to %g s   ", all.size() + 1, set, n, end);
        }
        all.push_back(compare({set, end, batch}, work));
      }
    }
  }
  if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r%50s\r", "");
  return all;
}

int run(int argc, char** argv) {
  const Workload work = workload(argc, argv);
  std::FILE* file = std::fopen(work.csv.c_str(), "w");
  if (file == nullptr) {
    std::perror(work.csv.c_str());
    return 1;
  }
  const std::vector<Comparison> all = compare_all(work);
  write_csv(file, all);
  if (std::fclose(file) != 0) {
    std::perror(work.csv.c_str());
    return 1;
  }
  print_table(all);
  return std::all_of(all.begin(), all.end(), sound) ? 0 : 1;
}

}  // namespace
}  // namespace organics::bench

int main(int argc, char** argv) { return organics::bench::run(argc, argv); }
