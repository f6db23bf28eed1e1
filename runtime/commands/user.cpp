// `troupe user`: makes users and sets what an operator decides of them, straight in the store.
#include "models/credentials.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/sharing.hpp"
#include "runtime/user_tools.hpp"
#include "runtime/users.hpp"
#include "runtime/wall.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

namespace troupe {

namespace {

constexpr const char* who_asks = "command-line";
constexpr std::chrono::seconds answer_timeout{30};

int failed(const std::string& why, int status) {
  std::fprintf(stderr, "troupe user: %s\n", why.c_str());
  return status;
}

// One of `words`, or nothing when it was not given. False when it is none of them.
template<class T, class Parse>
bool take(const settings& s, const char* option, std::optional<T>& out, Parse parse) {
  const auto& text = s.text(option);
  if (text.empty()) return true;
  out = parse(text);
  return out.has_value();
}

// What is wrong with the words and options, or nothing.
std::string wrong_usage(const settings& s, change_user& change) {
  const auto word = s.words().size() == 1 ? s.words().front() : std::string{};
  if (word != "create" && word != "set" && word != "show") return "say one of create, set, show";
  if (!normalised_email(s.text("email"))) return "name the user with --email=ada@example.com";
  if (!take(s, "role", change.role, parse_user_role)) return "--role must be user or admin";
  if (!take(s, "plan", change.plan, parse_user_plan))
    return "--plan must be free, basic, pro or premium";
  if (!take(s, "kyc", change.kyc, parse_kyc_state))
    return "--kyc must be none, pending, approved or rejected";
  if (word == "set" && !change.role && !change.plan && !change.kyc)
    return "set what: --role, --plan, --kyc";
  if (word == "show" && (change.role || change.plan || change.kyc)) return "show changes nothing";
  return "";
}

std::string words_of(const caf::error& e) {
  if (e.category() == caf::atom("users")
      && static_cast<user_errc>(e.code()) == user_errc::email_taken)
    return "there is a user of that e-mail address";
  return e.context().match_elements<std::string>() ? e.context().get_as<std::string>(0)
                                                   : "the store does not answer";
}

class user_command {
public:
  user_command(caf::actor_system& system, users_actor users, cache_actor cache)
      : self_(system), users_(std::move(users)), cache_(std::move(cache)) {}

  std::string error;

  template<class Answer, class Question>
  Answer ask(Question question) {
    Answer out{};
    self_->request(users_, answer_timeout, std::move(question))
        .receive([&](Answer& a) { out = std::move(a); },
                 [&](const caf::error& e) { error = words_of(e); });
    return out;
  }

  /// Nodes that run hear of a plan through what they share: until it is there, or not to be had.
  void share(const user_view& changed) {
    if (!cache_) return;
    std::string shared;
    self_->request(cache_, answer_timeout, get_cached{plan_key(changed.id)})
        .receive([&](std::string& text) { shared = std::move(text); }, [](const caf::error&) {});
    if (shared != to_string(changed.plan))
      std::fprintf(stderr,
                   "troupe user: redis is away: nodes may know the former plan for an hour\n");
  }

private:
  caf::scoped_actor self_;
  users_actor users_;
  cache_actor cache_;
};

void print(const user_view& u) {
  std::printf("id     %s\nemail  %s\nname   %s %s\nrole   %s\nplan   %s\nkyc    %s\n2fa    %s\n",
              u.id.c_str(), u.email.c_str(), u.first_name.c_str(), u.last_name.c_str(),
              std::string{to_string(u.role)}.c_str(), std::string{to_string(u.plan)}.c_str(),
              std::string{to_string(u.kyc)}.c_str(), u.totp_on ? "on" : "off");
}

int run(const settings& s, user_command& command, change_user change,
        const std::string& made_password) {
  if (s.words().front() == "create") {
    register_user request{
        s.text("email"), s.text("first-name"), s.text("last-name"), {made_password}, who_asks,
        change.at};
    if (s.flag("password-stdin") && !std::getline(std::cin, request.password.text))
      return failed("the input has no password", 1);
    command.ask<logged_in>(request);
    if (!command.error.empty()) return failed(command.error, 1);
    if (!s.flag("password-stdin")) std::printf("password %s\n", made_password.c_str());
  }
  const auto who = command.ask<user_view>(change);
  if (!command.error.empty()) return failed(command.error, 1);
  if (change.plan) command.share(who);
  print(who);
  return 0;
}

} // namespace

int change_users(const settings& s) {
  change_user change;
  if (const auto why = wrong_usage(s, change); !why.empty()) return failed(why, 2);
  std::error_code ec;
  std::filesystem::create_directories(s.text("data.dir"), ec);
  if (ec) return failed("cannot make " + s.text("data.dir") + ": " + ec.message(), 1);
  if (!start_crypto()) return failed("the libraries for passwords do not start", 1);
  change.email = s.text("email");
  change.by = change.address = who_asks;
  change.at = wall_now_ms();
  actor_config config{static_cast<std::size_t>(s.integer("actors.threads"))};
  caf::actor_system system{config};
  // Its tokens leave nobody's hands: signed with what is forgotten at the end.
  const auto random = make_user_tools(nullptr).random_key;
  node_secrets secrets;
  secrets.jwt_secret = random();
  secrets.jwt_refresh_secret = random();
  const auto silent = [](log_level, const std::string&) {};
  sharing_part shared{system, silent};
  users_part part{system, silent};
  auto error = shared.start(s, nullptr);
  if (error.empty()) error = part.start(s, secrets, {{}, {}, shared.cache()});
  int status = error.empty() ? 0 : failed(error, 1);
  if (error.empty()) {
    user_command command{system, part.users(), shared.cache()};
    status = run(s, command, change, random());
  }
  part.stop();
  shared.stop();
  return status;
}

} // namespace troupe
