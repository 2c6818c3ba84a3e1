#include "cli/signals.hpp"

#include <csignal>

namespace organics::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) { noted = signal; }

}  // namespace

void watch_signals() {
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

int signal_received() { return noted; }

void die_of_signal() {
  const int signal = noted;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace organics::cli
