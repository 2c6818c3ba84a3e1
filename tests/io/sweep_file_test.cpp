// The sweep file: defaults, every key, and what each kind of bad input is told.
#include "io/sweep_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

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

TEST(SweepFile, ReadsEveryPrecisionAndWritesItBack) {
  for (const Precision precision : {Precision::float64, Precision::float32, Precision::mixed}) {
    const std::string line = std::string("precision = \"") + name(precision) + "\"";
    const SweepFile file = parse_sweep("s.toml", "[sweep]\n" + line + "\n[ensemble]\nn = 2\n");
    EXPECT_EQ(file.options.precision, precision);
    EXPECT_NE(sweep_file_text(file).find("sweep." + line + "\n"), std::string::npos);
  }
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

const char* const rich = R"(
[ensemble]
n = 6
tau_y = { log_uniform = [1e-3, 1e-1] }
tau_a = { same_as = "tau_y", times = 2.0 }
b0 = { uniform = [0, 2], per = "circuit" }
b1 = { log_normal = [0.5, 0.25] }
sigma = { normal = [0.5, 0.1], min = 0.05, per = "circuit" }
W = { kind = "sparse", entries = { log_uniform = [0.1, 1] }, density = 0.25 }
Wr = { kind = "sparse", scale_by = "radius", radius = 0.9, density = 0.5, dale = 0.8 }
z = { normal = [0, 2] }
)";

TEST(SweepFile, ReadsEveryKindOfDistribution) {
  const Ensemble e = parse_sweep("s.toml", rich).ensemble;
  EXPECT_EQ(e.tau_y, Distribution::log_uniform(1e-3, 1e-1));
  EXPECT_EQ(e.tau_a, Distribution::same_as(Parameter::tau_y, 2));
  EXPECT_EQ(e.b0, Distribution(0, 2).per_circuit());
  EXPECT_EQ(e.b1, Distribution::log_normal(0.5, 0.25));
  EXPECT_EQ(e.sigma, Distribution::normal(0.5, 0.1, 0.05).per_circuit());
  EXPECT_EQ(e.W, Distribution::log_uniform(0.1, 1));
  EXPECT_EQ(e.W_kind, NormalisationWeights::sparse);
  EXPECT_EQ(e.W_density, 0.25);
  EXPECT_EQ(e.recurrent, RecurrentWeights::sparse);
  EXPECT_EQ(e.Wr_scale, RecurrentScale::radius);
  EXPECT_EQ(e.Wr_norm, 0.9);
  EXPECT_EQ(e.Wr_density, 0.5);
  EXPECT_TRUE(e.Wr_dale);
  EXPECT_EQ(e.Wr_excitatory, 0.8);
  EXPECT_EQ(e.drive, InputDrive::distribution);
  EXPECT_EQ(e.z, Distribution::normal(0, 2));
  EXPECT_EQ(parse_sweep("s.toml", "ensemble.z = [-1, 2]").ensemble.z, Distribution(-1, 2));
  EXPECT_EQ(parse_sweep("s.toml", "ensemble.W = { uniform = [1, 2] }").ensemble.W, Distribution(1, 2));
}

