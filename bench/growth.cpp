// How cost grows: with the neurons of a circuit, with the circuits of a batch, and in memory.
//
// Each operation runs on one core over n = 1..128 with a fixed amount of numbers, and over batches of 1 to --batch
// circuits; in log-log, a line through the points of the larger half gives the exponent, and through all of them the one
// overall. The time to the first result is that of a whole call from an idle library, on every core there is, for 1, 10
// and 1000 circuits; in memory, what a call adds to this process while it runs, beyond the caller's arrays.
//
//   organics_growth [--out FILE] [--largest N] [--batch N] [--rounds N] [--commit TEXT]
// Writes JSON and prints the exponents. Fails where a call takes memory that grows with the batch.
#if defined(__linux__)
#include <malloc.h>
#endif

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "machine.hpp"
#include "support.hpp"
#include "turns.hpp"

namespace organics::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Work {
  std::string out;
  std::string commit = "unknown";
  int largest = 128;            // n
  std::int64_t batch = 100000;  // circuits of n = 1; a tenth as many of n = 10
  int rounds = 7;
};

/// One operation on a batch, with the arrays that it fills.
struct Subject {
  DrawnBatch batch;
  std::vector<double> states, abscissa;

  Subject(int n, std::int64_t items) : batch(n, items) {
    states.resize(static_cast<std::size_t>(items) * 2 * static_cast<std::size_t>(n));
    abscissa.resize(static_cast<std::size_t>(items));
  }
  BatchView<double> all_states() { return packed(states.data(), batch.items, 2 * batch.n); }

  void integrate_circuits(const Executor& executor) {
    const double span[] = {0, 0.2};
    IntegrateInputs<double> inputs;
    inputs.span = shared(static_cast<const double*>(span), batch.items, 2);
    IntegrateResults<double> results;
    results.final_state = all_states();
    integrate<double>(executor, batch.circuits(), inputs, {}, results);
  }
  void settle(const Executor& executor) {
    SteadyStateResults<double> results;
    results.states = all_states();
    steady_state<double>(executor, batch.circuits(), {}, {}, results);
  }
  void judge(const Executor& executor) {  // at the states that are there
    StabilityResults<double> results;
    results.abscissa = packed(abscissa.data(), batch.items, 1);
    stability<double>(executor, batch.circuits(), all_states(), results);
  }
};

struct Operation {
  const char* name;
  void (Subject::*run)(const Executor&);
};

constexpr Operation operations[] = {
    {"integrate", &Subject::integrate_circuits}, {"steady_state", &Subject::settle}, {"stability", &Subject::judge}};

struct Sample {
  double size;     // n or circuits
  double seconds;  // per circuit, or of the call
};

/// Slope of the line through (log size, log seconds) of the samples from `first` on, by least squares.
double exponent(const std::vector<Sample>& samples, std::size_t first) {
  double count = 0;
  double x_mean = 0;
  double y_mean = 0;
  for (std::size_t i = first; i < samples.size(); ++i) {
    ++count;
    x_mean += std::log(samples[i].size);
    y_mean += std::log(samples[i].seconds);
  }
  x_mean /= count;
  y_mean /= count;
  double xy = 0;
  double xx = 0;
  for (std::size_t i = first; i < samples.size(); ++i) {
    const double x = std::log(samples[i].size) - x_mean;
    xy += x * (std::log(samples[i].seconds) - y_mean);
    xx += x * x;
  }
  return xy / xx;
}

Json json_of(const char* operation, const std::vector<Sample>& samples, const char* size, const char* seconds) {
  const std::size_t half = std::min(samples.size() / 2, samples.size() - 2);
  Json points = Json::array();
  for (const Sample& sample : samples) points.push_back({{size, sample.size}, {seconds, sample.seconds}});
  const double larger = exponent(samples, half);
  const double overall = exponent(samples, 0);
  std::printf("%-14s %-9s exponent %5.2f from %g on, %5.2f overall\n", operation, size, larger, samples[half].size,
              overall);
  return {{"operation", operation},
          {"exponent", larger},
          {"from", samples[half].size},
          {"exponent_overall", overall},
          {"points", points}};
}

