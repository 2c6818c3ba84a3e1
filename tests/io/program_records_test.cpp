// organics sweep --records: a row for each circuit, whatever happens to the run; from the outside.
#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "io/hdf5_columns.hpp"
#include "io/hdf5_file.hpp"
#include "organics/organics.hpp"
#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

class ProgramRecords : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  /// Some of these circuits run away.
  std::string sweep =
      folder.write("s.toml", "[sweep]\ncircuits = 300\nseed = 5\nchunk = 7\n[ensemble]\nn = 1\nz = { norm = 3 }\n");
  std::string csv = folder.path("r.csv");
  std::string hdf5 = folder.path("r.h5");
  std::string checkpoint = folder.path("c.sweep");

  std::string command(const std::string& records, const std::string& more = "") const {
    return "sweep '" + sweep + "' --records '" + records + "' " + more;
  }
  std::string kept(const std::string& records, const std::string& more = "") const {
    return command(records, "--checkpoint '" + checkpoint + "' " + more);
  }
  /// Files in the folder.
  std::ptrdiff_t files() const {
    const std::filesystem::directory_iterator all(std::filesystem::path(csv).parent_path());
    return std::distance(begin(all), end(all));
  }
  void expect_refused(const std::string& arguments, const std::string& what, int code = 2) const {
    const std::ptrdiff_t before = files();
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.code, code) << arguments << "\n" << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(what), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(files(), before) << arguments << ": nothing is left behind by a refusal";
  }
};

std::int64_t circuits_saved(const std::string& file) {
  const std::string text = contents(file);
  if (text.empty()) return 0;
  return json::parse(text.substr(0, text.find('\n')))["results"]["circuits"].get<std::int64_t>();
}

bool killed_after(double seconds, const std::string& arguments) {
  const std::string command = "timeout -s KILL " + std::to_string(seconds) + " '" + ORGANICS_PROGRAM + "' " +
                              arguments + " > /dev/null 2>&1 < /dev/null";
  return std::system(command.c_str()) != 0;
}

TEST_F(ProgramRecords, AreWhatEachCircuitGivesOnItsOwn) {
  const std::string columns = "verdict,index,abscissa,status,rung,state_norm,newton_steps,proven,damping_ratio";
  const ProgramRun run = run_program(command(csv, "--certify --columns " + columns));
  ASSERT_EQ(run.code, 0) << run.err;
  const auto lines = split(contents(csv), '\n');
  ASSERT_EQ(lines.size(), 301U);
  EXPECT_EQ(lines[0], columns);
  Ensemble ensemble;
  ensemble.n = 1;
  ensemble.z_norm = 3;
  int runaways = 0;
  for (std::int64_t i = 0; i < 300; ++i) {
    auto cells = split(lines[static_cast<std::size_t>(i) + 1], ',');
    cells.resize(9);  // an empty cell at the end is none here
    EXPECT_EQ(cells[1], std::to_string(i));
    const OwnedCircuit<double> circuit = draw<double>(ensemble, 5, i);
    std::array<double, 2> x{};
    Status status{};
    Rung rung{};
    steady_state<double>(
        Cpu{1}, as_batch(circuit), {}, {},
        {.states = packed(x.data(), 1, 2), .status = packed(&status, 1, 1), .rung = packed(&rung, 1, 1)});
    EXPECT_EQ(cells[3], name(status)) << i;
    EXPECT_EQ(cells[4], name(rung)) << i;
    if (status != Status::ok) {
      ++runaways;
      EXPECT_EQ(cells[5], "") << i;
      EXPECT_EQ(cells[7], "false") << i;
      continue;
    }
    double abscissa = 0;
    Verdict verdict{};
    stability<double>(Cpu{1}, as_batch(circuit), packed(static_cast<const double*>(x.data()), 1, 2),
                      {.abscissa = packed(&abscissa, 1, 1), .verdict = packed(&verdict, 1, 1)});
    EXPECT_EQ(cells[0], name(verdict)) << i;
    EXPECT_NEAR(std::stod(cells[2]), abscissa, 1e-9 * std::abs(abscissa)) << i;
    EXPECT_NEAR(std::stod(cells[5]), std::hypot(x[0], x[1]), 1e-12) << i;
  }
  EXPECT_GT(runaways, 0) << "the ensemble is to have some";
  EXPECT_LT(runaways, 300);
}