TEST(SweepFile, ReadsEveryKindOfMatrix) {
  const char* const recurrent[] = {"gaussian",      "identity",          "orthogonal", "symmetric",
                                   "antisymmetric", "positive_definite", "diagonal",   "sparse",
                                   "ring",          "low_rank",          "nonnegative"};
  static_assert(std::size(recurrent) + 1 == recurrent_weights_count, "and given, which needs a matrix");
  for (std::size_t k = 0; k < std::size(recurrent); ++k) {
    const auto file = parse_sweep("s.toml", "ensemble.Wr.kind = \"" + std::string(recurrent[k]) + "\"");
    EXPECT_EQ(file.ensemble.recurrent, static_cast<RecurrentWeights>(k));
    EXPECT_EQ(sweep_file_lines(parse_sweep("s.toml", sweep_file_text(file))), sweep_file_lines(file));
  }
  const char* const normalisation[] = {"full", "identity", "diagonal", "ring", "sparse"};
  static_assert(std::size(normalisation) + 1 == normalisation_weights_count);
  for (std::size_t k = 0; k < std::size(normalisation); ++k) {
    const auto file = parse_sweep("s.toml", "ensemble.W.kind = \"" + std::string(normalisation[k]) + "\"");
    EXPECT_EQ(file.ensemble.W_kind, static_cast<NormalisationWeights>(k));
    EXPECT_EQ(sweep_file_lines(parse_sweep("s.toml", sweep_file_text(file))), sweep_file_lines(file));
  }
  const auto e = parse_sweep("s.toml",
                             "ensemble.Wr = { kind = \"ring\", scale_by = \"none\", factor = 3, width = 2, "
                             "inhibition = 0.25 }\nensemble.W = { kind = \"ring\", entries = 2, width = 4 }")
                     .ensemble;
  EXPECT_EQ(e.Wr_scale, RecurrentScale::none);
  EXPECT_EQ(e.Wr_norm, 3);
  EXPECT_EQ(e.Wr_width, 2);
  EXPECT_EQ(e.Wr_inhibition, 0.25);
  EXPECT_EQ(e.W, 2.0);
  EXPECT_EQ(e.W_width, 4);
  EXPECT_EQ(parse_sweep("s.toml", "ensemble.Wr = { kind = \"low_rank\", rank = 3 }").ensemble.Wr_rank, 3);
}

TEST(SweepFile, WhatIsWrittenReadsAsTheSameEnsemble) {
  for (const std::string text :
       {rich, "ensemble.Wr = { kind = \"low_rank\", rank = 3 }", "ensemble.z = 0.5",
        "ensemble.W = { kind = \"diagonal\", entries = { normal = [1, 0.5], min = 0 } }\nensemble.sigma = 0.5",
        "ensemble.sigma = { uniform = [0, 1], per = \"circuit\" }\nensemble.sampling = \"sobol\"",
        "ensemble.W = { kind = \"identity\" }\nensemble.sampling = { latin_hypercube = 50 }",
        "ensemble.n = 2\nensemble.Wr = { kind = \"given\", rows = [[1, 2.5], [-1e-3, 0]], scale_by = \"norm\", norm = "
        "2 }\n"
        "ensemble.W = { kind = \"given\", rows = [[1, 0], [0.1, 1]], entries = [0, 1] }",
        "ensemble.Wr = { kind = \"ring\", width = 0.3 }\nensemble.W = { log_normal = [1, 2], per = \"circuit\" }"}) {
    const SweepFile file = parse_sweep("s.toml", text);
    const std::vector<std::string> lines = sweep_file_lines(file);
    EXPECT_EQ(sweep_file_lines(parse_sweep("s.toml", sweep_file_text(file))), lines);
    EXPECT_NE(lines, sweep_file_lines(SweepFile{})) << "what the file says is in what is written";
  }
  const auto lines = sweep_file_lines(parse_sweep("s.toml", rich));
  for (const char* line : {"ensemble.tau_y.log_uniform = [0.001, 0.1]", "ensemble.tau_a.same_as = \"tau_y\"",
                           "ensemble.tau_a.times = 2", "ensemble.sigma.min = 0.05", "ensemble.sigma.per = \"circuit\"",
                           "ensemble.W.density = 0.25", "ensemble.Wr.radius = 0.9", "ensemble.Wr.dale = 0.8"}) {
    EXPECT_EQ(std::count(lines.begin(), lines.end(), line), 1) << line;
  }
}

TEST(SweepFile, MatricesComeFromRowsOrFromAFileBesideIt) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "given_matrices";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "Wr.csv") << "# a comment\n1, 2 # and another\r\n\n+3;\t-4e0\n";
  std::ofstream(folder / "W.txt") << "1.000000000000000000e+00 0.5\n0 1";
  std::ofstream(folder / "sweep.toml") << R"(
