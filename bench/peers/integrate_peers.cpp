// Trajectories against peers, on one core, in one run: circuits of the Figure 4 ensemble (main model, tau 2 ms, own
// weights), from rest to 0.2 s, at one tolerance and at one achieved error.
//
// Every contender's tolerance (or step) is tightened until its error on the way (accuracy.hpp) is no more than the level
// asked for; what that error costs is interpolated between the last two tolerances, as a power law. Only these two and
// the usual tolerance (rtol 1e-6, atol 1e-9; steps of 0.1 ms) are timed, all contenders taking turns (turns.hpp) with two
// loops of multiply-adds, of which the operations counted (operation_counts.hpp) are a fraction.
//
//   organics_integrate_peers [--out FILE] [--circuits N] [--rounds N] [--level ERROR] [--export FOLDER] [--commit TEXT]
// Writes JSON; with --export also the circuits files and the true states, for contenders in other processes. Fails where
// the reference and its witness do not tell the same, or a contender never reaches the level.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "accuracy.hpp"
#include "machine.hpp"
#include "support/operation_counts.hpp"
#include "turns.hpp"

namespace organics::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr int sizes[] = {1, 10, 50};
constexpr double usual_rtol = 1e-6;
constexpr double usual_step = 1e-4;
constexpr double atol_of_rtol = 1e-3;
constexpr double loosest_rtol = 1e-3;
constexpr double tightest_rtol = 1e-12;
constexpr double longest_step = 1.6e-3;
constexpr double shortest_step = 1.25e-5;
constexpr double agreement = 1e-10;  // of reference and witness

struct Work {
  std::string out;
  std::string folder;  // for circuits and truth; none: empty
  std::string commit = "unknown";
  std::int64_t circuits = 768;  // of n = 1; an eighth as many of n = 10 and of n = 50
  int rounds = 15;
  double level = 1e-6;

  std::int64_t circuits_of(int n) const { return std::max<std::int64_t>(2, circuits / (n == 1 ? 1 : 8)); }
};

/// A contender at one tolerance, or with one step.
struct Point {
  double knob;  // rtol or step
  Errors error;
  IntegrateCounts counts;
  bool timed = false;
  double seconds = 0;  // per circuit
};

struct Entry {
  Contender contender;
  std::vector<Point> points;  // from loose to tight; the last one reaches the level, where any does

  std::string key(const Point& point) const {
    return contender.name() + " at " + std::to_string(std::log10(point.knob));
  }
};

IntegrateTask task_of(const Contender& contender, double knob) {
  if (contender.adaptive) return {run_end, knob, knob * atol_of_rtol, 0};
  return {run_end, 0, 0, knob};
}

bool is_usual(const Contender& contender, double knob) {
  return std::abs(knob / (contender.adaptive ? usual_rtol : usual_step) - 1) < 1e-6;
}

/// Tightens until the level is reached and the usual knob was met; chooses what is timed.
Entry scan(const Contender& contender, const Problem& problem, double level) {
  Entry entry{contender, {}};
  const double factor = contender.adaptive ? 0.1 : 0.5;
  const double last = contender.adaptive ? tightest_rtol : shortest_step;
  bool reached = false;
  bool usual = false;
  for (double knob = contender.adaptive ? loosest_rtol : longest_step; knob > last * 0.99 && !(reached && usual);
       knob *= factor) {
    Point point{knob, {}, {}};
    point.error = errors_of(contender, task_of(contender, knob), problem, point.counts);
    usual = usual || is_usual(contender, knob);
    point.timed = is_usual(contender, knob);
    if (!reached && point.error.on_the_way <= level) {
      reached = true;
      point.timed = true;
      if (!entry.points.empty()) entry.points.back().timed = true;
    }
    entry.points.push_back(point);
  }
  return entry;
}

