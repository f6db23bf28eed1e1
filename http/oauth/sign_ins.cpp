#include "http/oauth/sign_ins.hpp"

#include "http/socketio/engine_packet.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t max_state_bytes = 256, max_ticket_bytes = 512, seal_digits = 64;

bool same_seal(const std::string& ours, std::string_view given) {
  return ours.size() == seal_digits && given.size() == ours.size()
      && CRYPTO_memcmp(ours.data(), given.data(), ours.size()) == 0;
}

// The text up to the next dot, which is dropped; the rest without one.
std::string_view next_part(std::string_view& text) {
  const auto dot = text.find('.');
  const auto part = text.substr(0, dot);
  text = dot == text.npos ? std::string_view{} : text.substr(dot + 1);
  return part;
}

utc_ms time_in(std::string_view digits) {
  utc_ms at = 0;
  const auto end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, at);
  return failed == std::errc{} && stop == end ? at : 0;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (auto& p : parts) out.append(p).append("\n");
  return out;
}

} // namespace

std::string pkce_challenge(std::string_view verifier) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), hash.data());
  auto text = socketio::to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

sign_ins::sign_ins(std::vector<oauth_provider> providers, std::string secret,
                   std::function<std::string()> random_id)
    : providers_(std::move(providers)), secret_(std::move(secret)),
      random_id_(std::move(random_id)) {}

// `what` keeps a seal of one kind from passing for another's.
std::string sign_ins::seal(std::string_view what, const std::string& text) const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  unsigned size = 0;
  const auto message = "troupe sign-in " + std::string{what} + '\n' + text;
  if (!HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
            reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(),
            &size)
      || size != out.size())
    return {};
  std::string digits;
  for (const auto byte : out) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

const oauth_provider* sign_ins::find(std::string_view name) const {
  const auto found = std::find_if(providers_.begin(), providers_.end(),
                                  [&](const oauth_provider& p) { return p.name == name; });
  return found == providers_.end() ? nullptr : &*found;
}

sign_ins::begun sign_ins::begin(const oauth_provider& at, utc_ms now) const {
  const auto until = std::to_string(now + oauth_state_ms), id = random_id_();
  begun out;
  out.nonce = random_id_();
  const auto text = joined({at.name, until, id, out.nonce});
  const auto state = until + '.' + id + '.' + seal("state", text);
  out.url = authorize_url(at, state, pkce_challenge(seal("verifier", text)));
  return out;
}

std::variant<std::string, errc> sign_ins::redeem(const oauth_provider& at, std::string_view state,
                                                 std::string_view nonce, utc_ms now) {
  if (state.size() > max_state_bytes || nonce.empty() || nonce.size() > max_state_bytes)
    return errc::unauthorized;
  const auto until = next_part(state), id = next_part(state);
  const auto text = joined({at.name, until, id, nonce});
  const auto end = time_in(until);
  if (!same_seal(seal("state", text), state) || now >= end || end > now + oauth_state_ms)
    return errc::unauthorized;
  auto verifier = seal("verifier", text);
  const std::lock_guard<std::mutex> lock{guard_};
  if (spent_.size() >= max_spent)
    for (auto i = spent_.begin(); i != spent_.end();)
      i = i->second <= now ? spent_.erase(i) : std::next(i);
  if (spent_.size() >= max_spent) return errc::busy;
  if (!spent_.emplace(id, end).second) return errc::unauthorized;
  return verifier;
}

std::string sign_ins::ticket(const provider_subject& account, utc_ms now) const {
  const auto until = std::to_string(now + oauth_ticket_ms);
  const auto text = joined({account.provider, until, account.subject});
  return seal("ticket", text) + '.' + until + '.' + account.provider + '.' + account.subject;
}

std::optional<provider_subject> sign_ins::read_ticket(std::string_view text, utc_ms now) const {
  if (text.size() > max_ticket_bytes) return std::nullopt;
  const auto given = next_part(text), until = next_part(text), provider = next_part(text);
  if (!same_seal(seal("ticket", joined({provider, until, text})), given)) return std::nullopt;
  if (now >= time_in(until)) return std::nullopt;
  return provider_subject{std::string{provider}, std::string{text}};
}

} // namespace troupe
