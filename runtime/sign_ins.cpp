#include "runtime/sign_ins.hpp"

#include "runtime/user_tools.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>

#include <stdexcept>
#include <utility>

namespace troupe {

namespace {

// Three questions in a row must end within the 30 s that a request has.
constexpr dependency_limits provider_limits{"", 5, 8'000, 60'000};
constexpr std::size_t max_answer_bytes = 64u << 10;

// In the clear nothing but what stays on this machine.
bool safe(const endpoint& at) {
  return at.tls || at.host == "127.0.0.1" || at.host == "::1" || at.host == "localhost";
}

std::string wrong_url(const std::string& key) {
  return "auth." + key + " must be an https address (http only on 127.0.0.1, ::1 or localhost)";
}

// The address of the service, and in `path` the rest.
std::optional<endpoint> service_at(const std::string& url, std::string& path) {
  auto at = parse_endpoint(url);
  if (!at || !safe(*at)) return std::nullopt;
  path = at->prefix.empty() ? "/" : std::exchange(at->prefix, "");
  return at;
}

} // namespace

sign_in_part::~sign_in_part() { stop(); }

std::string sign_in_part::add(caf::actor_system& system, const settings& s, const std::string& name,
                              const std::string& base,
                              const std::shared_ptr<dependency_board>& board,
                              std::vector<oauth_provider>& out) {
  const auto value = [&](const char* what) { return s.text("auth." + name + what); };
  oauth_provider p;
  p.name = name;
  p.client_id = value("-client-id");
  p.client_secret.text = value("-client-secret");
  if (p.client_secret.text.empty())
    return "auth." + name + "-client-secret is missing: its client id is set";
  p.authorize_url = value("-authorize-url");
  p.redirect_uri = base + "/auth/oauth/" + name + "/callback";
  if (const auto at = parse_endpoint(p.authorize_url); !at || !safe(*at))
    return wrong_url(name + "-authorize-url");
  const auto open = [&](const char* setting, const char* part, outbound_actor& to,
                        std::string& path) {
    const auto at = service_at(value(setting), path);
    if (!at) return false;
    outbound_options options{provider_limits};
    options.name = "sign-in-" + name + part;
    options.retry = {2, 200};
    options.wall = wall_now_ms;
    options.board = board;
    wire_limits limits;
    limits.max_body_bytes = max_answer_bytes;
    to = spawn_outbound(system, client_->open(*at, limits), std::move(options));
    services_.push_back(to);
    return true;
  };
  if (!open("-token-url", "-tokens", p.tokens, p.token_path)) return wrong_url(name + "-token-url");
  if (!open("-userinfo-url", "-profiles", p.profiles, p.profile_path))
    return wrong_url(name + "-userinfo-url");
  out.push_back(std::move(p));
  return "";
}

std::string sign_in_part::start(caf::actor_system& system, const settings& s,
                                const node_secrets& secrets, std::uint16_t port,
                                const std::shared_ptr<dependency_board>& board) {
  std::vector<std::string> wanted;
  for (const std::string name : {"google", "facebook", "github"})
    if (!s.text("auth." + name + "-client-id").empty()) wanted.push_back(name);
  if (wanted.empty()) return "";
  auto base = s.text("auth.redirect-base-url");
  if (base.empty() && secrets.demo) base = "http://127.0.0.1:" + std::to_string(port);
  if (base.empty())
    return "auth.redirect-base-url is missing: " + wanted.front()
        + " must know where to send browsers back to";
  while (base.back() == '/') base.pop_back();
  if (const auto at = parse_endpoint(base); !at || !safe(*at))
    return wrong_url("redirect-base-url");
  try {
    client_ = std::make_unique<outbound_client>(system);
  } catch (const std::runtime_error& e) {
    return std::string{"cannot speak TLS to the outside: "} + e.what();
  }
  std::vector<oauth_provider> providers;
  for (auto& name : wanted)
    if (auto error = add(system, s, name, base, board, providers); !error.empty()) return error;
  sign_ins_ = std::make_shared<sign_ins>(std::move(providers), secrets.jwt_secret, random_user_id);
  return "";
}

void sign_in_part::stop() {
  for (auto& service : services_) caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  services_.clear();
  sign_ins_.reset(); // it holds the services too
  client_.reset();
}

} // namespace troupe
