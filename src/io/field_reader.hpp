// Reads the fields of one JSON object strictly, and names file, circuit and field in every refusal.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace organics::io {

/// The numbers that a field may hold.
enum class Bound { any, nonnegative, positive };

/// How a message names them: "finite numbers >= 0".
const char* numbers(Bound bound);

/// Every refusal is an InvalidArgument of one line.
class FieldReader {
 public:
  /// `where` names file and circuit; `prefix` is put before the names of fields ("stimulus.z.").
  FieldReader(std::string where, std::string prefix, const nlohmann::json& object)
      : where_(std::move(where)), prefix_(std::move(prefix)), object_(object) {}

  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void refuse(const std::string& place, const nlohmann::json& value, const std::string& expected) const;

  bool has(const char* key) const { return object_.contains(key); }
  const nlohmann::json& field(const char* key, const std::string& expected) const;
  void refuse_unknown_keys(std::span<const std::string_view> known, std::span<const std::string_view> ignored,
                           const std::string& expected) const;

  /// The reader of an object inside this one.
  FieldReader inside(const char* key, const std::string& expected) const;

  /// `size` numbers, or one for all; `count` is how a message names their number ("N = 3").
  std::vector<double> vector(const char* key, std::size_t size, Bound bound, const std::string& count) const;

  /// Exactly `size` numbers.
  std::vector<double> array(const char* key, std::size_t size, Bound bound, const std::string& expected) const;

  /// Rows in the file, column-major in memory.
  std::vector<double> matrix(const char* key, std::size_t rows, std::size_t cols, Bound bound,
                             const std::string& count) const;

  /// At least one number, each above the one before; `repeated`: or equal to it.
  std::vector<double> increasing(const char* key, bool repeated) const;

  /// A list with `size` entries, each of `rows` numbers or one for all; entry after entry.
  std::vector<double> columns(const char* key, std::size_t rows, std::size_t size, Bound bound,
                              const std::string& count) const;

  /// The text, which must be one of `words`.
  std::string word(const char* key, std::span<const std::string_view> words) const;

 private:
  double number(const std::string& place, const nlohmann::json& value, Bound bound, const std::string& expected) const;
  std::vector<double> array_in(const std::string& place, const nlohmann::json& value, std::size_t size, Bound bound,
                               const std::string& expected) const;
  std::vector<double> vector_in(const std::string& place, const nlohmann::json& value, std::size_t size, Bound bound,
                                const std::string& expected) const;

  std::string where_;
  std::string prefix_;
  const nlohmann::json& object_;
};

}  // namespace organics::io
