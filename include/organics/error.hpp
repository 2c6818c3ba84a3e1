// Errors of the host API. They are thrown before any work starts, or when a device fails;
// what happens to a single circuit is a Status, never an exception.
#pragma once

#include <stdexcept>
#include <string>

namespace organics {

/// Base of everything the library throws.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument was refused; the message names the field, the value and what was expected.
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// The device cannot do the work: no driver, no such device, out of memory, or a failed launch.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace organics
