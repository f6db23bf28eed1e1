// What the tests of the users' actor share: a store in memory that counts what it is asked, a
// hasher that counts too, tools whose secrets can be read, and a word for each request. Included
// last: CAF's harness brings macros.
#pragma once
#include "actors/memory_users.hpp"
#include "actors/users.hpp"
#include "messages/user_protocol.hpp"

#include <caf/test/dsl.hpp>

#include <map>
#include <memory>
#include <sstream>

namespace troupe {

struct users_config : caf::actor_system_config {
  users_config() {
    add_message_types<caf::id_block::troupe>();
    add_message_types<caf::id_block::troupe_money>();
    add_message_types<caf::id_block::troupe_accounts>();
    add_message_types<caf::id_block::troupe_users>();
    add_message_types<caf::id_block::troupe_limits>();
    add_message_types<caf::id_block::troupe_cache>();
    add_message_types<caf::id_block::troupe_sessions>();
  }
};

/// The work that was done: what an attacker could time.
struct work_count {
  int hashed = 0, checked = 0;
  int ids = 0;
  bool asleep = false; // hashers keep what they are asked
};

inline hasher_actor::behavior_type counting_hasher(hasher_actor::pointer self,
                                                   std::shared_ptr<work_count> count) {
  return {
      [=](const hash_password& x) {
        ++count->hashed;
        return secret_text{"hash of " + x.password.text};
      },
      [=](const check_password& x) {
        auto promise = self->make_response_promise<bool>();
        ++count->checked;
        if (!count->asleep) promise.deliver(x.hash.text == "hash of " + x.password.text);
        return promise;
      },
  };
}

/// What nodes share, as they left it; `away`: it does not answer.
struct shared_texts {
  std::map<std::string, put_cached> all;
  bool away = false;
};

inline cache_actor::behavior_type open_cache(cache_actor::pointer,
                                             std::shared_ptr<shared_texts> kept) {
  return {
      [=](const get_cached& x) -> caf::result<std::string> {
        if (kept->away) return caf::make_error(errc::store_unavailable);
        return kept->all[x.key].text;
      },
      [=](const put_cached& x) {
        if (!x.unless_there || kept->all[x.key].text.empty()) kept->all[x.key] = x;
      },
  };
}

inline std::string sign(const char* kind, const token_claims& c) {
  return std::string{kind} + ' ' + c.user + ' ' + c.session + ' ' + c.id + ' '
      + std::string{to_string(c.role)} + ' ' + std::to_string(c.expires_at);
}

inline user_tools readable_tools(const std::shared_ptr<work_count>& count) {
  user_tools t;
  t.random_id = [count] { return "id" + std::to_string(++count->ids); };
  t.random_key = [count] { return "key" + std::to_string(++count->ids); };
  t.hash_key = [](const std::string& key) { return "hash-of-" + key; };
  t.sign_access = [](const token_claims& c) { return sign("access", c); };
  t.sign_refresh = [](const token_claims& c) { return sign("refresh", c); };
  t.read_refresh = [](std::string_view token, utc_ms now) -> std::optional<token_claims> {
    std::istringstream in{std::string{token}};
    std::string kind, role;
    token_claims c;
    if (!(in >> kind >> c.user >> c.session >> c.id >> role >> c.expires_at) || kind != "refresh"
        || now >= c.expires_at)
      return std::nullopt;
    return c;
  };
  t.make_totp = [](const std::string& email) {
    return totp_setup{{"SECRET"}, {"otpauth://" + email}, {"data:"}};
  };
  // The code is the step itself.
  t.totp_step_of = [](const std::string&, const std::string& code, utc_ms now) {
    const auto step = static_cast<std::int64_t>(std::stoll(code));
    const auto present = now / 30'000 % 1'000'000;
    return step >= present - 1 && step <= present + 1 ? step : 0;
  };
  return t;
}

struct users_fixture : test_coordinator_fixture<users_config> {
  static constexpr utc_ms noon = 1767609000000;

  users_fixture() {
    store = spawn_memory_users(sys, faults);
    users_options o;
    o.tools = readable_tools(count);
    o.store = store;
    o.hashers = {sys.spawn(counting_hasher, count)};
    o.dummy_hash.text = "nobody's";
    o.max_hashing = 3;
    o.cache = sys.spawn(open_cache, shared);
    users = spawn_users(sys, o);
  }
  ~users_fixture() {
    caf::anon_send_exit(users, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    sched.run();
  }

  /// The answer, and the code of the refusal in `refused`.
  template<class Answer, class Handle, class Question>
  Answer ask(const Handle& whom, const Question& question) {
    Answer out{};
    refused = "";
    auto pending = self->request(whom, caf::infinite, question);
    sched.run();
    pending.receive([&](Answer& a) { out = std::move(a); }, [&](caf::error& e) { note(e); });
    return out;
  }
  void note(const caf::error& e) {
    refused = e.category() == caf::atom("users")
        ? std::string{code_of(static_cast<user_errc>(e.code()))}
        : std::string{code_of(static_cast<errc>(e.code()))};
    words = sys.render(e);
  }

  logged_in enrol(const std::string& name, const std::string& password = "correct horse") {
    return ask<logged_in>(
        users,
        register_user{name + "@example.com", "Ada", "Lovelace", {password}, "addr-" + name, at});
  }
  logged_in login(const std::string& name, const std::string& password = "correct horse",
                  const std::string& code = "", const std::string& address = "") {
    return ask<logged_in>(users,
                          log_in{name + "@example.com",
                                 {password},
                                 {code},
                                 address.empty() ? "from-" + name : address,
                                 at});
  }
  token_pair refresh(const secret_text& token) {
    return ask<token_pair>(users, refresh_session{token, "there", at});
  }
  std::string code() const {
    auto text = std::to_string(at / 30'000 % 1'000'000);
    return std::string(6 - text.size(), '0') + text;
  }
  /// Kinds of the newest rows of the log, newest first.
  std::vector<std::string> log_kinds(std::uint32_t most = 3) {
    std::vector<std::string> out;
    for (auto& row : ask<std::vector<audit_row>>(store, get_audit{0, most}))
      out.push_back(row.act.kind);
    return out;
  }

  std::shared_ptr<work_count> count = std::make_shared<work_count>();
  std::shared_ptr<shared_texts> shared = std::make_shared<shared_texts>();
  user_store_faults faults = std::make_shared<std::atomic<int>>(0);
  user_store_actor store;
  users_actor users;
  utc_ms at = noon;
  std::string refused, words;
};

} // namespace troupe
