#include "runtime/cluster/cluster_part.hpp"

#include "http/codec_cluster.hpp"
#include "runtime/cluster/mesh.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe {

// Set before the first view lets anybody in, and not changed afterwards.
struct cluster_part::served {
  accounts_actor accounts;
  std::function<caf::actor(const remote_call&)> answerer;
  session_relay_actor sessions;
  membership_actor membership;
  std::function<void(relayed_news&)> on_news;

  caf::actor who_answers(const remote_call& call) const {
    switch (call.part) {
    case remote_part::accounts: return caf::actor_cast<caf::actor>(accounts);
    case remote_part::symbol: return answerer(call);
    default: return nullptr;
    }
  }

  void hear(relayed_news& news) const {
    if (news.topic == sessions_ended_topic || news.topic == user_changed_topic)
      caf::anon_send(sessions, std::move(news));
    else if (on_news)
      on_news(news);
  }
};

std::string cluster_part::open(const settings& s) {
  cluster_settings wanted;
  if (auto wrong = read_cluster_settings(s, wanted); !wrong.empty()) return wrong;
  if (!wanted.on()) return "";
  if (s.text("store.url").empty())
    return "a cluster needs the database that its nodes share: cluster.address is set, and "
           "DATABASE_URL (store.url) is not";
  served_ = std::make_shared<served>();
  mesh_options options;
  options.address = wanted.listen;
  options.transport = wanted.transport;
  options.board = peers_;
  options.log = log_;
  options.peers.serve = [here = served_](const remote_call& call) {
    return here->who_answers(call);
  };
  options.peers.on_news = [here = served_](relayed_news& news) { here->hear(news); };
  options.peers.on_look_again = [here = served_] {
    caf::anon_send(here->membership, look_again{});
  };
  auto opened = open_mesh(system_, std::move(options));
  if (!opened.error.empty()) return opened.error;
  mesh_ = opened.handle;
  identity_ = {wanted.name, wanted.announced(opened.port)};
  watch_ = spawn_cluster_watch(system_, board_);
  return "";
}

std::function<void()> cluster_part::changed() const {
  if (!watch_) return {};
  return [watch = watch_] { caf::anon_send(watch, look_again{}); };
}

void cluster_part::tell(relayed_news news) const {
  if (watch_) caf::anon_send(watch_, std::move(news));
}

void cluster_part::connect(const parts& all) {
  if (!mesh_) return;
  served_->accounts = all.accounts.router.door;
  served_->answerer = all.answerer;
  served_->sessions = all.sessions;
  served_->membership = all.accounts.membership;
  served_->on_news = all.on_news;
  until_ = all.accounts.until;
  routed_ = all.accounts.figures;
  const auto watch_ways = [this](const auto& who) {
    if (who) caf::anon_send(mesh_, watch_peers{caf::actor_cast<caf::strong_actor_ptr>(who)});
  };
  watch_ways(watch_);
  watch_ways(all.accounts.router.handle);
  watch_ways(all.sessions);
  watch_ways(all.symbols);
  watch_ways(all.training);
  const auto watch_views = [&](const auto& who) {
    if (who)
      caf::anon_send(all.accounts.membership,
                     watch_cluster{caf::actor_cast<caf::strong_actor_ptr>(who)});
  };
  watch_views(watch_);
  watch_views(all.symbols);
  watch_views(all.training);
  watch_views(mesh_);
}

cluster_report cluster_part::report() const {
  cluster_report out;
  out.view = board_->view();
  out.leaving = leaving_;
  if (until_) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto left = std::chrono::nanoseconds{until_->until_ns()} - now;
    out.lease_left_ms = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
  }
  for (const auto& row : peers_->rows()) {
    if (!row.connected || !row.figures) continue;
    const auto& f = *row.figures;
    out.peers.push_back({row.name, f.calls, f.answers, f.failed, f.served, f.pending,
                         f.parcels_sent, f.parcels_taken, f.news_sent, f.news_taken, f.news_dropped,
                         static_cast<double>(f.round_trip_ns) / 1e6});
  }
  if (routed_) {
    out.here = routed_->here;
    out.there = routed_->there;
    out.repeated = routed_->repeated;
    out.given_up = routed_->given_up;
    out.waiting = routed_->waiting;
  }
  return out;
}

health_check cluster_part::health() const {
  const auto seen = report();
  double slowest = 0;
  for (const auto& peer : seen.peers) slowest = std::max(slowest, peer.round_trip_ms);
  return {"cluster", state_of(seen) == "serving" ? "healthy" : "degraded", slowest};
}

void cluster_part::stop() {
  const auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(watch_);
  end(mesh_);
}

} // namespace troupe
