#include "io/strict_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

using nlohmann::json;

constexpr std::size_t deepest = 16;  // levels; writing a value out recurses through them

/// Follows the events of the parser, so that an error can name the circuit and field it is in.
class Position {
 public:
  /// Returns false when the event is a key that its object already has.
  bool follow(json::parse_event_t event, const json& value) {
    using Event = json::parse_event_t;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        if (path_.size() == 2) circuit_name_.clear();
        path_.push_back({event == Event::array_start, 0, {}, {}});
        return true;
      case Event::key:
        path_.back().key = value.get<std::string>();
        return path_.back().seen.insert(path_.back().key).second;
      case Event::object_end:
      case Event::array_end:
        path_.pop_back();
        break;
      case Event::value:
        if (in_circuit() && path_.size() == 3 && path_[2].key == "name" && value.is_string()) {
          circuit_name_ = value.get<std::string>();
        }
        break;
    }
    if (!path_.empty() && path_.back().array) ++path_.back().index;
    return true;
  }

  bool too_deep() const { return path_.size() > deepest; }

  /// `circuits[3] "name": W[0][1]`, or as much of it as there is; ends in `: ` or is empty.
  std::string text() const {
    std::string text;
    std::size_t i = 0;
    if (in_circuit()) {
      text = circuit_label(path_[1].index, circuit_name_) + ": ";
      i = 2;
    }
    std::string field;
    for (; i < path_.size(); ++i) {
      field += path_[i].array ? fmt::format("[{}]", path_[i].index) : (field.empty() ? "" : ".") + path_[i].key;
    }
    return field.empty() ? text : text + shortened(field) + ": ";
  }

 private:
  struct Level {
    bool array;
    std::size_t index;
    std::string key;
    std::set<std::string> seen;
  };

  bool in_circuit() const { return path_.size() >= 2 && path_[0].key == "circuits" && path_[1].array; }

  std::vector<Level> path_;
  std::string circuit_name_;
};

/// The part of a parser message after its `[json.exception...] ` tag.
std::string without_tag(const std::string& message) {
  const std::size_t end = message.find("] ");
  return end == std::string::npos ? message : message.substr(end + 2);
}

/// The part of a message between single quotes.
std::string quoted_part(const std::string& message) {
  const std::size_t begin = message.find('\'');
  const std::size_t end = message.rfind('\'');
  return begin < end ? message.substr(begin + 1, end - begin - 1) : message;
}

/// The word of `text` that the character at `position` belongs to.
std::string word_at(const std::string& text, std::size_t position) {
  constexpr const char* delimiters = " \t\r\n,:[]{}";
  position = std::min(position, text.size());
  const std::size_t before = position == 0 ? std::string::npos : text.find_last_of(delimiters, position - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find_first_of(delimiters, position), text.size());
  return begin < end ? text.substr(begin, std::min<std::size_t>(end - begin, 200)) : "the end";
}

}  // namespace

json parse_strictly(const std::string& file, const std::string& text) {
  Position position;
  const auto refusal = [&](const std::string& what) {
    return InvalidArgument(fmt::format("{}: {}{}", file, position.text(), what));
  };
  const auto follow = [&](int /*depth*/, json::parse_event_t event, const json& value) {
    if (!position.follow(event, value)) throw refusal("the key is given twice, expected once");
    if (position.too_deep()) throw refusal(fmt::format("nested too deep, expected at most {} levels", deepest));
    return true;
  };
  try {
    return json::parse(text, follow);
  } catch (const json::out_of_range& error) {
    throw refusal(shortened(quoted_part(error.what())) + " is too large, expected a finite number");
  } catch (const json::parse_error& error) {
    const std::string word = word_at(text, error.byte == 0 ? 0 : error.byte - 1);
    throw refusal(fmt::format("{} (at {}), expected valid JSON", without_tag(error.what()), shown(word)));
  }
}

std::string circuit_label(std::size_t index, const std::string& name) {
  return name.empty() ? fmt::format("circuits[{}]", index) : fmt::format("circuits[{}] {}", index, shown(name));
}

std::string shown(const json& value) { return shortened(value.dump(-1, ' ', false, json::error_handler_t::replace)); }

}  // namespace organics::io
