#include "node.hpp"

#include "actors/served_log.hpp"
#include "fake_market.hpp"
#include "fake_store.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace troupe::test {

namespace {

// CAF 0.17 dereferences a null pointer (harmlessly, but libstdc++'s assertions abort) when a
// function without arguments of its own is spawned.
struct argument {};

// Promises kept open until the symbol is told to flush.
struct mute_state {
  std::vector<caf::typed_response_promise<prediction>> kept;
};

template<class R>
caf::result<R> unless_warming(const symbol_name& symbol, R value) {
  if (symbol == "WARMUSD") return caf::make_error(errc::feature_error, "120 candles are missing");
  return value;
}

std::vector<candle> sample_history(const get_history& want) {
  std::vector<candle> out;
  for (std::uint32_t i = 0; i < want.limit; ++i)
    out.push_back({noon + static_cast<utc_ms>(i) * length_ms(want.interval), 1, 2, 0.5, 1.5, 10});
  return out;
}

symbol_actor::behavior_type fake_symbol(symbol_actor::stateful_pointer<mute_state> self,
                                        symbol_name name) {
  return {
      [=](const candle_batch&) {
        return batch_applied{name, 0, 0, 0, 0};
      },
      [=](const get_prediction& q) -> caf::result<prediction> {
        if (name == "MUTEUSD") {
          auto promise = self->make_response_promise<prediction>();
          self->state.kept.push_back(promise);
          return promise;
        }
        return unless_warming(name, sample_prediction(name, q.horizon));
      },
      [=](const get_predictions&) {
        std::vector<prediction> all;
        for (auto h : horizons) all.push_back(sample_prediction(name, h));
        return unless_warming(name, all);
      },
      [=](const get_signal& q) { return unless_warming(name, sample_signal(name, q.horizon)); },
      [=](const get_indicators&) {
        indicator_report r;
        r.symbol = name;
        r.candle_time = noon;
        r.rsi = 55.5;
        r.sma10 = 100;
        r.amd_phase = "none";
        return unless_warming(name, r);
      },
      [=](const get_history& q) { return sample_history(q); },
      [=](const get_symbol_status&) {
        symbol_status s;
        s.symbol = name;
        s.ready = s.has_model = name != "WARMUSD";
        return s;
      },
      [=](const get_live_scores&) {
        symbol_scores s{name, {}, {}};
        s.models.push_back({name + "-range-6-high",
                            "v1",
                            "champion",
                            noon - day_ms,
                            noon,
                            {{"n", 288}, {"mae", 0.002}, {"coverage_q80", 0.81}}});
        s.models.push_back(
            {name + "-range-6-high", "v2", "challenger", noon - hour_ms, noon, {{"n", 12}}});
        trial_report t;
        t.symbol = name;
        t.champion = "v1";
        t.challenger = "v2";
        t.candles = 12;
        s.trials.push_back(t);
        return s;
      },
      [=](const model_published&) {},
      [=](const challenger_published&) {},
      [=](caf::flush_atom) {
        for (auto& promise : self->state.kept) promise.deliver(sample_prediction(name, 6));
        self->state.kept.clear();
        return std::uint64_t{0};
      },
  };
}

} // namespace

prediction sample_prediction(const symbol_name& symbol, std::int32_t horizon) {
  prediction p;
  p.symbol = symbol;
  p.horizon = horizon;
  p.candle_time = noon;
  p.current_price = 1000;
  p.delta_high = 0.25;
  p.delta_low = 0.125;
  for (std::size_t i = 0; i < quantile_levels.size(); ++i)
    p.high_quantiles[i] = p.low_quantiles[i] = static_cast<double>(i) / 64;
  p.confidence = 0.81;
  p.model_version = "v1";
  return p;
}

signal sample_signal(const symbol_name& symbol, std::int32_t horizon) {
  signal s;
  s.id = symbol + "-" + std::to_string(horizon);
  s.symbol = symbol;
  s.horizon = horizon;
  s.candle_time = noon;
  s.created_at = noon + base_interval_ms;
  s.expires_at = s.created_at + 288 * base_interval_ms;
  s.type = signal_type::buy;
  s.confidence = 0.5;
  s.entry = 1000;
  s.sl = 990;
  s.tp = 1020;
  s.rr_ratio = 2;
  s.prob_tp_first = 0.5;
  s.expected_net_r = 0.25;
  s.odds = {{2, 0.5, 0.375, 0.125, 0.1, 0.25, 0.03}};
  s.predicted_high = 1030;
  s.predicted_low = 995;
  s.amd_phase = "accumulation";
  s.reasons = {"expected \"net\" result"};
  s.strategy = "conservative_filter";
  s.model_version = "v1";
  s.model_hash = "abc";
  s.feature_hash = "def";
  s.candles_from = noon - day_ms;
  s.candles_to = noon;
  return s;
}