/// About as many numbers in every batch, and enough circuits to fill vectors.
std::int64_t items_of(int n) { return std::max<std::int64_t>(24, 8192 / (n * n)); }

/// Seconds per circuit over n, all sizes taking turns.
Json over_neurons(const Operation& operation, const Work& work) {
  std::vector<int> sizes;
  for (int n = 1; n <= work.largest; n *= 2) sizes.push_back(n);
  std::vector<Subject> subjects;
  Turns turns;
  for (const int n : sizes) subjects.emplace_back(n, items_of(n));
  for (Subject& subject : subjects) {
    subject.settle(Cpu{1});  // what stability judges
    turns.add(std::to_string(subject.batch.n), [&] { (subject.*operation.run)(Cpu{1}); });
  }
  for (int round = 0; round < work.rounds; ++round) turns.take();
  std::vector<Sample> samples;
  for (const Subject& subject : subjects) {
    const double seconds = turns.seconds(std::to_string(subject.batch.n));
    samples.push_back({static_cast<double>(subject.batch.n), seconds / static_cast<double>(subject.batch.items)});
  }
  return json_of(operation.name, samples, "n", "seconds_per_circuit");
}

/// The first `items` circuits of a batch.
Subject first_of(const Subject& whole, std::int64_t items) {
  Subject part = whole;
  std::vector<std::int64_t> kept(static_cast<std::size_t>(items));
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = static_cast<std::int64_t>(i);
  keep(part.batch, kept);
  return part;
}

/// Seconds of a call over the circuits in it.
Json over_batch(const Operation& operation, int n, const Work& work) {
  const std::int64_t largest = n == 1 ? work.batch : work.batch / 10;
  Subject whole(n, largest);
  whole.settle(Cpu{});
  std::vector<Subject> parts;
  for (std::int64_t items = 1; items <= largest; items *= 10) parts.push_back(first_of(whole, items));
  std::vector<Sample> samples;
  for (Subject& part : parts) {
    Turns turns;
    turns.add("all", [&] { (part.*operation.run)(Cpu{1}); });
    const int rounds = part.batch.items > 1000 ? std::min(work.rounds, 3) : work.rounds;
    for (int round = 0; round < rounds; ++round) turns.take();
    samples.push_back({static_cast<double>(part.batch.items), turns.seconds("all")});
  }
  Json json = json_of(operation.name, samples, "circuits", "seconds");
  json["n"] = n;
  return json;
}

struct Seconds {
  double wall, processor;
};

Seconds seconds_of(const std::function<void()>& run) {
  const double processor = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  run();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {wall, processor_seconds() - processor};
}

/// Wall time of whole calls on every core; the least of many rounds, since what disturbs only adds.
Json first_results(const Work& work) {
  Json rows = Json::array();
  for (const int n : {1, 10}) {
    for (const std::int64_t items : {1, 10, 1000}) {
      Subject subject(n, items);
      for (const Operation& operation : operations) {
        const auto run = [&] { (subject.*operation.run)(Cpu{}); };
        if (operation.run == &Subject::judge) subject.settle(Cpu{});
        double least = seconds_of(run).wall;
        for (int round = 0; round < 5 * work.rounds; ++round) least = std::min(least, seconds_of(run).wall);
        rows.push_back({{"operation", operation.name}, {"n", n}, {"circuits", items}, {"seconds", least}});
      }
    }
  }
  return rows;
}

/// A line of /proc/self/status in bytes; negative where there is none.
double status_bytes(const std::string& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(field + ":", 0) == 0) return 1024 * std::stod(line.substr(field.size() + 1));
  }
  return -1;
}

/// Bytes that a call adds while it runs, by the kernel's count: the largest this process was, counted anew from here.
/// What was freed before is given back to the kernel first, so that it cannot be taken again unseen.
double added_bytes(const std::function<void()>& run) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::ofstream("/proc/self/clear_refs") << "5";
  const double before = status_bytes("VmRSS");
  run();
  return std::max(0.0, status_bytes("VmHWM") - before);
}

