#include "cli/trajectories.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

#include "cli/circuit_batches.hpp"
#include "organics/organics.hpp"

namespace organics::cli {
namespace {

/// Numbers that a slice of a batch may hold in its results (256 MB).
constexpr std::size_t most_numbers = std::size_t{1} << 25U;

/// Room for steps in the first run; circuits that have more are run again with room for all.
constexpr std::int32_t first_capacity = 256;

void require_times_in_span(const std::string& file, std::size_t index, const io::CircuitRecord& record) {
  if (record.times.front() >= record.span[0] && record.times.back() <= record.span[1]) return;
  throw InvalidArgument(fmt::format("{}: {}: times from {} to {}, expected within the span from {} to {}", file,
                                    io::label(index, record), record.times.front(), record.times.back(), record.span[0],
                                    record.span[1]));
}

/// Times only say from when to when.
void want_steps(const IntegrateCommand& command, std::size_t index, io::CircuitRecord& record) {
  if (record.span.empty()) record.span = {record.times.front(), record.times.back()};
  record.times.clear();
  if (record.span[1] > record.span[0]) return;
  throw InvalidArgument(fmt::format("--every: {}, expected a time span; {}: {} has one time and no span",
                                    command.options.save_every, command.file, io::label(index, record)));
}

/// The memory of the results of one batch. What was not asked for stays empty.
struct ResultArrays {
  std::vector<double> states, final_states, reached, last_steps, step_times, step_states, event_times;
  std::vector<double> minimum, maximum, mean, peak_time, settling_time, frequency;
  std::vector<Status> statuses;
  std::vector<std::int32_t> accepted, rejected, rhs, jacobians, factorisations, saved, ended_by, event_counts;
};

struct Request {
  bool steps;             ///< steps are wanted, not times
  std::int32_t capacity;  ///< of steps
  std::size_t events;
  bool summary;
};

IntegrateResults<double> results_in(ResultArrays& arrays, const CircuitBatch& batch, const Request& request) {
  const std::size_t m = batch.dimension();
  const std::size_t items = batch.size();
  const auto columns = [&](std::vector<double>& values, std::size_t rows, int cols) {
    values.resize(rows * static_cast<std::size_t>(cols) * items);
    return view(values, batch, rows, cols);
  };
  const auto each = [&](auto& values) {
    values.resize(items);
    return one_each(values);
  };
  IntegrateResults<double> results;
  results.status = each(arrays.statuses);
  results.accepted = each(arrays.accepted);
  results.rejected = each(arrays.rejected);
  results.time_reached = each(arrays.reached);
  results.final_state = columns(arrays.final_states, m, 1);
  results.last_step = each(arrays.last_steps);
  results.rhs_evaluations = each(arrays.rhs);
  results.jacobian_evaluations = each(arrays.jacobians);
  results.lu_factorisations = each(arrays.factorisations);
  if (request.steps) {
    results.step_times = columns(arrays.step_times, 1, request.capacity);
    results.step_states = columns(arrays.step_states, m, request.capacity);
    results.steps_saved = each(arrays.saved);
  } else {
    results.states = columns(arrays.states, m, batch.times_each);
  }
  if (request.events > 0) {
    arrays.event_counts.resize(request.events * items);
    results.ended_by = each(arrays.ended_by);
    results.event_counts =
        packed(arrays.event_counts.data(), static_cast<std::int64_t>(items), static_cast<int>(request.events));
    results.event_times = columns(arrays.event_times, request.events, 1);
  }
  if (request.summary) {
    results.summary = {columns(arrays.minimum, m, 1),   columns(arrays.maximum, m, 1), columns(arrays.mean, m, 1),
                       columns(arrays.peak_time, m, 1), each(arrays.settling_time),    each(arrays.frequency)};
  }
  return results;
}

std::vector<double> part(const std::vector<double>& values, std::size_t index, std::size_t size) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(index * size);
  return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

class Integration {
 public:
  Integration(const Executor& executor, const std::vector<io::CircuitRecord>& records, const IntegrateCommand& command,
              const ProgressLine& line)
      : executor_(executor), records_(records), command_(command), line_(line), results_(records.size()) {}