TEST_F(ProgramRecords, HaveUsualColumns) {
  const auto header = [&](const std::string& more) {
    std::filesystem::remove(csv);
    EXPECT_EQ(run_program(command(csv, more)).code, 0);
    return split(contents(csv), '\n').at(0);
  };
  EXPECT_EQ(header(""), "index,status,verdict,abscissa,frequency,state_norm");
  EXPECT_EQ(header("--certify"), "index,status,verdict,abscissa,frequency,state_norm,proven");
  EXPECT_EQ(header("--verdict-only"), "index,status,verdict");
}

/// Kill -9 at random times, many times: every circuit once, byte for byte as if nothing had been.
TEST_F(ProgramRecords, OfAKilledSweepAreThoseOfAnUndisturbedOne) {
  const std::string big =
      folder.write("big.toml", "[sweep]\ncircuits = 15000\nchunk = 50\n[ensemble]\nn = 10\n") + " --threads 1 ";
  const std::string columns = " --columns index,abscissa,status,newton_steps";
  const json whole = json::parse(run_program("sweep --json " + big + "--records '" + csv + "'" + columns).out);
  const std::string undisturbed = contents(csv);
  ASSERT_EQ(std::count(undisturbed.begin(), undisturbed.end(), '\n'), 15001);
  std::mt19937 random(11);
  std::uniform_real_distribution<double> fraction(0.02, 0.8);
  for (const std::string name : {"killed.csv", "killed.h5"}) {
    if (name.ends_with("h5") && !io::has_hdf5()) continue;
    const std::string arguments = "sweep --json " + big + "--records '" + folder.path(name) + "'" + columns +
                                  " --checkpoint '" + folder.path(name + ".sweep") + "'";
    int kills = 0;
    int runs_with_progress = 0;
    std::int64_t before = 0;
    while (killed_after(fraction(random) * whole["seconds"].get<double>(), arguments)) {
      ASSERT_LT(++kills, 1000) << "only a run that continues can come to the end";
      const std::int64_t now = circuits_saved(folder.path(name + ".sweep"));
      EXPECT_GE(now, before);
      runs_with_progress += now > before ? 1 : 0;
      before = now;
    }
    EXPECT_GT(runs_with_progress, 0);
    const ProgramRun last = run_program(arguments);
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_EQ(json::parse(last.out)["verdicts"], whole["verdicts"]);
    if (name.ends_with("csv")) {
      EXPECT_TRUE(contents(folder.path(name)) == undisturbed) << "after " << kills << " kills";
      continue;
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path(name + ".part")));
    ASSERT_EQ(run_program("sweep " + big + "--records '" + hdf5 + "'" + columns).code, 0);
    const io::Hdf5Columns one(hdf5);
    const io::Hdf5Columns other(folder.path(name));
    ASSERT_EQ(other.rows("index"), 15000);
    for (const char* column : {"abscissa", "index"}) {
      std::vector<std::int64_t> a(15000), b(15000);  // bit for bit, NaN included
      const auto type = std::string(column) == "index" ? io::Hdf5Column::Type::int64 : io::Hdf5Column::Type::float64;
      one.read({column, type, "", {}}, 0, 15000, a.data());
      other.read({column, type, "", {}}, 0, 15000, b.data());
      EXPECT_EQ(a, b) << column << " after " << kills << " kills";
    }
  }
}

