#include "models/signal_terms.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace troupe {

namespace {

void append(std::string& out, std::string_view name, double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  if (!out.empty()) out += ' ';
  out.append(name).append("=").append(text.data(), end);
}

// Takes `name=number` off the line, with the space before it that all but the first have.
bool take(std::string_view& line, std::string_view name, double& value, bool first = false) {
  const std::string_view between = first ? "" : " ";
  for (const auto part : {between, name, std::string_view{"="}}) {
    if (line.substr(0, part.size()) != part) return false;
    line.remove_prefix(part.size());
  }
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), value);
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return problem == std::errc{};
}

} // namespace

std::string terms_of(const stream_options& options) {
  std::string out;
  append(out, "margin_r", options.rules.margin_r);
  append(out, "standard_errors", options.rules.standard_errors);
  append(out, "min_rr", options.rules.min_rr);
  append(out, "always_in", options.rules.always_in ? 1 : 0);
  append(out, "cost_bp", options.costs.round_trip_bp);
  append(out, "fill_limit", options.fill_limit);
  append(out, "made_up", options.made_up ? 1 : 0);
  return out;
}

std::optional<stream_options> parse_terms(std::string_view line, std::string name) {
  stream_options out;
  double always_in = 0, fill_limit = 0, made_up = 0;
  const bool whole = take(line, "margin_r", out.rules.margin_r, true)
      && take(line, "standard_errors", out.rules.standard_errors)
      && take(line, "min_rr", out.rules.min_rr) && take(line, "always_in", always_in)
      && take(line, "cost_bp", out.costs.round_trip_bp) && take(line, "fill_limit", fill_limit)
      && take(line, "made_up", made_up);
  if (!whole || !line.empty() || !(fill_limit >= 0 && fill_limit <= 1e6)) return std::nullopt;
  out.rules.name = std::move(name);
  out.rules.always_in = always_in != 0;
  out.fill_limit = static_cast<std::uint32_t>(fill_limit);
  out.made_up = made_up != 0;
  return out;
}

} // namespace troupe
