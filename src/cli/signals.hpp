// SIGINT and SIGTERM as something to look at between pieces of work, so that what is done can be kept.
#pragma once

namespace organics::cli {

/// From now on these signals are noted; the program goes on.
void watch_signals();

/// The signal that came since then; 0: none.
int signal_received();

/// Ends the program as the signal would have.
void die_of_signal();

}  // namespace organics::cli