/// A kill may cut the last row anywhere, lose nothing that the checkpoint counts, and leave rows that it does not count.
TEST_F(ProgramRecords, AreCutToWhatTheCheckpointCounts) {
  ASSERT_EQ(run_program(kept(csv, "--circuits 100")).code, 0);
  const std::string hundred = contents(csv);
  ASSERT_EQ(run_program(command(folder.path("whole.csv"))).code, 0);
  const std::string whole = contents(folder.path("whole.csv"));
  for (const std::string& tail : {std::string(), std::string("100,ok,sta"), whole.substr(hundred.size(), 500)}) {
    std::ofstream(csv, std::ios::trunc) << hundred << tail;
    const ProgramRun run = run_program(kept(csv));
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(contents(csv) == whole) << tail;
    EXPECT_EQ(run_program(kept(csv)).code, 0) << "a finished one only reports";
    EXPECT_TRUE(contents(csv) == whole);
    std::filesystem::remove(checkpoint);
    std::filesystem::remove(csv);
    ASSERT_EQ(run_program(kept(csv, "--circuits 100")).code, 0);
  }
}

/// A kill between the first checkpoint, which counts nothing, and the first row.
TEST_F(ProgramRecords, BeginAgainWhereAKillCameAtOnce) {
  ASSERT_EQ(run_program(command(folder.path("whole.csv"))).code, 0);
  ASSERT_EQ(run_program(kept(csv, "--circuits 1 --shard 2/2")).code, 0) << "a part without circuits";
  const std::string nothing_done = contents(checkpoint);
  const std::string header = contents(csv);
  EXPECT_EQ(std::count(header.begin(), header.end(), '\n'), 1);
  for (const std::string& begun : {std::string(), header.substr(0, 9), header, header + "0,ok,stab"}) {
    folder.write("c.sweep", nothing_done);
    folder.write("r.csv", begun);
    const ProgramRun run = run_program(kept(csv));
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(contents(csv) == contents(folder.path("whole.csv"))) << begun;
  }
  folder.write("c.sweep", nothing_done);
  std::filesystem::remove(csv);
  EXPECT_EQ(run_program(kept(csv)).code, 0);
  EXPECT_TRUE(contents(csv) == contents(folder.path("whole.csv")));
}

/// The same, by a kill: nothing is saved before the only chunk is done.
TEST_F(ProgramRecords, AKillBeforeTheFirstSaveLeavesWhatTheSameCommandContinues) {
  const std::string one_chunk =
      folder.write("one.toml", "[sweep]\ncircuits = 40000\nchunk = 40000\n[ensemble]\nn = 10\n");
  const std::string arguments =
      "sweep '" + one_chunk + "' --threads 1 --checkpoint '" + checkpoint + "' --records '" + csv + "'";
  for (double seconds = 0.1; seconds < 60 && !std::filesystem::exists(csv); seconds *= 1.5) {
    ASSERT_TRUE(killed_after(seconds, arguments));
  }
  EXPECT_EQ(circuits_saved(checkpoint), 0);
  const ProgramRun run = run_program(arguments);
  EXPECT_EQ(run.code, 0) << run.err;
  const std::string rows = contents(csv);
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 40001);
}

/// What is wrong with the sweep leaves nothing that would stand in the way of the corrected one.
TEST_F(ProgramRecords, AreNotBegunForASweepThatIsRefused) {
  const std::string wrong = folder.write("w.toml", "[sweep]\nprecision = \"float\"\n[ensemble]\nsigma = 1e39\n");
  const std::string arguments = "sweep '" + wrong + "' --records '" + csv + "'";
  expect_refused(arguments, "sigma");
  expect_refused(arguments + " --checkpoint '" + checkpoint + "'", "sigma");
}

