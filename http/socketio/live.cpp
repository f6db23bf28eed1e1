#include "http/socketio/live.hpp"

#include "http/json_text.hpp"
#include "http/socketio/client.hpp"
#include "http/socketio/frames.hpp"
#include "http/socketio/subscription.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace troupe::socketio {

namespace {

using nlohmann::json;

// The client in one namespace, as the hub sees it.
class member final : public listener {
public:
  member(dialect d, engine_line& line) : listener(d), line_(line) {}

  void deliver(const shared_text& framed) override { line_.send(framed); }
  void flush() override { line_.flush(); }
  bool backlogged() const override { return line_.backlogged(); }

  identity who;
  bool in = false;
  socket_number number = 0; // while it is in
  std::vector<std::string> channels;

private:
  engine_line& line_;
};

std::string answer_of(const subscription& want, const hub& channels,
                      const std::vector<std::string>& names, bool with_seq) {
  // A client that named a channel finds its symbol beside it.
  const auto colon = want.wanted.rfind(':');
  const bool symbol = colon == want.wanted.npos;
  std::string out = "{";
  append_field(out, "symbol",
               symbol || is_user_channel(want.wanted) ? want.wanted
                                                      : want.wanted.substr(colon + 1));
  append_key(out, "channels");
  out += '{';
  for (auto& name : names) {
    out += out.back() == '{' ? "" : ",";
    append_string(out, name);
    out += ':';
    if (with_seq)
      append_integer(out, static_cast<std::int64_t>(channels.last_seq(name)));
    else
      out += "null";
  }
  return out += "}}";
}

std::string error_of(errc code, std::string_view message) {
  std::string out = "{";
  append_field(out, "code", code_of(code));
  append_field(out, "message", message);
  return out += '}';
}

class live_client final : public client {
public:
  explicit live_client(engine_line& to)
      : client(to), members_{member{dialect::root, to}, member{dialect::signals, to}} {}

  void on_tick(std::chrono::steady_clock::time_point now) override;
  void on_stop() override;

private:
  bool knows(std::string_view nsp) const override { return nsp == "/" || nsp == "/signals"; }
  std::string refusal_of(std::string_view nsp, std::string_view auth) override;
  void on_joined(std::string_view nsp, std::string_view auth) override;
  void on_event(const incoming& event) override;
  void on_left(std::string_view nsp) override;

  member& member_of(std::string_view nsp) { return members_[nsp == "/" ? 0 : 1]; }
  hub& channels() { return line().with().channels; }
  utc_ms now_ms() { return line().with().gate.now_us() / 1000; }
  void subscribe(const incoming& event, const subscription& want,
                 const std::vector<std::string>& names);
  void unsubscribe(const incoming& event, const subscription& want,
                   const std::vector<std::string>& names);
  void complain(const incoming& event, errc code, std::string_view message);
  void end(member& m, std::string_view reason);

