// The bytes of a file as text, whether it is plain, gzip or zip: what it is, its first bytes say,
// not its name. Streams in small pieces; what the text means is for the caller.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// No file may unpack to more (four years of one-second klines); a bomb ends there.
inline constexpr std::uint64_t max_unpacked_bytes = std::uint64_t{4} << 30;

/// `member`: the file's name inside an archive, printable; empty outside one. Pieces of a member
/// come in order, members one after the other.
using piece_sink = std::function<void(std::string_view member, std::string_view piece)>;

/// Hands all of the file's bytes to `on_piece`. Of a zip archive every *.csv member, in the order
/// of their names. Returns what went wrong, `path: why`, or nothing. On failure the pieces before
/// it were handed over: checksums stand at the end. Run it once with an idle sink to be sure.
std::optional<std::string> unpack(const std::filesystem::path& path, const piece_sink& on_piece);

} // namespace troupe
