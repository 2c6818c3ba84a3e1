#include "cli/child.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace organics::cli {
namespace {

/// A file without a name. Input and output of the child are such files and not pipes, so that neither side waits for the
/// other.
class NamelessFile {
 public:
  NamelessFile() : file_(std::tmpfile(), &std::fclose) {
    if (!file_) throw std::runtime_error(std::string("no temporary file can be made (") + std::strerror(errno) + ")");
  }

  int descriptor() const { return fileno(file_.get()); }

  void write(const std::string& text) const {
    const bool good = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() &&
                      std::fseek(file_.get(), 0, SEEK_SET) == 0;
    if (!good)
      throw std::runtime_error(std::string("a temporary file cannot be written (") + std::strerror(errno) + ")");
  }

  std::string last_line() const {
    std::rewind(file_.get());
    std::string line, last;
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) {
      if (c != '\n') {
        line += static_cast<char>(c);
      } else if (!line.empty()) {
        last = line;
        line.clear();
      }
    }
    return line.empty() ? last : line;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

/// Its exit code, once it has ended; -1 where it did not exit by itself.
int exit_code_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

ChildOutcome run_child(const std::vector<std::string>& words, const std::string& input) {
  const NamelessFile in, out;
  in.write(input);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {-1, std::strerror(failed)};
  const int code = exit_code_of(child);
  std::string said = out.last_line();
  if (said.empty() && code != 0) said = code < 0 ? "ended by a signal" : "exit code " + std::to_string(code);
  return {code, said};
}

}  // namespace organics::cli
