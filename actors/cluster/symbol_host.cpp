#include "actors/cluster/symbol_host.hpp"

#include "models/placement.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <stdexcept>
#include <string>
#include <utility>

namespace troupe {

namespace {

using proxies = std::map<symbol_name, symbol_proxy_actor>;

class host_state {
public:
  static inline const char* name = "symbol_host";

  explicit host_state(symbol_host_actor::pointer self) : self_(self) {}

  void start(symbol_host_options options, const proxies& all) {
    options_ = std::move(options);
    for (auto& [symbol, proxy] : all) {
      auto& one = symbols_[symbol];
      one.shard = shard_of(symbol);
      one.proxy = proxy;
    }
    self_->set_down_handler([this](const caf::down_msg& down) { lost(down.source); });
    self_->set_exit_handler([this](caf::exit_msg& m) {
      for (auto& [symbol, one] : symbols_) {
        options_.board->remove(symbol);
        if (one.running) self_->send_exit(one.running, m.reason);
        self_->send_exit(one.proxy, m.reason);
      }
      self_->quit(std::move(m.reason));
    });
  }

  void see(const cluster_view_ptr& view) {
    if (!view || (view_ && view->number < view_->number)) return;
    view_ = view;
    for (auto& [symbol, one] : symbols_) {
      const bool ours = view_->standing[one.shard] == shard_standing::ours && !left_;
      one.wanted = ours ? view_->epoch[one.shard] : 0;
      // Another epoch: somebody may have had it in between.
      if (one.running && one.epoch != one.wanted) end(symbol, one);
      if (one.wanted == 0) options_.board->remove(symbol);
      if (one.wanted > 0 && !one.running) want(symbol, one);
      route(one);
    }
  }

  void see(const peer_changed& change) {
    if (change.peer)
      peers_[change.name] = caf::actor_cast<peer_actor>(change.peer);
    else
      peers_.erase(change.name);
    for (auto& [symbol, one] : symbols_) route(one);
  }

  // One symbol, then other messages: a view that takes a shard away is not held up.
  void tick() {
    ticking_ = false;
    if (!retry_.empty() && self_->clock().now() >= retry_at_)
      for (auto& symbol : std::exchange(retry_, {})) to_start_.push_back(symbol);
    if (!to_start_.empty()) {
      const auto symbol = std::move(to_start_.front());
      to_start_.pop_front();
      begin(symbol, symbols_.at(symbol));
    }
    if (!to_start_.empty()) wake();
  }

  caf::result<bool> leave() {
    left_ = true;
    for (auto& [symbol, one] : symbols_) {
      one.wanted = 0;
      if (one.running) end(symbol, one);
      route(one);
    }
    auto promise = self_->make_response_promise<bool>();
    leaving_.push_back(promise);
    answer_leaving();
    return promise;
  }

private:
  struct hosted {
    std::uint32_t shard = 0;
    symbol_proxy_actor proxy;
    symbol_actor running;     // null: none
    std::uint64_t epoch = 0;  // under which it was started
    std::uint64_t wanted = 0; // epoch; 0: not ours
    bool ending = false;      // the one before still writes
    bool queued = false;      // to be started
    symbol_actor routed_local;
    peer_actor routed_owner;
  };

  void say(log_level level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }

  void wake() {
    if (!std::exchange(ticking_, true)) self_->send(self_, caf::tick_atom_v);
  }

  void want(const symbol_name& symbol, hosted& one) {
    if (one.ending || std::exchange(one.queued, true)) return;
    to_start_.push_back(symbol);
    wake();
  }

  void begin(const symbol_name& symbol, hosted& one) {
    one.queued = false;
    if (one.wanted == 0 || one.running || one.ending) return;
    one.epoch = one.wanted;
    options_.board->put(symbol, {}, one.epoch);
    one.running = options_.make(symbol);
    if (!one.running) return want_later(symbol, one);
    self_->monitor(one.running);
    options_.board->put(symbol, one.running, one.epoch);
    route(one);
  }

