#include "http/codec_request.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace troupe {

namespace {

constexpr std::size_t max_version_bytes = 64;

constexpr std::size_t max_depth = 32;  // of what is skipped
constexpr std::size_t max_items = 256; // fields, and elements of an array that is read

enum class kind { null, boolean, integer, number, text, integers, other };

struct field {
  std::string name;
  kind what = kind::null;
  bool flag = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<std::int64_t> integers;
};

// Takes the top level of an object and skips what is nested, except arrays of whole numbers.
class field_reader {
public:
  std::vector<field> fields;
  std::string problem;

  field_reader() { fields.reserve(4); }

  bool null() {
    return scalar(kind::null, [](field&) {});
  }
  bool boolean(bool v) {
    return scalar(kind::boolean, [&](field& f) { f.flag = v; });
  }
  bool number_integer(std::int64_t v) {
    if (depth_ == 2 && in_array_) return element(v);
    return scalar(kind::integer, [&](field& f) { f.integer = v; });
  }
  bool number_unsigned(std::uint64_t v) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return number_integer(v > static_cast<std::uint64_t>(most) ? most
                                                               : static_cast<std::int64_t>(v));
  }
  bool number_float(double, const std::string&) {
    return scalar(kind::number, [](field&) {});
  }
  bool string(std::string& v) {
    return scalar(kind::text, [&](field& f) { f.text = std::move(v); });
  }
  bool binary(nlohmann::json::binary_t&) { return false; }

  bool start_object(std::size_t) {
    if (depth_ == 1) fields.back().what = kind::other;
    if (depth_ == 2 && in_array_) fields.back().what = kind::other;
    return enter();
  }
  bool key(std::string& name) {
    if (depth_ != 1) return true;
    if (fields.size() == max_items) return fail("too many fields");
    fields.emplace_back();
    fields.back().name = std::move(name);
    return true;
  }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) {
    if (depth_ == 0) return fail("the body must be a JSON object");
    if (depth_ == 1) {
      fields.back().what = kind::integers;
      in_array_ = true;
    } else if (depth_ == 2 && in_array_) {
      fields.back().what = kind::other;
    }
    return enter();
  }
  bool end_array() { return leave(); }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) {
    return fail("malformed JSON near byte " + std::to_string(at));
  }

private:
  bool fail(std::string why) {
    if (problem.empty()) problem = std::move(why);
    return false;
  }
  bool enter() { return ++depth_ <= max_depth || fail("nested too deeply"); }
  bool leave() {
    if (--depth_ == 1) in_array_ = false;
    return true;
  }
  bool element(std::int64_t v) {
    auto& f = fields.back();
    if (f.integers.size() == max_items) return fail("an array is too long");
    f.integers.push_back(v);
    return true;
  }
  template<class Set>
  bool scalar(kind what, Set set) {
    if (depth_ == 0) return fail("the body must be a JSON object");
    if (depth_ == 1) {
      fields.back().what = what;
      set(fields.back());
    } else if (depth_ == 2 && in_array_) {
      fields.back().what = kind::other;
    }
    return true;
  }

  std::size_t depth_ = 0;
  bool in_array_ = false; // the field being read is an array
};

std::optional<bad_field> read(std::string_view body, field_reader& reader) {
  if (nlohmann::json::sax_parse(body.begin(), body.end(), &reader)) return std::nullopt;
  return bad_field{"body", reader.problem.empty() ? "malformed JSON" : reader.problem};
}

// The last of that name counts, as in every JSON parser a client may have tested with.
const field* find(const field_reader& reader, std::string_view name) {
  const auto& all = reader.fields;
  const auto found =
      std::find_if(all.rbegin(), all.rend(), [&](auto& f) { return f.name == name; });
  return found == all.rend() ? nullptr : &*found;
}

std::optional<bad_field> read_symbol(const field_reader& reader, symbol_name& out) {
  const auto* f = find(reader, "symbol");
  if (!f) return bad_field{"symbol", "symbol is missing"};
  if (f->what != kind::text) return bad_field{"symbol", "symbol must be a string"};
  out = f->text;
  return std::nullopt;
}

std::optional<bad_field> read_flag(const field_reader& reader, std::string_view name, bool& out) {
  const auto* f = find(reader, name);
  if (!f) return std::nullopt;
  if (f->what != kind::boolean)
    return bad_field{std::string{name}, std::string{name} + " must be true or false"};
  out = f->flag;
  return std::nullopt;
}

bool is_horizon(std::int64_t value) {
  return std::find(horizons.begin(), horizons.end(), value) != horizons.end();
}

} // namespace

std::optional<bad_field> read_forecast_request(std::string_view body, forecast_request& out) {
  field_reader reader;
  if (auto bad = read(body, reader)) return bad;
  if (auto bad = read_symbol(reader, out.symbol)) return bad;
  const auto* f = find(reader, "horizon");
  if (!f) return bad_field{"horizon", "horizon is missing"};
  if (f->what != kind::integer) return bad_field{"horizon", "horizon must be a whole number"};
  if (!is_horizon(f->integer)) return bad_field{"horizon", "horizon must be 6, 18, 36 or 72"};
  out.horizon = static_cast<std::int32_t>(f->integer);
  for (const auto* name : {"include_range", "includeRange"})
    if (auto bad = read_flag(reader, name, out.include_range)) return bad;
  for (const auto* name : {"include_tpsl", "includeTpsl"})
    if (auto bad = read_flag(reader, name, out.include_tpsl)) return bad;
  return std::nullopt;
}

std::optional<bad_field> read_train_request(std::string_view body, train_request& out) {
  field_reader reader;
  if (auto bad = read(body, reader)) return bad;
  if (auto bad = read_symbol(reader, out.symbol)) return bad;
  const auto* f = find(reader, "horizons");
  if (!f || f->what == kind::null) return std::nullopt;
  if (f->what != kind::integers || f->integers.empty())
    return bad_field{"horizons", "horizons must be a list of whole numbers"};
  for (auto h : f->integers) {
    if (!is_horizon(h)) return bad_field{"horizons", "each horizon must be 6, 18, 36 or 72"};
    out.horizons.push_back(static_cast<std::int32_t>(h));
  }
  std::sort(out.horizons.begin(), out.horizons.end());
  out.horizons.erase(std::unique(out.horizons.begin(), out.horizons.end()), out.horizons.end());
  return std::nullopt;
}

std::optional<bad_field> read_promote_request(std::string_view body, std::string& version) {
  field_reader reader;
  if (auto bad = read(body, reader)) return bad;
  const auto* f = find(reader, "version");
  if (!f || f->what != kind::text || f->text.empty() || f->text.size() > max_version_bytes)
    return bad_field{"version", "version must name a stored version"};
  version = f->text;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  constexpr std::uint64_t most = std::uint64_t{1} << 53;
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end || value > most) return std::nullopt;
  return value;
}

std::optional<bad_field> read_number(const query_fields& query, std::string_view name,
                                     std::int64_t low, std::int64_t high, std::int64_t& out) {
  const auto text = query.get(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end || value < low || value > high)
    return bad_field{std::string{name},
                     std::string{name} + " must be a whole number from " + std::to_string(low)
                         + " to " + std::to_string(high)};
  out = value;
  return std::nullopt;
}

} // namespace troupe
