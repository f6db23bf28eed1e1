// Packs bytes as gzip and zip do, in memory, so that a fuzzer's bytes get past the checksums.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::fuzz {

std::string gzipped(std::string_view bytes);

struct packed_member {
  std::string name, bytes;
};
/// Members are stored as they are, or `deflated`.
std::string zipped(const std::vector<packed_member>& members, bool deflated);

} // namespace troupe::fuzz
