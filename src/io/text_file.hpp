// Reading a whole text file, and showing a value from it inside a one-line message.
#pragma once

#include <string>

namespace organics::io {

/// The contents of a file. Throws InvalidArgument that names the file and the reason.
std::string read_text_file(const std::string& path);

/// `text` on one line, cut to a length that fits into a message.
std::string shortened(std::string text);

}  // namespace organics::io
