#include "http/reply_port.hpp"

#include "node.hpp"

#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <condition_variable>

namespace troupe::test {

namespace {

using echo_actor = caf::typed_actor<caf::replies_to<get_job>::with<job>>;

echo_actor::behavior_type echo(echo_actor::pointer, int) {
  return {[](const get_job& q) -> caf::result<job> {
    if (q.id == "bad") return caf::make_error(errc::market_data_error, "no such feed");
    job j;
    j.id = q.id;
    return j;
  }};
}

// The owner's thread is the test's: it waits until the port asks to be drained.
struct port_test : ::testing::Test {
  node_config config;
  caf::actor_system system{config};
  std::mutex guard;
  std::condition_variable woken;
  int wakes = 0;
  std::vector<std::string> pushed;
  std::optional<reply_port> port;
  echo_actor target = system.spawn(echo, 0); // see argument in node.cpp

  void open(port_limits limits = {}) {
    port.emplace(
        system,
        [this] {
          std::lock_guard<std::mutex> lock{guard};
          ++wakes;
          woken.notify_one();
        },
        [this](caf::message& m) {
          if (m.match_elements<job>()) pushed.push_back(m.get_as<job>(0).id);
        },
        limits);
  }
  void await() {
    std::unique_lock<std::mutex> lock{guard};
    ASSERT_TRUE(woken.wait_for(lock, std::chrono::seconds{5}, [this] { return wakes > 0; }));
    wakes = 0;
    lock.unlock();
    port->drain();
  }
  void ask(std::string id, std::string& out) {
    port->request<job>(target, std::chrono::seconds{10}, get_job{std::move(id)},
                       [&out](caf::expected<job> j) {
                         out = j ? j->id : to_string(errc_of(j.error())) + " " + text_of(j.error());
                       });
  }
};

} // namespace

TEST_F(port_test, an_answer_comes_when_drained) {
  open();
  std::string out;
  ask("a", out);
  EXPECT_EQ(port->pending(), 1u);
  await();
  EXPECT_EQ(out, "a");
  EXPECT_EQ(port->pending(), 0u);
}

TEST(errors, of_a_store_are_told_in_general_words) {
  const auto why = [](errc code) { return caf::make_error(code, "/data/ledger.sqlite3: full"); };
  EXPECT_EQ(text_of(why(errc::store_unavailable)), "the store does not answer");
  EXPECT_EQ(text_of(why(errc::validation_error)), "/data/ledger.sqlite3: full");
}

TEST_F(port_test, an_error_keeps_its_code_and_text) {
  open();
  std::string out;
  ask("bad", out);
  await();
  EXPECT_EQ(out, "MARKET_DATA_ERROR no such feed");
}

TEST_F(port_test, an_actor_that_is_gone_is_busy) {
  open();
  caf::anon_send_exit(target, caf::exit_reason::kill);
  std::string out;
  ask("a", out);
  await();
  EXPECT_EQ(out.substr(0, 4), "BUSY");
  std::string none;
  target = nullptr;
  ask("a", none);
  EXPECT_EQ(none.substr(0, 4), "BUSY");
}

TEST_F(port_test, past_its_deadline_a_request_fails_once) {
  open();
  std::string out;
  ask("a", out);
  port->expire(reply_port::clock::now() + std::chrono::seconds{9});
  EXPECT_EQ(out, "");
  port->expire(reply_port::clock::now() + std::chrono::seconds{11});
  EXPECT_EQ(out.substr(0, 4), "BUSY");
  out = "";
  await();
  EXPECT_EQ(out, ""); // the late answer is dropped
}

TEST_F(port_test, what_waits_is_bounded) {
  open({2, 3});
  std::string a, b, c;
  ask("a", a);
  ask("b", b);
  ask("c", c);
  EXPECT_EQ(c.substr(0, 4), "BUSY");
  EXPECT_EQ(port->pending(), 2u);
  for (auto id : {"1", "2", "3", "4", "5"}) {
    job j;
    j.id = id;
    caf::anon_send(port->handle(), j);
  }
  while (port->pending() > 0) await();
  if (pushed.empty()) await();
  // The newest stay.
  EXPECT_EQ(pushed, (std::vector<std::string>{"3", "4", "5"}));
  EXPECT_EQ(port->dropped_pushes(), 2u);
}

TEST_F(port_test, a_closed_port_hears_nothing_more) {
  open();
  const auto handle = port->handle();
  std::string out;
  ask("a", out);
  port.reset();
  caf::anon_send(handle, job{});
  EXPECT_EQ(out, "");
}

} // namespace troupe::test
