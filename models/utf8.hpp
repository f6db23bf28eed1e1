// Whether bytes are UTF-8 text. Nothing is mended here: who prints replaces, who keeps refuses.
#pragma once
#include <cstddef>
#include <string_view>

namespace troupe {

/// Length of the UTF-8 sequence at the start of `text`, 0 when it is not one (RFC 3629).
std::size_t utf8_length(std::string_view text);
bool valid_utf8(std::string_view text);

} // namespace troupe
