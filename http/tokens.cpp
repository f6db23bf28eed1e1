#include "http/tokens.hpp"

#include <jwt.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace troupe {

namespace {

struct jwt_closer {
  void operator()(jwt_t* t) const { jwt_free(t); }
};
using jwt_ptr = std::unique_ptr<jwt_t, jwt_closer>;

const unsigned char* bytes_of(const std::string& secret) {
  return reinterpret_cast<const unsigned char*>(secret.data());
}

std::string signed_text(const token_claims& c, const char* type, const std::string& secret) {
  jwt_t* made = nullptr;
  if (jwt_new(&made) != 0) return {};
  const jwt_ptr token{made};
  const auto text = [&](const char* name, std::string_view value) {
    return jwt_add_grant(made, name, std::string{value}.c_str()) == 0;
  };
  const auto time = [&](const char* name, utc_ms at) {
    return jwt_add_grant_int(made, name, static_cast<long>(at / second_ms)) == 0;
  };
  const bool whole = text("iss", token_issuer) && text("aud", token_audience) && text("typ", type)
      && text("sub", c.user) && text("sid", c.session) && text("jti", c.id)
      && text("role", to_string(c.role)) && text("plan", to_string(c.plan))
      && time("iat", c.issued_at) && time("nbf", c.issued_at) && time("exp", c.expires_at)
      && jwt_set_alg(made, JWT_ALG_HS256, bytes_of(secret), static_cast<int>(secret.size())) == 0;
  if (!whole) return {};
  const std::unique_ptr<char, decltype(&std::free)> encoded{jwt_encode_str(made), &std::free};
  return encoded ? encoded.get() : std::string{};
}

constexpr std::string_view fixed_algorithm = "HS256";

// Three parts of base64url and nothing else: what libjwt would skip or stop at is no token.
bool shaped(std::string_view token) {
  if (token.empty() || token.size() > max_token_bytes) return false;
  std::size_t dots = 0, part = 0;
  for (const char c : token) {
    if (c == '.') {
      if (part == 0 || ++dots > 2) return false;
      part = 0;
      continue;
    }
    const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
        || c == '-' || c == '_';
    if (!good) return false;
    ++part;
  }
  return dots == 2 && part > 0;
}

std::optional<token_claims> read(std::string_view given, const char* type,
                                 const std::string& secret, utc_ms now) {
  if (!shaped(given)) return std::nullopt;
  jwt_t* found = nullptr;
  const int failed = jwt_decode(&found, std::string{given}.c_str(), bytes_of(secret),
                                static_cast<int>(secret.size()));
  const jwt_ptr token{failed == 0 ? found : nullptr};
  // The library checks by the token's own algorithm, in any case of its letters: whatever is not
  // ours, `none` first, ends here.
  const auto* named = token ? jwt_get_header(found, "alg") : nullptr;
  if (!named || fixed_algorithm != named) return std::nullopt;
  const auto text = [&](const char* name) {
    const auto* value = jwt_get_grant(found, name);
    return std::string{value ? value : ""};
  };
  const auto time = [&](const char* name) -> utc_ms {
    const long seconds = jwt_get_grant_int(found, name); // 0: there is none, or it is no number
    return seconds > 0 && seconds < 1L << 40 ? seconds * second_ms : 0;
  };
  const auto role = parse_user_role(text("role"));
  const auto plan = parse_user_plan(text("plan"));
  token_claims out{text("sub"), text("sid"), text("jti"), {}, {}, time("nbf"), time("exp")};
  const bool ours = text("typ") == type && text("iss") == token_issuer
      && text("aud") == token_audience && role && plan && !out.user.empty() && !out.session.empty()
      && !out.id.empty();
  const bool timely =
      out.issued_at > 0 && out.issued_at <= now + token_leeway_ms && now < out.expires_at;
  if (!ours || !timely) return std::nullopt;
  out.role = *role;
  out.plan = *plan;
  return out;
}

// Good tokens that were seen lately: a signature costs 14 us to check, finding its token again a
// fraction of one. Two generations, so that a full one costs no walk. Used by all io threads.
class known_tokens {
public:
  std::optional<identity> find(const std::string& token) {
    const std::lock_guard<std::mutex> lock{guard_};
    if (const auto it = young_.find(token); it != young_.end()) return it->second;
    const auto it = old_.find(token);
    if (it == old_.end()) return std::nullopt;
    auto who = it->second;
    add(token, who);
    return who;
  }

  void put(const std::string& token, const identity& who) {
    const std::lock_guard<std::mutex> lock{guard_};
    add(token, who);
  }

private:
  void add(const std::string& token, const identity& who) {
    if (young_.size() >= max_known_tokens) old_ = std::exchange(young_, {});
    young_.emplace(token, who);
  }

  std::mutex guard_;
  std::unordered_map<std::string, identity> young_, old_;
};

} // namespace

tokens::tokens(std::string access_secret, std::string refresh_secret)
    : access_(std::move(access_secret)), refresh_(std::move(refresh_secret)) {}

std::string tokens::sign_access(const token_claims& claims) const {
  return signed_text(claims, "access", access_);
}

std::string tokens::sign_refresh(const token_claims& claims) const {
  return signed_text(claims, "refresh", refresh_);
}

std::optional<token_claims> tokens::read_access(std::string_view token, utc_ms now) const {
  return read(token, "access", access_, now);
}

std::optional<token_claims> tokens::read_refresh(std::string_view token, utc_ms now) const {
  return read(token, "refresh", refresh_, now);
}

token_verifier tokens::verifier() const {
  return [this, known = std::make_shared<known_tokens>()](
             std::string_view token, utc_ms now) -> std::variant<identity, errc> {
    const std::string text{token};
    if (auto who = known->find(text)) {
      if (now < who->expires_at) return *std::move(who);
      return errc::unauthorized;
    }
    auto c = read_access(token, now);
    if (!c) return errc::unauthorized;
    identity who{std::move(c->user), std::move(c->session), c->role, c->plan, c->expires_at};
    known->put(text, who);
    return who;
  };
}

} // namespace troupe
