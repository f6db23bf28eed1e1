#include "actors/cluster/accounts_router.hpp"

#include "models/account/judgement.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <map>
#include <stdexcept>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

namespace troupe {

namespace {

// Also hears of the cluster.
using router_actor =
    accounts_actor::extend<caf::reacts_to<cluster_view_ptr>, caf::reacts_to<peer_changed>>;

constexpr int most_doublings = 4; // of the pause before something is said again

caf::error not_of_this_node() {
  return caf::make_error(errc::journal_fenced, "the account is not of this node");
}

bool is(const caf::error& e, errc code) {
  return e.category() == caf::atom("troupe") && e.code() == static_cast<std::uint8_t>(code);
}

// Said to one who is not the owner any more, or has not noticed yet that it is; or who is gone.
bool was_the_wrong_one(const caf::error& e) {
  return is(e, errc::journal_fenced) || e == caf::sec::request_receiver_down
      || e.category() == caf::atom("exit");
}

class router_state {
public:
  static inline const char* name = "accounts_router";

  explicit router_state(router_actor::pointer self) : self_(self) {}

  void start(const accounts_router_options& options) {
    options_ = options;
    tick_after_pause();
  }

  void meet(const accounts_peers& registries) {
    local_.registries.clear();
    for (const auto& r : registries.registries)
      local_.registries.push_back(caf::actor_cast<accounts_actor>(r));
    go_on();
  }

  template<class Answer, class Request>
  caf::result<Answer> forward(Request& request) {
    if (!valid_id(request.account)) return caf::make_error(errc::validation_error, "account");
    if (in_hand_ >= options_.max_waiting)
      return caf::make_error(errc::busy, "too many accounts are being waited for");
    auto promise = self_->template make_response_promise<Answer>();
    ++in_hand_;
    auto one = std::make_shared<errand_for<Answer, Request>>(*this, std::move(request), promise);
    one->deadline = self_->clock().now() + options_.patience;
    one->is_guest = self_->current_mailbox_element()->mid.is_urgent_message();
    run(one);
    return promise;
  }

  // What concerns no account is this node's own.
  template<class Answer, class Request>
  caf::result<Answer> locally(Request& request) {
    if (local_.registries.empty()) return caf::make_error(errc::busy, "starting");
    return self_->delegate(local_.registries.front(), std::move(request));
  }

  template<class News>
  void tell_local(const News& news) {
    for (const auto& r : local_.registries) self_->send(r, news);
  }

  // Who forgets was told everything that this router said before.
  void see(const cluster_view_ptr& view) {
    if (view_ && view->number <= view_->number) return;
    forget_accounts lost;
    for (std::uint32_t shard = 0; shard < shard_count; ++shard) {
      const auto now = view->standing[shard];
      const bool was_ours = view_ && view_->standing[shard] == shard_standing::ours;
      if (was_ours && (now != shard_standing::ours || view->epoch[shard] != view_->epoch[shard]))
        lost.shards.push_back(static_cast<std::uint16_t>(shard));
      options_.board->set(shard, now);
    }
    view_ = view;
    if (!lost.shards.empty()) tell_local(lost);
    go_on();
  }

  void see(const peer_changed& change) {
    if (change.peer)
      peers_[change.name] = caf::actor_cast<peer_actor>(change.peer);
    else
      peers_.erase(change.name);
    go_on();
  }

  void tick() {
    const auto now = self_->clock().now();
    auto all = std::exchange(waiting_, {});
    for (auto& one : all)
      if (now >= one->deadline)
        give_up(*one);
      else if (now >= one->not_before)
        run(one);
      else
        waiting_.push_back(std::move(one));
    options_.figures->waiting = waiting_.size();
    tick_after_pause();
  }

private:
  using time_point = caf::actor_clock::time_point;

  struct errand {
    virtual ~errand() = default;
    virtual void say_here(const std::shared_ptr<errand>& me, const accounts& local) = 0;
    virtual void say_there(const std::shared_ptr<errand>& me, const peer_actor& peer) = 0;
    virtual void refuse(const caf::error& why) = 0;
    std::uint32_t shard = 0;
    time_point deadline, not_before{};
    int tries = 0, patience_with_store = 2;
    bool is_guest = false; // it came through the door
  };
  using errand_ptr = std::shared_ptr<errand>;

  template<class Answer, class Request>
  struct errand_for final : errand {
    errand_for(router_state& router, Request said,
               const caf::typed_response_promise<Answer>& promise)
        : router_(router), request_(std::move(said)), promise_(promise) {
      shard = shard_of(request_.account);
    }

