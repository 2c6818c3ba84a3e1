// JSON text -> document, refusing what a lenient parser lets pass, and saying where.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace organics::io {

/// Parses the text of `file`. Malformed JSON, a key given twice, a number that no double can hold and nesting deeper
/// than 16 levels are refused with an InvalidArgument of one line that names the file, the circuit and the field, as
/// far as they are known.
nlohmann::json parse_strictly(const std::string& file, const std::string& text);

/// How messages name circuit `index` of a file; `name` may be empty.
std::string circuit_label(std::size_t index, const std::string& name);

/// A JSON value as it appears in a message: one line, shortened.
std::string shown(const nlohmann::json& value);

}  // namespace organics::io
