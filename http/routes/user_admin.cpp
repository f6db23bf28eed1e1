#include "http/routes/user_admin.hpp"

#include "http/codec_request.hpp"
#include "http/user_request.hpp"

namespace troupe {

namespace {

template<class Read>
void change(exchange& ex, Read read) {
  const auto& id = ex.param("id");
  if (!visible_ascii(id, max_id_bytes)) return ex.fail(errc::not_found, "no such user");
  change_user request;
  if (auto bad = read(ex.in.body, request)) return fail_body(ex, *bad);
  request.user = id;
  request.by = operator_of(ex);
  sign_request(ex, request);
  ask_users<user_view>(ex, std::move(request), [](exchange& held, const user_view& changed) {
    std::string data = R"({"user":)";
    append_user(data, changed);
    answer_data(held, data += '}');
  });
}

// `?limit=`, 1 to max_user_page. False when it was none, and has been answered.
bool read_limit(exchange& ex, std::uint32_t& out) {
  std::int64_t limit = 50;
  if (auto bad = read_number(ex.query, "limit", 1, max_user_page, limit)) {
    ex.fail(*bad);
    return false;
  }
  out = static_cast<std::uint32_t>(limit);
  return true;
}

template<class Rows, class Append>
std::string listed(const char* name, const Rows& rows, Append append) {
  std::string data = std::string{"{\""} + name + "\":[";
  for (auto& row : rows) {
    if (data.back() != '[') data += ',';
    append(data, row);
  }
  return data += "]}";
}

} // namespace

void post_user_role(exchange& ex) { change(ex, read_role); }
void post_user_plan(exchange& ex) { change(ex, read_plan); }
void post_user_kyc(exchange& ex) { change(ex, read_kyc); }

void get_user_list(exchange& ex) {
  get_users question;
  if (!read_limit(ex, question.limit)) return;
  question.after = ex.query.get("after").value_or("");
  ask_users<std::vector<user>>(ex, question, [](exchange& held, const std::vector<user>& rows) {
    answer_data(held, listed("users", rows, [](std::string& out, const user& u) {
                  append_user(out, view_of(u));
                }));
  });
}

void get_audit_log(exchange& ex) {
  get_audit question;
  if (!read_limit(ex, question.limit)) return;
  std::int64_t before = 0;
  if (auto bad = read_number(ex.query, "before", 1, std::int64_t{1} << 53, before))
    return ex.fail(*bad);
  question.before = static_cast<std::uint64_t>(before);
  ask_users<std::vector<audit_row>>(ex, question,
                                    [](exchange& held, const std::vector<audit_row>& rows) {
                                      answer_data(held, listed("audit", rows, append_audit_row));
                                    });
}

} // namespace troupe
