#include "http/routes/session_admin.hpp"

#include "http/codec_request.hpp"
#include "http/codec_user.hpp"
#include "http/json_text.hpp"

namespace troupe {

namespace {

void append_session(std::string& out, const session_info& who) {
  out += '{';
  append_field(out, "id", who.id);
  append_field(out, "user", who.user);
  append_field(out, "login", who.family);
  append_field(out, "role", to_string(who.role));
  append_field(out, "plan", to_string(who.plan));
  append_field(out, "kind", who.kind);
  append_field(out, "address", who.address);
  append_key(out, "since");
  append_time(out, who.since);
  append_key(out, "expires_at");
  append_time(out, who.expires_at);
  out += '}';
}

std::string listed(const session_page& all) {
  std::string data = "{";
  append_key(data, "sessions");
  append_integer(data, static_cast<std::int64_t>(all.sessions));
  append_key(data, "users");
  append_integer(data, static_cast<std::int64_t>(all.users));
  append_key(data, "page");
  data += '[';
  for (auto& one : all.page) {
    if (data.back() != '[') data += ',';
    append_session(data, one);
  }
  return data += "]}";
}

std::string shown(const session_view& one) {
  std::string data = "{";
  append_key(data, "session");
  append_session(data, one.who);
  append_key(data, "channels");
  data += '[';
  for (auto& topic : one.topics) {
    data += data.back() == '[' ? "{" : ",{";
    append_field(data, "channel", topic.channel);
    append_key(data, "seq");
    append_integer(data, static_cast<std::int64_t>(topic.seq));
    data += '}';
  }
  return data += "]}";
}

template<class Answer, class Question>
void ask_sessions(exchange& ex, Question question, std::string (*say)(const Answer&)) {
  ex.with->port.request<Answer>(ex.with->gate.sessions, actor_timeout, std::move(question),
                                [held = ex.share(), say](caf::expected<Answer> r) {
                                  if (!r) return held->fail(r.error());
                                  answer_data(*held, say(*r));
                                });
}

} // namespace

void get_session_list(exchange& ex) {
  get_sessions question;
  std::int64_t limit = question.limit;
  if (auto bad = read_number(ex.query, "limit", 1, max_session_page, limit)) return ex.fail(*bad);
  question.limit = static_cast<std::uint32_t>(limit);
  question.after = ex.query.get("after").value_or("");
  ask_sessions<session_page>(ex, std::move(question), listed);
}

void get_one_session(exchange& ex) {
  ask_sessions<session_view>(ex, get_session{ex.param("id")}, shown);
}

} // namespace troupe
