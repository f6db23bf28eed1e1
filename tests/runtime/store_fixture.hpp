// What the store's tests share: a system, a temporary folder, rows with every field set, and
// questions with finite timeouts.
#pragma once
#include "messages/journal_types.hpp"
#include "messages/protocol.hpp"
#include "messages/user_protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace troupe {

struct store_config : caf::actor_system_config {
  store_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_users>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
  }
};

/// Removed with everything in it.
class temporary_folder {
public:
  temporary_folder() {
    auto name = (std::filesystem::temp_directory_path() / "troupe-store-XXXXXX").string();
    path_ = ::mkdtemp(name.data()) ? name : std::string{};
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

inline constexpr utc_ms monday = 1767571200000; // 2026-01-05T00:00Z

inline candle candle_at(utc_ms time) {
  const double x = 100 + static_cast<double>(time / base_interval_ms % 97) / 7;
  return {time, x, x * 1.01, x * 0.99, x * 1.001, x / 3};
}

/// `count` candles without a gap.
inline put_candles candles_of(const symbol_name& symbol, std::size_t count, utc_ms from = monday) {
  put_candles request{symbol, "simulated", {}};
  for (std::size_t i = 0; i < count; ++i)
    request.candles.push_back(candle_at(from + static_cast<utc_ms>(i) * base_interval_ms));
  return request;
}

inline prediction prediction_of(const symbol_name& symbol, int horizon, utc_ms time) {
  prediction p;
  p.symbol = symbol;
  p.horizon = horizon;
  p.candle_time = time;
  p.current_price = 43250.5;
  p.delta_high = 0.1 + 0.2;
  p.delta_low = 1.0 / 3;
  for (std::size_t i = 0; i < p.high_quantiles.size(); ++i) {
    p.high_quantiles[i] = 0.001 * static_cast<double>(i + 1) / 3;
    p.low_quantiles[i] = 0.002 * static_cast<double>(i + 1) / 3;
  }
  p.confidence = 0.8;
  p.model_version = "20260105T000000-abcdef12";
  return p;
}

/// Every field differs from its default and from its neighbours.
inline signal signal_of(const symbol_name& symbol, int horizon, utc_ms time,
                        signal_type type = signal_type::buy) {
  signal s;
  s.symbol = symbol;
  s.horizon = horizon;
  s.candle_time = time;
  s.created_at = time + base_interval_ms;
  s.expires_at = s.created_at + 288 * base_interval_ms;
  s.type = type;
  s.confidence = 0.1 + 0.2;
  s.entry = 43250.55;
  s.sl = 43000.1;
  s.tp = 43751.45;
  s.rr_ratio = 2;
  s.prob_tp_first = 1.0 / 3;
  s.expected_net_r = -0.07;
  s.considered_long = false;
  s.odds = {{2, 0.3, 0.6, 0.1, 0.05, -0.07, 0.01}, {3, 0.2, 0.7, 0.1, 1e-17, -0.1, 1.0 / 7}};
  s.predicted_high = 43500.25;
  s.predicted_low = 43100.75;
  s.amd_phase = "accumulation";
  s.reasons = {"margin \"not\" reached", "café ☕"};
  s.strategy = "conservative_filter";
  s.model_version = "20260105T000000-abcdef12";
  s.model_hash = "abcdef1234567890";
  s.feature_hash = "0123456789abcdef";
  s.terms = "margin_r=0.2";
  s.candles_from = time - 2015 * base_interval_ms;
  s.candles_to = time;
  s.id =
      symbol + "-" + std::to_string(horizon) + "-" + std::to_string(time) + "-" + s.model_version;
  return s;
}

/// Asks a store and waits for its answer.
class store_asker {
public:
  explicit store_asker(caf::actor_system& system) : system_(system), self_(system) {}

  /// The answer; a failed test when there is none.
  template<class Answer, class Handle, class Question>
  Answer ask(const Handle& store, const Question& question) {
    Answer result{};
    self_->request(store, timeout, question)
        .receive([&](Answer& answer) { result = std::move(answer); },
                 [&](caf::error& e) { ADD_FAILURE() << "refused: " << system_.render(e); });
    return result;
  }

  /// The error; a failed test when there is none.
  template<class Answer, class Handle, class Question>
  errc refusal(const Handle& store, const Question& question) {
    auto result = errc::none;
    self_->request(store, timeout, question)
        .receive([&](Answer&) { ADD_FAILURE() << "not refused"; },
                 [&](caf::error& e) {
                   EXPECT_EQ(e.category(), caf::atom("troupe")) << system_.render(e);
                   result = static_cast<errc>(e.code());
                 });
    return result;
  }

  put_receipt put(const store_actor& store, const put_candles& x) {
    return ask<put_receipt>(store, x);
  }
  put_receipt put(const store_actor& store, const put_log& x) { return ask<put_receipt>(store, x); }

  std::vector<candle> all_candles(const store_actor& store, const symbol_name& symbol) {
    return ask<std::vector<candle>>(store, get_candles{symbol, 0, monday * 2, 1'000'000});
  }

  /// Ends a store and waits until its file is let go.
  void end(store_actor& store) {
    self_->monitor(store);
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    store = nullptr;
    self_->receive([](const caf::down_msg&) {},
                   caf::after(timeout) >> [] { ADD_FAILURE() << "the store did not end"; });
  }

  /// All fields that travel, bit by bit.
  template<class T>
  std::vector<char> bytes_of(T value) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system_, bytes};
    EXPECT_FALSE(sink(value));
    return bytes;
  }

  caf::scoped_actor& self() { return self_; }

private:
  static constexpr std::chrono::seconds timeout{20};
  caf::actor_system& system_;
  caf::scoped_actor self_;
};

} // namespace troupe
