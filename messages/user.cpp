#include "messages/user.hpp"

#include <array>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 2> roles{"user", "admin"};
constexpr std::array<std::string_view, 4> plans{"free", "basic", "pro", "premium"};
constexpr std::array<std::string_view, 4> kyc_states{"none", "pending", "approved", "rejected"};

template<class T, std::size_t N>
std::optional<T> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<T>(i);
  return std::nullopt;
}

struct code_row {
  std::string_view code;
  int status;
};

// In the order of user_errc.
constexpr std::array<code_row, 8> codes{{
    {"OK", 200},
    {"EMAIL_TAKEN", 409},
    {"UNAUTHORIZED", 401},
    {"TOTP_REQUIRED", 401},
    {"RATE_LIMITED", 429},
    {"IN_PROGRESS", 409},
    {"ALREADY_LINKED", 409},
    {"PROVIDER_UNAVAILABLE", 503},
}};

const code_row& row_of(user_errc e) {
  const auto i = static_cast<std::size_t>(e);
  return codes[i < codes.size() ? i : 0];
}

} // namespace

std::string_view to_string(user_role r) { return roles[static_cast<std::size_t>(r)]; }
std::string_view to_string(user_plan p) { return plans[static_cast<std::size_t>(p)]; }
std::string_view to_string(kyc_state k) { return kyc_states[static_cast<std::size_t>(k)]; }

std::optional<user_role> parse_user_role(std::string_view text) {
  return parse<user_role>(roles, text);
}
std::optional<user_plan> parse_user_plan(std::string_view text) {
  return parse<user_plan>(plans, text);
}
std::optional<kyc_state> parse_kyc_state(std::string_view text) {
  return parse<kyc_state>(kyc_states, text);
}

std::string_view code_of(user_errc e) { return row_of(e).code; }
int http_status_of(user_errc e) { return row_of(e).status; }

user_view view_of(const user& u) {
  return {u.id, u.email, u.first_name, u.last_name, u.role, u.plan, u.kyc, u.totp_on, u.created_at};
}

} // namespace troupe
