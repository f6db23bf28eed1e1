#include "http/relay.hpp"

#include "messages/types.hpp"
#include "models/storable.hpp"
#include "models/utf8.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr std::string_view bulletin_topic = "bulletin:", price_topic = "price:";
constexpr std::int64_t year_2200_ms = 7'258'118'400'000;

template<class... Values>
std::string bytes_of(Values... values) {
  std::vector<char> out;
  caf::binary_serializer sink{static_cast<caf::execution_unit*>(nullptr), out};
  if (sink(values...)) return {};
  return {out.begin(), out.end()};
}

// False unless they are all of the bytes.
template<class... Values>
bool read_all(const std::string& bytes, Values&... values) {
  if (bytes.size() > max_relayed_bytes) return false;
  caf::binary_deserializer source{static_cast<caf::execution_unit*>(nullptr), bytes.data(),
                                  bytes.size()};
  return !source(values...) && source.remaining() == 0;
}

bool begins_with(std::string_view text, std::string_view head) {
  return text.substr(0, head.size()) == head;
}

bool is_time(utc_ms t) { return t > 0 && t < year_2200_ms; }

// The wire knows no infinity, and no numbers that are smaller than this.
bool is_amount(double x) { return x == 0 || (std::isfinite(x) && x >= 1e-300); }

bool may_be_said(const told_price& told) {
  const auto& t = told.now;
  return valid_symbol(told.symbol) && is_time(told.at_us / 1000) && told.seq > 0
      && told.seq >> 53 == 0 && t.price > 0 && is_amount(t.price) && is_amount(t.volume)
      && is_amount(t.bid) && is_amount(t.ask);
}

bool known(const prediction& p, const bulletin& of) {
  return p.symbol == of.symbol && p.candle_time == of.last.open_time
      && horizon_index(p.horizon) >= 0;
}

bool known(const signal& s, const bulletin& of) {
  return s.symbol == of.symbol && s.candle_time == of.last.open_time
      && horizon_index(s.horizon) >= 0 && is_time(s.created_at) && is_time(s.expires_at)
      && s.candles_from >= 0 && s.candles_from <= s.candles_to && s.candles_to < year_2200_ms
      && std::all_of(s.reasons.begin(), s.reasons.end(), valid_utf8);
}

// What the stores keep may be said, and nothing else.
bool may_be_said(const bulletin& said) {
  if (!is_time(said.last.open_time) || said.last.open_time % base_interval_ms != 0) return false;
  if (said.predictions.size() > horizons.size() || said.signals.size() > pushed_horizons.size())
    return false;
  for (auto& p : said.predictions)
    if (!known(p, said)) return false;
  for (auto& s : said.signals)
    if (!known(s, said)) return false;
  return why_unstorable(put_candles{said.symbol, "relayed", {said.last}}).empty()
      && why_unstorable(put_log{said.predictions, said.signals}).empty();
}

} // namespace

// Only what could be heard: CAF's writer never ends with a number that is infinite.
relayed_news relay_of(const bulletin& said, std::int64_t at_us) {
  if (!may_be_said(said)) return {};
  return {std::string{bulletin_topic} + said.symbol,
          bytes_of(said.last, said.predictions, said.signals, at_us)};
}

relayed_news relay_of(const told_price& told) {
  if (!may_be_said(told)) return {};
  const auto& t = told.now;
  return {std::string{price_topic} + told.symbol,
          bytes_of(t.price, t.volume, t.bid, t.ask, told.seq, told.at_us)};
}

symbol_name symbol_of(const relayed_news& news) {
  for (auto head : {bulletin_topic, price_topic})
    if (begins_with(news.topic, head)
        && valid_symbol(std::string_view{news.topic}.substr(head.size())))
      return news.topic.substr(head.size());
  return {};
}

std::optional<told_bulletin> bulletin_in(const relayed_news& news) {
  if (!begins_with(news.topic, bulletin_topic)) return std::nullopt;
  told_bulletin out;
  auto& said = out.said;
  said.symbol = symbol_of(news);
  if (said.symbol.empty()
      || !read_all(news.bytes, said.last, said.predictions, said.signals, out.at_us)
      || !is_time(out.at_us / 1000) || !may_be_said(said))
    return std::nullopt;
  return out;
}

std::optional<told_price> price_in(const relayed_news& news) {
  if (!begins_with(news.topic, price_topic)) return std::nullopt;
  told_price out;
  auto& t = out.now;
  out.symbol = symbol_of(news);
  if (!read_all(news.bytes, t.price, t.volume, t.bid, t.ask, out.seq, out.at_us)
      || !may_be_said(out))
    return std::nullopt;
  return out;
}

} // namespace troupe
