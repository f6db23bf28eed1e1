#include "http/codec_watchlist.hpp"

#include "http/json_text.hpp"
#include "models/credentials.hpp"

#include <nlohmann/json.hpp>

namespace troupe {

namespace {

void read_name(body_fields& fields, std::string& out) {
  fields.text("name", out); // cut far behind what is taken: what is too long is refused
  if (!fields.problem() && !valid_person_name(out))
    fields.fail("name", " must be 1 to 100 bytes of text");
}

void read_symbols(body_fields& fields, std::vector<symbol_name>& out) {
  fields.texts("symbols", out);
  if (fields.problem()) return;
  if (auto why = why_no_watchlist(out); !why.empty()) fields.fail("symbols", " " + why);
}

void append_whole(std::string& out, std::string_view name, std::int64_t value) {
  append_key(out, name);
  append_integer(out, value);
}

// The parts that an answer and a note have in common, and the brace before them.
void append_common(std::string& out, const watchlist& w) {
  out += '{';
  append_field(out, "id", w.id);
  append_field(out, "name", w.name);
  append_key(out, "symbols");
  out += '[';
  for (const auto& s : w.symbols) {
    if (out.back() != '[') out += ',';
    append_string(out, s);
  }
  out += ']';
  append_whole(out, "version", static_cast<std::int64_t>(w.version));
}

// @throws nlohmann::json::exception
watchlist watchlist_in(const nlohmann::json& j) {
  watchlist w;
  j.at("id").get_to(w.id);
  j.at("name").get_to(w.name);
  j.at("symbols").get_to(w.symbols);
  j.at("version").get_to(w.version);
  j.at("created").get_to(w.created_at);
  j.at("updated").get_to(w.updated_at);
  return w;
}

} // namespace

std::optional<bad_body> read_watchlist(std::string_view body, watchlist& out) {
  body_fields fields{body};
  read_name(fields, out.name);
  if (fields.has("symbols")) read_symbols(fields, out.symbols);
  return fields.problem();
}

std::optional<bad_body> read_watchlist_change(std::string_view body, watchlist_change& out) {
  body_fields fields{body};
  if (fields.has("name")) read_name(fields, out.name.emplace());
  if (fields.has("symbols")) read_symbols(fields, out.symbols.emplace());
  if (fields.has("version")) {
    std::uint32_t version = 0;
    fields.count("version", version);
    out.version = version;
  }
  if (!fields.problem() && !out.name && !out.symbols)
    fields.fail("body", " must hold name or symbols");
  return fields.problem();
}

void append_watchlist(std::string& out, const watchlist& w) {
  append_common(out, w);
  append_key(out, "created_at");
  append_time(out, w.created_at);
  append_key(out, "updated_at");
  append_time(out, w.updated_at);
  out += '}';
}

std::string watchlists_to_note(const watchlists& all) {
  std::string out = "[";
  for (const auto& w : all) {
    if (out.back() != '[') out += ',';
    append_common(out, w);
    append_whole(out, "created", w.created_at);
    append_whole(out, "updated", w.updated_at);
    out += '}';
  }
  return out += ']';
}

std::optional<watchlists> watchlists_from_note(std::string_view text) {
  if (text.empty()) return watchlists{};
  try {
    watchlists out;
    for (const auto& one : nlohmann::json::parse(text)) out.push_back(watchlist_in(one));
    return out;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

} // namespace troupe
