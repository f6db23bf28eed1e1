#include "runtime/redis/limit_batch.hpp"

#include "runtime/redis/script.hpp"

#include <algorithm>

namespace troupe {

namespace {

// For each key: how many are wanted (below zero: given back), the limit, and when to forget it.
// Answers how many were granted and how many are used, for each. As one: Redis runs nothing beside.
const redis_script& script() {
  static const redis_script one{R"(local out = {}
for i, key in ipairs(KEYS) do
  local wanted, limit = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local used = tonumber(redis.call('GET', key) or '0')
  local change = 0
  if wanted > 0 then
    change = math.min(wanted, math.max(0, limit - used))
  elseif wanted < 0 then
    change = -math.min(-wanted, used)
  end
  if change ~= 0 then
    used = redis.call('INCRBY', key, change)
    redis.call('PEXPIREAT', key, ARGV[3 * i])
  end
  out[2 * i - 1] = math.max(0, change)
  out[2 * i] = used
end
return out
)"};
  return one;
}

// Keys outlive their window by so much: nodes' clocks and that of Redis need not agree better.
constexpr utc_ms clocks_apart = minute_ms;

} // namespace

std::size_t limit_batch::add(limit_kind kind, const user_id& user, utc_ms at, std::int64_t wanted,
                             std::uint32_t limit) {
  const auto window = window_of(kind, at);
  rows_.push_back(
      {"troupe:limit:" + limit_key(kind, window, user), wanted, limit, window.end + clocks_apart});
  return rows_.size() - 1;
}

std::size_t limit_batch::take(const take_allowance& request) {
  const auto limit = limits_.of(request.plan, request.kind);
  const auto window = window_of(request.kind, request.at);
  const auto place = std::to_string(limit) + ' ' + limit_key(request.kind, window, request.user);
  const auto [found, fresh] = places_.try_emplace(place, rows_.size());
  if (fresh) return add(request.kind, request.user, request.at, 1, limit);
  ++rows_[found->second].wanted;
  return found->second;
}

std::size_t limit_batch::give_back(const troupe::give_back& request) {
  return add(request.kind, request.user, request.at, -1, 0);
}

std::size_t limit_batch::look(const user_id& user, limit_kind kind, utc_ms at) {
  return add(kind, user, at, 0, 0);
}

redis_words limit_batch::words(bool by_hash) const {
  auto out = script().call(by_hash);
  out.reserve(3 + 4 * rows_.size());
  out.push_back(std::to_string(rows_.size()));
  for (auto& r : rows_) out.push_back(r.key);
  for (auto& r : rows_) {
    out.push_back(std::to_string(r.wanted));
    out.push_back(std::to_string(r.limit));
    out.push_back(std::to_string(r.forget_at));
  }
  return out;
}

std::vector<limit_batch::outcome> limit_batch::read(const redis_value& answer) const {
  std::vector<outcome> out;
  if (answer.is != redis_value::kind::list || answer.list.size() != 2 * rows_.size()) return out;
  const auto whole = std::all_of(answer.list.begin(), answer.list.end(), [](auto& v) {
    return v.is == redis_value::kind::integer && v.number >= 0;
  });
  for (std::size_t i = 0; whole && i < rows_.size(); ++i)
    out.push_back({static_cast<std::uint64_t>(answer.list[2 * i].number),
                   static_cast<std::uint64_t>(answer.list[2 * i + 1].number), false});
  return out;
}

} // namespace troupe
