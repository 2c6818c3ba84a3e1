#include "io/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "organics/error.hpp"

namespace organics::io {

std::string read_text_file(const std::string& path) {
  const auto fail = [&] {
    throw InvalidArgument(path + ": cannot be read (" + std::strerror(errno) + "), expected a text file");
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) fail();
  std::string text;
  char block[1 << 16];
  while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) text.append(block, count);
  if (std::ferror(file.get())) fail();
  return text;
}

std::string shortened(std::string text) {
  constexpr std::size_t longest = 60;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  if (text.size() <= longest) return text;
  std::size_t cut = longest - 3;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;  // not inside a UTF-8 character
  return text.substr(0, cut) + "...";
}

}  // namespace organics::io
