// What went wrong, as one line on standard error and an exit code.
#pragma once

#include <string>

namespace organics::cli {

/// "organics: MESSAGE" on standard error, in one line.
void complain(const std::string& message);

/// In a catch block: complains about the exception, `before` its message, and returns the exit code for it.
int complain_of_exception(const std::string& before = "");

}  // namespace organics::cli
