// What users hear of their accounts, and prices: over real connections, from the commit to the
// frame.
#include "node.hpp"
#include "socketio/fixture.hpp"

#include "http/codec_frames.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include <mutex>

namespace troupe::test {

namespace {

using nlohmann::json;

const std::string alice = "Authorization: Bearer alice.good\r\n";

json read_json(client& ws) {
  const auto frame = ws.read_frame();
  return frame && frame->opcode == 1 ? json::parse(frame->payload, nullptr, false) : json{};
}

json subscribe(client& ws, const std::string& channel) {
  ws.send_frame(R"({"op":"subscribe","channel":")" + channel + "\"}");
  return read_json(ws);
}

// Says it to the account, whatever routes may.
template<class Command>
void say(node& n, const Command& command) {
  caf::scoped_actor self{n.system};
  self->request(n.money.of(command.account), std::chrono::seconds{5}, command)
      .receive([](const receipt&) {}, [](const caf::error& e) { FAIL() << to_string(e); });
}

void open_for_alice(node& n, const account_id& id, account_kind kind) {
  open_account c;
  c.account = id;
  c.reference = "open:" + id;
  c.kind = kind;
  c.what = kind == account_kind::wallet ? product::none : product::atlas;
  c.owner = "alice";
  c.initial_capital = money::whole(100);
  c.at = noon;
  say(n, c);
}

void pay_in(node& n, const account_id& id, int key) {
  say(n,
      deposit{
          id, "key:" + std::to_string(key), money::whole(1), house_account::payments, {}, noon});
}

void trade(node& n, const account_id& id, trade_status status) {
  settle_trade c{id, "trade:t1:" + std::string{to_string(status)}, {}, noon};
  c.trade = {"t1", "BTCUSDT", trade_side::buy, money::whole(1), money::whole(2), {}, {}, status,
             noon, ""};
  if (status == trade_status::closed) c.trade.profit_loss = money::whole(-3);
  say(n, c);
}

} // namespace

TEST(user_news, a_change_of_an_account_is_told_to_its_user_and_no_other) {
  node n;
  open_for_alice(n, "wallet:alice", account_kind::wallet);
  client ws{n.port()}, bob{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws", alice));
  ASSERT_TRUE(bob.upgrade("/ws?token=bob.good", ""));
  EXPECT_EQ(subscribe(bob, "user:bob:accounts")["event"], "subscribed");
  ws.send_frame(R"({"op":"subscribe","channel":"user:alice:accounts"})");
  // The first picture comes behind the subscription, or with it when it was quicker.
  EXPECT_EQ(read_json(ws)["event"], "subscribed");
  const auto first = read_json(ws);
  EXPECT_EQ(first["event"], "account_updated");
  EXPECT_EQ(first["channel"], "user:alice:accounts");
  EXPECT_EQ(first["data"]["account_id"], "wallet:alice");
  EXPECT_EQ(first["data"]["balance"], "100.00");
  EXPECT_EQ(first["data"]["status"], "active");
  EXPECT_EQ(first["data"]["breaker"]["state"], "closed");
  EXPECT_EQ(first["data"]["event_id"],
            "wallet:alice:" + std::to_string(first["data"]["version"].get<int>()));
  pay_in(n, "wallet:alice", 1);
  const auto next = read_json(ws);
  EXPECT_EQ(next["data"]["balance"], "101.00");
  EXPECT_EQ(next["seq"], first["seq"].get<std::int64_t>() + 1);
  bob.send_frame("x", 9); // nothing came before this answer
  EXPECT_EQ(bob.read_frame()->opcode, 10u);
}

TEST(user_news, trades_and_closed_positions_are_told) {
  node n;
  open_for_alice(n, "inv-alice-0001", account_kind::investment);
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws", alice));
  subscribe(ws, "user:alice:accounts");
  EXPECT_EQ(read_json(ws)["event"], "account_updated"); // from here on trades are told
  subscribe(ws, "user:alice:trades"), subscribe(ws, "user:alice:positions");
  ws.send_frame(R"({"op":"unsubscribe","channel":"user:alice:accounts"})");
  read_json(ws);
  trade(n, "inv-alice-0001", trade_status::open);
  const auto opened = read_json(ws);
  EXPECT_EQ(opened["event"], "trade_executed");
  EXPECT_EQ(opened["data"]["trade_id"], "t1");
  EXPECT_EQ(opened["data"]["status"], "open");
  trade(n, "inv-alice-0001", trade_status::closed);
  EXPECT_EQ(read_json(ws)["data"]["profit_loss"], "-3.00");
  const auto position = read_json(ws);
  EXPECT_EQ(position["event"], "position_closed");
  EXPECT_EQ(position["channel"], "user:alice:positions");
  EXPECT_EQ(position["data"]["position_id"], "t1");
  EXPECT_EQ(position["data"]["pnl"], "-3.00");
}

TEST(user_news, who_comes_back_hears_what_was_missed_of_an_account) {
  node n;
  open_for_alice(n, "wallet:alice", account_kind::wallet);
  std::int64_t seen = 0;
  client stays{n.port()};
  ASSERT_TRUE(stays.upgrade("/ws", alice));
  subscribe(stays, "user:alice:accounts");
  {
    client ws{n.port()};
    ASSERT_TRUE(ws.upgrade("/ws", alice));
    seen = read_json(stays)["seq"];
  }
  for (int i = 0; i < 3; ++i) {
    pay_in(n, "wallet:alice", i);
    EXPECT_EQ(read_json(stays)["seq"], seen + 1 + i);
  }
  client again{n.port()};
  ASSERT_TRUE(again.upgrade("/ws", alice));
  again.send_frame(R"({"op":"subscribe","channel":"user:alice:accounts","since":)"
                   + std::to_string(seen) + "}");
  EXPECT_EQ(read_json(again)["seq"], seen + 3);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(read_json(again)["seq"], seen + i);
}

TEST(user_news, who_comes_back_after_having_been_forgotten_is_told_the_gap) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws", alice));
  ws.send_frame(R"({"op":"subscribe","channel":"user:alice:trades","since":7})");
  EXPECT_EQ(read_json(ws)["event"], "subscribed");
  const auto gap = read_json(ws);
  EXPECT_EQ(gap["event"], "gap");
  EXPECT_EQ(gap["channel"], "user:alice:trades");
  EXPECT_EQ(gap["from"], 8);
  EXPECT_EQ(gap["to"], node_now_us);
  socket_client io{n.port()};
  io.join("/");
  io.send(R"(42["subscribe","user:alice:positions",{"since":9}])");
  EXPECT_EQ(io.read().substr(0, 15), R"(42["subscribed")");
  const auto said = json::parse(io.read().substr(2));
  EXPECT_EQ(said[0], "gap");
  EXPECT_EQ(said[1]["from"], 10);
}

