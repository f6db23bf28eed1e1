// The words of Polygon's (now Massive's) market data, as its documentation has them: aggregates by
// request, streams of minute aggregates and quotes. Crypto pairs and currencies, whose streams are
// two addresses; stocks are not there.
#pragma once
#include "actors/feeds/provider.hpp"

#include <string>

namespace troupe {

inline constexpr const char* polygon_rest_url = "https://api.polygon.io";
inline constexpr const char* polygon_stream_url = "wss://socket.polygon.io";

/// `api_key`: of a plan that includes the streams.
provider_words polygon_words(std::string api_key);

} // namespace troupe
