// The words of Binance's spot market data, as its documentation has them: klines by request,
// combined streams of klines and book tickers.
#pragma once
#include "actors/feeds/provider.hpp"

#include <string>

namespace troupe {

inline constexpr const char* binance_rest_url = "https://api.binance.com";
inline constexpr const char* binance_stream_url = "wss://stream.binance.com:9443";
/// Two streams of each: a connection carries 1024.
inline constexpr std::size_t binance_max_symbols = 512;

/// `api_key`: sent along when there is one; market data need none.
provider_words binance_words(std::string api_key = {});

} // namespace troupe
