#include "http/request.hpp"

#include <array>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 8> method_names{"GET",    "HEAD",  "POST",    "PUT",
                                                       "DELETE", "PATCH", "OPTIONS", ""};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

} // namespace

std::string_view to_string(method m) { return method_names[static_cast<std::size_t>(m)]; }

method parse_method(std::string_view text) {
  for (std::size_t i = 0; i + 1 < method_names.size(); ++i)
    if (method_names[i] == text) return static_cast<method>(i);
  return method::other;
}

void set_target(request& in, std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != target.npos && target[0] != '/') {
    const auto slash = target.find('/', scheme + 3);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  const auto mark = target.find('?');
  in.path = target.substr(0, mark);
  in.query = mark == target.npos ? std::string_view{} : target.substr(mark + 1);
}

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && form) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF", plain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || plain.find(c) != plain.npos)
      out += c;
    else
      out.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

bool query_fields::parse(std::string_view raw) {
  fields_.clear();
  while (!raw.empty()) {
    const auto end = raw.find('&');
    const auto part = raw.substr(0, end);
    raw = end == std::string_view::npos ? std::string_view{} : raw.substr(end + 1);
    if (part.empty()) continue;
    if (fields_.size() == max_query_fields) return false;
    const auto eq = part.find('=');
    auto name = percent_decode(part.substr(0, eq), true);
    auto value = percent_decode(eq == std::string_view::npos ? "" : part.substr(eq + 1), true);
    if (!name || !value) return false;
    fields_.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

std::optional<std::string_view> query_fields::get(std::string_view name) const {
  for (auto& [key, value] : fields_)
    if (key == name) return value;
  return std::nullopt;
}

std::string_view request::get(std::string_view name) const {
  for (auto& h : headers)
    if (same_name(h.name, name)) return h.value;
  return {};
}

} // namespace troupe
