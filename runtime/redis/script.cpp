#include "runtime/redis/script.hpp"

#include <openssl/sha.h>

#include <array>
#include <utility>

namespace troupe {

redis_script::redis_script(std::string text) : text_(std::move(text)) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text_.data()), text_.size(), digest.data());
  for (const auto b : digest) {
    hash_ += "0123456789abcdef"[b >> 4];
    hash_ += "0123456789abcdef"[b & 15];
  }
}

redis_words redis_script::call(bool by_hash) const {
  return {by_hash ? "EVALSHA" : "EVAL", by_hash ? hash_ : text_};
}

bool script_unknown(const redis_value& answer) {
  return answer.is == redis_value::kind::refused && answer.text.rfind("NOSCRIPT", 0) == 0;
}

} // namespace troupe
