#include "cli/integrate_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>
#include <map>

#include "organics/error.hpp"

namespace organics::cli {
namespace {

constexpr std::size_t most_times = 10000000;

/// The finite number that is all of `text`.
std::optional<double> finite_in(std::string_view text) {
  double number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const bool good = error == std::errc() && end == last && std::isfinite(number);
  return good ? std::optional(number) : std::nullopt;
}

/// Finite numbers with `separator` between them; nothing where one is none.
std::optional<std::vector<double>> numbers_in(std::string_view text, char separator) {
  std::vector<double> numbers;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const auto number = finite_in(text.substr(0, end));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    if (end == text.size()) return numbers;
    text.remove_prefix(end + 1);
  }
}

[[noreturn]] void refuse_option(const std::string& option, const std::string& text, const std::string& expected) {
  throw CLI::ValidationError(option, fmt::format("{}, expected {}", text, expected));
}

/// start, start + step, ... up to `end`, which is one of them where it is within rounding of a whole number of steps.
std::vector<double> time_grid(const std::string& text, double start, double step, double end) {
  const double steps = std::floor((end - start) / step + 1e-9);
  if (!(step > 0) || !(end >= start)) refuse_option("--times", text, "START:STEP:END with STEP > 0 and END >= START");
  if (!(steps < static_cast<double>(most_times))) {
    refuse_option("--times", text, fmt::format("at most {} times", most_times));
  }
  std::vector<double> times;
  for (int k = 0; k <= static_cast<int>(steps); ++k) times.push_back(std::min(start + k * step, end));
  if (end - times.back() < 1e-8 * step) times.back() = end;
  return times;
}

std::vector<double> times_in(const std::string& text) {
  const std::string expected = "START:STEP:END, or increasing numbers with commas between them";
  std::vector<double> times;
  if (text.find(':') != std::string::npos) {
    const auto grid = numbers_in(text, ':');
    if (!grid || grid->size() != 3) refuse_option("--times", text, expected);
    times = time_grid(text, (*grid)[0], (*grid)[1], (*grid)[2]);
  } else {
    const auto list = numbers_in(text, ',');
    if (!list) refuse_option("--times", text, expected);
    times = *list;
  }
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (!(times[i] > times[i - 1])) refuse_option("--times", text, expected);
  }
  return times;
}

std::vector<double> span_in(const std::string& text) {
  const auto span = numbers_in(text, ':');
  if (!span || span->size() != 2 || !((*span)[1] > (*span)[0])) {
    refuse_option("--span", text, "START:END in seconds, END after START");
  }
  return *span;
}

/// `y[0]>0.5`: upward through 0.5; `<` downward, `=` either way.
EventOption event_in(const std::string& option, const std::string& text, bool terminal) {
  const std::string expected =
      fmt::format("{}, then > (upward), < (downward) or = (either), then a finite number", component_expected);
  const std::size_t sign = text.find_first_of("<>=");
  if (sign == std::string::npos) refuse_option(option, text, expected);
  EventOption event;
  event.text = text;
  event.component = parse_component(std::string_view(text).substr(0, sign));
  const auto level = finite_in(std::string_view(text).substr(sign + 1));
  if (!event.component || !level) refuse_option(option, text, expected);
  event.level = *level;
  event.terminal = terminal;
  if (text[sign] == '>') event.direction = Crossing::upward;
  if (text[sign] == '<') event.direction = Crossing::downward;
  return event;
}

/// An option that stores the value of one of the words.
template <class Value>
CLI::Option* add_choice(CLI::App& sub, const std::string& name, Value& target,
                        const std::map<std::string, Value>& choices, const std::string& help) {
  std::vector<std::string> words;
  for (const auto& [word, value] : choices) words.push_back(word);
  const auto store = [=, &target](const std::string& word) {
    const auto choice = choices.find(word);
    if (choice == choices.end()) refuse_option(name, word, fmt::format("{}", fmt::join(words, ", ")));
    target = choice->second;
  };
  return sub.add_option_function<std::string>(name, store, help);
}

/// An option that stores what `read` makes of its text.
template <class Target, class Read>
CLI::Option* add_read(CLI::App& sub, const std::string& name, Target& target, Read read, const std::string& help) {
  return sub.add_option_function<std::string>(
      name, [=, &target](const std::string& text) { target = read(text); }, help);
}

std::map<std::string, Method> methods_by_name() {
  std::map<std::string, Method> methods;
  for (int i = 0; i < method_count; ++i) methods[name(static_cast<Method>(i))] = static_cast<Method>(i);
  return methods;
}

std::string method_help() {
  std::vector<std::string> names;
  for (int i = 0; i < method_count; ++i) names.emplace_back(name(static_cast<Method>(i)));
  return fmt::format("{} (default {}); those without an error estimate need --fixed-step", fmt::join(names, ", "),
                     name(IntegrateOptions().method));
}