TEST_F(ProgramRecords, OfAPartWithoutCircuitsHaveNoRows) {
  for (const std::string& file : {csv, hdf5}) {
    if (file == hdf5 && !io::has_hdf5()) continue;
    const std::string arguments = command(file, "--circuits 1 --shard 2/2 --checkpoint '" + file + ".sweep'");
    for (int again = 0; again < 2; ++again) {
      const ProgramRun run = run_program(arguments);
      EXPECT_EQ(run.code, 0) << run.err;
    }
  }
  EXPECT_EQ(contents(csv), "index,status,verdict,abscissa,frequency,state_norm\n");
  if (io::has_hdf5()) {
    EXPECT_EQ(io::Hdf5Columns(hdf5).rows("index"), 0);
  }
}

TEST_F(ProgramRecords, OfPartsFollowEachOther) {
  ASSERT_EQ(run_program(command(folder.path("whole.csv"))).code, 0);
  std::string together;
  for (const std::string part : {"1", "2", "3"}) {
    const std::string file = folder.path("part" + part + ".csv");
    const ProgramRun run = run_program(command(file, "--shard " + part + "/3 --checkpoint '" + file + ".sweep'"));
    ASSERT_EQ(run.code, 0) << run.err;
    const std::string rows = contents(file);
    together += part == "1" ? rows : rows.substr(rows.find('\n') + 1);
  }
  EXPECT_TRUE(together == contents(folder.path("whole.csv")));
}

