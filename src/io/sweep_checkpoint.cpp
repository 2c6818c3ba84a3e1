#include "io/sweep_checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "io/checksum.hpp"
#include "io/strict_json.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int format_number = 3;

ordered_json list_json(const std::vector<SweptCircuit>& list) {
  ordered_json rows = ordered_json::array();
  for (const SweptCircuit& c : list) {
    rows.push_back(
        {c.index, c.abscissa, c.frequency, static_cast<int>(c.status), static_cast<int>(c.verdict), c.proven ? 1 : 0});
  }
  return rows;
}

/// For each quantity [first bin, counts...].
ordered_json digests_json(const std::array<Digest, quantity_count>& digests) {
  ordered_json object;
  for (std::size_t i = 0; i < digests.size(); ++i) {
    ordered_json row = {digests[i].first};
    for (const std::int64_t count : digests[i].counts) row.push_back(count);
    object[name(static_cast<Quantity>(i))] = std::move(row);
  }
  return object;
}

ordered_json results_json(const SweepResults& r) {
  ordered_json object;
  object["circuits"] = r.circuits;
  object["verdicts"] = r.verdicts;
  object["statuses"] = r.statuses;
  object["rungs"] = r.rungs;
  object["newton_steps"] = r.newton_steps;
  object["flow_steps"] = r.flow_steps;
  object["lu_factorisations"] = r.lu_factorisations;
  object["histogram"] = r.histogram;
  object["abscissa_min"] = r.abscissa_min;
  object["abscissa_max"] = r.abscissa_max;
  object["worst"] = list_json(r.worst);
  object["marginal"] = list_json(r.marginal);
  object["digests"] = digests_json(r.digests);
  object["unsettled"] = list_json(r.unsettled);
  object["proven"] = r.proven;
  object["unproven"] = list_json(r.unproven);
  object["seconds"] = r.seconds;
  return object;
}

/// JSON has no NaN; null stands for it.
double number(const json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

template <class Code>
Code code(const json& value, int count) {
  const int i = value.get<int>();
  if (i < 0 || i >= count) throw std::out_of_range("a code out of range");
  return static_cast<Code>(i);
}

std::vector<SweptCircuit> list_in(const json& rows) {
  std::vector<SweptCircuit> list;
  for (const json& row : rows) {
    list.push_back({row.at(0).get<std::int64_t>(), number(row.at(1)), number(row.at(2)),
                    code<Status>(row.at(3), status_count), code<Verdict>(row.at(4), verdict_count),
                    row.at(5).get<int>() != 0});
  }
  return list;
}

template <std::size_t size>
void read_counts(const json& from, std::int64_t (&to)[size]) {
  if (from.size() != size) throw std::out_of_range("a table of counts of another length");
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i].get<std::int64_t>();
}

Digest digest_in(const json& row) {
  Digest digest;
  digest.first = row.at(0).get<int>();
  for (std::size_t k = 1; k < row.size(); ++k) digest.counts.push_back(row[k].get<std::int64_t>());
  return digest;
}

SweepResults results_in(const json& object, const SweepOptions& options) {
  SweepResults r;
  r.histogram_range = options.histogram;
  r.certified = options.certify;
  r.verdict_only = options.verdict_only;
  r.circuits = object.at("circuits").get<std::int64_t>();
  read_counts(object.at("verdicts"), r.verdicts);
  read_counts(object.at("statuses"), r.statuses);
  read_counts(object.at("rungs"), r.rungs);
  read_counts(object.at("newton_steps"), r.newton_steps);
  read_counts(object.at("flow_steps"), r.flow_steps);
  read_counts(object.at("lu_factorisations"), r.lu_factorisations);
  r.histogram = object.at("histogram").get<std::vector<std::int64_t>>();
  r.abscissa_min = number(object.at("abscissa_min"));
  r.abscissa_max = number(object.at("abscissa_max"));
  r.worst = list_in(object.at("worst"));
  r.marginal = list_in(object.at("marginal"));
  for (std::size_t i = 0; i < r.digests.size(); ++i) {
    r.digests[i] = digest_in(object.at("digests").at(name(static_cast<Quantity>(i))));
  }
  r.unsettled = list_in(object.at("unsettled"));
  r.proven = object.at("proven").get<std::int64_t>();
  r.unproven = list_in(object.at("unproven"));
  r.seconds = number(object.at("seconds"));
  return r;
}

ordered_json range_json(IndexRange range) { return {range.first, range.circuits}; }

IndexRange range_in(const json& pair) {
  const IndexRange range{pair.at(0).get<std::int64_t>(), pair.at(1).get<std::int64_t>()};
  const bool good = range.first >= 0 && range.circuits >= 0 &&
                    range.first <= std::numeric_limits<std::int64_t>::max() - range.circuits;
  if (!good) throw std::out_of_range("a range of circuits that cannot be");
  return range;
}

/// Everything but the check sum, on one line.
std::string body_text(const ordered_json& body) { return body.dump(); }

ordered_json body_json(const SweepCheckpoint& checkpoint) {
  ordered_json body;
  body["organics_sweep_checkpoint"] = format_number;
  body["version"] = checkpoint.version;
  body["executor"] = checkpoint.executor;
  body["seed"] = checkpoint.file.options.seed;  // apart, since a TOML integer has one bit less
  body["specification"] = sweep_file_text(checkpoint.file);
  body["range"] = range_json({checkpoint.file.options.first, checkpoint.file.options.circuits});
  body["whole"] = range_json(checkpoint.whole);
  if (checkpoint.records_mark != 0) body["records_mark"] = checkpoint.records_mark;
  body["done"] = ordered_json::array();
  for (const IndexRange& range : checkpoint.state.done) body["done"].push_back(range_json(range));
  body["results"] = results_json(checkpoint.state.results);
  return body;
}

