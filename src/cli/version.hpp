// The version of the program; the build defines ORGANICS_VERSION.
#pragma once

#ifndef ORGANICS_VERSION
#define ORGANICS_VERSION "unknown"
#endif

namespace organics::cli {

inline constexpr const char* version = ORGANICS_VERSION;

}  // namespace organics::cli
