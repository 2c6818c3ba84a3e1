#include "organics/hunt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "organics/core/search_space.hpp"
#include "organics/equilibria.hpp"
#include "organics/sensitivity.hpp"
#include "validate.hpp"
#include "validate_ensemble.hpp"

namespace organics {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double first_length = 0.1;  ///< of a step, in the coordinates of SearchSpace
constexpr double longest = 0.5;
constexpr double shortest = 1e-4;              ///< a climb that goes no further is at a summit
constexpr double longer = 1.6;                 ///< after a trial that was accepted
constexpr double shorter = 0.6;                ///< after one that was not
constexpr std::int64_t most_listed = 1000000;  ///< by a sweep
constexpr double turn = 0.25;                  ///< of the direction for each failure in a row

/// Circuits side by side, a record of numbers each (core/circuit_storage.hpp).
struct Records {
  int n;
  ModelKind model;
  std::vector<double> numbers;

  Records(const Ensemble& ensemble, std::size_t items)
      : n(ensemble.n), model(ensemble.model), numbers(items * core::circuit_storage_size(ensemble.n)) {}

  std::size_t record_size() const { return core::circuit_storage_size(n); }
  std::int64_t items() const { return static_cast<std::int64_t>(numbers.size() / record_size()); }
  double* record(std::size_t item) { return numbers.data() + item * record_size(); }

  /// A view of the k-th vector, or of the matrix after the six vectors.
  template <class T>
  BatchView<T> vector(T* data, int k) const {
    return {data + k * n, items(), n, 1, static_cast<std::int64_t>(record_size())};
  }
  template <class T>
  BatchView<T> matrix(T* data, int k) const {
    return {data + 6 * n + k * n * n, items(), n, n, static_cast<std::int64_t>(record_size())};
  }

  Circuits<double> circuits() const {
    const double* p = numbers.data();
    return {n,
            items(),
            model,
            vector(p, 0),
            vector(p, 1),
            vector(p, 2),
            vector(p, 3),
            vector(p, 4),
            vector(p, 5),
            matrix(p, 0),
            matrix(p, 1)};
  }
};

/// What was measured of a trial.
struct Trial {
  Status status = Status::ok;
  double abscissa = nan;
  double height = nan;  ///< abscissa times longest time constant; what is climbed
  bool has_slope = false;
};

/// One climb.
struct Climb {
  std::vector<double> q, drawn, slope;  ///< the highest point of this start that settled
  std::vector<double> trial_q;
  Trial here;
  std::int64_t index = -1;  ///< of its start
  int step = 0;             ///< trials so far
  int failures = 0;         ///< trials in a row that were not accepted
  double length = first_length;
  bool begun = false;    ///< the start itself has been measured
  bool over = false;     ///< it goes no further
  bool strayed = false;  ///< a circuit of it is listed as escaped or undecided
};

OwnedCircuit<double> owned(const double* numbers, int n, ModelKind model) {
  const std::size_t N = static_cast<std::size_t>(n);
  const auto part = [&](std::size_t from, std::size_t count) {
    return std::vector<double>(numbers + from, numbers + from + count);
  };
  return {n,
          model,
          part(0, N),
          part(N, N),
          part(2 * N, N),
          part(3 * N, N),
          part(4 * N, N),
          part(5 * N, N),
          part(6 * N, N * N),
          part(6 * N + N * N, N * N)};
}

void append(Records& records, const OwnedCircuit<double>& c) {
  for (const auto* values : {&c.tau_y, &c.tau_a, &c.b0, &c.b1, &c.sigma, &c.z, &c.Wr, &c.W}) {
    records.numbers.insert(records.numbers.end(), values->begin(), values->end());
  }
}

/// Of a record.
double longest_time_constant(const double* numbers, int n) { return *std::max_element(numbers, numbers + 2 * n); }

/// Judges circuits that did not settle: looks for their equilibria, and says what becomes of them from rest.
void judge(const Executor& executor, const Ensemble& ensemble, const HuntOptions& options,
           std::vector<HuntedCircuit>& circuits) {
  if (circuits.empty()) return;
  Records records(ensemble, 0);
  for (const HuntedCircuit& c : circuits) append(records, c.circuit);
  const std::size_t items = circuits.size();
  EquilibriaOptions search;
  search.starts = options.starts;
  search.seed = options.seed;
  search.room = options.starts + 8;  // for one of each start, or all that a single neuron has
  const auto room = static_cast<std::size_t>(search.room);
  std::vector<double> abscissa(items * room);
  std::vector<Verdict> verdict(items * room);
  std::vector<std::int32_t> count(items);
  std::vector<Status> searched(items), status(items);
  EquilibriaResults<double> found;
  found.abscissa = packed(abscissa.data(), records.items(), search.room);
  found.verdict = packed(verdict.data(), records.items(), search.room);
  found.count = packed(count.data(), records.items(), 1);
  found.status = packed(searched.data(), records.items(), 1);
  equilibria(executor, records.circuits(), search, found);
  SteadyStateResults<double> settled;
  settled.status = packed(status.data(), records.items(), 1);
  steady_state<double>(executor, records.circuits(), {}, options.steady_state, settled);
  for (std::size_t i = 0; i < items; ++i) {
    HuntedCircuit& c = circuits[i];
    c.status = status[i];
    c.searched = searched[i] == Status::ok;
    c.equilibria = count[i];
    c.abscissa = nan;
    for (std::size_t k = i * room; k < i * room + static_cast<std::size_t>(count[i]); ++k) {
      if (verdict[k] == Verdict::stable || verdict[k] == Verdict::marginal) ++c.stable;
      c.abscissa = std::fmin(c.abscissa, abscissa[k]);
    }
  }
}

class Hunt {
 public:
  Hunt(const Executor& executor, const Ensemble& ensemble, const HuntOptions& options)
      : executor_(executor),
        ensemble_(ensemble),
        options_(options),
        space_(ensemble),
        trials_(ensemble, static_cast<std::size_t>(options.climbs)),
        slopes_(trials_),
        climbs_(static_cast<std::size_t>(options.climbs)) {}

