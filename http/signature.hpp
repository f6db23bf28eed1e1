// HMAC-SHA256 over the bytes of a message: the check of what arrives signed. One secret, one
// thread: its context is kept and used again. Where the signature stands and what a wrong one
// costs is the routes'.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st; // OpenSSL's

namespace troupe {

class signature_check {
public:
  using seal = std::array<unsigned char, 32>;

  /// With an empty secret every signature is wrong.
  explicit signature_check(std::string_view secret);
  ~signature_check();
  signature_check(const signature_check&) = delete;
  signature_check& operator=(const signature_check&) = delete;

  /// Whether `given` is the message's signature: 64 hex digits of either case, `sha256=` before
  /// them or not. What is no such text is refused unread; else it takes as long for a wrong
  /// signature as for the right one.
  bool valid(std::string_view message, std::string_view given);

  /// The signature in lower-case hex; empty without a secret.
  std::string sign(std::string_view message);

private:
  bool compute(std::string_view message, seal& out);

  struct closer {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_ctx_st, closer> context_; // null without a secret
};

} // namespace troupe
