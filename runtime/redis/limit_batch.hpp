// What a limiter asks Redis in one round trip: counts of many users, changed by one Lua script that
// Redis runs as one. Pure: words out, answers in.
#pragma once
#include "models/plan_limits.hpp"
#include "runtime/redis/value.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe {

class limit_batch {
public:
  explicit limit_batch(plan_limits limits = plan_limits{}) : limits_(limits) {}

  /// What became of one count.
  struct outcome {
    std::uint64_t granted = 0; // of what was to be taken
    std::uint64_t used = 0;    // after it
    bool known = false;        // the reader's mark
  };

  /// Each returns the place of its count in the answer; takes of one count share it.
  std::size_t take(const take_allowance& request);
  std::size_t give_back(const troupe::give_back& request);
  std::size_t look(const user_id& user, limit_kind kind, utc_ms at);

  std::size_t size() const { return rows_.size(); }

  /// By the script's hash, or (when Redis does not know it) with its text.
  redis_words words(bool by_hash) const;
  /// One outcome per place, or nothing when it is no such answer.
  std::vector<outcome> read(const redis_value& answer) const;

private:
  struct row {
    std::string key;
    std::int64_t wanted = 0; // to be taken; below zero: given back
    std::uint32_t limit = 0;
    utc_ms forget_at = 0;
  };

  std::size_t add(limit_kind kind, const user_id& user, utc_ms at, std::int64_t wanted,
                  std::uint32_t limit);

  plan_limits limits_;
  std::vector<row> rows_;
  std::unordered_map<std::string, std::size_t> places_; // of takes: key and limit
};

} // namespace troupe
