#include "models/account/reports.hpp"

#include "models/fnv.hpp"

#include <utility>

namespace troupe {

namespace {

std::uint64_t hash_of(const trade_id& id) { return fnv1a{}.add(id).value(); }

} // namespace

bool trade_list::wanted(const trade_report& trade) const {
  return (!page_.status || *page_.status == trade.status) && trade.executed_at >= page_.from
      && trade.executed_at <= page_.to;
}

void trade_list::show(const trade_report& trade) {
  if (!wanted(trade) || shown_.size() >= page_.limit) return;
  if (skipped_ < page_.offset)
    ++skipped_;
  else
    shown_.push_back(trade);
}

void trade_list::add(const account_event& event) {
  if (const auto* settled = std::get_if<trade_settled>(&event.what)) {
    const auto& id = settled->trade.id;
    closed_.insert(hash_of(id));
    if (const auto known = open_versions_.find(id); known != open_versions_.end()) {
      open_.erase(known->second);
      open_versions_.erase(known);
    }
    show(settled->trade);
  } else if (const auto* opened = std::get_if<trade_opened>(&event.what)) {
    if (closed_.count(hash_of(opened->trade.id)) > 0) return;
    if (open_.size() == max_open) {
      open_versions_.erase(open_.begin()->second.id);
      open_.erase(open_.begin());
    }
    open_.emplace(event.version, opened->trade);
    open_versions_.emplace(opened->trade.id, event.version);
  }
}

std::vector<trade_report> trade_list::take() {
  for (const auto& [version, trade] : open_) show(trade);
  return std::exchange(shown_, {});
}

void day_list::add(const account_event& event) {
  book_.add(event, ended_);
  if (const auto* recorded = std::get_if<performance_recorded>(&event.what))
    reported_[recorded->row.day] = recorded->row;
}

std::vector<daily_performance> day_list::take(std::int64_t today) {
  book_.begin(today, ended_);
  auto days = std::exchange(reported_, {});
  for (auto& row : std::exchange(ended_, {})) days.emplace(row.day, std::move(row));
  std::vector<daily_performance> out;
  std::size_t skipped = 0;
  for (auto& [day, row] : days) {
    if (day * day_ms + day_ms <= page_.from || day * day_ms > page_.to) continue;
    if (skipped++ < page_.offset) continue;
    if (out.size() == page_.limit) break;
    out.push_back(std::move(row));
  }
  return out;
}

} // namespace troupe
