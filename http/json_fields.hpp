// Reads a JSON object field by field, for whoever needs to see a number as the text it was written
// in: amounts never pass through binary floating point. Refuses what is ambiguous (a key that comes
// twice) and what has no bound. What the fields mean is the codecs'.
#pragma once
#include "messages/account.hpp"
#include "messages/errors.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Why a body was not understood. `field` is "body" when it is no JSON object.
struct bad_body {
  errc code = errc::validation_error;
  std::string field, message;
};

/// 1 to `most` bytes of visible ASCII, as ids and keys are.
bool visible_ascii(std::string_view text, std::size_t most);

/// Cut to `most` bytes, never in the middle of a character. @pre text is UTF-8
std::string cut_text(std::string text, std::size_t most);

/// RFC 3339 with any number of fraction digits (those past milliseconds are dropped) and any
/// offset, or the shorter forms of parse_iso8601. None when it is not such a time.
std::optional<utc_ms> parse_timestamp(std::string_view text);

/// One JSON value as it was found.
struct json_field {
  enum class kind : std::uint8_t { null, boolean, number, text, object, array };

  std::string name;
  kind what = kind::null;
  bool inner = false;   // of the object that was entered, not of the body itself
  std::string text;     // of a number as it was written, of a string decoded
  std::string_view raw; // of an object or array: its bytes in the body
};

/// The fields of one body. Each reading step names a field and does nothing once a problem was
/// found, so that a codec is the list of its fields in the order they are judged.
class body_fields {
public:
  static constexpr std::size_t max_depth = 32, max_fields = 256, max_number_bytes = 100;

  /// `enter`: the object of the body whose fields are read too; others are checked and skipped.
  explicit body_fields(std::string_view body, std::string_view enter = {});

  const std::optional<bad_body>& problem() const { return problem_; }
  /// From here on the fields are those of the object that was entered. A problem when it is absent.
  void go_inside();

  bool has(std::string_view name) const; // and is not null
  void id(std::string_view name, std::string& out, std::size_t most = max_id_bytes);
  /// Any string, cut to `most` bytes.
  void text(std::string_view name, std::string& out, std::size_t most = max_reason_bytes);
  /// Of a money command, number or string; otherwise errc::amount_invalid.
  void amount(std::string_view name, money& out);
  void positive_amount(std::string_view name, money& out);
  /// As a webhook reports it: rounded to 8 places. `raw`: the text, when it had more of them or an
  /// exponent; may be null.
  void reported(std::string_view name, money& out, std::string* raw = nullptr);
  void count(std::string_view name, std::uint32_t& out);
  void time(std::string_view name, utc_ms& out); // 1970 to 2100
  /// A list of strings, at most max_fields of them.
  void texts(std::string_view name, std::vector<std::string>& out);
  /// An object's bytes as they came, at most `most`.
  void object(std::string_view name, std::string& out, std::size_t most);
  template<class T, class Parse>
  void choice(std::string_view name, T& out, Parse parse, std::string_view choices) {
    std::string given;
    text(name, given);
    if (problem_) return;
    if (auto value = parse(given))
      out = *value;
    else
      fail(name, " must be " + std::string{choices});
  }

  void fail(std::string_view name, std::string why, errc code = errc::validation_error);

private:
  const json_field* find(std::string_view name) const;
  const json_field* find(std::string_view name, json_field::kind what, const char* called);
  const json_field* find_number(std::string_view name);

  std::vector<json_field> fields_;
  std::string entered_; // its name
  bool inside_ = false;
  std::optional<bad_body> problem_;
};

/// Whether the text is one JSON object within those bounds (nothing of it read), or why not.
std::optional<bad_body> check_object(std::string_view body);

} // namespace troupe
