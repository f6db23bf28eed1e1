#include "http/exchange.hpp"

namespace troupe {

void id_source::mint(std::string& out) {
  constexpr char hex[] = "0123456789abcdef";
  auto bits = bits_();
  out.resize(16);
  for (auto& c : out) {
    c = hex[bits & 15];
    bits >>= 4;
  }
}

void exchange::answer_json(std::string body, int status) {
  response r;
  r.status = status;
  r.body = std::move(body);
  answer(std::move(r));
}

void exchange::fail(errc code, std::string_view message, std::string_view field) {
  auto r = error_response(code, message, in.id, field);
  if (code == errc::feature_error)
    add_header(r, "Retry-After", std::to_string(with->gate.retry_after_s));
  if (r.status == 503 && code != errc::feature_error) add_header(r, "Retry-After", "1");
  if (code == errc::busy) bump(with->gate.counts->busy);
  answer(std::move(r));
}

void exchange::fail(const caf::error& failure) { fail(errc_of(failure), text_of(failure)); }

const std::string& exchange::param(std::string_view name) const {
  static const std::string none;
  for (auto& p : params)
    if (p.name == name) return p.value;
  return none;
}

const symbol_actor* exchange::symbol(const symbol_name& name) {
  const auto found = with->gate.symbols.find(name);
  if (found != with->gate.symbols.end()) return &found->second;
  fail(errc::symbol_not_found, "unknown symbol", "symbol");
  return nullptr;
}

} // namespace troupe