    void say_here(const errand_ptr& me, const accounts& local) override {
      epoch_ = router_.view_->epoch[shard];
      router_.self_->request(local.of(request_.account), router_.left(*this), request_)
          .then([this, me](Answer& answer) { take(me, answer, router_.options_.figures->here); },
                [this, me](const caf::error& e) { router_.failed(me, e); });
    }

    void say_there(const errand_ptr& me, const peer_actor& peer) override {
      router_.self_
          ->request(peer, router_.left(*this),
                    remote_call{remote_part::accounts, {}, caf::make_message(request_)})
          .then(
              [this, me](remote_answer& answer) {
                if (answer.why) return router_.failed_there(me, answer.why);
                if (!answer.what.template match_elements<Answer>())
                  return router_.failed(me, caf::make_error(errc::journal_fenced, "unreadable"));
                auto what = answer.what.template get_as<Answer>(0);
                finish(what, router_.options_.figures->there);
              },
              [this, me](const caf::error& e) { router_.failed_there(me, e); });
    }

    void refuse(const caf::error& why) override { promise_.deliver(why); }

  private:
    // What an account shows is true only while its shard is surely this node's.
    void take(const errand_ptr& me, Answer& answer, std::atomic<std::uint64_t>& count) {
      if constexpr (std::is_same_v<Request, get_account>)
        if (!router_.holds(shard, epoch_))
          return router_.failed(me, caf::make_error(errc::journal_fenced, "the lease is over"));
      finish(answer, count);
    }
    void finish(Answer& answer, std::atomic<std::uint64_t>& count) {
      count.fetch_add(1, std::memory_order_relaxed);
      --router_.in_hand_;
      promise_.deliver(std::move(answer));
    }

    router_state& router_;
    Request request_;
    caf::typed_response_promise<Answer> promise_;
    std::uint64_t epoch_ = 0; // of the shard when it was said here
  };

  caf::timespan left(const errand& one) const {
    return std::max(caf::timespan{std::chrono::milliseconds{1}},
                    std::chrono::duration_cast<caf::timespan>(one.deadline - self_->clock().now()));
  }