  HuntResults run() {
    bool go_on = begin();
    for (int step = 1; step <= options_.steps && go_on; ++step) {
      propose();
      measure();
      for (std::size_t k = 0; k < climbs_.size(); ++k) look_at(k);
      judge_losses();
      for (Climb& climb : climbs_) {
        if (climb.over) go_elsewhere(climb);
      }
      go_on = report(step);
    }
    for (const Climb& climb : climbs_) keep(climb);
    sort_highest();
    return std::move(results_);
  }

 private:
  /// The sweep: its unsettled circuits are finds already, its worst the starts.
  bool begin() {
    SweepOptions sweep_options;
    sweep_options.seed = options_.seed;
    sweep_options.circuits = options_.draws;
    sweep_options.steady_state = options_.steady_state;
    sweep_options.worst = static_cast<int>(std::min<std::int64_t>(
        {options_.draws, std::max<std::int64_t>(options_.most, 16LL * options_.climbs), most_listed}));
    const SweepResults drawn = sweep(executor_, ensemble_, sweep_options);
    for (const SweptCircuit& c : drawn.unsettled) {
      if (static_cast<int>(lost_.size()) == options_.most) break;
      lost_.push_back({.circuit = organics::draw<double>(ensemble_, options_.seed, c.index), .index = c.index});
      loser_.push_back(none);
    }
    judge_losses();
    for (const SweptCircuit& c : drawn.worst) {
      if (c.status == Status::ok) worst_.push_back(c.index);
    }
    next_draw_ = options_.draws;
    for (Climb& climb : climbs_) {
      climb.trial_q.resize(space_.size());
      climb.slope.resize(space_.size());
      climb.drawn.resize(trials_.record_size());
      begin_again(climb);
    }
    return report(0);
  }

  /// Ends a climb where it is, and begins another.
  void go_elsewhere(Climb& climb) {
    results_.restarts += climb.begun ? 1 : 0;
    keep(climb);
    begin_again(climb);
  }

  /// Puts a climb at a new start: the next worst draw and one that has not been drawn yet in turn, since the worst may
  /// all lie on one ridge.
  void begin_again(Climb& climb) {
    const bool worst = begun_++ % 2 == 0 && next_worst_ < worst_.size();
    climb.index = worst ? worst_[next_worst_++] : next_draw_++;
    climb.q.assign(space_.size(), 0.0);
    space_.draw(options_.seed, static_cast<std::uint64_t>(climb.index), climb.q.data(), climb.drawn.data());
    climb.begun = false;
    climb.over = false;
    climb.strayed = false;
    climb.failures = 0;
    climb.length = first_length;
  }

  /// The next trial of each climb.
  void propose() {
    for (std::size_t k = 0; k < climbs_.size(); ++k) {
      Climb& climb = climbs_[k];
      climb.trial_q = climb.q;
      if (climb.begun) step_from(climb, k);
      space_.circuit(climb.trial_q.data(), climb.drawn.data(), trials_.record(k));
    }
  }

