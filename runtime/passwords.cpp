#include "runtime/passwords.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <sodium.h>

#include <array>

namespace troupe {

namespace {

// Empty when there is no memory.
secret_text hashed(std::string_view password, password_cost cost) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  const int failed =
      crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.operations,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  return {failed == 0 ? std::string{out.data()} : std::string{}};
}

hasher_actor::behavior_type hasher(hasher_actor::pointer, password_cost cost) {
  return {
      [cost](const hash_password& x) -> caf::result<secret_text> {
        auto out = hashed(x.password.text, cost);
        if (out.text.empty()) return caf::make_error(errc::busy, "no memory to hash a password");
        return out;
      },
      [](const check_password& x) {
        const auto& password = x.password.text;
        return crypto_pwhash_str_verify(x.hash.text.c_str(), password.data(), password.size()) == 0;
      },
  };
}

} // namespace

std::vector<hasher_actor> spawn_hashers(caf::actor_system& system, std::size_t count,
                                        password_cost cost) {
  std::vector<hasher_actor> out;
  if (sodium_init() < 0) return out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(system.spawn<caf::detached>(hasher, cost));
  return out;
}

secret_text hash_of_nothing(password_cost cost) {
  if (sodium_init() < 0) return {};
  std::array<char, 32> random{};
  randombytes_buf(random.data(), random.size());
  return hashed({random.data(), random.size()}, cost);
}

} // namespace troupe