  std::vector<io::CircuitResult> run() {
    show();
    for (const auto& group : groups_by_shape(records_)) integrate_group(group);
    return std::move(results_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }

  void show() const { line_.show({done_, static_cast<std::int64_t>(records_.size()), seconds_since(begun_), ""}); }

  bool steps_wanted() const { return command_.options.save_every > 0; }

  /// Circuits like this one whose results fit into memory together.
  std::size_t most_circuits(const io::CircuitRecord& record, std::int32_t capacity) const {
    const std::size_t samples = steps_wanted() ? static_cast<std::size_t>(capacity) : record.times.size();
    return std::max<std::size_t>(1, most_numbers / ((samples + 8) * io::state_size(record)));
  }

  /// Slice after slice; where progress is shown, slices are made to take about a fifth of a second.
  void integrate_group(std::span<const std::size_t> members) {
    constexpr double seconds_wanted = 0.2;
    const std::size_t largest = most_circuits(records_[members.front()], first_capacity);
    std::size_t size = line_.enabled() ? std::min<std::size_t>(64, largest) : largest;
    while (!members.empty()) {
      const auto slice = members.first(std::min(size, members.size()));
      const auto start = Clock::now();
      integrate_slice(slice, first_capacity);
      members = members.subspan(slice.size());
      done_ += static_cast<std::int64_t>(slice.size());
      show();
      if (!line_.enabled()) continue;
      const double seconds = seconds_since(start);
      if (seconds < seconds_wanted / 2) size = std::min(2 * size, largest);
      if (seconds > seconds_wanted * 2) size = std::max<std::size_t>(1, size / 2);
    }
  }

  /// Runs the circuits, and those that have more steps than there is room for once more.
  void integrate_slice(std::span<const std::size_t> members, std::int32_t capacity) {
    const CircuitBatch batch = make_batch(records_, members);
    const Request request = {steps_wanted(), capacity, command_.events.size(), command_.summary};
    ResultArrays arrays;
    const auto views = results_in(arrays, batch, request);
    const auto levels = event_levels();
    integrate<double>(executor_, batch.circuits(), inputs(batch, levels), options_for(batch.parameters.n), views);
    std::vector<std::size_t> unfinished;
    std::int32_t most_steps = capacity;
    for (std::size_t k = 0; k < batch.size(); ++k) {
      if (steps_wanted() && arrays.saved[k] > capacity) {
        unfinished.push_back(batch.members[k]);
        most_steps = std::max(most_steps, arrays.saved[k]);
      } else {
        store(batch, arrays, request, k);
      }
    }
    std::span<const std::size_t> left = unfinished;
    while (!left.empty()) {
      const std::size_t count = std::min(left.size(), most_circuits(records_[left.front()], most_steps));
      integrate_slice(left.first(count), most_steps);
      left = left.subspan(count);
    }
  }

  std::vector<double> event_levels() const {
    std::vector<double> levels;
    for (const EventOption& event : command_.events) levels.push_back(event.level);
    return levels;
  }

  IntegrateOptions options_for(int n) const {
    IntegrateOptions options = command_.options;
    for (const EventOption& event : command_.events) {
      Event wanted = {EventKind::steady, 0, event.direction, event.terminal};
      if (event.component) wanted = {EventKind::level, event.component->in_state(n), event.direction, event.terminal};
      options.events.push_back(wanted);
    }
    options.frequency_component = parse_component(command_.frequency_of)->in_state(n);
    return options;
  }

  static IntegrateInputs<double> inputs(const CircuitBatch& batch, const std::vector<double>& levels) {
    const std::size_t m = batch.dimension();
    IntegrateInputs<double> inputs;
    inputs.x0 = batch.start_view();
    inputs.times = batch.times_view();
    inputs.span = batch.packed_view(batch.span, 2);
    inputs.rtol = batch.packed_view(batch.rtol, m);
    inputs.atol = batch.packed_view(batch.atol, m);
    if (!levels.empty()) {
      inputs.event_levels =
          shared(levels.data(), static_cast<std::int64_t>(batch.size()), static_cast<int>(levels.size()));
    }
    inputs.stimulus = batch.stimulus_views();
    inputs.gains = batch.gains_views();
    return inputs;
  }

  /// Circuit `k` of the batch, as it goes into a file.
  void store(const CircuitBatch& batch, const ResultArrays& arrays, const Request& request, std::size_t k) {
    const std::size_t m = batch.dimension();
    const io::CircuitRecord& record = records_[batch.members[k]];
    io::CircuitResult& result = results_[batch.members[k]];
    result.name = record.name;
    result.n = record.circuit.n;
    result.status = arrays.statuses[k];
    io::Trajectory t;
    t.m = m;
    t.time_reached = arrays.reached[k];
    t.final_state = part(arrays.final_states, k, m);
    t.statistics = {arrays.accepted[k],  arrays.rejected[k],       arrays.rhs[k],
                    arrays.jacobians[k], arrays.factorisations[k], arrays.last_steps[k]};
    if (request.steps) {
      store_steps(t, arrays, request, k);
    } else {
      t.times = record.times;
      t.states = part(arrays.states, k, m * record.times.size());
    }
    store_events(t, arrays, k);
    if (request.summary) {
      t.summary =
          io::TrajectorySummary{part(arrays.minimum, k, m),   part(arrays.maximum, k, m), part(arrays.mean, k, m),
                                part(arrays.peak_time, k, m), arrays.settling_time[k],    arrays.frequency[k]};
    }
    result.trajectory = std::move(t);
  }

  /// The saved steps, and the end of the trajectory where it is not one of them.
  static void store_steps(io::Trajectory& t, const ResultArrays& arrays, const Request& request, std::size_t k) {
    const auto saved = static_cast<std::size_t>(arrays.saved[k]);
    const auto capacity = static_cast<std::size_t>(request.capacity);
    t.times = part(arrays.step_times, k, capacity);
    t.states = part(arrays.step_states, k, t.m * capacity);
    t.times.resize(saved);
    t.states.resize(t.m * saved);
    const bool finite =
        std::all_of(t.final_state.begin(), t.final_state.end(), [](double x) { return std::isfinite(x); });
    if (!finite || (!t.times.empty() && !(t.time_reached > t.times.back()))) return;
    t.times.push_back(t.time_reached);
    t.states.insert(t.states.end(), t.final_state.begin(), t.final_state.end());
  }

  void store_events(io::Trajectory& t, const ResultArrays& arrays, std::size_t k) const {
    const std::size_t events = command_.events.size();
    for (std::size_t e = 0; e < events; ++e) {
      t.events.push_back(
          {command_.events[e].text, arrays.event_counts[k * events + e], arrays.event_times[k * events + e]});
    }
    if (events > 0 && arrays.ended_by[k] >= 0) {
      t.ended_by = command_.events[static_cast<std::size_t>(arrays.ended_by[k])].text;
    }
  }

  const Executor& executor_;
  const std::vector<io::CircuitRecord>& records_;
  const IntegrateCommand& command_;
  const ProgressLine& line_;
  std::vector<io::CircuitResult> results_;
  Clock::time_point begun_ = Clock::now();
  std::int64_t done_ = 0;
};

}  // namespace

void apply_command_line(const IntegrateCommand& command, std::vector<io::CircuitRecord>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    io::CircuitRecord& record = records[i];
    if (command.rtol) record.rtol.clear();
    if (command.atol) record.atol.clear();
    if (!command.times.empty()) record.times = command.times;
    if (!command.span.empty()) record.span = command.span;
    if (record.times.empty() && record.span.empty()) {
      throw InvalidArgument(
          fmt::format("{}: {}: field times is missing, expected increasing finite numbers, at least one (or a span, or "
                      "--times or --span on the command line)",
                      command.file, io::label(i, record)));
    }
    if (command.options.save_every > 0) {
      want_steps(command, i, record);
    } else if (record.times.empty()) {
      record.times = record.span;
    } else if (!record.span.empty()) {
      require_times_in_span(command.file, i, record);
    }
  }
  for (const EventOption& event : command.events) {
    const char* option = event.terminal ? "--event" : "--count";
    if (event.component) require_component(option, event.text, *event.component, command.file, records);
  }
  if (command.summary) {
    require_component("--frequency-of", command.frequency_of, *parse_component(command.frequency_of), command.file,
                      records);
  }
}

std::vector<io::CircuitResult> integrate_all(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                                             const IntegrateCommand& command, const ProgressLine& line) {
  return Integration(executor, records, command, line).run();
}

}  // namespace organics::cli
