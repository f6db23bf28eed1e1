#include "http/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace troupe {

namespace {

constexpr utc_ms latest_time = 4102444800000; // 2100-01-01, as the accounts' rules have it
constexpr std::size_t max_shown_name = 64;
constexpr int number_too_large = 406; // nlohmann's number for it

// Tells how far the parser has read, so that an object's bytes can be pointed at.
struct watched_iterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at = nullptr;
  const char** seen = nullptr;

  reference operator*() const { return *at; }
  watched_iterator& operator++() {
    *seen = ++at;
    return *this;
  }
  watched_iterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const watched_iterator& other) const { return at == other.at; }
  bool operator!=(const watched_iterator& other) const { return at != other.at; }
};

// Takes the fields of the body and of the object to be entered; skips what is nested elsewhere.
class field_taker {
public:
  field_taker(std::vector<json_field>& fields, std::string_view enter)
      : fields_{fields}, enter_{enter} {}

  const char* seen = nullptr; // one past the last byte read
  std::optional<bad_body> problem;

  bool null() { return value(json_field::kind::null, {}); }
  bool boolean(bool x) { return value(json_field::kind::boolean, x ? "true" : "false"); }
  bool number_integer(std::int64_t x) { return value(json_field::kind::number, std::to_string(x)); }
  bool number_unsigned(std::uint64_t x) {
    return value(json_field::kind::number, std::to_string(x));
  }
  bool number_float(double, const std::string& text) {
    return value(json_field::kind::number, std::string{text});
  }
  bool string(std::string& text) { return value(json_field::kind::text, std::move(text)); }
  bool binary(nlohmann::json::binary_t&) { return false; }

  bool start_object(std::size_t) { return open(json_field::kind::object); }
  bool start_array(std::size_t) { return open(json_field::kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (!reading()) return true;
    const bool inner = depth_ == 2;
    for (auto& f : fields_)
      if (f.inner == inner && f.name == name) return fail_field(name, " comes twice");
    if (fields_.size() == body_fields::max_fields) return fail("body", "too many fields");
    auto& f = fields_.emplace_back();
    f.name = std::move(name);
    f.inner = inner;
    return true;
  }

  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception& why) {
    if (why.id == number_too_large && !fields_.empty())
      return fail_field(fields_.back().name, " is out of range", errc::amount_invalid);
    return fail("body", "malformed JSON near byte " + std::to_string(at));
  }

private:
  // The body's own fields, or those of the object that is read too.
  bool reading() const { return depth_ == 1 || (depth_ == 2 && entered_); }

  bool fail(std::string field, std::string why, errc code = errc::validation_error) {
    if (!problem) problem = bad_body{code, std::move(field), std::move(why)};
    return false;
  }
  // The client's own name is repeated to it when it is one that can be read.
  bool fail_field(const std::string& name, std::string_view why,
                  errc code = errc::validation_error) {
    const bool shown = visible_ascii(name, max_shown_name);
    return fail(shown ? name : "body", std::string{shown ? name : "a field"}.append(why), code);
  }
  bool value(json_field::kind what, std::string text) {
    if (depth_ == 0) return fail("body", "the body must be a JSON object");
    if (!reading()) return true;
    fields_.back().what = what;
    fields_.back().text = std::move(text);
    return true;
  }
  bool open(json_field::kind what) {
    if (depth_ == 0 && what == json_field::kind::array)
      return fail("body", "the body must be a JSON object");
    if (reading()) {
      fields_.back().what = what;
      begins_[depth_ - 1] = seen - 1;
      at_[depth_ - 1] = fields_.size() - 1;
      entered_ = entered_
          || (depth_ == 1 && what == json_field::kind::object && fields_.back().name == enter_);
    }
    return ++depth_ <= body_fields::max_depth || fail("body", "nested too deeply");
  }
  bool close() {
    if (--depth_ == 1) entered_ = false;
    if (depth_ > 0 && reading()) {
      const auto begin = begins_[depth_ - 1];
      fields_[at_[depth_ - 1]].raw = {begin, static_cast<std::size_t>(seen - begin)};
    }
    return true;
  }

  std::vector<json_field>& fields_;
  std::string_view enter_;
  std::size_t depth_ = 0;
  bool entered_ = false;
  // Of the object or array that is open at each level that is read.
  const char* begins_[2] = {};
  std::size_t at_[2] = {};
};

std::optional<bad_body> take_fields(std::string_view body, std::string_view enter,
                                    std::vector<json_field>& fields) {
  field_taker taker{fields, enter};
  const watched_iterator begin{body.data(), &taker.seen}, end{body.data() + body.size(), nullptr};
  if (nlohmann::json::sax_parse(begin, end, &taker)) return std::nullopt;
  if (taker.problem) return std::move(taker.problem);
  return bad_body{errc::validation_error, "body", "malformed JSON"};
}

// More than eight decimal places that are not zero, or an exponent: the text says more than what
// is kept of it.
bool worth_keeping(std::string_view number) {
  if (number.find_first_of("eE") != number.npos) return true;
  const auto point = number.find('.');
  if (point == number.npos || number.size() - point <= 9) return false;
  return number.find_first_not_of('0', point + 9) != number.npos;
}

bool digits_only(std::string_view text) {
  return !text.empty()
      && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// `+hh:mm`, `-hh:mm`
std::optional<utc_ms> offset_of(std::string_view text) {
  if (text.size() != 6 || text[3] != ':' || !digits_only(text.substr(1, 2))
      || !digits_only(text.substr(4, 2)))
    return std::nullopt;
  const auto two = [&](std::size_t i) { return (text[i] - '0') * 10 + (text[i + 1] - '0'); };
  if (two(1) > 23 || two(4) > 59) return std::nullopt;
  const auto size = two(1) * hour_ms + two(4) * minute_ms;
  return text[0] == '-' ? -size : size;
}

} // namespace