void add_step_options(CLI::App& sub, IntegrateCommand& command) {
  IntegrateOptions& options = command.options;
  const std::map<std::string, ErrorNorm> norms = {{"max", ErrorNorm::max}, {"rms", ErrorNorm::rms}};
  const std::map<std::string, StepControl> controls = {
      {"elementary", StepControl::elementary}, {"pi", StepControl::pi}, {"pid", StepControl::pid}};
  add_choice(sub, "--method", options.method, methods_by_name(), method_help());
  sub.add_option("--rtol", command.rtol, fmt::format("relative tolerance (default {})", options.rtol))
      ->check(finite_number(false));
  sub.add_option("--atol", command.atol, fmt::format("absolute tolerance (default {})", options.atol))
      ->check(finite_number(true));
  add_choice(sub, "--norm", options.norm, norms, "error of a step: max of the components (default) or rms");
  add_choice(sub, "--control", options.control, controls, "step-size control: elementary, pi (default) or pid");
  sub.add_option("--fixed-step", options.fixed_step, "seconds; steps of this size, without error control")
      ->check(finite_number(false));
  sub.add_option("--initial-step", options.initial_step, "seconds (default: chosen)")->check(finite_number(false));
  sub.add_option("--min-step", options.min_step, "seconds; a circuit that needs a shorter one ends")
      ->check(finite_number(true));
  sub.add_option("--max-step", options.max_step, "seconds; no step is longer")->check(finite_number(false));
  add_integer(sub, "--max-steps", options.max_steps, 1, std::numeric_limits<int>::max(),
              fmt::format("budget of steps for each circuit (default {})", options.max_steps));
  sub.add_option("--state-bound", options.state_bound, "a circuit with a component beyond this has diverged")
      ->check(finite_number(false));
}

void add_event_options(CLI::App& sub, IntegrateCommand& command) {
  const auto add_event = [&sub, &command](const std::string& option, bool terminal, const std::string& help) {
    const auto store = [=, &command](const std::vector<std::string>& texts) {
      for (const std::string& text : texts) command.events.push_back(event_in(option, text, terminal));
    };
    sub.add_option_function<std::vector<std::string>>(option, store, help)->allow_extra_args(false)->type_name("EVENT");
  };
  add_event("--event", true, "ends a circuit, e.g. 'y[0]>0.5' (> upward, < downward, = either); may be repeated");
  add_event("--count", false, "the same, but only counted");
  const auto until_steady = [&command](const std::string& text) {
    const auto level = finite_in(text);
    if (!level || !(*level > 0)) refuse_option("--until-steady", text, "a finite number > 0");
    command.events.push_back({"steady", std::nullopt, Crossing::either, *level, true});
  };
  sub.add_option_function<std::string>("--until-steady", until_steady,
                                       "ends a circuit when every component moves slower than this, relatively");
}

void add_output_options(CLI::App& sub, IntegrateCommand& command) {
  IntegrateOptions& options = command.options;
  add_read(sub, "--times", command.times, times_in, "START:STEP:END or a,b,c in seconds, instead of the file's times");
  add_read(sub, "--span", command.span, span_in, "START:END in seconds, instead of the file's span");
  add_integer(sub, "--every", options.save_every, 1, std::numeric_limits<int>::max(),
              "write every so many accepted steps, instead of times");
  sub.add_flag("--summary", command.summary,
               "minimum, maximum, mean, time of the peak, settling time and dominant frequency");
  sub.add_option("--settle-tolerance", options.settle_tolerance,
                 fmt::format("relative speed of a settled circuit (default {})", options.settle_tolerance))
      ->check(finite_number(false));
  sub.add_option("--frequency-of", command.frequency_of, "component whose frequency the summary gives (default y[0])");
  add_integer(sub, "--frequency-bins", options.frequency_bins, 4, 4096,
              fmt::format("frequencies up to this many periods in the time span (default {})", options.frequency_bins));
  sub.add_flag("--csv", command.csv, "write CSV instead of a table");
  sub.add_option("--output", command.output, "write to this file, whole or not at all, instead of standard output");
  sub.add_flag("--quiet", command.quiet, "no progress on standard error");
}

}  // namespace

void add_integrate_options(CLI::App& sub, IntegrateCommand& command) {
  sub.add_option("FILE", command.file, "circuits file; docs/integrate.md describes every field")->required();
  add_step_options(sub, command);
  add_event_options(sub, command);
  add_output_options(sub, command);
  add_common_options(sub, command.common);
}

void require_consistent(const IntegrateCommand& command) {
  const IntegrateOptions& options = command.options;
  const auto refuse = [](const std::string& what) { throw InvalidArgument(what); };
  if (!has_error_estimate(options.method) && options.fixed_step == 0) {
    refuse(
        fmt::format("--method: {}, expected --fixed-step with it, as it has no error estimate", name(options.method)));
  }
  if (options.max_step > 0 && options.min_step > options.max_step) {
    refuse(fmt::format("--min-step: {}, expected at most --max-step {}", options.min_step, options.max_step));
  }
  if (options.save_every > 0 && !command.times.empty()) {
    refuse(fmt::format("--every: {}, expected no --times with it; --span says from when to when", options.save_every));
  }
  if (command.events.size() > max_events) {
    refuse(fmt::format("--event: {} events in all, expected at most {}", command.events.size(), max_events));
  }
  if (!parse_component(command.frequency_of)) {
    refuse(fmt::format("--frequency-of: {}, expected {}", command.frequency_of, component_expected));
  }
  if (command.csv && command.common.json) refuse("--csv: given with --json, expected one of the two");
}

}  // namespace organics::cli
