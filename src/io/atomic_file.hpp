// A file that is written whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace organics::io {

/// Made before the work starts, so that a path that cannot be written is noticed then. Text goes to a temporary file in
/// the same folder, and `commit` puts that in the place of `path`; without it nothing remains. What is not a regular
/// file (a pipe, a terminal) is written as it is. Throws std::runtime_error that names the path and the reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void commit(std::string_view text);

  /// Where the text is until then, for another writer to put it there before commit("").
  const std::string& filled_at() const { return temporary_.empty() ? path_ : temporary_; }

 private:
  [[noreturn]] void fail() const;

  std::string path_;
  std::string temporary_;  ///< empty: written as it is
  int descriptor_ = -1;
};

}  // namespace organics::io
