// The way between two nodes in the tests' hands: both ends in one system, or one end and another
// node that the test plays itself, parcel by parcel. Include it after CAF_SUITE is defined.
#pragma once
#include "actors/cluster/peer.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/test/dsl.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>

namespace troupe {

using namespace std::chrono_literals;

struct peer_config : caf::actor_system_config {
  peer_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_users>();
    add_message_types<caf::id_block::troupe_limits>();
    add_message_types<caf::id_block::troupe_cache>();
    add_message_types<caf::id_block::troupe_sessions>();
    add_message_types<caf::id_block::troupe_cluster>();
  }
};

// Another node as the test plays it: keeps parcels, gives credit when told to.
struct played_node {
  std::vector<parcel> got;
  std::deque<caf::typed_response_promise<parcel_taken>> unpaid;

  void pay_one() { // by the actor alone
    if (unpaid.empty()) return;
    unpaid.front().deliver(parcel_taken{got[got.size() - unpaid.size()].number});
    unpaid.pop_front();
  }
};

inline peer_actor::behavior_type playing(peer_actor::pointer self,
                                         std::shared_ptr<played_node> played) {
  return {
      [](const remote_call&) -> caf::result<remote_answer> { return remote_answer{}; },
      [](const relayed_news&) {},
      [](look_again) {},
      [=](const parcel& in) -> caf::result<parcel_taken> {
        auto promise = self->make_response_promise<parcel_taken>();
        played->got.push_back(in);
        played->unpaid.push_back(promise);
        return promise;
      },
      [=](caf::flush_atom) { played->pay_one(); },
      [](caf::tick_atom) {},
  };
}

// Who answers in these tests: strings with themselves, numbers with a refusal, flags never.
inline caf::behavior echo(caf::event_based_actor* self, errc refusal) {
  return {
      [](const std::string& text) { return text; },
      [=](std::uint64_t) -> caf::result<std::string> {
        return caf::make_error(refusal, "0.01 short");
      },
      [=](bool) { return self->make_response_promise<std::string>(); },
      [](const candle_batch& in) {
        return batch_applied{in.symbol, 7, 1, 2, 3};
      },
  };
}

inline remote_call saying(caf::message what) {
  return {remote_part::accounts, "", std::move(what)};
}
inline remote_call saying(const std::string& text) { return saying(caf::make_message(text)); }

struct peer_fixture : test_coordinator_fixture<peer_config> {
  caf::actor answers = sys.spawn(echo, errc::insufficient_funds);
  std::vector<caf::actor> doomed;
  std::vector<relayed_news> heard;
  std::size_t looks = 0;
  std::shared_ptr<peer_figures> figures = std::make_shared<peer_figures>();
  std::shared_ptr<played_node> played = std::make_shared<played_node>();
  dialling_peer_actor here, there;
  peer_actor other; // the played node

  ~peer_fixture() override {
    played->unpaid.clear();
    for (auto& a : doomed) caf::anon_send_exit(a, caf::exit_reason::kill);
    caf::anon_send_exit(answers, caf::exit_reason::kill);
    sched.run();
  }

  peer_options options() {
    peer_options o;
    o.name = "b";
    o.serve = [this](const remote_call& c) {
      return c.part == remote_part::node ? caf::actor{} : answers;
    };
    o.on_news = [this](relayed_news& n) { heard.push_back(std::move(n)); };
    o.on_look_again = [this] { ++looks; };
    return o;
  }

  dialling_peer_actor spawn(caf::strong_actor_ptr remote, peer_options o) {
    auto handle = spawn_peer(sys, std::move(remote), std::move(o));
    doomed.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  // As two nodes meet: the one that is dialled knows the other end at once.
  void meet(peer_options mine) {
    mine.figures = figures;
    here = spawn(nullptr, std::move(mine));
    there = spawn(caf::actor_cast<caf::strong_actor_ptr>(here), options());
    caf::anon_send(here, caf::connect_atom_v, caf::actor_cast<caf::strong_actor_ptr>(there));
    sched.run();
  }
  void meet() { meet(options()); }

  void play(peer_options mine) {
    mine.figures = figures;
    other = sys.spawn(playing, played);
    doomed.push_back(caf::actor_cast<caf::actor>(other));
    here = spawn(caf::actor_cast<caf::strong_actor_ptr>(other), std::move(mine));
    sched.run();
  }
  void pay_one() {
    caf::anon_send(other, caf::flush_atom_v);
    sched.run();
  }

  auto ask(remote_call what) { return self->request(here, caf::infinite, std::move(what)); }

  template<class Asked>
  remote_answer outcome(Asked&& one) {
    remote_answer out;
    one.receive([&](remote_answer& a) { out = std::move(a); },
                [&](const caf::error& e) { CAF_FAIL(sys.render(e)); });
    return out;
  }
  remote_answer call(remote_call what) {
    auto pending = ask(std::move(what));
    sched.run();
    return outcome(pending);
  }

  static errc code_of_failure(const remote_answer& a) {
    return a.why.category() == caf::atom("troupe") ? static_cast<errc>(a.why.code()) : errc::none;
  }

  void tell(std::string text) { caf::anon_send(here, relayed_news{"prices", std::move(text)}); }
  // What the played node was told, in order.
  std::string told() const {
    std::string out;
    for (auto& p : played->got)
      for (auto& n : p.news) out += n.bytes;
    return out;
  }
};

} // namespace troupe
