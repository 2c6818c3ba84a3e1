// Runs the organics program and collects what it wrote and how it ended.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace organics {

struct ProgramRun {
  int code = -1;  ///< exit code; -1 if it did not exit by itself
  std::string out;
  std::string err;
};

/// A folder of its own for one test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "organics-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Runs `organics ARGUMENTS` in a shell; `out` is where standard output goes, empty to collect it.
inline ProgramRun run_program(const std::string& arguments, const std::string& out = "") {
  const TemporaryFolder folder;
  const std::string to = out.empty() ? folder.path("out") : out;
  const std::string command = std::string("'") + ORGANICS_PROGRAM + "' " + arguments + " > '" + to + "' 2> '" +
                              folder.path("err") + "' < /dev/null";
  const int status = std::system(command.c_str());
  ProgramRun run;
  if (WIFEXITED(status)) run.code = WEXITSTATUS(status);
  if (out.empty()) run.out = contents(to);
  run.err = contents(folder.path("err"));
  return run;
}

}  // namespace organics