  void step_from(Climb& climb, std::size_t k) const {
    std::vector<double> direction(space_.size(), 0.0);
    const double share = climb.here.has_slope ? std::min(1.0, turn * climb.failures) : 1.0;
    const double slope = norm(climb.slope);
    if (climb.here.has_slope && slope > 0) {
      for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = climb.slope[i] / slope;
    }
    if (share > 0) {
      const auto trial = static_cast<std::uint64_t>(climb.step);
      std::vector<double> random(space_.size());
      for (std::size_t i = 0; i < random.size(); ++i) {
        random[i] = core::draw_gaussian<double>(options_.seed, trial * climbs_.size() + k, core::Stream::hunt,
                                                static_cast<int>(i));
      }
      const double size = norm(random);
      for (std::size_t i = 0; i < direction.size(); ++i) direction[i] += share * random[i] / size;
    }
    space_.confine(climb.q.data(), climb.drawn.data(), direction.data());
    const double size = norm(direction);
    if (size == 0) return;
    for (std::size_t i = 0; i < direction.size(); ++i) climb.trial_q[i] += climb.length / size * direction[i];
    space_.retract(climb.trial_q.data(), climb.drawn.data());
  }

  static double norm(const std::vector<double>& x) {
    double square = 0;
    for (const double value : x) square += value * value;
    return std::sqrt(square);
  }

  /// Steady states from rest, and the gradients there, of all trials at once.
  void measure() {
    const std::size_t items = climbs_.size();
    const auto count = static_cast<std::int64_t>(items);
    const int m = 2 * ensemble_.n;
    std::vector<double> states(items * static_cast<std::size_t>(m)), abscissa(items);
    std::vector<Status> status(items), known(items);
    SteadyStateResults<double> settled;
    settled.states = packed(states.data(), count, m);
    settled.status = packed(status.data(), count, 1);
    SteadyStateOptions quick = options_.steady_state;
    quick.cycle_steps = 0;  // what does not settle is looked at more closely later
    steady_state<double>(executor_, trials_.circuits(), {}, quick, settled);
    double* by = slopes_.numbers.data();
    SensitivityResults<double> slopes;
    slopes.tau_y = slopes_.vector(by, 0);
    slopes.tau_a = slopes_.vector(by, 1);
    slopes.b0 = slopes_.vector(by, 2);
    slopes.b1 = slopes_.vector(by, 3);
    slopes.sigma = slopes_.vector(by, 4);
    slopes.z = slopes_.vector(by, 5);
    slopes.Wr = slopes_.matrix(by, 0);
    slopes.W = slopes_.matrix(by, 1);
    slopes.abscissa = packed(abscissa.data(), count, 1);
    slopes.status = packed(known.data(), count, 1);
    abscissa_sensitivity<double>(executor_, trials_.circuits(), packed<const double>(states.data(), count, m), slopes);
    measured_.assign(items, {});
    for (std::size_t k = 0; k < items; ++k) {
      const double tau = longest_time_constant(trials_.record(k), ensemble_.n);
      const bool settled_here = status[k] == Status::ok;
      measured_[k] = {status[k], settled_here ? abscissa[k] : nan, settled_here ? abscissa[k] * tau : nan,
                      settled_here && known[k] == Status::ok};
    }
  }

  void look_at(std::size_t k) {
    Climb& climb = climbs_[k];
    ++climb.step;
    ++results_.trials;
    const Trial& trial = measured_[k];
    if (std::isfinite(trial.height) && (!climb.begun || trial.height > climb.here.height)) {
      accept(climb, k);
      return;
    }
    if (trial.status != Status::ok && trial.status != Status::non_finite) {
      lost_.push_back({.circuit = owned(trials_.record(k), ensemble_.n, ensemble_.model),
                       .index = climb.index,
                       .step = climb.step});
      loser_.push_back(k);
    }
    ++climb.failures;
    climb.length *= shorter;
    // or it settled when it was drawn, and does not within the bounds of the climb
    climb.over = climb.length < shortest || !climb.begun;
  }

  void accept(Climb& climb, std::size_t k) {
    if (climb.begun) climb.length = std::min(longest, longer * climb.length);
    climb.begun = true;
    climb.failures = 0;
    climb.q = climb.trial_q;
    climb.here = measured_[k];
    if (climb.here.has_slope) slope_of_height(climb, k);
  }

