#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace linnet {

/// The one exception of the library. The first line of `what()` is
/// "field: expected …, got …"; a second line, "  hint: …", says what to do.
class Error : public std::runtime_error {
 public:
  /// The kind decides the exit code of the command (2, 3, 4, 130).
  enum class Kind { input, numerical, output, interrupted };

  struct Parts {
    std::string field;     ///< the option, key, file or argument at fault
    std::string expected;  ///< what would have been accepted
    std::string got;       ///< what was found instead
    std::string hint = {};
  };

  Error(Kind kind, Parts parts);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& field() const noexcept { return parts_.field; }
  [[nodiscard]] const std::string& expected() const noexcept { return parts_.expected; }
  [[nodiscard]] const std::string& got() const noexcept { return parts_.got; }
  [[nodiscard]] const std::string& hint() const noexcept { return parts_.hint; }

 private:
  Kind kind_;
  Parts parts_;
};

[[noreturn]] void bad_input(Error::Parts parts);
[[noreturn]] void numerical_failure(Error::Parts parts);

/// A number in few digits, for messages: "0", "-1", "1e-07", "nan".
std::string format_number(double value, int digits = 6);

/// "3 x 4", for the messages about shapes.
std::string format_shape(long long rows, long long columns);

/// Throw unless `value` is finite and above (or, with `at_least`, at) the bound; the field is named.
double require_positive(double value, const char* field);
double require_non_negative(double value, const char* field);
double require_finite(double value, const char* field);
double require_fraction(double value, const char* field);  ///< above 0 and below 1
long long require_at_least(long long value, long long least, const char* field);

/// The name among `known` that is the fewest edits away from `wrong`; there must be one.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

/// For the hint of an error: `did you mean "width"?`, or nothing if no known name is near. A name is near if one letter
/// differs, or at most a third of the letters, or if the wrong word begins a word of the name or begins with the name.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace linnet
