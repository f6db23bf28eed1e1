// Any command to an account, chosen by the fuzzer's bytes: every field from a small stock of
// ordinary values and edges, so that commands meet each other, and sometimes from nowhere.
#pragma once
#include "messages/account_fields.hpp"
#include "models/account/bytes.hpp"
#include "tests/fuzz/byte_source.hpp"

#include <array>
#include <utility>

namespace troupe::fuzz {

inline constexpr utc_ms story_start = 1767571200000; // 2026-01-05 00:00 UTC

class command_source {
public:
  explicit command_source(byte_source& in) : in_{in} {}

  /// A command of the `index`th type of account_command. `account` is not set.
  account_command command(std::size_t index, utc_ms now) {
    now_ = now;
    return made(index, std::make_index_sequence<std::variant_size_v<account_command>>{});
  }

  // Visits lists of fields, as the readers of canonical bytes do.
  template<class... Ts>
  bool operator()(Ts&... xs) {
    (fill(xs), ...);
    return true;
  }

private:
  template<std::size_t... Is>
  account_command made(std::size_t index, std::index_sequence<Is...>) {
    account_command out;
    const auto at = [&](auto i) {
      constexpr std::size_t n = decltype(i)::value;
      if (n == index) fill_command(out.template emplace<n>());
    };
    (at(std::integral_constant<std::size_t, Is>{}), ...);
    return out;
  }

  template<class Command>
  void fill_command(Command& c) {
    c.at = now_;
    if constexpr (!std::is_same_v<Command, tick_account>) {
      content(*this, c);
      // Sixteen keys: repeats and conflicts are common. Sometimes none, sometimes any text.
      const auto key = in_.below(24);
      if (key < 20)
        c.reference = "key:" + std::to_string(key);
      else
        fill(c.reference);
    }
  }

  void fill(bool& x) { x = in_.below(2) != 0; }
  void fill(money& x) {
    switch (const auto shape = in_.byte(); shape % 16) {
    case 0: x = money{}; break;
    case 1: x = money::max(); break;
    case 2: x = money::min(); break;
    case 3: x = money::from_units(1); break;
    case 4: x = money::from_units(in_.wide()); break;
    case 5: x = money::from_units(money::max().units() - in_.byte()); break;
    case 6: x = money::from_units(-static_cast<std::int64_t>(in_.number(2)) * 1'000'000); break;
    case 7: x = money::whole(in_.below(4)); break;
    default: x = money::from_units(static_cast<std::int64_t>(in_.number(2)) * 1'000'000);
    }
  }
  void fill(std::string& x) {
    static const std::array<std::string, 16> stock{"",
                                                   "w1",
                                                   "w2",
                                                   "t1",
                                                   "t2",
                                                   "wallet:1",
                                                   "fund:1",
                                                   "BTCUSDT",
                                                   "admin:1",
                                                   "reason",
                                                   "a b",
                                                   "\x7f",
                                                   "0.1",
                                                   std::string(128, 'a'),
                                                   std::string(201, 'b'),
                                                   std::string(1001, 'c')};
    const auto shape = in_.byte();
    x = shape < 240 ? stock[shape % stock.size()] : std::string{in_.take(shape - 240u)};
  }
  void fill(std::uint32_t& x) {
    x = static_cast<std::uint32_t>(in_.number(1 + 3 * (in_.below(9) == 8)));
  }
  void fill(std::int64_t& x) { // a day or a time
    switch (in_.below(8)) {
    case 0: x = static_cast<std::int64_t>(in_.number(8)); break;
    case 1: x = now_ / day_ms; break;
    case 2: x = now_ / day_ms - in_.byte() % 20; break;
    default: x = now_ - static_cast<std::int64_t>(in_.number(2)) * 60'000;
    }
  }
  template<class T>
  void fill(std::optional<T>& x) {
    if (in_.below(2)) fill(x.emplace());
  }
  template<class T>
  void fill(T& x) {
    if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(in_.below(enum_size<T>));
    else
      fields(*this, x);
  }

  byte_source& in_;
  utc_ms now_ = story_start;
};

} // namespace troupe::fuzz
