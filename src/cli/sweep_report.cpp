#include "cli/sweep_report.hpp"

#include <fmt/format.h>
#include "cli/version.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/circuit_report.hpp"
#include "cli/histogram.hpp"
#include "cli/output.hpp"
#include "io/ensemble_json.hpp"
#include "organics/wilson.hpp"

namespace organics::cli {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

const char* model_name(ModelKind model) { return model == ModelKind::main ? "main" : "rectified"; }

/// True when the locale of the user can show block characters.
bool terminal_speaks_unicode() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    std::string locale = value;
    std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return std::tolower(c); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

/// Counts by name with percentages and their 95 % confidence intervals; names without a count are left out, except for
/// the first `always`.
template <class Code>
void add_counts(Rows& rows, const char* title, const std::int64_t* counts, int size, int always, std::int64_t total) {
  rows.push_back({title, "circuits", "%", "95 % confidence"});
  for (int i = 0; i < size; ++i) {
    if (counts[i] == 0 && i >= always) continue;
    const double percent = total > 0 ? 100.0 * static_cast<double>(counts[i]) / static_cast<double>(total) : 0;
    const Interval interval = wilson_interval(counts[i], total);
    rows.push_back({fmt::format("  {}", name(static_cast<Code>(i))), fmt::to_string(counts[i]),
                    fmt::format("{:.4f}", percent),
                    fmt::format("{:.4f} to {:.4f}", 100 * interval.lower, 100 * interval.upper)});
  }
  rows.emplace_back();
}

std::string header(const io::SweepFile& file, const SweepResults& results, const std::string& executor) {
  const Ensemble& e = file.ensemble;
  const SweepOptions& o = file.options;
  std::string first = o.first == 0 ? "" : fmt::format(" (from index {})", o.first);
  return fmt::format(
      "Stability of {} random circuits{}: n = {} ({}-dimensional), {} model\non {}; seed {}, {} precision\n\n",
      results.circuits, first, e.n, 2 * e.n, model_name(e.model), executor, o.seed, name(o.precision));
}

/// A sum over circuits as a mean; a dash where there are none.
std::string mean(std::int64_t sum, std::int64_t circuits) {
  return circuits == 0 ? "-" : fmt::format("{:.4g}", static_cast<double>(sum) / static_cast<double>(circuits));
}

/// What found the steady states, and what that took for each circuit on average, earlier rungs included.
void add_rungs(Rows& rows, const SweepResults& r) {
  rows.push_back({"steady state found by", "circuits", "%", "Newton steps", "flow steps", "LU"});
  for (int i = 0; i < rung_count; ++i) {
    const std::int64_t count = r.rungs[i];
    if (count == 0) continue;
    rows.push_back({fmt::format("  {}", name(static_cast<Rung>(i))), fmt::to_string(count),
                    fmt::format("{:.4f}", 100.0 * static_cast<double>(count) / static_cast<double>(r.circuits)),
                    mean(r.newton_steps[i], count), mean(r.flow_steps[i], count), mean(r.lu_factorisations[i], count)});
  }
  rows.emplace_back();
}

std::string counts_table(const SweepResults& r) {
  Rows rows;
  add_counts<Verdict>(rows, "verdict", r.verdicts, verdict_count, 3, r.circuits);
  add_counts<Status>(rows, "status", r.statuses, status_count, 1, r.circuits);
  add_rungs(rows, r);
  return table(rows);
}

std::string abscissae(const SweepResults& r) {
  if (r.verdict_only) return "spectral abscissae: not computed (verdicts only)\n\n";
  return fmt::format("spectral abscissa (1/s), lower edge of each bin; smallest {}, largest {}\n{}\n",
                     shown(r.abscissa_min), shown(r.abscissa_max),
                     histogram_text(r.histogram_range, r.histogram, terminal_speaks_unicode()));
}

constexpr double shares[] = {0.01, 0.25, 0.5, 0.75, 0.99};  ///< whose quantiles the table shows

/// What a quantity is called in the table.
const char* title(Quantity quantity) {
  constexpr const char* titles[quantity_count] = {"abscissa (1/s)", "frequency (rad/s)", "damping ratio",
                                                  "norm of state",  "Newton steps",      "flow steps"};
  return titles[static_cast<int>(quantity)];
}

std::string quantiles(const SweepResults& r) {
  Rows rows = {{"quantiles", "circuits"}};
  for (const double share : shares) rows[0].push_back(fmt::format("{:.0f} %", 100 * share));
  for (std::size_t i = 0; i < r.digests.size(); ++i) {
    const Digest& digest = r.digests[i];
    const std::int64_t circuits = digest.total();
    if (circuits == 0) continue;
    rows.push_back({fmt::format("  {}", title(static_cast<Quantity>(i))), fmt::to_string(circuits)});
    for (const double share : shares) rows.back().push_back(fmt::format("{:.3g}", digest.quantile(share)));
  }
  return table(rows) + "\n";
}

std::string circuit_list(const char* title, const std::vector<SweptCircuit>& circuits) {
  Rows rows = {{"index", "abscissa (1/s)", "frequency (rad/s)", "verdict", "status"}};
  for (const SweptCircuit& c : circuits) {
    rows.push_back({fmt::to_string(c.index), shown(c.abscissa), shown(c.frequency), name(c.verdict), name(c.status)});
  }
  return fmt::format("{}\n{}", title, table(rows));
}

ordered_json circuit_json(const SweptCircuit& c) {
  return {{"index", c.index},
          {"abscissa", c.abscissa},
          {"frequency", c.frequency},
          {"status", name(c.status)},
          {"verdict", name(c.verdict)}};
}

/// 95 % confidence intervals of the fractions.
template <class Code>
ordered_json intervals_json(const std::int64_t* counts, int size, std::int64_t total) {
  ordered_json object;
  for (int i = 0; i < size; ++i) {
    const Interval interval = wilson_interval(counts[i], total);
    object[name(static_cast<Code>(i))] = {interval.lower, interval.upper};
  }
  return object;
}

template <class Code>
ordered_json counts_json(const std::int64_t* counts, int size) {
  ordered_json object;
  for (int i = 0; i < size; ++i) object[name(static_cast<Code>(i))] = counts[i];
  return object;
}

/// Sums over circuits, by rung.
ordered_json cost_json(const SweepResults& r) {
  ordered_json object;
  for (int i = 0; i < rung_count; ++i) {
    object[name(static_cast<Rung>(i))] = {{"newton_steps", r.newton_steps[i]},
                                          {"flow_steps", r.flow_steps[i]},
                                          {"lu_factorisations", r.lu_factorisations[i]}};
  }
  return object;
}

ordered_json list_json(const std::vector<SweptCircuit>& circuits) {
  ordered_json list = ordered_json::array();
  for (const SweptCircuit& c : circuits) list.push_back(circuit_json(c));
  return list;
}

ordered_json histogram_json(const SweepResults& r) {
  ordered_json object;
  object["lower"] = r.histogram_range.lower;
  object["upper"] = r.histogram_range.upper;
  if (r.histogram.size() < 2) return object;
  object["below"] = r.histogram.front();
  object["bins"] = std::vector<std::int64_t>(r.histogram.begin() + 1, r.histogram.end() - 1);
  object["above"] = r.histogram.back();
  return object;
}

/// Each distribution as its quantiles and, where wanted, as [number, circuits] of each bin.
ordered_json distributions_json(const SweepResults& r, bool with_bins) {
  ordered_json object;
  for (std::size_t i = 0; i < r.digests.size(); ++i) {
    const Digest& digest = r.digests[i];
    ordered_json one;
    one["circuits"] = digest.total();
    one["quantiles"] = ordered_json::object();
    for (const double share : quantile_shares) one["quantiles"][fmt::format("{}", share)] = digest.quantile(share);
    if (with_bins) one["bins"] = ordered_json::array();
    for (std::size_t k = 0; with_bins && k < digest.counts.size(); ++k) {
      if (digest.counts[k] > 0) one["bins"].push_back({digest.value(k), digest.counts[k]});
    }
    object[name(static_cast<Quantity>(i))] = std::move(one);
  }
  return object;
}

/// Circuits that settled in a state that should be stable: what there is to prove.
std::int64_t verdicts_to_prove(const SweepResults& r) { return r.statuses[static_cast<int>(Status::ok)]; }

std::string certificates(const SweepResults& r) {
  const std::int64_t unproven = verdicts_to_prove(r) - r.proven;
  std::string text = fmt::format("proven stable: {} of {} verdicts; unproven: ", r.proven, verdicts_to_prove(r));
  if (unproven == 0) return text + "none\n\n";
  std::string list;
  for (const SweptCircuit& c : r.unproven) list += fmt::format("{}{}", list.empty() ? "" : " ", c.index);
  const auto listed = static_cast<std::int64_t>(r.unproven.size());
  if (listed < unproven) list += fmt::format("{}({} more)", list.empty() ? "" : " ", unproven - listed);
  return text + list + "\n\n";
}

ordered_json certificates_json(const SweepResults& r) {
  ordered_json object;
  object["proven"] = r.proven;
  object["of"] = verdicts_to_prove(r);
  object["unproven"] = list_json(r.unproven);
  return object;
}

}  // namespace