void take_turns(const Problem& problem, std::vector<Entry>& entries, int rounds, Turns& turns) {
  std::vector<double> states(static_cast<std::size_t>(problem.batch.items) * 2 *
                             static_cast<std::size_t>(problem.batch.n));
  for (const Entry& entry : entries) {
    for (const Point& point : entry.points) {
      if (!point.timed) continue;
      const IntegrateTask task = task_of(entry.contender, point.knob);
      turns.add(entry.key(point), [&, task] { entry.contender.run(problem.batch, task, states.data()); });
    }
  }
  turns.add("multiply-add", [] { run_multiply_adds(); });
  turns.add("fed multiply-add", [] { run_fed_multiply_adds(); });
  for (int round = 0; round < rounds; ++round) turns.take();
  for (Entry& entry : entries) {
    for (Point& point : entry.points) {
      point.seconds = turns.seconds(entry.key(point)) / static_cast<double>(problem.batch.items);
    }
  }
}

/// The knob that gives the error `level` and the seconds that it costs, between the first point that reaches it and the
/// one before; null where none does.
Json at_level(const Entry& entry, double level) {
  const Point* before = nullptr;
  for (const Point& point : entry.points) {
    if (point.error.on_the_way <= level) {
      double share = 1;
      const bool bracketed = before != nullptr && std::isfinite(before->error.on_the_way);
      if (bracketed) {
        share =
            std::log(before->error.on_the_way / level) / std::log(before->error.on_the_way / point.error.on_the_way);
      }
      const auto between = [&](double first, double second) { return first * std::pow(second / first, share); };
      const Point& first = bracketed ? *before : point;
      const double seconds = between(first.seconds, point.seconds);
      return {{"knob", between(first.knob, point.knob)},
              {"error_on_the_way", bracketed ? level : point.error.on_the_way},
              {"seconds", seconds},
              {"circuits_per_second", 1 / seconds}};
    }
    before = &point;
  }
  return nullptr;
}

struct Peaks {
  double registers, cache;  // operations a second of multiply-adds whose operands lie there
};

Json json_of(const Contender& contender, const Point& point, const Problem& problem, const Peaks& peaks) {
  const auto items = static_cast<double>(problem.batch.items);
  const double steps = static_cast<double>(point.counts.accepted) / items;
  const double attempts = static_cast<double>(point.counts.attempted) / items;
  const double rhs = static_cast<double>(point.counts.rhs) / items;
  Json json = {{"knob", point.knob},
               {"usual", is_usual(contender, point.knob)},
               {"error_on_the_way", point.error.on_the_way},
               {"error_at_end", point.error.at_end},
               {"failed", point.counts.failed},
               {"steps", steps},
               {"rhs", rhs}};
  if (!point.timed) return json;
  json["seconds"] = point.seconds;
  json["circuits_per_second"] = 1 / point.seconds;
  json["steps_per_second"] = steps / point.seconds;
  json["rhs_per_second"] = rhs / point.seconds;
  if (test::step_work(contender.operations).slopes == 0) return json;
  const double rate = attempts * test::step_operations(contender.operations, problem.batch.n) / point.seconds;
  json["of_peak"] = rate / peaks.registers;
  json["of_fed_peak"] = rate / peaks.cache;
  return json;
}

/// Bytes of a circuit's numbers and of its state, which every contender reads and writes.
int bytes_per_circuit(int n) { return static_cast<int>(sizeof(double)) * (6 * n + 2 * n * n + 2 * n); }

Json compared(const Problem& problem, const Work& work) {
  std::vector<Entry> entries;
  for (const Contender& contender : contenders()) entries.push_back(scan(contender, problem, work.level));
  Turns turns;
  take_turns(problem, entries, work.rounds, turns);
  const Peaks peaks = {run_multiply_adds() / turns.seconds("multiply-add"),
                       run_fed_multiply_adds() / turns.seconds("fed multiply-add")};
  Json rows = Json::array();
  for (const Entry& entry : entries) {
    Json points = Json::array();
    for (const Point& point : entry.points) points.push_back(json_of(entry.contender, point, problem, peaks));
    rows.push_back({{"library", entry.contender.library},
                    {"use", entry.contender.use},
                    {"method", entry.contender.method},
                    {"adaptive", entry.contender.adaptive},
                    {"points", points},
                    {"at_level", at_level(entry, work.level)}});
  }
  return {{"n", problem.batch.n},
          {"circuits", problem.batch.items},
          {"left_out", problem.left_out},
          {"bytes_per_circuit", bytes_per_circuit(problem.batch.n)},
          {"witness", problem.witness},
          {"disagreement", problem.disagreement},
          {"peak", peaks.registers},
          {"fed_peak", peaks.cache},
          {"contenders", rows}};
}

