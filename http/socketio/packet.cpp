#include "http/socketio/packet.hpp"

#include "http/json_text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace troupe::socketio {

namespace {

using nlohmann::json;

// Names that the client library raises itself: over the wire they would be believed.
constexpr std::array<std::string_view, 6> reserved_names{
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

// Reads digits off the front: none when there are none, or more than 18.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t out = 0;
  std::size_t size = 0;
  for (; size < text.size() && text[size] >= '0' && text[size] <= '9'; ++size)
    out = out * 10 + static_cast<std::uint64_t>(text[size] - '0');
  if (size == 0 || size > 18) return std::nullopt;
  text.remove_prefix(size);
  return out;
}

// Walks JSON outside of strings; `see` gets each character and the depth it stands in.
template<class See>
bool walk(std::string_view text, See see) {
  std::size_t depth = 0;
  bool quoted = false, escaped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      quoted = escaped || c != '"';
      escaped = !escaped && c == '\\';
      continue;
    }
    quoted = c == '"';
    if (c == ']' || c == '}') depth -= depth > 0 ? 1 : 0;
    if (!see(i, c, depth)) return false;
    if (c == '[' || c == '{') ++depth;
  }
  return true;
}

bool valid_json(std::string_view text) {
  return walk(text, [](std::size_t, char, std::size_t depth) { return depth < max_json_depth; })
      && json::accept(text);
}

// Each placeholder must stand for an attachment of the packet.
bool placeholders_fit(const json& value, std::size_t attachments) {
  if (value.is_object()) {
    const auto mark = value.find("_placeholder");
    if (mark != value.end() && *mark == true) {
      const auto num = value.find("num");
      return num != value.end() && num->is_number_unsigned()
          && num->get<std::uint64_t>() < attachments;
    }
  }
  if (!value.is_structured()) return true;
  return std::all_of(value.begin(), value.end(),
                     [&](const json& inner) { return placeholders_fit(inner, attachments); });
}

bool is_named(std::string_view array) {
  const auto elements = elements_of(array);
  if (elements.empty() || elements.size() > max_arguments) return false;
  const auto name = text_of(elements.front());
  return name
      && std::find(reserved_names.begin(), reserved_names.end(), *name) == reserved_names.end();
}

bool data_fits(const packet& p) {
  switch (p.type) {
  case packet_type::connect:
    return !p.id && (p.data.empty() || (p.data.front() == '{' && valid_json(p.data)));
  case packet_type::disconnect: return !p.id && p.data.empty();
  case packet_type::connect_error: return false;
  default: break;
  }
  if (p.data.empty() || p.data.front() != '[' || !valid_json(p.data)) return false;
  const bool answers = p.type == packet_type::ack || p.type == packet_type::binary_ack;
  if (answers ? !p.id : !is_named(p.data)) return false;
  return p.attachments == 0 || placeholders_fit(json::parse(p.data, nullptr, false), p.attachments);
}

bool is_binary(packet_type t) {
  return t == packet_type::binary_event || t == packet_type::binary_ack;
}

} // namespace

std::optional<packet> parse_packet(std::string_view text) {
  packet out;
  if (text.empty() || text.front() < '0' || text.front() > '6') return std::nullopt;
  out.type = static_cast<packet_type>(text.front() - '0');
  text.remove_prefix(1);
  if (is_binary(out.type)) {
    const auto count = take_number(text);
    if (!count || *count == 0 || *count > max_attachments || text.empty() || text.front() != '-')
      return std::nullopt;
    out.attachments = static_cast<std::size_t>(*count);
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() == '/') {
    const auto end = text.find(',');
    out.nsp = text.substr(0, end);
    if (out.nsp.size() > max_namespace_bytes) return std::nullopt;
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    // Parameters of a namespace are for those who look at them: nobody here.
    if (const auto query = out.nsp.find('?'); query != out.nsp.npos) out.nsp.resize(query);
  }
  if (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    out.id = take_number(text);
    if (!out.id) return std::nullopt;
  }
  out.data = text;
  if (!data_fits(out)) return std::nullopt;
  return out;
}

std::string to_text(const packet& p) {
  std::string out(1, static_cast<char>('0' + static_cast<int>(p.type)));
  if (is_binary(p.type)) {
    append_integer(out, static_cast<std::int64_t>(p.attachments));
    out += '-';
  }
  if (p.nsp != "/") out.append(p.nsp).append(",");
  if (p.id) append_integer(out, static_cast<std::int64_t>(*p.id));
  return out.append(p.data);
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> out;
  const auto trimmed = [](std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return std::string_view{};
    return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
  };
  std::size_t from = array.find('[') + 1;
  walk(array, [&](std::size_t i, char c, std::size_t depth) {
    const bool last = c == ']' && depth == 0;
    if (!last && (c != ',' || depth != 1)) return true;
    if (const auto one = trimmed(array.substr(from, i - from)); !one.empty()) out.push_back(one);
    from = i + 1;
    return !last;
  });
  return out;
}

std::optional<std::string> text_of(std::string_view value) {
  if (value.empty() || value.front() != '"') return std::nullopt;
  const auto read = json::parse(value, nullptr, false);
  if (!read.is_string()) return std::nullopt;
  return read.get<std::string>();
}

} // namespace troupe::socketio
