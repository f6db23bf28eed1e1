// Made lives for the targets that read an account's bytes: short, ordinary, and with something of
// everything in them.
#pragma once
#include "models/account.hpp"

#include <vector>

namespace troupe::fuzz {

/// The events of a life that meets most kinds of events.
std::vector<account_event> a_full_life();

/// A life's events, and one with empty fields of each kind.
std::vector<account_event> every_event();

} // namespace troupe::fuzz