double circuits_per_second(std::int64_t circuits, double seconds) {
  return seconds > 0 ? static_cast<double>(circuits) / seconds : 0;
}

nlohmann::ordered_json statistics_json(const SweepResults& results, bool with_bins) {
  ordered_json object;
  object["verdicts"] = counts_json<Verdict>(results.verdicts, verdict_count);
  object["verdict_intervals"] = intervals_json<Verdict>(results.verdicts, verdict_count, results.circuits);
  object["statuses"] = counts_json<Status>(results.statuses, status_count);
  object["rungs"] = counts_json<Rung>(results.rungs, rung_count);
  object["costs"] = cost_json(results);
  object["verdict_only"] = results.verdict_only;
  if (!results.verdict_only) {
    object["histogram"] = histogram_json(results);
    object["abscissa_min"] = results.abscissa_min;
    object["abscissa_max"] = results.abscissa_max;
    object["worst"] = list_json(results.worst);
    object["marginal"] = list_json(results.marginal);
  }
  object["distributions"] = distributions_json(results, with_bins);
  object["unsettled"] = list_json(results.unsettled);
  if (results.certified) object["certificates"] = certificates_json(results);
  return object;
}

std::string sweep_text(const SweepReport& report) {
  const SweepResults& results = report.results;
  std::string text = header(report.file, results, report.executor);
  if (!report.stopped.empty()) text += fmt::format("ended early: {}\n\n", report.stopped);
  text += counts_table(results) + abscissae(results) + quantiles(results);
  if (results.certified) text += certificates(results);
  std::string replay_index;
  if (!results.worst.empty()) {
    text += circuit_list("worst circuits (largest spectral abscissa first)", results.worst) + "\n";
    replay_index = fmt::to_string(results.worst.front().index);
  }
  const bool all_stable = results.verdicts[static_cast<int>(Verdict::unstable)] == 0;
  if (!all_stable && !results.marginal.empty()) {  // else they are the worst
    text += circuit_list("circuits nearest to the margin", results.marginal) + "\n";
  }
  if (!results.unsettled.empty()) {
    text += circuit_list("first circuits that did not end ok", results.unsettled) + "\n";
    if (replay_index.empty()) replay_index = fmt::to_string(results.unsettled.front().index);
  }
  if (!report.replay.empty() && !replay_index.empty())
    text += fmt::format("Any of them as a circuits file:\n  {}{}\n\n", report.replay, replay_index);
  return text + fmt::format("{:.2f} s, {:.0f} circuits/s\n", results.seconds,
                            circuits_per_second(results.circuits, results.seconds));
}

std::string sweep_json(const SweepReport& report) {
  const io::SweepFile& file = report.file;
  const SweepResults& results = report.results;
  ordered_json object;
  object["version"] = version;
  object["executor"] = report.executor;
  object["seed"] = file.options.seed;
  object["first"] = file.options.first;
  object["circuits"] = results.circuits;
  if (!report.stopped.empty()) object["ended_early"] = report.stopped;
  object["precision"] = name(file.options.precision);
  object["ensemble"] = io::ensemble_json(file.ensemble);
  object.update(statistics_json(results, true));
  object["seconds"] = results.seconds;
  object["circuits_per_second"] = circuits_per_second(results.circuits, results.seconds);
  return object.dump(2) + "\n";
}

}  // namespace organics::cli