bulletin sample_bulletin(const symbol_name& symbol) {
  bulletin b;
  b.symbol = symbol;
  b.last = {noon, 1, 2, 0.5, 1.5, 10};
  for (auto h : horizons) b.predictions.push_back(sample_prediction(symbol, h));
  for (auto h : pushed_horizons) b.signals.push_back(sample_signal(symbol, h));
  return b;
}

// As an observer would have left it: DEADUSD never answered.
std::shared_ptr<const node_snapshot> sample_snapshot() {
  auto out = std::make_shared<node_snapshot>();
  for (auto part : {"database", "ledger", "accounts", "feed", "symbol:BTCUSDT", "symbol:ETHUSDT",
                    "symbol:MUTEUSD"})
    out->parts.push_back({part, "healthy", 0.5, ""});
  out->parts.push_back({"symbol:WARMUSD", "degraded", 0.5, ""});
  for (symbol_name name : {"BTCUSDT", "ETHUSDT", "MUTEUSD", "WARMUSD"}) {
    symbol_status s;
    s.symbol = name;
    out->symbols.push_back(s);
  }
  out->feed = {"fake", "live", 3, noon, "simulated"};
  out->journal.emplace();
  out->journal->kind = "sqlite";
  out->journal->commits = 9;
  out->accounts.emplace();
  out->accounts->loaded = 4;
  return out;
}

node_config::node_config() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2u);
  add_message_types<caf::id_block::troupe>();
  add_message_types<caf::id_block::troupe_money>();
  add_message_types<caf::id_block::troupe_accounts>();
  add_message_types<caf::id_block::troupe_users>();
  add_message_types<caf::id_block::troupe_limits>();
  add_message_types<caf::id_block::troupe_cache>();
  add_message_types<caf::id_block::troupe_sessions>();
}

void node::add_money(gateway& g) {
  memory_journal_options kept;
  kept.faults = faults;
  const auto behind = spawn_memory_journal(system, kept);
  journal = spawn_gated_journal(system, gate, behind);
  accounts_options options;
  options.account.journal = journal;
  options.transfer.journal = journal;
  options.transfer.now = [clock = clock_us] { return clock->load() / 1000; };
  options.registries = 2;
  g.money = money = spawn_accounts(system, options);
  g.journal = journal;
  for (auto& r : g.money.registries) doomed.push_back(caf::actor_cast<caf::actor>(r));
  doomed.push_back(caf::actor_cast<caf::actor>(journal));
  doomed.push_back(caf::actor_cast<caf::actor>(behind));
}

namespace {

struct cache_state {
  std::map<std::string, std::string> texts;
};

// Forgets nothing.
cache_actor::behavior_type fake_cache(cache_actor::stateful_pointer<cache_state> self, argument) {
  return {[=](const get_cached& q) { return self->state.texts[q.key]; },
          [=](const put_cached& p) {
            auto& text = self->state.texts[p.key];
            if (!p.unless_there || text.empty()) text = p.text;
          }};
}

hasher_actor::behavior_type plain_hasher(hasher_actor::pointer, argument) {
  return {[](const hash_password& x) { return secret_text{"plain:" + x.password.text}; },
          [](const check_password& x) { return x.hash.text == "plain:" + x.password.text; }};
}

} // namespace

void node::add_users(gateway& g) {
  users_options o;
  const auto id = [this] { return "id" + std::to_string(++ids); };
  o.tools.random_id = o.tools.random_key = id;
  o.tools.hash_key = [](const std::string& key) { return "hash-" + key; };
  o.tools.sign_access = [s = signer](const token_claims& c) { return s->sign_access(c); };
  o.tools.sign_refresh = [s = signer](const token_claims& c) { return s->sign_refresh(c); };
  o.tools.read_refresh = [s = signer](std::string_view token, utc_ms now) {
    return s->read_refresh(token, now);
  };
  o.tools.make_totp = [](const std::string& email) {
    return totp_setup{{"SECRET"}, {"otpauth://" + email}, {"data:"}};
  };
  o.tools.totp_step_of = [](const std::string&, const std::string& code, utc_ms) {
    return static_cast<std::int64_t>(std::stoll(code));
  };
  o.store = spawn_memory_users(system);
  o.hashers = {system.spawn(plain_hasher, argument{})};
  o.dummy_hash.text = "none";
  doomed.push_back(caf::actor_cast<caf::actor>(o.store));
  doomed.push_back(caf::actor_cast<caf::actor>(o.hashers[0]));
  account_news_options told;
  told.journal = g.journal;
  told.money = g.money;
  told.to = spawn_user_publisher(system, web->ports(), [] { return node_now_us; });
  told.poll_every = std::chrono::milliseconds{5};
  doomed.push_back(caf::actor_cast<caf::actor>(told.to));
  sessions_options connected;
  connected.watcher = spawn_account_news(system, told);
  doomed.push_back(caf::actor_cast<caf::actor>(connected.watcher));
  o.sessions = g.sessions = spawn_sessions(system, connected);
  doomed.push_back(caf::actor_cast<caf::actor>(g.sessions));
  g.users = spawn_users(system, o);
  g.verify = [real = signer->verifier()](std::string_view token,
                                         utc_ms now) -> std::variant<identity, errc> {
    const auto mark = token.find(".good"); // `alice.good` is Alice's until one o'clock
    if (mark == token.npos) return real(token, now);
    identity who;
    who.user = token.substr(0, mark);
    who.expires_at = noon + hour_ms;
    if (now >= who.expires_at) return errc::unauthorized;
    return who;
  };
  doomed.push_back(caf::actor_cast<caf::actor>(g.users));
}