TEST_F(ProgramRecords, OfAGridAreAFileForEachPoint) {
  const std::string grid = folder.write(
      "g.toml", "[sweep]\ncircuits = 40\n[ensemble]\nn = 1\n[grid]\nsigma = [0.1, 0.5]\nz.norm = [1, 3]\n");
  const std::string arguments = "sweep '" + grid + "' --checkpoint '" + checkpoint + "' --records '" + csv + "'";
  ASSERT_EQ(run_program(arguments + " --stop-seconds 1e-9").code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder.path("r.0.csv")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.1.csv"))) << "ended before";
  ASSERT_EQ(run_program(arguments).code, 0);
  for (const std::string cell : {"0", "1", "2", "3"}) {
    const std::string alone = folder.path("alone" + cell + ".csv");
    ASSERT_EQ(run_program("sweep '" + grid + "' --cell " + cell + " --records '" + alone + "'").code, 0);
    EXPECT_TRUE(contents(folder.path("r." + cell + ".csv")) == contents(alone)) << cell;
  }
  std::filesystem::remove(checkpoint + ".3");
  expect_refused(arguments, "r.3.csv exists");
}

TEST_F(ProgramRecords, AreNotKeptWhereNobodyCould) {
  expect_refused(command(csv, "--columns status,abscisa"),
                 "--columns: abscisa, expected some of index, status, verdict");
  expect_refused(command(csv, "--columns status,abscisa"), "did you mean abscissa?");
  expect_refused(command(csv, "--columns status,,verdict"), "--columns: , expected some of");
  expect_refused(command(csv, "--columns status,index,status"), "--columns: status twice");
  expect_refused(command(csv, "--columns proven"), "--columns: proven, expected it only where the sweep is to certify");
  expect_refused(command(csv, "--columns state_norm --verdict-only"), "not for verdicts only");
  expect_refused("sweep '" + sweep + "' --columns status", "--columns: given, expected --records");
  expect_refused(command("", ""), "nothing given");
  expect_refused(command(folder.path("no/such.csv")), "cannot be written", 1);
  expect_refused(kept(folder.path("no/such.csv")), "cannot be written", 1);
  expect_refused(kept(checkpoint), "expected another file than that of --checkpoint");
  expect_refused(kept("/dev/null"), "/dev/null exists");
  expect_refused(command(folder.path(".")), "exists, expected a new file");
  if (!io::has_hdf5()) {
    expect_refused(command(hdf5), "built without HDF5");
  } else {
    expect_refused(command(hdf5, "--hdf5 '" + hdf5 + "'"), "expected another file than that of --hdf5");
  }
}

TEST_F(ProgramRecords, OverwriteNothing) {
  ASSERT_EQ(run_program(command(csv)).code, 0);
  const std::string whole = contents(csv);
  expect_refused(command(csv), "r.csv exists, expected a new file, or the checkpoint that it goes with");
  expect_refused(kept(csv), "r.csv exists, expected a new file, or the checkpoint that it goes with");
  ASSERT_EQ(run_program("sweep '" + sweep + "' --circuits 100 --checkpoint '" + checkpoint + "'").code, 0);
  const std::string counted = contents(checkpoint);
  expect_refused(kept(folder.path("new.csv")), "does not hold the 100 circuits that the checkpoint counts");
  expect_refused(kept(csv, "--columns index,status"),
                 "its first line is index,status,verdict,abscissa,frequency,state_norm, expected");
  std::ofstream(csv, std::ios::trunc) << whole.substr(0, 1000);
  expect_refused(kept(csv), "does not hold the 100 circuits");
  folder.write("r.csv", "index,status,verdict,abscissa,frequency,state_norm\n7,ok,stable,-1,0,1\n");
  expect_refused(kept(csv), "the first is of circuit 7, expected 0");
  EXPECT_EQ(contents(checkpoint), counted);
}

/// Their first rows are alike: 0, ok, stable.
TEST_F(ProgramRecords, OfVerdictsAloneAreKnownByAllTheirRows) {
  const std::string other = folder.path("other.csv");
  const std::string mine = "--verdict-only --seed 6 --checkpoint '" + checkpoint + "' --circuits ";
  ASSERT_EQ(run_program(command(other, "--verdict-only --circuits 200")).code, 0);
  ASSERT_EQ(run_program(command(csv, mine + "100")).code, 0);
  const std::string rows = contents(other);
  ASSERT_EQ(rows.substr(0, 40), contents(csv).substr(0, 40));
  expect_refused(command(other, mine + "150"), "expected the file that the checkpoint was saved with");
  EXPECT_EQ(contents(other), rows);
  EXPECT_EQ(run_program(command(csv, mine + "150")).code, 0);
}

/// Killed before the rows of the finished file were back in the one that grows.
TEST_F(ProgramRecords, OfAFinishedHdf5FileAreExtendedAfterAKillAtOnce) {
  if (!io::has_hdf5()) GTEST_SKIP() << "built without HDF5";
  ASSERT_EQ(run_program(kept(hdf5, "--circuits 100")).code, 0);
  folder.write("r.h5.part", "index,status,verdict,abscissa,frequency,state_norm\nabc");
  ASSERT_EQ(run_program(kept(hdf5, "--circuits 150")).code, 0);
  const std::string whole = folder.path("whole.h5");
  ASSERT_EQ(run_program(command(whole, "--circuits 150")).code, 0);
  EXPECT_EQ(std::filesystem::file_size(hdf5), std::filesystem::file_size(whole));
  EXPECT_FALSE(std::filesystem::exists(hdf5 + ".part"));
}

TEST_F(ProgramRecords, GoOnWithTheirSweepOrNotAtAll) {
  ASSERT_EQ(run_program(kept(csv, "--circuits 100")).code, 0);
  const std::string without = "sweep '" + sweep + "' --checkpoint '" + checkpoint + "' --circuits ";
  EXPECT_EQ(run_program(without + "100").code, 0) << "a finished one only reports";
  expect_refused(without + "150", "goes with a file of records, expected --records");
  EXPECT_EQ(run_program(kept(csv, "--circuits 150")).code, 0);
}

TEST_F(ProgramRecords, AndWhatElseIsWrittenAreDifferentFiles) {
  const std::string dotted = folder.path("./r.csv");
  expect_refused(command(csv, "--hdf5 '" + dotted + "'"), "expected another file than that of --hdf5");
  expect_refused(command(csv, "--checkpoint '" + dotted + "'"), "expected another file than that of --checkpoint");
  expect_refused(command(hdf5, "--checkpoint '" + hdf5 + ".part'"), "expected another file than that of --checkpoint");
  const std::string picture = folder.path("p.svg");
  expect_refused(command(picture, "--plot '" + picture + "'"), "--plot: ");
}

/// Two sweeps of the same columns: each checkpoint knows its own file.
TEST_F(ProgramRecords, OfAnotherSweepAreNotCut) {
  for (const std::string& file : {csv, hdf5 + ".part"}) {
    if (file != csv && !io::has_hdf5()) continue;
    const std::string records = file == csv ? csv : hdf5;
    const std::string other = folder.path(file == csv ? "other.csv" : "other.h5");
    const std::string mine = " --stop-seconds 1e-9 --checkpoint '" + records + ".sweep'";
    ASSERT_EQ(run_program(command(records, "--circuits 7" + mine)).code, 0);
    ASSERT_EQ(run_program(command(other, "--seed 6 --circuits 100 --checkpoint '" + other + ".sweep'")).code, 0);
    std::filesystem::rename(other, records);
    expect_refused(command(records, mine), file == csv ? "expected the file that the checkpoint was saved with"
                                                       : "its specification, seed or first circuit is another one");
  }
}

/// Rows are in the order of the circuits, so a checkpoint with a gap cannot be continued with them.
TEST_F(ProgramRecords, NeedACheckpointWithoutGaps) {
  ASSERT_EQ(run_program(kept(csv, "--first 100 --circuits 50")).code, 0);
  expect_refused(kept(csv), "does not hold the first circuits of 0 to 299 and no others");
}

/// No file may grow beyond the limit: the rows stop there, and the checkpoint counts none that is not whole.
TEST_F(ProgramRecords, AFullDiskEndsTheSweepAndTheSameCommandContinues) {
  ASSERT_EQ(run_program(command(folder.path("whole.csv"))).code, 0);
  const std::string script = folder.write(
      "script", "trap '' XFSZ; ulimit -f 12; '" + std::string(ORGANICS_PROGRAM) + "' " + kept(csv) + " 2> '" +
                    folder.path("err") + "' | cat > '" + folder.path("out") + "'; exit ${PIPESTATUS[0]}\n");
  EXPECT_EQ(WEXITSTATUS(std::system(("bash '" + script + "'").c_str())), 1);
  const std::string said = contents(folder.path("err"));
  EXPECT_NE(said.find("r.csv: cannot be written (File too large)"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  const std::string rows = contents(csv);
  EXPECT_EQ(rows.size(), 12U * 1024);
  EXPECT_GT(circuits_saved(checkpoint), 0);
  EXPECT_LE(circuits_saved(checkpoint), std::count(rows.begin(), rows.end(), '\n') - 1);
  ASSERT_EQ(run_program(kept(csv)).code, 0);
  EXPECT_TRUE(contents(csv) == contents(folder.path("whole.csv")));
  const ProgramRun full = run_program(command("/dev/full"));
  EXPECT_EQ(full.code, 1);
  EXPECT_EQ(full.err, "organics: /dev/full: cannot be written (No space left on device)\n");
}

TEST_F(ProgramRecords, GoThroughAPipe) {
  ASSERT_EQ(run_program(command(csv)).code, 0);
  const std::string line = "bash -c \"'" + std::string(ORGANICS_PROGRAM) + "' " + command("/dev/stdout") +
                           " --quiet | cat > '" + folder.path("piped") + "'\"";
  ASSERT_EQ(std::system(line.c_str()), 0);
  EXPECT_TRUE(contents(folder.path("piped")).starts_with(contents(csv)));
}

TEST_F(ProgramRecords, ExplainSaysHowLargeTheyBecome) {
  const ProgramRun run = run_program(command(csv, "--explain --columns index,verdict"));
  EXPECT_EQ(run.code, 0) << run.err;
  ASSERT_EQ(run_program(command(csv, "--columns index,verdict")).code, 0);
  const std::string said = std::to_string(std::filesystem::file_size(csv) - std::string("index,verdict\n").size());
  EXPECT_NE(run.out.find("index,verdict, in " + csv), std::string::npos) << run.out;
  EXPECT_NE(run.out.find(std::filesystem::file_size(csv) < 2048 ? said + " bytes" : "KiB"), std::string::npos)
      << run.out;
  EXPECT_NE(run_program(command(hdf5, "--explain --columns verdict,abscissa"))
                .out.find(" 17 bytes of index,verdict,abscissa"),
            std::string::npos);
  const std::string grid = folder.write("g.toml", "[ensemble]\nn = 1\n[grid]\nsigma = [0.1, 0.5, 0.7]\n");
  const ProgramRun cells = run_program("sweep --explain '" + grid + "' --records '" + folder.path("all.csv") + "'");
  EXPECT_NE(cells.out.find(folder.path("all.0.csv") + " to " + folder.path("all.2.csv")), std::string::npos)
      << cells.out;
  EXPECT_EQ(run_program("sweep --explain --columns index '" + grid + "'").code, 2);
}

TEST_F(ProgramRecords, AsHdf5AreTheSameNumbers) {
  if (!io::has_hdf5()) GTEST_SKIP() << "built without HDF5";
  const std::string columns = "--columns index,status,abscissa,newton_steps";
  ASSERT_EQ(run_program(command(csv, columns)).code, 0);
  ASSERT_EQ(run_program(kept(hdf5, columns + " --circuits 120")).code, 0);
  EXPECT_FALSE(std::filesystem::exists(hdf5 + ".part"));
  EXPECT_EQ(io::Hdf5Columns(hdf5).rows("index"), 120);
  const ProgramRun extended = run_program(kept(hdf5, columns));
  ASSERT_EQ(extended.code, 0) << extended.err;
  const auto written = std::filesystem::last_write_time(hdf5);
  EXPECT_EQ(run_program(kept(hdf5, columns)).code, 0) << "a finished one only reports";
  EXPECT_EQ(std::filesystem::last_write_time(hdf5), written);
  EXPECT_FALSE(std::filesystem::exists(hdf5 + ".part"));

  const io::Hdf5Columns file(hdf5);
  std::vector<std::int64_t> index(300);
  std::vector<std::int8_t> status(300);
  std::vector<double> abscissa(300);
  std::vector<std::int32_t> newton_steps(300);
  using Type = io::Hdf5Column::Type;
  file.read({"index", Type::int64, "", {}}, 0, 300, index.data());
  file.read({"status", Type::code, "", {}}, 0, 300, status.data());
  file.read({"abscissa", Type::float64, "", {}}, 0, 300, abscissa.data());
  file.read({"newton_steps", Type::int32, "", {}}, 0, 300, newton_steps.data());
  const auto lines = split(contents(csv), '\n');
  for (std::size_t i = 0; i < 300; ++i) {
    const auto cells = split(lines[i + 1], ',');
    EXPECT_EQ(cells[0], std::to_string(index[i]));
    EXPECT_EQ(cells[1], name(static_cast<Status>(status[i])));
    EXPECT_TRUE(cells[2].empty() ? std::isnan(abscissa[i]) : std::stod(cells[2]) == abscissa[i]) << cells[2];
    EXPECT_EQ(cells[3], std::to_string(newton_steps[i]));
  }
  EXPECT_EQ(file.rows("verdict"), -1) << "not asked for";
  EXPECT_EQ(file.number("seed"), 5U);
  EXPECT_NE(file.text("specification").find("z"), std::string::npos);

  expect_refused(command(hdf5, columns), "r.h5 exists");
  expect_refused(kept(hdf5, "--columns status"), "it has the columns index,status,abscissa,newton_steps");
  folder.write("r.h5", "no HDF5");
  expect_refused(kept(hdf5, columns), "expected the records of this sweep");
}

}  // namespace
}  // namespace organics