bool visible_ascii(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most
      && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string cut_text(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0u) == 0x80u) --most;
  text.resize(most);
  return text;
}

std::optional<utc_ms> parse_timestamp(std::string_view text) {
  if (text.size() > 40) return std::nullopt;
  utc_ms offset = 0;
  if (const auto sign = text.find_last_of("+-"); sign != text.npos && sign > 10) {
    const auto given = offset_of(text.substr(sign));
    if (!given) return std::nullopt;
    offset = *given;
    text = text.substr(0, sign);
  } else if (text.size() > 16 && (text.back() == 'Z' || text.back() == 'z')) {
    text.remove_suffix(1);
  }
  std::string exact{text};
  if (exact.size() > 10 && (exact[10] == 't' || exact[10] == ' ')) exact[10] = 'T';
  if (const auto point = exact.find('.'); point != exact.npos) {
    if (!digits_only(std::string_view{exact}.substr(point + 1))) return std::nullopt;
    exact.resize(point + 4, '0');
  }
  utc_ms at = 0;
  if (!parse_iso8601(exact, at)) return std::nullopt;
  return at - offset;
}

body_fields::body_fields(std::string_view body, std::string_view enter) : entered_{enter} {
  fields_.reserve(16);
  problem_ = take_fields(body, enter, fields_);
}

std::optional<bad_body> check_object(std::string_view body) {
  std::vector<json_field> fields;
  return take_fields(body, {}, fields);
}

void body_fields::fail(std::string_view name, std::string why, errc code) {
  if (!problem_) problem_ = bad_body{code, std::string{name}, std::string{name} + why};
}

void body_fields::go_inside() {
  if (find(entered_, json_field::kind::object, "an object")) inside_ = true;
}

const json_field* body_fields::find(std::string_view name) const {
  for (auto& f : fields_)
    if (f.inner == inside_ && f.name == name) return &f;
  return nullptr;
}

bool body_fields::has(std::string_view name) const {
  const auto* f = find(name);
  return f && f->what != json_field::kind::null;
}

const json_field* body_fields::find(std::string_view name, json_field::kind what,
                                    const char* called) {
  if (problem_) return nullptr;
  const auto* f = find(name);
  if (!f)
    fail(name, " is missing");
  else if (f->what != what)
    fail(name, std::string{" must be "} + called);
  return problem_ ? nullptr : f;
}

const json_field* body_fields::find_number(std::string_view name) {
  if (problem_) return nullptr;
  const auto* f = find(name);
  if (f && f->what == json_field::kind::text) return f;
  return find(name, json_field::kind::number, "a number, or a number in a string");
}

void body_fields::id(std::string_view name, std::string& out, std::size_t most) {
  const auto* f = find(name, json_field::kind::text, "a string");
  if (!f) return;
  if (!visible_ascii(f->text, most))
    return fail(name, " must be 1 to " + std::to_string(most) + " visible ASCII characters");
  out = f->text;
}

void body_fields::text(std::string_view name, std::string& out, std::size_t most) {
  if (const auto* f = find(name, json_field::kind::text, "a string")) out = cut_text(f->text, most);
}

void body_fields::amount(std::string_view name, money& out) {
  const auto* f = find_number(name);
  if (!f) return;
  if (const auto value = parse_amount(f->text))
    out = *value;
  else
    fail(name,
         " must be a decimal of at most 8 places, without exponent, within 999999999999.99999999",
         errc::amount_invalid);
}

void body_fields::positive_amount(std::string_view name, money& out) {
  amount(name, out);
  if (!problem_ && !out.is_positive()) fail(name, " must be above 0", errc::amount_invalid);
}

void body_fields::reported(std::string_view name, money& out, std::string* raw) {
  const auto* f = find_number(name);
  if (!f) return;
  const auto value =
      f->text.size() <= max_number_bytes ? parse_reported_amount(f->text) : std::nullopt;
  if (!value) return fail(name, " is no amount, or out of range");
  out = *value;
  if (raw && worth_keeping(f->text)) *raw = f->text;
}

void body_fields::count(std::string_view name, std::uint32_t& out) {
  const auto* f = find(name, json_field::kind::number, "a number");
  if (!f) return;
  const auto end = f->text.data() + f->text.size();
  const auto [stop, error] = std::from_chars(f->text.data(), end, out);
  if (error != std::errc{} || stop != end) fail(name, " must be a whole number, 0 or more");
}

void body_fields::time(std::string_view name, utc_ms& out) {
  const auto* f = find(name, json_field::kind::text, "a string");
  if (!f) return;
  const auto at = parse_timestamp(f->text);
  if (!at || *at < 0 || *at >= latest_time) return fail(name, " must be a time (RFC 3339)");
  out = *at;
}

void body_fields::object(std::string_view name, std::string& out, std::size_t most) {
  const auto* f = find(name, json_field::kind::object, "an object");
  if (!f) return;
  if (f->raw.size() > most) return fail(name, " is larger than " + std::to_string(most) + " bytes");
  out = f->raw;
}

void body_fields::texts(std::string_view name, std::vector<std::string>& out) {
  const auto* f = find(name, json_field::kind::array, "a list of strings");
  if (!f) return;
  const auto list = nlohmann::json::parse(f->raw, nullptr, false);
  if (list.size() > max_fields) return fail(name, " has too many items");
  for (const auto& one : list)
    if (one.is_string())
      out.push_back(one.get<std::string>());
    else
      return fail(name, " must be a list of strings");
}

} // namespace troupe
