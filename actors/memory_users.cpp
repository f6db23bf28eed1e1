#include "actors/memory_users.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t max_users = 100'000, max_audit_rows = 1'000'000;

class memory_users {
public:
  explicit memory_users(user_store_faults faults) : faults_(std::move(faults)) {}

  template<class Request, class Answer>
  caf::error run(const Request& request, Answer& out) {
    if (faults_ && *faults_ > 0) {
      --*faults_;
      return caf::make_error(errc::store_unavailable, "told to fail");
    }
    if (users_.size() >= max_users || audit_.size() >= max_audit_rows)
      return caf::make_error(errc::store_unavailable, "full");
    return answer(request, out);
  }

private:
  user* find(const user_id& id) {
    const auto it = users_.find(id);
    return it == users_.end() ? nullptr : &it->second;
  }

  // Neither is the account another's nor has the user another account there.
  bool may_link(const user_id& id, const provider_subject& link) const {
    return std::all_of(links_.begin(), links_.end(), [&](auto& known) {
      const auto& [provider, subject] = known.first;
      const bool mine = known.second == id;
      return provider != link.provider || mine == (subject == link.subject);
    });
  }

  void note(const audit_entry& act) {
    if (!act.kind.empty()) audit_.push_back({audit_.size() + 1, act});
  }

  caf::error answer(const put_user& request, user& out) {
    const auto* there = find(request.what.id);
    if ((there ? there->version : 0) != request.expected_version)
      return caf::make_error(user_errc::stale);
    for (auto& [id, other] : users_)
      if (id != request.what.id && other.email == request.what.email)
        return caf::make_error(user_errc::email_taken);
    if (!may_link(request.what.id, request.link))
      return caf::make_error(user_errc::link_taken, "the account is linked already");
    out = request.what;
    out.version = request.expected_version + 1;
    if (there) out.totp_step = std::max(out.totp_step, there->totp_step);
    users_[out.id] = out;
    if (!request.link.provider.empty())
      links_[{request.link.provider, request.link.subject}] = out.id;
    for (auto& [id, f] : families_)
      if (request.end_sessions && f.user == out.id && id != request.but_session) f.revoked = true;
    note(request.act);
    return {};
  }

  caf::error answer(const find_user& question, std::vector<user>& out) {
    const auto linked = links_.find({question.linked.provider, question.linked.subject});
    const auto& wanted = linked == links_.end() ? question.id : linked->second;
    for (auto& [id, u] : users_)
      if (wanted.empty() ? u.email == question.email : id == wanted) out.push_back(u);
    return {};
  }

  caf::error answer(const get_users& question, std::vector<user>& out) {
    for (auto& [id, u] : users_)
      if (u.email > question.after) out.push_back(u);
    std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.email < b.email; });
    if (out.size() > question.limit) out.resize(question.limit);
    return {};
  }

  caf::error answer(const use_totp_step& request, bool& out) {
    auto* u = find(request.user);
    out = u && totp_step_is_new(u->totp_step, request.step);
    if (out) u->totp_step = request.step;
    return {};
  }

  caf::error answer(const open_family& request, bool& out) {
    const auto& wanted = request.what;
    std::vector<std::pair<utc_ms, std::string>> live;
    for (auto i = families_.begin(); i != families_.end();) {
      const auto& f = i->second;
      if (f.user == wanted.user && f.expires_at <= wanted.created_at) {
        i = families_.erase(i);
        continue;
      }
      if (f.user == wanted.user) live.emplace_back(f.created_at, f.id);
      ++i;
    }
    std::sort(live.begin(), live.end());
    for (std::size_t i = 0; i + max_families_per_user <= live.size(); ++i)
      families_.erase(live[i].second);
    families_[wanted.id] = wanted;
    note(request.act);
    out = true;
    return {};
  }

  caf::error answer(const rotate_family& request, rotation& out) {
    const auto it = families_.find(request.family);
    if (it == families_.end()) return {};
    auto& f = it->second;
    out = {judge_rotation(f, request), f.user};
    if (out.outcome == rotation_outcome::rotated) {
      f.token = request.next;
      f.expires_at = request.expires_at;
    } else if (out.outcome == rotation_outcome::reused) {
      f.revoked = true;
      note(reuse_of(request, f.user));
    }
    return {};
  }

  caf::error answer(const revoke_family& request, bool& out) {
    const auto it = families_.find(request.family);
    out = it != families_.end() && !it->second.revoked;
    if (!out) return {};
    it->second.revoked = true;
    note(request.act);
    return {};
  }

  caf::error answer(const put_api_key& request, bool& out) {
    const auto good = std::count_if(keys_.begin(), keys_.end(), [&](auto& k) {
      return k.user == request.what.user && k.revoked_at == 0;
    });
    out = static_cast<std::size_t>(good) < max_keys_per_user;
    if (!out) return {};
    keys_.push_back(request.what);
    note(request.act);
    return {};
  }

  caf::error answer(const revoke_api_key& request, bool& out) {
    for (auto& k : keys_)
      if (k.id == request.key_id && k.user == request.user && k.revoked_at == 0) {
        k.revoked_at = request.act.at;
        note(request.act);
        out = true;
      }
    return {};
  }

  caf::error answer(const get_api_keys& question, std::vector<api_key>& out) {
    for (auto& k : keys_)
      if (question.hash.empty() ? k.user == question.user : k.hash == question.hash)
        out.push_back(k);
    return {};
  }

  caf::error answer(const put_audit& request, bool& out) {
    note(request.act);
    out = true;
    return {};
  }

  caf::error answer(const get_audit& question, std::vector<audit_row>& out) {
    for (auto i = audit_.rbegin(); i != audit_.rend() && out.size() < question.limit; ++i)
      if (question.before == 0 || i->number < question.before) out.push_back(*i);
    return {};
  }

  user_store_faults faults_;
  std::map<user_id, user> users_;
  std::map<std::pair<std::string, std::string>, user_id> links_;
  std::map<std::string, refresh_family> families_;
  std::deque<api_key> keys_;
  std::deque<audit_row> audit_;
};

} // namespace

user_store_actor spawn_memory_users(caf::actor_system& system, user_store_faults faults) {
  return spawn_user_store(system, std::make_shared<memory_users>(std::move(faults)), false);
}

} // namespace troupe