  bool holds(std::uint32_t shard, std::uint64_t epoch) const {
    const auto now = self_->clock().now().time_since_epoch();
    return options_.until->holds(shard, epoch,
                                 std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  }

  void run(const errand_ptr& one) {
    const auto standing = view_ ? view_->standing[one->shard] : shard_standing::moving;
    if (standing == shard_standing::ours && !local_.registries.empty()
        && holds(one->shard, view_->epoch[one->shard]))
      return one->say_here(one, local_);
    if (one->is_guest) return end(*one, not_of_this_node());
    if (standing == shard_standing::another)
      if (const auto i = peers_.find(view_->owner_of(one->shard).name); i != peers_.end())
        return one->say_there(one, i->second);
    wait(one, options_.pause);
  }

  // Said by the owner, or by one who is none any more. Another node's errand goes back to it.
  void failed(const errand_ptr& one, const caf::error& e) {
    if (one->is_guest) return end(*one, e);
    if (was_the_wrong_one(e)) return again(one, e);
    // An account that moves away in the middle of a command says no more than this.
    if (is(e, errc::store_unavailable) && one->patience_with_store > 0) {
      --one->patience_with_store;
      return again(one, e);
    }
    end(*one, e);
  }

  // Also what is said when the way is gone, or nothing came back: whether it was done is not known,
  // its reference will tell.
  void failed_there(const errand_ptr& one, const caf::error& e) {
    if (is(e, errc::busy) || e.category() != caf::atom("troupe")) return again(one, e);
    failed(one, e);
  }

  // Ever more slowly, unless news of the cluster come in between.
  void again(const errand_ptr& one, const caf::error& e) {
    const auto now = self_->clock().now();
    if (now >= one->deadline) return was_the_wrong_one(e) ? give_up(*one) : end(*one, e);
    options_.figures->repeated.fetch_add(1, std::memory_order_relaxed);
    if (options_.membership && now >= next_hint_) {
      self_->send(options_.membership, look_again{});
      next_hint_ = now + options_.pause;
    }
    wait(one, options_.pause * (1 << std::min(one->tries++, most_doublings)));
  }

  void wait(const errand_ptr& one, caf::timespan pause) {
    const auto now = self_->clock().now();
    if (now >= one->deadline) return give_up(*one);
    one->not_before = now + pause;
    waiting_.push_back(one);
    options_.figures->waiting = waiting_.size();
  }

  void give_up(errand& one) {
    options_.figures->given_up.fetch_add(1, std::memory_order_relaxed);
    end(one, caf::make_error(errc::busy, "the account is on its way to another node"));
  }

  void end(errand& one, const caf::error& why) {
    --in_hand_;
    one.refuse(why);
  }

  // Something changed: what waits need not wait longer.
  void go_on() {
    for (auto& one : std::exchange(waiting_, {})) run(one);
  }

  void tick_after_pause() {
    caf::delayed_anon_send(router_actor{self_}, options_.pause, caf::tick_atom_v);
  }

  router_actor::pointer self_;
  accounts_router_options options_;
  accounts local_;
  cluster_view_ptr view_;
  std::map<node_name, peer_actor> peers_;
  std::deque<errand_ptr> waiting_;
  std::size_t in_hand_ = 0; // waiting, or said and without an answer
  time_point next_hint_{};
};

using router_pointer = router_actor::stateful_pointer<router_state>;

template<class... Commands>
router_actor::behavior_type behavior_for(router_state& s, std::variant<Commands...>*) {
  return {
      [&s](Commands& command) { return s.forward<receipt>(command); }...,
      [&s](get_account& question) { return s.forward<account_view>(question); },
      [&s](move_money& order) { return s.locally<transfer_outcome>(order); },
      [&s](const transfer_opened& opened) { s.tell_local(opened); },
      [&s](get_withdrawals& question) {
        return s.locally<std::vector<waiting_withdrawal>>(question);
      },
      [&s](get_accounts_status& question) { return s.locally<accounts_status>(question); },
      [&s](const forget_accounts& which) { s.tell_local(which); },
      [&s](const accounts_peers& registries) { s.meet(registries); },
      [](const fell_asleep&) {},
      [&s](caf::tick_atom) { s.tick(); },
      [&s](const cluster_view_ptr& view) { s.see(view); },
      [&s](const peer_changed& change) { s.see(change); },
  };
}

router_actor::behavior_type router_behavior(router_pointer self,
                                            const accounts_router_options& options) {
  self->state.start(options);
  return behavior_for(self->state, static_cast<account_command*>(nullptr));
}

// For questions from outside: what is not this node's is refused, not passed on. So two nodes that
// are at odds about an owner do not send it to and fro, and a command that lay in a frozen node's
// mailbox is not done by somebody else after its sender was told how it ended. The router knows
// guests by their urgency.
struct door_state {
  static inline const char* name = "accounts_door";
  standing_board_ptr board;
  caf::actor_addr router;
};
using door_pointer = accounts_actor::stateful_pointer<door_state>;

template<class Answer, class Request>
caf::result<Answer> pass(door_pointer self, Request& request) {
  const auto router = caf::actor_cast<router_actor>(self->state.router);
  if (!router || !valid_id(request.account) || !self->state.board->owns(request.account))
    return not_of_this_node();
  // Not delegated: an answer to a message that became urgent on its way is not recognised by CAF.
  auto promise = self->make_response_promise<Answer>();
  self->request<caf::message_priority::high>(router, caf::infinite, std::move(request))
      .then([promise](Answer& answer) mutable { promise.deliver(std::move(answer)); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

template<class... Commands>
accounts_actor::behavior_type door_for(door_pointer self, std::variant<Commands...>*) {
  return {
      [self](Commands& command) { return pass<receipt>(self, command); }...,
      [self](get_account& question) { return pass<account_view>(self, question); },
      [](const move_money&) -> caf::result<transfer_outcome> {
        return caf::make_error(errc::not_found, "not for other nodes");
      },
      [](const transfer_opened&) {},
      [](const get_withdrawals&) -> caf::result<std::vector<waiting_withdrawal>> {
        return caf::make_error(errc::not_found, "not for other nodes");
      },
      [](const get_accounts_status&) -> caf::result<accounts_status> {
        return caf::make_error(errc::not_found, "not for other nodes");
      },
      [](const forget_accounts&) {},
      [](const accounts_peers&) {},
      [](const fell_asleep&) {},
      [](caf::tick_atom) {},
  };
}

accounts_actor::behavior_type door_behavior(door_pointer self, const standing_board_ptr& board,
                                            const caf::actor_addr& router) {
  self->state.board = board;
  self->state.router = router;
  return door_for(self, static_cast<account_command*>(nullptr));
}

} // namespace

accounts_router spawn_accounts_router(caf::actor_system& system,
                                      const accounts_router_options& options) {
  if (!options.until || !options.board)
    throw std::invalid_argument{"a router of accounts needs a clock and a board"};
  const auto router = system.spawn(router_behavior, options);
  return {router, system.spawn(door_behavior, options.board, router->address())};
}

} // namespace troupe