/// Column-major n x n as rows.
Json rows_of(const double* matrix, int n) {
  Json rows = Json::array();
  for (int i = 0; i < n; ++i) {
    Json row = Json::array();
    for (int j = 0; j < n; ++j) row.push_back(matrix[i + n * j]);
    rows.push_back(row);
  }
  return rows;
}

/// DIR/circuits_n.json in the format that `organics integrate` reads, and DIR/truth_n.json.
void write_circuits(const Problem& problem, const std::string& folder) {
  const int n = problem.batch.n;
  const Circuits<double> batch = problem.batch.circuits();
  Json circuits = Json::array();
  for (std::int64_t i = 0; i < batch.items; ++i) {
    const auto vector = [&](const BatchView<const double>& view) {
      return Json(std::vector<double>(view.item(i), view.item(i) + n));
    };
    circuits.push_back({{"tau_y", vector(batch.tau_y)},
                        {"tau_a", vector(batch.tau_a)},
                        {"b0", vector(batch.b0)},
                        {"b1", vector(batch.b1)},
                        {"sigma", vector(batch.sigma)},
                        {"z", vector(batch.z)},
                        {"Wr", rows_of(batch.Wr.item(i), n)},
                        {"W", rows_of(batch.W.item(i), n)},
                        {"span", {0.0, run_end}}});
  }
  const std::string ending = "_" + std::to_string(n) + ".json";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/circuits" + ending) << Json{{"circuits", circuits}};
  std::ofstream(folder + "/truth" + ending) << Json{{"times", error_times}, {"states", problem.truth}};
}

/// Says on stderr what is wrong with a comparison; true when nothing is.
bool sound(const Problem& problem, const Json& comparison) {
  bool good = true;
  if (!(problem.disagreement < agreement)) {
    good = false;
    std::fprintf(stderr, "n = %d: the reference and %s disagree by %g\n", problem.batch.n, problem.witness.c_str(),
                 problem.disagreement);
  }
  for (const Json& row : comparison["contenders"]) {
    if (!row["at_level"].is_null()) continue;
    good = false;
    std::fprintf(stderr, "n = %d: %s, %s, %s: no tolerance reaches the level\n", problem.batch.n,
                 row["library"].get<std::string>().c_str(), row["method"].get<std::string>().c_str(),
                 row["use"].get<std::string>().c_str());
  }
  return good;
}

int run(const Work& work) {
  Json result = {{"machine", machine(work.commit)},
                 {"peers", peer_versions()},
                 {"level", work.level},
                 {"usual", {{"rtol", usual_rtol}, {"atol", usual_rtol * atol_of_rtol}, {"step", usual_step}}},
                 {"end", run_end},
                 {"error_times", error_times},
                 {"rounds", work.rounds},
                 {"sizes", Json::array()}};
  bool good = true;
  for (const int n : sizes) {
    std::fprintf(stderr, "integrate against peers: n = %d\n", n);
    const Problem problem = problem_of(n, work.circuits_of(n));
    if (!work.folder.empty()) write_circuits(problem, work.folder);
    result["sizes"].push_back(compared(problem, work));
    good = sound(problem, result["sizes"].back()) && good;
  }
  if (work.out.empty()) {
    std::cout << result.dump(1) << '\n';
  } else if (!(std::ofstream(work.out) << result.dump(1) << '\n')) {
    std::perror(work.out.c_str());
    return 1;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace organics::bench

int main(int argc, char** argv) {
  organics::bench::Work work;
  CLI::App app("Trajectories against peers, on one core");
  app.add_option("--out", work.out, "JSON goes here (default: to stdout)");
  app.add_option("--export", work.folder, "folder for the circuits and their true states");
  app.add_option("--circuits", work.circuits, "circuits of n = 1")->check(CLI::PositiveNumber);
  app.add_option("--rounds", work.rounds, "rounds of which medians are taken")->check(CLI::PositiveNumber);
  app.add_option("--level", work.level, "error at which contenders are compared")->check(CLI::PositiveNumber);
  app.add_option("--commit", work.commit, "named in the output");
  CLI11_PARSE(app, argc, argv);
  return organics::bench::run(work);
}