[ensemble]
n = 2
Wr = { kind = "given", file = "Wr.csv" }
W = { kind = "given", file = "W.txt" }
[grid]
Wr.factor = [1, 2, 3]
)";
  const SweepFile file = read_sweep_file((folder / "sweep.toml").string());
  const Ensemble& e = file.ensemble;
  EXPECT_EQ(std::vector<double>(e.Wr_given, e.Wr_given + 4), (std::vector<double>{1, 3, 2, -4})) << "by columns";
  EXPECT_EQ(std::vector<double>(e.W_given, e.W_given + 4), (std::vector<double>{1, 0, 0.5, 1}));
  EXPECT_EQ(e.Wr_scale, RecurrentScale::none);
  EXPECT_EQ(e.W, 1.0);
  ASSERT_EQ(file.cells.size(), 3U);
  EXPECT_EQ(file.cells[2].Wr_given, e.Wr_given) << "kept once";
  EXPECT_EQ(file.matrices.size(), 2U);
  const SweepFile written = parse_sweep("elsewhere.toml", sweep_file_text(at_cell(file, 0)));
  EXPECT_EQ(std::vector<double>(written.ensemble.Wr_given, written.ensemble.Wr_given + 4),
            (std::vector<double>{1, 3, 2, -4}))
      << "what is written needs no other file";
  std::ofstream(folder / "Wr.csv") << "1,,2\n3,4\n";
  EXPECT_THROW(read_sweep_file((folder / "sweep.toml").string()), InvalidArgument) << "a cell is missing";
  std::ofstream(folder / "Wr.csv") << "1, 2\n3, four\n";
  try {
    read_sweep_file((folder / "sweep.toml").string());
    ADD_FAILURE();
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find("number 2 of row 2 is missing or none"), std::string::npos)
        << error.what();
  }
}