  std::array<member, 2> members_;
  // Orders may come for a client that is gone.
  const std::shared_ptr<live_client*> me_ = std::make_shared<live_client*>(this);
};

std::string live_client::refusal_of(std::string_view nsp, std::string_view auth) {
  auto& with = line().with();
  auto token = line().token();
  const auto given = json::parse(auth, nullptr, false);
  if (given.is_object())
    if (const auto found = given.find("token"); found != given.end() && found->is_string())
      token = found->get<std::string>();
  if (with.gate.verify && !token.empty()) {
    auto who = with.gate.verify(token, now_ms());
    if (auto* known = std::get_if<identity>(&who)) {
      member_of(nsp).who = std::move(*known);
      member_of(nsp).in = true;
      return {};
    }
  }
  bump(with.gate.counts->unauthorized);
  return R"({"message":"UNAUTHORIZED","data":{"code":"UNAUTHORIZED",)"
         R"("message":"a valid token is needed"}})";
}

void live_client::on_joined(std::string_view nsp, std::string_view) {
  auto& m = member_of(nsp);
  line().vouch();
  const std::weak_ptr<live_client*> me = me_;
  m.number =
      line().with().users.enter(m.who, "socketio:" + std::string{nsp}, line().address(), now_ms(),
                                {[me, &m](std::string_view reason) {
                                   if (const auto held = me.lock()) (*held)->end(m, reason);
                                 },
                                 [me, &m](user_role role, user_plan plan) {
                                   if (!me.lock()) return;
                                   m.who.role = role;
                                   m.who.plan = plan;
                                 }});
}

void live_client::on_event(const incoming& event) {
  const bool on = event.name == "subscribe";
  if (!on && event.name != "unsubscribe")
    return complain(event, errc::validation_error, "there is no such event");
  subscription want;
  if (const auto problem = parse_subscription(event.arguments, want); !problem.empty())
    return complain(event, errc::validation_error, problem);
  auto& m = member_of(event.nsp);
  const auto chosen = choose_channels(want.wanted, m.speaks, channels(), m.who);
  if (chosen.refusal != errc::none) return complain(event, chosen.refusal, chosen.why);
  if (!on) return unsubscribe(event, want, chosen.names);
  if (want.since && chosen.names.size() > 1)
    return complain(event, errc::validation_error, "since must name the channels");
  subscribe(event, want, chosen.names);
}

void live_client::subscribe(const incoming& event, const subscription& want,
                            const std::vector<std::string>& names) {
  auto& m = member_of(event.nsp);
  auto all = m.channels;
  for (auto& name : names)
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  if (all.size() > line().options().socket_channels)
    return complain(event, errc::validation_error, "too many channels");
  m.channels = std::move(all);
  line().with().users.changed(m.number);
  const auto answer = answer_of(want, channels(), names, true);
  acknowledge(event, answer);
  emit(event.nsp, "subscribed", answer);
  for (auto& name : names) {
    if (is_user_channel(name)) channels().open_user_channel(name);
    channels().subscribe(m, name, want.since_in(name));
  }
}

void live_client::unsubscribe(const incoming& event, const subscription& want,
                              const std::vector<std::string>& names) {
  auto& m = member_of(event.nsp);
  line().with().users.changed(m.number);
  for (auto& name : names) {
    channels().unsubscribe(m, name);
    m.channels.erase(std::remove(m.channels.begin(), m.channels.end(), name), m.channels.end());
  }
  const auto answer = answer_of(want, channels(), names, false);
  acknowledge(event, answer);
  emit(event.nsp, "unsubscribed", answer);
}

void live_client::complain(const incoming& event, errc code, std::string_view message) {
  const auto error = error_of(code, message);
  acknowledge(event, "{\"error\":" + error + "}");
  emit(event.nsp, "error", error);
}

void live_client::on_left(std::string_view nsp) {
  auto& m = member_of(nsp);
  channels().drop(m);
  line().with().users.leave(m.number);
  m.channels.clear();
  m.in = false;
}

void live_client::on_tick(std::chrono::steady_clock::time_point now) {
  client::on_tick(now);
  for (auto& m : members_) {
    if (m.in && now_ms() >= m.who.expires_at) end(m, "the token has expired");
    if (!m.in) continue;
    line().with().users.look(m.number, now, m.channels);
    channels().catch_up(m);
  }
}

void live_client::end(member& m, std::string_view reason) {
  if (!m.in) return;
  const auto nsp = namespace_of(m.speaks);
  emit(nsp, "error", error_of(errc::unauthorized, reason));
  expel(nsp);
  line().flush();
  if (std::none_of(members_.begin(), members_.end(), [](auto& other) { return other.in; }))
    line().close(close_code::token_ended, reason);
}

void live_client::on_stop() {
  for (auto& m : members_)
    if (m.in) emit(namespace_of(m.speaks), "serverShutdown", R"({"reason":"server shutdown"})");
}

} // namespace

std::unique_ptr<engine_user> make_live_client(engine_line& line) {
  return std::make_unique<live_client>(line);
}

} // namespace troupe::socketio

namespace troupe {

void serve_socketio(exchange& ex) { socketio::serve_engine(ex, socketio::make_live_client); }

} // namespace troupe
