#include "http/shared_answers.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds cache_timeout{2'000};

} // namespace

void answer_shared(const std::shared_ptr<exchange>& held, std::string key, const caf::error& why,
                   std::function<void(std::string)> found) {
  const auto& cache = held->with->gate.cache;
  const auto code = errc_of(why);
  if (!cache || (code != errc::feature_error && code != errc::model_not_found))
    return held->fail(why);
  held->with->port.request<std::string>(
      cache, cache_timeout, get_cached{std::move(key)},
      [held, why, found = std::move(found)](caf::expected<std::string> text) {
        if (!text || text->empty() || text->back() != '}') return held->fail(why);
        found(std::move(*text));
      });
}

std::string marked_cached(std::string body) {
  body.pop_back();
  return body += R"(,"cached":true})";
}

void share_indicators(exchange& ex, const symbol_name& symbol, const std::string& body) {
  if (const auto& cache = ex.with->gate.cache)
    caf::anon_send(cache, put_cached{indicators_key(symbol), body, indicator_lifetime_ms});
}

} // namespace troupe
