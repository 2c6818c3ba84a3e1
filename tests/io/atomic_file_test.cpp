// A file that is written whole or not at all.
#include "io/atomic_file.hpp"

#include <sys/stat.h>

#include <stdexcept>

#include "program_run.hpp"

namespace organics::io {
namespace {

std::size_t files_in(const std::string& folder) {
  const auto begin = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

TEST(AtomicFile, ReplacesTheFileWhenItIsWhole) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "before");
  {
    AtomicFile file(path);
    EXPECT_EQ(contents(path), "before");
    const std::string text(1 << 20, 'x');
    file.commit(text);
    EXPECT_EQ(contents(path), text);
  }
  EXPECT_EQ(files_in(folder.path("")), 1U) << "no temporary file is left";
}

TEST(AtomicFile, LeavesEverythingAsItWasWithoutCommit) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "before");
  { const AtomicFile file(path); }
  { const AtomicFile file(folder.path("new")); }
  EXPECT_EQ(contents(path), "before");
  EXPECT_EQ(files_in(folder.path("")), 1U);
}

TEST(AtomicFile, ANewFileHasTheUsualPermissions) {
  const TemporaryFolder folder;
  AtomicFile(folder.path("new")).commit("x");
  const auto plain = folder.write("plain", "x");
  EXPECT_EQ(std::filesystem::status(folder.path("new")).permissions(), std::filesystem::status(plain).permissions());
}

TEST(AtomicFile, FollowsASymbolicLink) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "before");
  std::filesystem::create_symlink(path, folder.path("link"));
  AtomicFile(folder.path("link")).commit("after");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_EQ(contents(path), "after");
}

TEST(AtomicFile, WritesToWhatIsNoRegularFileAsItIs) {
  AtomicFile("/dev/null").commit("x");
  EXPECT_FALSE(std::filesystem::is_regular_file("/dev/null"));
  EXPECT_THROW(AtomicFile("/dev/full").commit("x"), std::runtime_error);
}

TEST(AtomicFile, SaysBeforehandThatAPathCannotBeWritten) {
  const TemporaryFolder folder;
  try {
    const AtomicFile file(folder.path("no/such/folder/out"));
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no/such/folder/out: cannot be written ("), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(const AtomicFile file(folder.path("")), std::runtime_error) << "a folder";
}

}  // namespace
}  // namespace organics::io
