#include "http/codec_cluster.hpp"

#include "http/json_text.hpp"

#include <algorithm>
#include <map>

namespace troupe {

namespace {

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

void append_flag(std::string& out, std::string_view name, bool value) {
  append_key(out, name);
  out += value ? "true" : "false";
}

std::map<node_name, std::uint64_t> shards_by_node(const cluster_view& view) {
  std::map<node_name, std::uint64_t> out;
  for (std::uint32_t shard = 0; shard < shard_count; ++shard)
    if (view.standing[shard] == shard_standing::ours)
      ++out[view.me];
    else if (view.standing[shard] == shard_standing::another)
      ++out[view.owner_of(shard).name];
  return out;
}

void append_way(std::string& out, const peer_report& p) {
  out += '{';
  append_count(out, "calls", p.calls);
  append_count(out, "answers", p.answers);
  append_count(out, "failed", p.failed);
  append_count(out, "pending", p.pending);
  append_count(out, "served", p.served);
  append_count(out, "parcels_sent", p.parcels_sent);
  append_count(out, "parcels_taken", p.parcels_taken);
  append_count(out, "news_sent", p.news_sent);
  append_count(out, "news_taken", p.news_taken);
  append_count(out, "news_dropped", p.news_dropped);
  append_field(out, "round_trip_ms", p.round_trip_ms);
  out += '}';
}

void append_nodes(std::string& out, const cluster_report& report) {
  const auto shards = shards_by_node(*report.view);
  append_key(out, "nodes");
  out += '[';
  for (const auto& n : report.view->nodes) {
    out += out.back() == '[' ? "{" : ",{";
    append_field(out, "name", n.name);
    append_field(out, "address", n.address);
    append_count(out, "incarnation", n.incarnation);
    append_count(out, "protocol", n.protocol);
    append_flag(out, "alive", n.alive);
    append_flag(out, "leaving", n.leaving);
    const auto held = shards.find(n.name);
    append_count(out, "shards", held == shards.end() ? 0 : held->second);
    append_flag(out, "this_node", n.name == report.view->me);
    const auto way = std::find_if(report.peers.begin(), report.peers.end(),
                                  [&](const auto& p) { return p.name == n.name; });
    append_key(out, "way");
    if (way == report.peers.end())
      out += "null";
    else
      append_way(out, *way);
    out += '}';
  }
  out += ']';
}

} // namespace

std::string_view state_of(const cluster_report& report) {
  if (report.leaving) return "leaving";
  if (!report.view || report.view->incarnation == 0) return "joining";
  return report.lease_left_ms > 0 ? "serving" : "without a lease";
}

void append_cluster(std::string& out, const cluster_report& report, bool clustered) {
  out += '{';
  append_flag(out, "clustered", clustered);
  append_field(out, "state", clustered ? state_of(report) : "alone");
  if (report.view) {
    append_field(out, "node", report.view->me);
    append_count(out, "incarnation", report.view->incarnation);
    append_key(out, "lease_left_ms");
    append_integer(out, report.lease_left_ms);
    append_key(out, "shards");
    out += '{';
    append_count(out, "total", shard_count);
    append_count(out, "here", report.count(shard_standing::ours));
    append_count(out, "elsewhere", report.count(shard_standing::another));
    append_count(out, "moving", report.count(shard_standing::moving));
    out += '}';
    append_nodes(out, report);
    append_key(out, "commands");
    out += '{';
    append_count(out, "here", report.here);
    append_count(out, "elsewhere", report.there);
    append_count(out, "repeated", report.repeated);
    append_count(out, "given_up", report.given_up);
    append_count(out, "waiting", report.waiting);
    out += '}';
  }
  out += '}';
}

} // namespace troupe