/// docs/sweeps.md lists the keys; this file uses most of them.
TEST(SweepFile, TheRicherExampleIsRead) {
  const Ensemble e = read_sweep_file(TEST_DATA_DIR "/../../examples/cortical.toml").ensemble;
  EXPECT_EQ(e.tau_a, Distribution::same_as(Parameter::tau_y, 2));
  EXPECT_TRUE(e.Wr_dale);
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
      {"[sweep]\nprecision = \"half\"", {"sweep.precision", "half", "double", "float", "mixed"}},
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
      {"[ensemble]\ntau_y = { uniform = [0, 1] }", {"s.toml:2: ", "ensemble.tau_y = ", "0 < lower <= upper"}},
      {"[ensemble]\ntau_y = { normal = [1, 0.1] }", {"ensemble.tau_y = ", "log_normal", "min > 0"}},
      {"[ensemble]\nsigma = { normal = [1, 0.1] }", {"ensemble.sigma = ", "log_normal", "min >= 0"}},
      {"[ensemble]\nW = { normal = [1, 0.1], min = -1 }", {"ensemble.W = ", "log_normal", "min >= 0"}},
      {"[ensemble]\nb0 = { normal = [1, 0.1], min = 2 }", {"ensemble.b0 = ", "min at most the mean"}},
      {"[ensemble]\nb0 = { normal = [1, -1], min = 0 }", {"ensemble.b0 = ", "deviation >= 0"}},
      {"[ensemble]\nb0 = { log_uniform = [0, 1] }", {"ensemble.b0 = ", "0 < lower"}},
      {"[ensemble]\nb0 = { log_normal = [-1, 1] }", {"ensemble.b0 = ", "median > 0"}},
      {"[ensemble]\nb0 = { log_normal = [1, 100] }", {"ensemble.b0 = ", "all draws finite"}},
      {"[ensemble]\nb0 = { log_normal = 3 }", {"ensemble.b0.log_normal = 3", "[a, b]"}},
      {"[ensemble]\nb0 = { lognormal = [1, 2] }", {"ensemble.b0.lognormal = ", "did you mean log_normal"}},
      {"[ensemble]\nb0 = { per = \"neuron\" }", {"ensemble.b0 = ", "exactly one of uniform"}},
      {"[ensemble]\nb0 = { uniform = [0, 1], log_uniform = [1, 2] }", {"ensemble.b0 = ", "exactly one of"}},
      {"[ensemble]\nb0 = { uniform = [0, 1], min = 0 }", {"unknown key ensemble.b0.min = 0"}},
      {"[ensemble]\nb0 = { uniform = [0, 1], per = \"cell\" }", {"ensemble.b0.per = ", "circuit"}},
      {"[ensemble]\nb0 = { same_as = \"b0\" }", {"ensemble.b0 = ", "not tied itself"}},
      {"[ensemble]\nb0 = { same_as = \"z\" }", {"ensemble.b0.same_as = ", "tau_y"}},
      {"[ensemble]\nb0 = { same_as = \"b1\", times = 0 }", {"ensemble.b0.times = 0", "> 0"}},
      {"[ensemble]\nb0 = { same_as = \"b1\", per = \"circuit\" }", {"unknown key ensemble.b0.per"}},
      {"[ensemble]\nb0 = { same_as = \"b1\" }\nb1 = { same_as = \"b0\" }", {"s.toml:2: ", "not tied itself"}},
      {"[ensemble]\ntau_y = { same_as = \"b0\" }", {"ensemble.tau_y = ", "> 0"}},
      {"[ensemble]\nW = { same_as = \"b0\" }", {"unknown key ensemble.W.same_as"}},
      {"[ensemble]\nW = { kind = \"sparse\", density = 0 }", {"ensemble.W.density = 0", "> 0"}},
      {"[ensemble]\nW = { kind = \"ring\", entries = -1 }", {"ensemble.W = ", ">= 0"}},
      {"[ensemble]\nW = { kind = \"gaussian\" }", {"ensemble.W.kind = ", "sparse"}},
      {"[ensemble]\nz = { same_as = \"b0\", norm = 1 }", {"unknown key ensemble.z.same_as"}},
      {"[ensemble]\nz = [2, 1]", {"ensemble.z = ", "lower <= upper"}},
      {"[ensemble.Wr]\nkind = \"orthoganal\"", {"did you mean orthogonal"}},
      {"[ensemble.Wr]\nscale_by = \"radius\"\nnorm = 1", {"unknown key ensemble.Wr.norm = 1", "radius"}},
      {"[ensemble.Wr]\nkind = \"ring\"\nwidth = 0", {"ensemble.Wr.width = 0", "from 0.1"}},
      {"[ensemble.Wr]\nkind = \"low_rank\"\nrank = 11", {"ensemble.Wr.rank = 11", "from 1 to 10"}},
      {"[ensemble.Wr]\nkind = \"orthogonal\"\ndale = 0.5", {"unknown key ensemble.Wr.dale"}},
      {"[ensemble.Wr]\ndale = 1.5", {"ensemble.Wr.dale = 1.5", "from 0 to 1"}},
      {"[ensemble.Wr]\nkind = \"given\"", {"s.toml:1: ensemble.Wr, expected rows or file"}},
      {"[ensemble]\nn = 1\nW = { kind = \"given\", rows = [[1]], file = \"a\" }",
       {"s.toml:3: ensemble.W, expected rows or"}},
      {"[ensemble]\nn = 2\nWr = { kind = \"given\", rows = [[1, 2]] }",
       {"ensemble.Wr.rows = ", "2 rows of 2", "there are 1"}},
      {"[ensemble]\nn = 2\nWr = { kind = \"given\", rows = [[1, 2], [3]] }", {"ensemble.Wr.rows", "row 2 has 1"}},
      {"[ensemble]\nn = 1\nWr = { kind = \"given\", rows = [[nan]] }",
       {"number 1 of row 1 is missing or none", "finite"}},
      {"[ensemble]\nn = 1\nWr = { kind = \"given\", rows = 1 }", {"ensemble.Wr.rows = 1", "there are 0"}},
      {"[ensemble]\nn = 1\nW = { kind = \"given\", rows = [[-1]] }", {"ensemble.W.rows", ">= 0", "is -1"}},
      {"[ensemble]\nWr = { kind = \"given\", file = 3 }", {"ensemble.Wr.file = 3", "name"}},
      {"[ensemble]\nWr = { kind = \"given\", file = \"no/such.csv\" }",
       {"s.toml:2: ensemble.Wr.file = ", "no/such.csv: cannot be read"}},
      {"[ensemble]\nWr = { rows = [[1]] }", {"unknown key ensemble.Wr.rows"}},
      {"[ensemble]\nsampling = \"sobol\"", {"s.toml:2: ensemble.sampling = ", "per = \"circuit\""}},
      {"[ensemble]\nsampling = \"sobel\"", {"did you mean sobol"}},
      {"[ensemble]\nsampling = {}", {"ensemble.sampling = ", "latin_hypercube"}},
      {"[ensemble]\nsampling = { latin_hypercube = 1 }", {"ensemble.sampling.latin_hypercube = 1", "from 2"}},
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

TEST(SweepFileGrid, EveryPointHasItsEnsemble) {
  const SweepFile file = parse_sweep("s.toml", R"(
[ensemble]
n = 3
sigma = [0, 1]
Wr = { kind = "sparse", density = 0.5 }
[grid]
sigma = { log = [0.01, 1, 3] }
Wr.norm = [0.5, 2]
)");
  ASSERT_EQ(file.grid.size(), 2U);
  EXPECT_EQ(file.grid[0].key, "Wr.norm");
  EXPECT_EQ(file.grid[1].values, (std::vector<double>{0.01, 0.1, 1}));
  ASSERT_EQ(file.cells.size(), 6U);
  EXPECT_EQ(cell_count(file.grid), 6U);
  for (std::size_t cell = 0; cell < 6; ++cell) {
    const std::vector<double> at = cell_values(file.grid, cell);
    EXPECT_EQ(at[0], cell < 3 ? 0.5 : 2);
    EXPECT_EQ(file.cells[cell].Wr_norm, at[0]);
    EXPECT_EQ(file.cells[cell].sigma.lower, at[1]);
    EXPECT_EQ(file.cells[cell].sigma.upper, at[1]);
    EXPECT_EQ(file.cells[cell].Wr_density, 0.5) << "the rest is as in [ensemble]";
    const SweepFile one = at_cell(file, cell);
    EXPECT_TRUE(one.cells.empty() && one.grid.empty());
    EXPECT_EQ(one.ensemble.Wr_norm, at[0]);
  }
  EXPECT_EQ(file.ensemble.Wr_norm, 1) << "without the grid";
  const SweepFile sizes = parse_sweep("s.toml", "[grid]\nn = { linear = [2, 10, 5] }\n\"Wr.norm\" = [1.5]\n");
  ASSERT_EQ(sizes.cells.size(), 5U);
  EXPECT_EQ(sizes.cells[4].n, 10);
  EXPECT_EQ(sizes.cells[1].n, 4);
  EXPECT_EQ(sizes.cells[0].Wr_norm, 1.5) << "a quoted key means the same";
  EXPECT_TRUE(parse_sweep("s.toml", "[grid]\n").cells.empty());
}

TEST(SweepFileGrid, RefusesWhatCannotBe) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      parse_sweep("s.toml", text);
    } catch (const InvalidArgument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(refusal("[grid]\nsigma = 3\n").find("s.toml:2: grid.sigma = 3, expected a list"), std::string::npos);
  for (const char* axis : {"[]", "['a']", "{ linear = [1, 2] }", "{ linear = [1, 2, 0] }", "{ linear = [1, 2, 2.5] }",
                           "{ log = [0, 1, 3] }", "{ log = [1, 2, 3], linear = [1, 2, 3] }", "{ linear = 3 }"}) {
    EXPECT_NE(refusal("grid.sigma = " + std::string(axis)).find("grid.sigma = "), std::string::npos) << axis;
  }
  EXPECT_NE(refusal("grid.sigma = [0.5, -1]").find("grid: where sigma = -1: "), std::string::npos)
      << refusal("grid.sigma = [0.5, -1]");
  EXPECT_NE(refusal("grid.sigmas = [0.5]").find("unknown key ensemble.sigmas"), std::string::npos);
  EXPECT_NE(refusal("grid.n = [2.5]").find("where n = 2.5"), std::string::npos);
  EXPECT_NE(refusal("grid.n = { linear = [1, 200, 200] }\ngrid.sigma = { linear = [0, 1, 200] }").find("at most 10000"),
            std::string::npos);
  EXPECT_NE(refusal("grid = 3").find("grid = 3, expected a table"), std::string::npos);
}

}  // namespace
}  // namespace organics::io
