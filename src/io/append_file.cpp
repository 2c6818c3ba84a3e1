#include "io/append_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace organics::io {

AppendFile::AppendFile(const std::string& path) : path_(path) {
  constexpr int everyone_may_read_and_write = 0666;  // less what the umask takes
  const bool stream = std::filesystem::exists(path) && !std::filesystem::is_regular_file(path);
  descriptor_ = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | (stream ? 0 : O_CREAT | O_EXCL),
                     everyone_may_read_and_write);
  if (descriptor_ < 0) fail();
}

AppendFile::AppendFile(const std::string& path, std::int64_t size)
    : path_(path), descriptor_(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {
  if (descriptor_ < 0) fail();
  if (ftruncate(descriptor_, size) == 0) return;
  const int why = errno;
  close(descriptor_);
  errno = why;
  fail();
}

AppendFile::~AppendFile() { close(descriptor_); }

void AppendFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AppendFile::flush() {
  if (fsync(descriptor_) != 0 && errno != EINVAL) fail();  // EINVAL: a pipe or a terminal, which keep nothing
}

void AppendFile::fail() const {
  throw std::runtime_error(fmt::format("{}: cannot be written ({})", path_, std::strerror(errno)));
}

}  // namespace organics::io