/// The distributions hold as many circuits as the counts say.
bool consistent_digests(const SweepResults& r) {
  const auto total = [&](Quantity quantity) { return r.digests[static_cast<std::size_t>(quantity)].total(); };
  const std::int64_t judged = r.verdict_only ? 0 : r.circuits - r.verdicts[static_cast<int>(Verdict::none)];
  const std::int64_t settled = r.verdict_only ? 0 : r.statuses[static_cast<int>(Status::ok)];
  return std::all_of(std::begin(r.digests), std::end(r.digests), [](const Digest& d) { return d.possible(); }) &&
         total(Quantity::newton_steps) == r.circuits && total(Quantity::flow_steps) == r.circuits &&
         total(Quantity::abscissa) == judged && total(Quantity::state_norm) == settled &&
         total(Quantity::damping_ratio) == total(Quantity::frequency) && total(Quantity::frequency) <= judged;
}

/// Counts that do not add up were not written by this program.
bool consistent(const SweepState& state, const SweepOptions& options) {
  const SweepResults& r = state.results;
  const auto sum = [](const auto& counts) {
    return std::accumulate(std::begin(counts), std::end(counts), std::int64_t{0});
  };
  std::int64_t done = 0;
  std::int64_t end = -1;
  for (const IndexRange& range : state.done) {
    if (range.first <= end || range.circuits == 0) return false;  // in order, apart, and none empty
    end = range.first + range.circuits;
    done += range.circuits;
  }
  return done == r.circuits && sum(r.verdicts) == r.circuits && sum(r.statuses) == r.circuits &&
         sum(r.rungs) == r.circuits && r.histogram.size() == static_cast<std::size_t>(options.histogram.bins) + 2 &&
         consistent_digests(r);
}

SweepCheckpoint checkpoint_in(const std::string& path, const json& body) {
  SweepCheckpoint checkpoint;
  checkpoint.version = body.at("version").get<std::string>();
  checkpoint.executor = body.at("executor").get<std::string>();
  checkpoint.file = parse_sweep(path, body.at("specification").get<std::string>());
  checkpoint.file.options.seed = body.at("seed").get<std::uint64_t>();
  const IndexRange range = range_in(body.at("range"));
  checkpoint.file.options.first = range.first;
  checkpoint.file.options.circuits = range.circuits;
  checkpoint.whole = range_in(body.at("whole"));
  checkpoint.records_mark = body.value("records_mark", std::uint64_t{0});
  for (const json& done : body.at("done")) checkpoint.state.done.push_back(range_in(done));
  checkpoint.state.results = results_in(body.at("results"), checkpoint.file.options);
  return checkpoint;
}

[[noreturn]] void refuse(const std::string& path, std::string_view what) {
  throw InvalidArgument(fmt::format("{}: {}, expected a checkpoint of organics sweep", path, what));
}

/// What must be the same in all parts of one sweep, as "key = value".
std::vector<std::string> specification_lines(const SweepCheckpoint& checkpoint) {
  std::vector<std::string> lines = sweep_file_lines(checkpoint.file);
  lines.insert(lines.begin(),
               {fmt::format("version = {}", checkpoint.version), fmt::format("executor = {}", checkpoint.executor),
                fmt::format("sweep.seed = {}", checkpoint.file.options.seed)});
  return lines;
}

}  // namespace

std::string checkpoint_text(const SweepCheckpoint& checkpoint) {
  const std::string body = body_text(body_json(checkpoint));
  return fmt::format("{}\n{:016x}\n", body, checksum(body));
}

SweepCheckpoint parse_checkpoint(const std::string& path, const std::string& text) {
  const auto line_end = text.find('\n');
  const std::string body = text.substr(0, line_end);
  if (!body.starts_with("{\"organics_sweep_checkpoint\":")) refuse(path, "another kind of file");
  const bool whole =
      line_end != std::string::npos && text.substr(line_end + 1) == fmt::format("{:016x}\n", checksum(body));
  if (!whole) refuse(path, "the check sum at its end is missing or wrong: the file was cut or altered");
  const json object = parse_strictly(path, body);
  if (object["organics_sweep_checkpoint"] != format_number) {
    refuse(path,
           fmt::format("format {}, which this version does not know", object["organics_sweep_checkpoint"].dump()));
  }
  SweepCheckpoint checkpoint;
  try {
    checkpoint = checkpoint_in(path, object);
  } catch (const json::exception& error) {
    refuse(path, shortened(error.what()));
  } catch (const std::out_of_range& error) {
    refuse(path, error.what());
  }
  if (!consistent(checkpoint.state, checkpoint.file.options)) refuse(path, "its counts do not add up");
  return checkpoint;
}

SweepCheckpoint read_checkpoint(const std::string& path) { return parse_checkpoint(path, read_text_file(path)); }

void require_same_sweep(const std::string& path, const SweepCheckpoint& saved, const SweepCheckpoint& wanted) {
  const auto theirs = specification_lines(saved);
  const auto ours = specification_lines(wanted);
  const auto [their, our] = std::mismatch(theirs.begin(), theirs.end(), ours.begin(), ours.end());
  if (our == ours.end() && their == theirs.end()) return;
  throw InvalidArgument(fmt::format("{}: the checkpoint of another sweep: it has {}, this one {}", path,
                                    their == theirs.end() ? "nothing more" : shortened(*their),
                                    our == ours.end() ? "nothing more" : shortened(*our)));
}

}  // namespace organics::io
