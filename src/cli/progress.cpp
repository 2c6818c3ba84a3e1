#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace organics::cli {
namespace {

std::size_t terminal_width() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string progress_text(const Progress& p) {
  const auto done = static_cast<double>(p.done);
  const auto total = static_cast<double>(p.total);
  const double rate = p.seconds > 0 ? done / p.seconds : 0;
  std::string text = fmt::format("{:5.1f} %  {} of {}", total > 0 ? 100 * done / total : 100, p.done, p.total);
  if (rate > 0) text += fmt::format("  {:.0f}/s  {:.0f} s left", rate, (total - done) / rate);
  if (!p.more.empty()) text += "  " + p.more;
  return text;
}

constexpr const char* erase_line = "\r\033[K";

}  // namespace

ProgressLine::ProgressLine(bool quiet) : enabled_(!quiet && isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (enabled_) std::fputs(erase_line, stderr);
}

void ProgressLine::show(const Progress& progress) const {
  if (!enabled_) return;
  const std::string text = progress_text(progress).substr(0, terminal_width() - 1);
  std::fprintf(stderr, "%s%s", erase_line, text.c_str());
  std::fflush(stderr);
}

}  // namespace organics::cli
