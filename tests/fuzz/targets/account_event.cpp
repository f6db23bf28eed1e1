// Canonical bytes of one event: what is accepted prints back to the same bytes.
#include "models/account/bytes.hpp"
#include "tests/fuzz/account_seeds.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

void try_bytes(std::string_view bytes) {
  const auto event = event_from_bytes(bytes);
  if (!event) return;
  claim(to_bytes(*event) == bytes, "one event has one spelling");
  claim(!event_from_bytes(bytes.substr(0, bytes.size() - 1)), "an event cut short is none");
  claim(!event_from_bytes(std::string{bytes} + '\0'), "an event with a byte behind it is none");
  claim(event->moved.amount.in_range() && event->moved.balance_after.in_range()
            && event->reserved_after.in_range(),
        "amounts of an event are in range");
}

std::vector<std::string> made_seeds() {
  std::vector<std::string> out;
  for (auto& e : every_event()) out.push_back(to_bytes(e));
  return out;
}

} // namespace troupe::fuzz
