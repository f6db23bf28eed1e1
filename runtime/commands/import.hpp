// `troupe import`: kline files into the store. It reads, sends and reports; which rows are candles
// is kline_files', and that a repeated import adds nothing is the store's.
#pragma once
#include "messages/protocol.hpp"

#include <caf/fwd.hpp>

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

struct import_request {
  std::vector<std::filesystem::path> files;
  /// Of all files; without it each name says it: the part before the first '-' or '_'.
  std::optional<symbol_name> symbol;
};

/// Where an import speaks. Report and errors are lines for people.
struct import_output {
  std::ostream& report;
  std::ostream& errors;
  bool terminal = false; // errors is one: progress is redrawn in place
};

/// `BTCUSDT` of `BTCUSDT-5m-2024-01.zip`; nothing when that is no symbol.
std::optional<symbol_name> symbol_of_file(const std::filesystem::path& file);

/// Imports one file after the other, 5,000 candles a message, one message unanswered. Returns the
/// exit code: 0, or 1 when a file has no symbol (then none is read), a file cannot be read (the
/// others are) or the store refuses (then it ends). Bad rows are reported and fail nothing.
int run_import(caf::actor_system& system, const store_actor& store, const import_request& request,
               import_output out);

} // namespace troupe
