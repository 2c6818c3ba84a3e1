// The sweep file: defaults, every key, and what each kind of bad input is told.
#include "io/sweep_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace organics::io {
namespace {

TEST(SweepFile, AnEmptyFileMeansTheDefaults) {
  const SweepFile file = parse_sweep("s.toml", "");
  EXPECT_EQ(file.ensemble.n, Ensemble{}.n);
  EXPECT_EQ(file.options.circuits, SweepOptions{}.circuits);
  EXPECT_EQ(file.options.histogram.bins, HistogramRange{}.bins);
}

TEST(SweepFile, ReadsEveryKey) {
  const SweepFile file = parse_sweep("s.toml", R"(
[sweep]
circuits = 12
seed = 34
first = 56
precision = "float"
worst = 7
chunk = 8
verdict_only = true
[ensemble]
n = 3
model = "rectified"
tau_y = 0.001
tau_a = 1
b0 = [0.1, 0.2]
b1 = [0.3, 0.3]
sigma = 0.5
W = [0, 2]
Wr = { kind = "identity", norm = 1.5 }
z = { norm = 2 }
[histogram]
lower = -10
upper = 5.5
bins = 31
[steady_state]
fixed_point_steps = 1
newton_steps = 2
residual_tolerance = 1e-9
max_steps = 3
cycle_steps = 4
)");
  const SweepOptions& o = file.options;
  EXPECT_EQ(o.circuits, 12);
  EXPECT_EQ(o.seed, 34U);
  EXPECT_EQ(o.first, 56);
  EXPECT_EQ(o.precision, Precision::float32);
  EXPECT_EQ(o.worst, 7);
  EXPECT_EQ(o.chunk, 8);
  EXPECT_TRUE(o.verdict_only);
  EXPECT_EQ(o.histogram.lower, -10);
  EXPECT_EQ(o.histogram.upper, 5.5);
  EXPECT_EQ(o.histogram.bins, 31);
  EXPECT_EQ(o.steady_state.fixed_point_steps, 1);
  EXPECT_EQ(o.steady_state.newton_steps, 2);
  EXPECT_EQ(o.steady_state.residual_tolerance, 1e-9);
  EXPECT_EQ(o.steady_state.max_steps, 3);
  EXPECT_EQ(o.steady_state.cycle_steps, 4);
  const Ensemble& e = file.ensemble;
  EXPECT_EQ(e.n, 3);
  EXPECT_EQ(e.model, ModelKind::rectified);
  EXPECT_EQ(e.tau_y, 0.001);
  EXPECT_EQ(e.tau_a, 1);
  EXPECT_EQ(e.b0.lower, 0.1);
  EXPECT_EQ(e.b0.upper, 0.2);
  EXPECT_EQ(e.b1.lower, 0.3);
  EXPECT_EQ(e.sigma.lower, 0.5);
  EXPECT_EQ(e.sigma.upper, 0.5);
  EXPECT_EQ(e.W.upper, 2);
  EXPECT_EQ(e.recurrent, RecurrentWeights::identity);
  EXPECT_EQ(e.Wr_norm, 1.5);
  EXPECT_EQ(e.z_norm, 2);
}

TEST(SweepFile, TheExampleIsTheFigure4Ensemble) {
  const SweepFile file = read_sweep_file(TEST_DATA_DIR "/../../examples/figure4.toml");
  const Ensemble& e = file.ensemble;
  EXPECT_EQ(e.n, 10);
  EXPECT_EQ(e.model, ModelKind::main);
  EXPECT_EQ(e.tau_y, 0.002);
  EXPECT_EQ(e.tau_a, 0.002);
  for (const auto& range : {e.b0, e.b1, e.sigma, e.W}) {
    EXPECT_EQ(range.lower, 0);
    EXPECT_EQ(range.upper, 1);
  }
  EXPECT_EQ(e.recurrent, RecurrentWeights::gaussian);
  EXPECT_EQ(e.Wr_norm, 1);
  EXPECT_EQ(e.z_norm, 1);
  EXPECT_EQ(file.options.precision, Precision::float64);
}

struct BadText {
  const char* text;
  std::vector<std::string> parts;
};

TEST(SweepFile, RefusesBadInputAndNamesIt) {
  const std::vector<BadText> cases = {
      {"[sweep]\ncircuits = 0", {"s.toml:2: ", "sweep.circuits = 0", "from 1"}},
      {"[sweep]\ncircuits = 1e5", {"sweep.circuits", "integer"}},
      {"[sweep]\ncircuits = \"many\"", {"sweep.circuits = ", "many", "integer"}},
      {"[sweep]\n\nseed = -1", {"s.toml:3: ", "sweep.seed = -1"}},
      {"[sweep]\nfirst = -1", {"sweep.first = -1"}},
      {"[sweep]\nworst = -3", {"sweep.worst = -3"}},
      {"[sweep]\nprecision = \"half\"", {"sweep.precision", "half", "double", "float"}},
      {"[sweep]\nprecision = \"duoble\"", {"did you mean double"}},
      {"[sweep]\ncircuit = 5", {"s.toml:2: ", "unknown key sweep.circuit = 5", "did you mean circuits"}},
      {"sweep = 5", {"s.toml:1: ", "sweep = 5", "table"}},
      {"n = 5", {"unknown key n = 5", "ensemble"}},
      {"[ensembel]\nn = 5", {"s.toml:1: ", "unknown key ensembel", "did you mean ensemble"}},
      {"[ensemble]\nn = 0", {"ensemble.n = 0"}},
      {"[ensemble]\nn = 2.0", {"ensemble.n = 2", "integer"}},
      {"[ensemble]\nn = 99999999999", {"ensemble.n = 99999999999"}},
      {"[ensemble]\nn = 4097", {"s.toml:2: ", "ensemble.n = 4097", "from 1 to 4096"}},
      {"[ensemble]\nmodel = \"rectifed\"", {"ensemble.model", "did you mean rectified"}},
      {"[ensemble]\ntau_y = 0", {"ensemble.tau_y = 0", "> 0"}},
      {"[ensemble]\ntau_a = nan", {"ensemble.tau_a = nan", "> 0"}},
      {"[ensemble]\ntau_a = inf", {"ensemble.tau_a = inf", "finite"}},
      {"[ensemble]\ntau_a = true", {"ensemble.tau_a = true"}},
      {"[ensemble]\nb0 = [1, 0]", {"ensemble.b0 = ", "lower <= upper"}},
      {"[ensemble]\nb0 = [-1, 0]", {"ensemble.b0 = ", "0 <= lower"}},
      {"[ensemble]\nb1 = [0, 1, 2]", {"ensemble.b1 = "}},
      {"[ensemble]\nb1 = [0, \"1\"]", {"ensemble.b1 = "}},
      {"[ensemble]\nb1 = []", {"ensemble.b1 = "}},
      {"[ensemble]\nsigma = -1", {"ensemble.sigma = -1"}},
      {"[ensemble]\nW = [0, inf]", {"ensemble.W = ", "finite"}},
      {"[ensemble]\nWr = 1", {"ensemble.Wr = 1", "table"}},
      {"[ensemble.Wr]\nkind = \"uniform\"", {"ensemble.Wr.kind", "uniform", "gaussian"}},
      {"[ensemble.Wr]\nnorm = -1", {"ensemble.Wr.norm = -1", ">= 0"}},
      {"[ensemble.Wr]\nrank = 1", {"unknown key ensemble.Wr.rank = 1"}},
      {"[ensemble.z]\nnorm = \"big\"", {"ensemble.z.norm"}},
      {"[histogram]\nbins = 0", {"histogram.bins = 0"}},
      {"[histogram]\nlower = 5\nupper = 5", {"s.toml:3: ", "histogram.upper = 5", "lower = 5"}},
      {"[histogram]\nlower = 5", {"s.toml:2: ", "histogram.lower = 5", "upper = 0"}},
      {"[histogram]\nupper = -1e9", {"histogram.upper", "lower = -600"}},
      {"[sweep]\nverdict_only = 1", {"s.toml:2: ", "sweep.verdict_only = 1", "true or false"}},
      {"[steady_state]\nmax_steps = 0", {"steady_state.max_steps = 0"}},
      {"[steady_state]\nresidual_tolerance = -1", {"steady_state.residual_tolerance = -1"}},
      {"[steady_state]\nresidual_tolerance = 0.01",
       {"s.toml:2: ", "steady_state.residual_tolerance = 0.01", "below 0.01"}},
      {"[sweep]\nseed = 1\nseed = 2", {"s.toml:3: ", "valid TOML"}},
      {"[sweep\nseed = 1", {"s.toml:1: ", "valid TOML"}},
  };
  for (const BadText& bad : cases) {
    SCOPED_TRACE(bad.text);
    std::string message;
    try {
      parse_sweep("s.toml", bad.text);
    } catch (const InvalidArgument& error) {
      message = error.what();
    }
    EXPECT_NE(message.find("expected"), std::string::npos) << message;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 0) << message;
    for (const std::string& part : bad.parts) {
      EXPECT_NE(message.find(part), std::string::npos) << part << "\nin: " << message;
    }
  }
}

TEST(SweepFile, RefusesAFileThatCannotBeRead) { EXPECT_THROW(read_sweep_file("no/such/file.toml"), InvalidArgument); }

}  // namespace
}  // namespace organics::io