  void want_later(const symbol_name& symbol, hosted& one) {
    one.queued = true;
    retry_.push_back(symbol);
    if (retry_.size() > 1) return;
    retry_at_ = self_->clock().now() + options_.retry_after;
    self_->delayed_send(self_, options_.retry_after, caf::tick_atom_v);
  }

  // Nobody asks it any more; what it has said is written before it goes.
  void end(const symbol_name& symbol, hosted& one) {
    options_.board->remove(symbol);
    const auto old = std::exchange(one.running, nullptr);
    one.ending = true;
    route(one);
    self_->demonitor(old.address());
    const auto ended = [this, symbol, &one, old] {
      self_->send_exit(old, caf::exit_reason::user_shutdown);
      one.ending = false;
      if (one.wanted > 0) want(symbol, one);
      answer_leaving();
    };
    self_->request(old, options_.write_timeout, caf::flush_atom_v)
        .then([ended](std::uint64_t) { ended(); },
              [this, symbol, ended](const caf::error&) {
                say(log_level::warn, symbol + ": not all rows could be written before it moved");
                ended();
              });
  }

  // It ended by itself.
  void lost(const caf::actor_addr& who) {
    for (auto& [symbol, one] : symbols_) {
      if (!one.running || one.running.address() != who) continue;
      say(log_level::error, symbol + ": ended, and is started again");
      options_.board->remove(symbol);
      one.running = nullptr;
      route(one);
      if (one.wanted > 0 && !one.queued && !one.ending) want_later(symbol, one);
    }
  }

  void route(hosted& one) {
    peer_actor owner;
    if (view_ && !one.running && view_->standing[one.shard] == shard_standing::another) {
      const auto way = peers_.find(view_->owner_of(one.shard).name);
      if (way != peers_.end()) owner = way->second;
    }
    if (one.routed_local == one.running && one.routed_owner == owner) return;
    one.routed_local = one.running;
    one.routed_owner = owner;
    self_->send(one.proxy, symbol_route{one.running, owner});
  }

  void answer_leaving() {
    for (auto& [symbol, one] : symbols_)
      if (one.running || one.ending) return;
    for (auto& promise : std::exchange(leaving_, {})) promise.deliver(true);
  }

  symbol_host_actor::pointer self_;
  symbol_host_options options_;
  std::map<symbol_name, hosted> symbols_;
  std::map<node_name, peer_actor> peers_;
  cluster_view_ptr view_;
  std::deque<symbol_name> to_start_;
  std::vector<symbol_name> retry_; // could not be started
  caf::actor_clock::time_point retry_at_;
  std::vector<caf::typed_response_promise<bool>> leaving_;
  bool ticking_ = false, left_ = false;
};

symbol_host_actor::behavior_type symbol_host(symbol_host_actor::stateful_pointer<host_state> self,
                                             symbol_host_options options, const proxies& all) {
  auto& s = self->state;
  s.start(std::move(options), all);
  return {
      [&s](const cluster_view_ptr& view) { s.see(view); },
      [&s](const peer_changed& change) { s.see(change); },
      [&s](const leave_cluster&) { return s.leave(); },
      [&s](caf::tick_atom) { s.tick(); },
  };
}

} // namespace

hosted_symbols spawn_symbol_host(caf::actor_system& system, symbol_host_options options) {
  if (!options.make || !options.board)
    throw std::invalid_argument{"a symbol host needs a factory and a board"};
  proxies all;
  hosted_symbols out;
  for (auto& symbol : options.symbols) {
    auto with = options.proxy;
    with.symbol = symbol;
    with.lease_holds = [board = options.board] { return board->lease_holds(); };
    all[symbol] = spawn_symbol_proxy(system, std::move(with));
    out.proxies[symbol] = all[symbol];
  }
  const bool detached = options.detached;
  out.host = detached ? system.spawn<caf::detached>(symbol_host, std::move(options), all)
                      : system.spawn(symbol_host, std::move(options), all);
  return out;
}

} // namespace troupe
