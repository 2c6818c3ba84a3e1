// organics sweep --plot and merge --plot: the picture comes after the report, and what it lacks is said before the work.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "program_run.hpp"

namespace organics {
namespace {

const std::string script = TEST_DATA_DIR "/../../examples/plot_sweep.py";

class ProgramPlot : public ::testing::Test {
 protected:
  void TearDown() override {
    if (python) {
      setenv("ORGANICS_PYTHON", python->c_str(), 1);
    } else {
      unsetenv("ORGANICS_PYTHON");
    }
  }

  /// The Python of whoever runs the tests.
  std::optional<std::string> python = std::getenv("ORGANICS_PYTHON") != nullptr
                                          ? std::optional<std::string>(std::getenv("ORGANICS_PYTHON"))
                                          : std::nullopt;
  TemporaryFolder folder;
  std::string sweep = folder.write("s.toml", "[sweep]\ncircuits = 50\n[ensemble]\nn = 2\n");

  std::string plot(const std::string& name) const { return " --plot '" + folder.path(name) + "'"; }

  /// An interpreter that has what is imported, and does as told with the script.
  void pretend_python(const std::string& told) const {
    const std::string path = folder.write("python", "#!/bin/sh\nif [ \"$1\" = -c ]; then echo \"$2\" >> '" +
                                                        folder.path("checks") + "'; exit 0; fi\n" + told + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    setenv("ORGANICS_PYTHON", path.c_str(), 1);
  }

  bool can_draw() const {
    return std::system(("'" + python.value_or("python3") + "' -c 'import matplotlib' > /dev/null 2>&1").c_str()) == 0;
  }

  void expect_refused(const std::string& arguments, const std::string& what, int code) const {
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(what), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }
};

TEST_F(ProgramPlot, HandsTheJsonReportToTheScript) {
  pretend_python("echo \"$@\" > '" + folder.path("words") + "'; cat > '" + folder.path("json") +
                 "'; cp /dev/null \"$3\"");
  const ProgramRun run = run_program("sweep --json '" + sweep + "'" + plot("with space.svg"));
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(contents(folder.path("json")), run.out);
  EXPECT_TRUE(std::filesystem::exists(folder.path("with space.svg")));
  const std::string words = contents(folder.path("words"));
  EXPECT_TRUE(words.ends_with("share/organics/plot_sweep.py - " + folder.path("with space.svg") + "\n")) << words;
  EXPECT_EQ(contents(words.substr(0, words.find(" - "))), contents(script)) << "the build tree has a copy of its own";
  EXPECT_NE(contents(folder.path("checks")).find("import matplotlib"), std::string::npos);
  EXPECT_NE(run_program("sweep '" + sweep + "'" + plot("a.png")).out.find("verdict"), std::string::npos) << "a table";
  EXPECT_TRUE(contents(folder.path("json")).starts_with("{"));
}

TEST_F(ProgramPlot, IsFoundWhereTheProgramIsInstalled) {
  pretend_python("echo \"$1\" > '" + folder.path("words") + "'");
  std::filesystem::create_directories(folder.path("prefix/bin"));
  std::filesystem::create_directories(folder.path("prefix/share/organics"));
  std::filesystem::copy_file(ORGANICS_PROGRAM, folder.path("prefix/bin/organics"));
  const std::string command = "'" + folder.path("prefix/bin/organics") + "' sweep '" + sweep + "'" + plot("a.svg") +
                              " > /dev/null 2> '" + folder.path("err") + "'";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_NE(
      contents(folder.path("err")).find("plot_sweep.py is missing, expected it in " + folder.path("prefix/share")),
      std::string::npos)
      << contents(folder.path("err"));
  std::filesystem::copy_file(script, folder.path("prefix/share/organics/plot_sweep.py"));
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << contents(folder.path("err"));
  EXPECT_NE(contents(folder.path("words")).find("share/organics/plot_sweep.py"), std::string::npos);
}

TEST_F(ProgramPlot, SaysWhatIsMissingBeforeTheWork) {
  const std::string many = "sweep '" + sweep + "' --circuits 1000000000000 --stop-seconds 20";
  expect_refused(many + plot("a.jpg"), "a.jpg, expected a name that ends in .svg, .png or .pdf", 2);
  expect_refused(many + " --plot ''", "nothing given", 2);
  pretend_python("exit 0");
  expect_refused(many + plot("no/such.svg"), "cannot be written", 1);
  const std::string grid =
      folder.write("g.toml",
                   "[sweep]\ncircuits = 1000000000000\n[ensemble]\nn = 1\n[grid]\nsigma = [0.1, 0.5]\n"
                   "b0 = [0.1, 0.2]\nz.norm = [1, 3]\n");
  expect_refused("sweep '" + grid + "' --stop-seconds 20" + plot("a.svg"),
                 "--plot: a grid with 3 axes, expected one or two", 2);
  setenv("ORGANICS_PYTHON", folder.path("none").c_str(), 1);
  expect_refused(many + plot("a.svg"), "cannot be run (No such file or directory), expected Python 3", 1);
  const std::string broken =
      folder.write("broken", "#!/bin/sh\necho Traceback >&2\necho 'No module named matplotlib' >&2\nexit 1\n");
  std::filesystem::permissions(broken, std::filesystem::perms::owner_all);
  setenv("ORGANICS_PYTHON", broken.c_str(), 1);
  expect_refused(many + plot("a.svg"), "(No module named matplotlib), expected Python 3 with it: apt-get install", 1);
  EXPECT_FALSE(std::filesystem::exists(folder.path("a.svg")));
  expect_refused(many + " --distributions", "--distributions: given, expected --plot beside it", 2);
  expect_refused("sweep --explain '" + sweep + "'" + plot("a.jpg"), "expected a name that ends in .svg", 2);
  const std::string curve = folder.write("c.toml", "[ensemble]\nn = 1\n[grid]\nsigma = [0.1, 0.5]\n");
  expect_refused("sweep '" + curve + "' --distributions" + plot("a.svg"), "expected a single sweep", 2);
}

TEST_F(ProgramPlot, AFailureLosesNoResult) {
  pretend_python("echo several >&2; echo 'lines of it' >&2; exit 3");
  const ProgramRun run = run_program("sweep --json '" + sweep + "'" + plot("a.svg"));
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "organics: --plot: " + folder.path("a.svg") + " is not drawn (lines of it)\n");
  EXPECT_NE(run.out.find("\"circuits\": 50"), std::string::npos) << run.out;
  pretend_python("kill -9 $$");
  EXPECT_EQ(run_program("sweep '" + sweep + "'" + plot("a.svg")).code, 1);
}

/// By the real Matplotlib: single sweeps, with and without abscissae, curves, maps, and merged parts.
TEST_F(ProgramPlot, DrawsEveryKindOfReport) {
  if (!can_draw()) GTEST_SKIP() << "no Matplotlib beside python3 (ORGANICS_PYTHON names another one)";
  const auto expect_drawn = [&](const std::string& arguments, const std::string& name, const std::string& begin) {
    const ProgramRun run = run_program(arguments + plot(name));
    EXPECT_EQ(run.code, 0) << run.err;
    const std::string picture = contents(folder.path(name));
    EXPECT_GT(picture.size(), 1000U);
    EXPECT_TRUE(picture.starts_with(begin)) << picture.substr(0, 20);
  };
  expect_drawn("sweep '" + sweep + "'", "a.svg", "<?xml");
  expect_drawn("sweep '" + sweep + "' --json", "a.png", "\x89PNG");
  expect_drawn("sweep '" + sweep + "' --verdict-only", "a.pdf", "%PDF");
  expect_drawn("sweep '" + sweep + "' --distributions", "all.svg", "<?xml");
  EXPECT_NE(contents(folder.path("all.svg")), contents(folder.path("a.svg")));
  const std::string begin = "[sweep]\ncircuits = 20\n[ensemble]\nn = 1\n[grid]\nsigma = [0.1, 0.5, 0.7]\n";
  const std::string curve = folder.write("curve.toml", begin);
  expect_drawn("sweep '" + curve + "'", "curve.svg", "<?xml");
  const std::string map = folder.write("map.toml", begin + "z.norm = [1, 3]\n");
  expect_drawn("sweep '" + map + "'", "map.svg", "<?xml");
  expect_drawn("sweep '" + map + "' --stop-seconds 1e-9", "begun.svg", "<?xml");
  for (const std::string part : {"1", "2"}) {
    ASSERT_EQ(run_program("sweep '" + sweep + "' --shard " + part + "/2 --checkpoint '" + folder.path(part) + "'").code,
              0);
  }
  expect_drawn("merge '" + folder.path("1") + "' '" + folder.path("2") + "'", "merged.svg", "<?xml");
}

}  // namespace
}  // namespace organics
