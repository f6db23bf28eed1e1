#include "http/oauth/code_exchange.hpp"

#include "http/codec_user.hpp"
#include "messages/user_types.hpp"

#include <utility>

namespace troupe {

namespace {

class code_exchange : public std::enable_shared_from_this<code_exchange> {
public:
  using finish = std::function<void(exchange&, const provider_profile&)>;

  code_exchange(exchange& ex, const oauth_provider& at, finish done)
      : held_(ex.share()), at_(at), done_(std::move(done)) {}

  void begin(std::string_view code, std::string_view verifier) {
    ask(at_.tokens, token_request(at_, code, verifier), &code_exchange::take_token);
  }

private:
  using taker = void (code_exchange::*)(const outbound_response&);

  void ask(const outbound_actor& whom, outbound_request what, taker take) {
    held_->with->port.request<outbound_response>(
        whom, actor_timeout, std::move(what),
        [me = shared_from_this(), take](caf::expected<outbound_response> r) {
          r ? ((*me).*take)(*r) : me->give_up(to_string(outbound_errc_of(r.error())));
        });
  }

  void take_token(const outbound_response& r) {
    switch (read_token(r, token_)) {
    case oauth_outcome::good:
      return ask(at_.profiles, profile_request(at_, token_.text), &code_exchange::take_profile);
    case oauth_outcome::refused:
      return fail_user(
          *held_,
          caf::make_error(user_errc::bad_credentials, at_.name + " does not know that code"));
    case oauth_outcome::unusable: return give_up("no token, status " + std::to_string(r.status));
    }
  }

  void take_profile(const outbound_response& r) {
    if (read_profile(at_, r, profile_) != oauth_outcome::good)
      return give_up("no profile, status " + std::to_string(r.status));
    if (auto more = email_request(at_, token_.text))
      return ask(at_.profiles, *std::move(more), &code_exchange::take_emails);
    done_(*held_, profile_);
  }

  void take_emails(const outbound_response& r) {
    if (read_emails(r, profile_) != oauth_outcome::good)
      return give_up("no addresses, status " + std::to_string(r.status));
    done_(*held_, profile_);
  }

  void give_up(std::string_view why) {
    if (const auto& log = held_->with->gate.log)
      log(log_level::warn, "sign-in by " + at_.name + ": " + std::string{why});
    fail_user(*held_,
              caf::make_error(user_errc::provider_away,
                              at_.name + " cannot say now who that is; try again"));
  }

  std::shared_ptr<exchange> held_;
  const oauth_provider& at_; // as long-lived as the gateway
  finish done_;
  secret_text token_;
  provider_profile profile_;
};

} // namespace

void exchange_code(exchange& ex, const oauth_provider& at, std::string_view code,
                   std::string_view verifier,
                   std::function<void(exchange&, const provider_profile&)> done) {
  std::make_shared<code_exchange>(ex, at, std::move(done))->begin(code, verifier);
}

} // namespace troupe
