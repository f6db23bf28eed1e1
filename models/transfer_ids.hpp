// The names that the steps of one transfer bear. They follow from what never changes, so that
// whoever goes on with a transfer says each step under the reference it was said with before.
#pragma once
#include "messages/account.hpp"
#include "models/sha256.hpp"

namespace troupe {

/// The id of the transfer that a command of this reference starts. References are never used twice
/// by one account, so neither are these; a caller that mints ids itself must see to it.
inline transfer_id transfer_id_of(const reference_id& reference) {
  return "t-" + to_hex(sha256(reference)).substr(0, 32);
}

/// Of the second step, said to the receiver. Several senders may use one id: the sender is part of
/// it, hashed since two ids and the rest may be longer than a reference.
inline reference_id credit_reference(const account_id& from, const transfer_id& id) {
  return "transfer:" + to_hex(sha256(from + ' ', id)) + ":in";
}

/// Of the last step, said to the sender.
inline reference_id settle_reference(const transfer_id& id) {
  return "transfer:" + id + ":settled";
}
inline reference_id return_reference(const transfer_id& id) {
  return "transfer:" + id + ":returned";
}

} // namespace troupe