gateway node::make_gateway() {
  gateway g;
  for (symbol_name name : {"BTCUSDT", "ETHUSDT", "WARMUSD", "DEADUSD", "MUTEUSD"}) {
    g.symbols[name] = system.spawn(fake_symbol, name);
    doomed.push_back(caf::actor_cast<caf::actor>(g.symbols[name]));
  }
  caf::anon_send_exit(g.symbols["DEADUSD"], caf::exit_reason::kill);
  mute_ = g.symbols["MUTEUSD"];
  g.store = spawn_fake_store(system);
  g.feed = spawn_fake_feed(system);
  g.trainer = spawn_fake_trainer(system);
  g.sync = spawn_sync(
      system, {{"BTCUSDT", "ETHUSDT"}, "fake", g.store, g.feed, {}, [] { return noon; }, {}});
  doomed.push_back(caf::actor_cast<caf::actor>(g.sync));
  g.spreads = caf::actor_cast<spread_store_actor>(g.store);
  g.observed = observed;
  g.dependencies = dependencies;
  g.api_key = "secret";
  g.admin_key = "sesame";
  g.webhook_secret = "hush";
  g.log = [this](log_level, const std::string&) { ++logged; };
  add_money(g);
  add_users(g);
  g.limiter = limiter = spawn_limiter(system);
  doomed.push_back(caf::actor_cast<caf::actor>(limiter));
  g.cache = cache = system.spawn(fake_cache, argument{});
  doomed.push_back(caf::actor_cast<caf::actor>(cache));
  investing_options for_users;
  for_users.money = g.money;
  for_users.journal = g.journal;
  for_users.users = g.users;
  g.investing = spawn_investing(system, for_users);
  doomed.push_back(caf::actor_cast<caf::actor>(g.investing));
  g.counts = counts = std::make_shared<counters>(g.symbol_names());
  served_log_options serving;
  serving.store = g.store;
  serving.counts = counts;
  g.served = spawn_served_log(system, serving);
  doomed.push_back(caf::actor_cast<caf::actor>(g.served));
  g.now_us = [clock = clock_us] { return clock->load(); };
  g.metrics_text = [] { return std::string{"troupe_up 1\n"}; };
  g.providers = {"cpu"};
  return g;
}

node::node(server_options options, guard_limits guard, std::chrono::milliseconds money_limit,
           std::vector<route> more, frame_sink sink,
           const std::function<void(node&, gateway&)>& adjust) {
  options.port = 0;
  options.guard = guard;
  observed->put(sample_snapshot());
  auto table = all_routes();
  table.insert(table.end(), more.begin(), more.end());
  web = std::make_unique<server>(system, options, std::move(table));
  auto behind = make_gateway();
  behind.money_limit = money_limit;
  if (adjust) adjust(*this, behind);
  const auto started = web->start(std::move(behind));
  EXPECT_EQ(started.error, "");
  port_ = started.port;
  publishers = spawn_publishers(
      system, 2, web->ports(), [] { return node_now_us; }, std::move(sink));
}

void node::publish(bulletin b) {
  const auto& to = publishers[publisher_of(b.symbol, publishers.size())];
  caf::anon_send(to, std::make_shared<const bulletin>(std::move(b)));
}

void node::open_gate() {
  gate->shut = false;
  caf::anon_send(journal, caf::flush_atom_v);
}

void node::release_mute() { caf::anon_send(mute_, caf::flush_atom_v); }

node::~node() {
  web->stop(std::chrono::seconds{5});
  web.reset();
  for (auto& p : publishers) caf::anon_send_exit(p, caf::exit_reason::kill);
  for (auto& a : doomed) caf::anon_send_exit(a, caf::exit_reason::kill);
}

} // namespace troupe::test