TEST(user_news, others_hear_what_sockets_hear_and_of_users_who_have_none) {
  node n;
  struct heard_frames {
    std::mutex guard;
    std::vector<frame_set_ptr> all;
  };
  const auto heard = std::make_shared<heard_frames>();
  const auto telling = spawn_user_publisher(
      n.system, n.web->ports(), [] { return node_now_us; },
      [heard](const frame_set_ptr& news) {
        const std::lock_guard<std::mutex> lock{heard->guard};
        heard->all.push_back(news);
      });
  account_changed change;
  change.user = change.now.owner = "bob";
  change.now.id = "wallet:bob";
  caf::scoped_actor self{n.system};
  self->send(telling, change);
  self->send(telling, change);
  self->send(telling, user_connected{"bob"});
  self->send(telling, change);
  self->send(telling, change);
  self->monitor(telling);
  caf::anon_send(telling, user_forgotten{"bob"});
  caf::anon_send(telling, change);
  caf::anon_send_exit(telling, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {});
  ASSERT_EQ(heard->all.size(), 5u);
  std::uint64_t before = 0;
  for (auto& news : heard->all) {
    ASSERT_EQ(news->frames.size(), 1u);
    EXPECT_EQ(news->frames[0]->channel, "user:bob:accounts");
    EXPECT_GT(news->frames[0]->seq, before) << "numbers grow whoever is there";
    before = news->frames[0]->seq;
    const auto event = json::parse(payload_of(*news->frames[0]->bytes));
    EXPECT_EQ(event["event"], "account_updated");
    EXPECT_EQ(event["seq"], before);
  }
  EXPECT_EQ(heard->all[3]->frames[0]->seq, heard->all[2]->frames[0]->seq + 1) << "without holes";
}

TEST(user_news, others_hear_only_of_accounts_that_are_this_nodes) {
  node n;
  struct heard_channels {
    std::mutex guard;
    std::vector<std::string> all;
  };
  const auto heard = std::make_shared<heard_channels>();
  const auto telling = spawn_user_publisher(
      n.system, n.web->ports(), [] { return node_now_us; },
      [heard](const frame_set_ptr& news) {
        const std::lock_guard<std::mutex> lock{heard->guard};
        heard->all.push_back(news->frames.at(0)->channel);
      },
      [](const account_id& id) { return id == "wallet:ada"; });
  caf::scoped_actor self{n.system};
  for (auto* user : {"bob", "ada"}) {
    account_changed change;
    change.user = change.now.owner = user;
    change.now.id = "wallet:" + std::string{user};
    self->send(telling, change);
  }
  self->monitor(telling);
  caf::anon_send_exit(telling, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {});
  EXPECT_EQ(heard->all, std::vector<std::string>{"user:ada:accounts"});
}

TEST(user_news, socket_io_hears_of_accounts_in_the_root) {
  node n;
  open_for_alice(n, "wallet:alice", account_kind::wallet);
  socket_client s{n.port()};
  s.join("/");
  s.send(R"(42["subscribe","user:alice:accounts"])");
  EXPECT_EQ(s.read().substr(0, 15), R"(42["subscribed")");
  const auto said = json::parse(s.read().substr(2));
  EXPECT_EQ(said[0], "account_updated");
  EXPECT_EQ(said[1]["balance"], "100.00");
  EXPECT_TRUE(said[1].contains("seq"));
}

TEST(user_news, prices_come_once_a_second_and_the_newest_in_the_end) {
  node n;
  client ws{n.port()};
  ASSERT_TRUE(ws.upgrade("/ws", alice));
  subscribe(ws, "ticker:BTCUSDT");
  for (double close : {1.25, 1.5, 1.75}) {
    auto said = sample_bulletin("BTCUSDT");
    said.last.close = close;
    n.publish(said);
  }
  const auto first = read_json(ws), last = read_json(ws);
  EXPECT_EQ(first["event"], "price_update");
  EXPECT_EQ(first["data"], json::parse(R"({"symbol":"BTCUSDT","price":1.25,"volume":10,
      "timestamp":"2026-01-05T10:30:00.123Z"})"));
  EXPECT_EQ(last["data"]["price"], 1.75);
  EXPECT_EQ(last["seq"], first["seq"].get<std::int64_t>() + 1);
}

} // namespace troupe::test