/// Bytes per circuit: of the caller's arrays by their sizes, and what a call adds to that, as a difference of two batches.
Json memory(int n, const Work& work, bool& constant) {
  const std::int64_t many = n == 1 ? work.batch : work.batch / 16;
  const std::int64_t few = many / 8;
  const int stated = static_cast<int>(sizeof(double)) * (6 * n + 2 * n * n + 2 * n);
  Json rows = Json::array();
  for (const Operation& operation : operations) {
    const auto added = [&](std::int64_t items) {
      Subject subject(n, items);
      return added_bytes([&] { (subject.*operation.run)(Cpu{}); });
    };
    const double of_few = added(few);
    const double of_many = added(many);
    const double each = std::max(0.0, of_many - of_few) / static_cast<double>(many - few);
    // Some pages are the threads' and the kernel's business; a number for each circuit is not.
    if (of_many - of_few > 256e3 + 4 * static_cast<double>(many - few)) {
      constant = false;
      std::fprintf(stderr, "%s, n = %d: a call takes %g bytes more for each circuit\n", operation.name, n, each);
    }
    rows.push_back({{"operation", operation.name},
                    {"n", n},
                    {"circuits", many},
                    {"caller_bytes_per_circuit", stated},
                    {"added_bytes", of_many},
                    {"added_bytes_per_circuit", each}});
  }
  return rows;
}

/// Of every core against one: efficiency is the wall time that both would take for the same work, if threads cost nothing
/// and the machine were idle, over what they take; work_efficiency the same in processor time, which a busy machine leaves
/// alone but which does not see a core that waits.
Json parallel(int n, const Work& work) {
  Subject subject(n, std::max<std::int64_t>(64, work.batch / (8 * n)));
  const int threads = thread_count(Cpu{});
  Json rows = Json::array();
  for (const Operation& operation : operations) {
    std::vector<double> wall;
    std::vector<double> processor;
    for (int round = 0; round < work.rounds; ++round) {
      const auto one = [&] { (subject.*operation.run)(Cpu{1}); };
      const auto all = [&] { (subject.*operation.run)(Cpu{}); };
      const Seconds of_one = seconds_of(one);
      const Seconds of_all = seconds_of(all);
      wall.push_back(of_one.wall / of_all.wall / threads);
      processor.push_back(of_one.processor / of_all.processor);
    }
    rows.push_back({{"operation", operation.name},
                    {"n", n},
                    {"threads", threads},
                    {"efficiency", median(wall)},
                    {"work_efficiency", median(processor)}});
  }
  return rows;
}

int run(const Work& work) {
  Json result = {{"machine", machine(work.commit)}};
  result["first_results"] = first_results(work);
  for (const Operation& operation : operations) result["over_neurons"].push_back(over_neurons(operation, work));
  for (const int n : {1, 10}) {
    for (const Operation& operation : operations) result["over_batch"].push_back(over_batch(operation, n, work));
  }
  bool constant = true;
  for (const int n : {1, 10}) {
    for (const Json& row : memory(n, work, constant)) result["memory"].push_back(row);
    for (const Json& row : parallel(n, work)) result["parallel"].push_back(row);
  }
  if (!work.out.empty() && !(std::ofstream(work.out) << result.dump(1) << '\n')) {
    std::perror(work.out.c_str());
    return 1;
  }
  return constant ? 0 : 1;
}

}  // namespace
}  // namespace organics::bench

int main(int argc, char** argv) {
  organics::bench::Work work;
  CLI::App app("How cost grows with neurons and circuits");
  app.add_option("--out", work.out, "JSON goes here");
  app.add_option("--largest", work.largest, "largest n")->check(CLI::Range(4, 1024));
  app.add_option("--batch", work.batch, "largest batch, of n = 1")->check(CLI::Range(1000, 100000000));
  app.add_option("--rounds", work.rounds, "rounds of which medians are taken")->check(CLI::PositiveNumber);
  app.add_option("--commit", work.commit, "named in the output");
  CLI11_PARSE(app, argc, argv);
  return organics::bench::run(work);
}
