// A file that grows at its end, and is continued where it was whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace organics::io {

/// What is appended is in the file at once, whole or cut short by a kill. Throws std::runtime_error that names the path
/// and the reason.
class AppendFile {
 public:
  /// A new file. What is not a regular file (a pipe, a terminal) is written as it is.
  explicit AppendFile(const std::string& path);
  /// A file that exists, of which the first `size` bytes are kept.
  AppendFile(const std::string& path, std::int64_t size);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::string_view bytes);
  /// After it, what was appended survives a loss of power.
  void flush();

 private:
  [[noreturn]] void fail() const;

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace organics::io
