// The name of a traded instrument. A plain string with one rule, kept in one place.
#pragma once
#include <string>
#include <string_view>

namespace troupe {

/// Upper case, 3 to 20 of `A-Z0-9`; see valid_symbol.
using symbol_name = std::string;

/// True when the text is a well-formed symbol (it may still be unknown to this node).
bool valid_symbol(std::string_view text);

} // namespace troupe