  /// height = abscissa * tau, tau the longest time constant.
  void slope_of_height(Climb& climb, std::size_t k) {
    double* by = slopes_.record(k);
    const double* numbers = trials_.record(k);
    const double* tau = std::max_element(numbers, numbers + 2 * ensemble_.n);
    for (std::size_t i = 0; i < trials_.record_size(); ++i) by[i] *= *tau;
    by[tau - numbers] += climb.here.abscissa;
    space_.gradient(climb.q.data(), climb.drawn.data(), by, climb.slope.data());
  }

  /// Lists what did not settle, by what a closer look says.
  void judge_losses() {
    judge(executor_, ensemble_, options_, lost_);
    for (std::size_t i = 0; i < lost_.size(); ++i) {
      HuntedCircuit& lost = lost_[i];
      if (lost.status == Status::ok) continue;  // it did settle, with a larger budget
      Climb* climb = loser_[i] == none ? nullptr : &climbs_[loser_[i]];
      const bool known = is_known_to_leave(lost.status) && lost.searched;
      if (known && lost.stable == 0) {
        list(results_.found, std::move(lost));
        if (climb != nullptr) climb->over = true;
      } else if (climb == nullptr || !climb->strayed) {
        const bool escaped = known && lost.stable > 0;
        list(escaped ? results_.escaped : results_.undecided, std::move(lost));
        if (climb != nullptr) climb->strayed = true;
      }
    }
    lost_.clear();
    loser_.clear();
  }

  static bool is_known_to_leave(Status status) {
    return status == Status::diverged || status == Status::limit_cycle || status == Status::no_stable_steady_state;
  }

  void list(std::vector<HuntedCircuit>& circuits, HuntedCircuit&& circuit) const {
    if (static_cast<int>(circuits.size()) < options_.most) circuits.push_back(std::move(circuit));
  }

  /// Lists the highest point of a climb.
  void keep(const Climb& climb) {
    if (!climb.begun) return;
    std::vector<double> numbers(trials_.record_size());
    space_.circuit(climb.q.data(), climb.drawn.data(), numbers.data());
    results_.highest.push_back({.circuit = owned(numbers.data(), ensemble_.n, ensemble_.model),
                                .index = climb.index,
                                .step = climb.step,
                                .abscissa = climb.here.abscissa});
    if (static_cast<int>(results_.highest.size()) > 2 * options_.most) sort_highest();
  }

  void sort_highest() {
    const auto height = [](const HuntedCircuit& c) { return organics::longest_time_constant(c.circuit) * c.abscissa; };
    std::stable_sort(results_.highest.begin(), results_.highest.end(),
                     [&](const HuntedCircuit& a, const HuntedCircuit& b) { return height(a) > height(b); });
    if (static_cast<int>(results_.highest.size()) > options_.most) {
      results_.highest.resize(static_cast<std::size_t>(options_.most));
    }
  }

  /// False when the hunt is to end.
  bool report(int step) {
    for (const Climb& climb : climbs_) {
      if (climb.begun && !(climb.here.height <= highest_)) highest_ = climb.here.height;
    }
    if (options_.after_step && !options_.after_step({step, options_.steps, highest_}, results_)) return false;
    return static_cast<int>(results_.found.size()) < options_.most;
  }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  const Executor& executor_;
  const Ensemble& ensemble_;
  const HuntOptions& options_;
  core::SearchSpace space_;
  Records trials_, slopes_;
  std::vector<Climb> climbs_;
  std::vector<Trial> measured_;
  std::vector<std::int64_t> worst_;  ///< draws, the worst first
  std::size_t next_worst_ = 0;
  std::int64_t next_draw_ = 0;
  std::int64_t begun_ = 0;           ///< starts so far
  std::vector<HuntedCircuit> lost_;  ///< did not settle, not judged yet
  std::vector<std::size_t> loser_;   ///< the climb that each comes from
  double highest_ = nan;
  HuntResults results_;
};

void validate(const HuntOptions& options) {
  const auto within = [](const char* field, double value, double least, double most) {
    require(value >= least && value <= most, field, value, fmt::format("{} to {}", least, most));
  };
  within("draws", static_cast<double>(options.draws), 1, 1e9);
  within("climbs", options.climbs, 1, 1e6);
  within("steps", options.steps, 0, 1e6);
  within("most", options.most, 1, 1e6);
  within("starts", options.starts, 1, 1e6);
  validate(options.steady_state);
}

}  // namespace

HuntResults hunt(const Executor& executor, const Ensemble& ensemble, const HuntOptions& options) {
  validate(ensemble);
  validate(options);
  if (core::SearchSpace(ensemble).size() == 0) {
    throw InvalidArgument("ensemble: constants alone, expected something that may move in a hunt");
  }
  return Hunt(executor, ensemble, options).run();
}

}  // namespace organics
