// Who keeps trained models for all nodes: versions as pieces of bytes, and which of them speak.
// What the bytes are is the edge's. Values of this node alone: models travel through the store.
#pragma once
#include "messages/protocol.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe {

/// Versions of one symbol that are kept; older ones go when one is put, but for those with a part.
inline constexpr std::size_t kept_shared_versions = 10;
/// What is larger is no version of ours: validation_error.
inline constexpr std::size_t max_version_bytes = 64u << 20;

/// Keeps a version; one that is there stays as it is. Answered with whether it was new.
struct put_model_version {
  symbol_name symbol;
  std::string version;
  std::string files; // not empty
};

/// Says which versions have a part, by the owner of the symbol under `epoch`. Answered with false
/// when a later owner has said so already: then nothing is changed.
struct put_shared_roles {
  model_roles roles;
  std::uint64_t epoch = 0;
};

/// Answered with its files, empty when there is no such version.
struct get_model_version {
  symbol_name symbol;
  std::string version;
};

/// Answered with empty versions when nothing was said yet.
struct get_shared_roles {
  symbol_name symbol;
};

/// Errors: store_unavailable; whether it was done is not known, and it may be said again.
using model_store_actor = caf::typed_actor<caf::replies_to<put_model_version>::with<bool>,
                                           caf::replies_to<put_shared_roles>::with<bool>,
                                           caf::replies_to<get_model_version>::with<std::string>,
                                           caf::replies_to<get_shared_roles>::with<model_roles>>;

/// "" or why this cannot be kept.
inline std::string why_unkeepable(const put_model_version& x) {
  if (!valid_symbol(x.symbol)) return "no symbol";
  if (x.version.empty() || x.version.size() > 64) return "no version's name";
  if (x.files.empty() || x.files.size() > max_version_bytes) return "no version's files";
  return "";
}

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::put_model_version)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::put_shared_roles)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_model_version)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_shared_roles)
