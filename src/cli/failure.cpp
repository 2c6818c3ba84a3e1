#include "cli/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "cli/command.hpp"
#include "organics/error.hpp"

namespace organics::cli {

void complain(const std::string& message) {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  fmt::print(stderr, "organics: {}\n", line);
}

int complain_of_exception(const std::string& before) {
  try {
    throw;
  } catch (const InvalidArgument& error) {
    complain(before + error.what());
    return exit_bad_input;
  } catch (const DeviceError& error) {
    complain(before + error.what());
    return exit_device;
  } catch (const std::exception& error) {
    complain(before + error.what());
    return exit_failure;
  }
}

}  // namespace organics::cli
