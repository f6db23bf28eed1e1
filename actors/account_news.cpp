#include "actors/account_news.hpp"

#include "models/account/bytes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::seconds patience{10}; // with journal and accounts; then asked again
constexpr std::size_t shown_at_once = 200;

std::string owner_in(const std::vector<journal_row>& rows) {
  const auto event = rows.empty() ? std::nullopt : event_from_bytes(rows.front().payload);
  const auto* opened = event ? std::get_if<account_opened>(&event->what) : nullptr;
  return opened ? opened->owner : std::string{};
}

bool speaks_of_trade(std::uint8_t kind) {
  return kind == account_event_body{trade_opened{}}.index()
      || kind == account_event_body{trade_settled{}}.index();
}

class news_state {
public:
  static inline const char* name = "account_news";

  explicit news_state(account_news_actor::pointer self) : self_(self) {}

  void start(account_news_options options) {
    options_ = std::move(options);
    if (options_.everyone) tick();
  }

  void connected(const user_id& user) {
    const auto [one, fresh] = watched_.try_emplace(user);
    one->second.left.reset();
    if (!fresh) return;
    self_->send(options_.to, user_connected{user});
    greet_.push_back(user);
    ticking_ ? go_on() : tick();
  }

  void left(const user_id& user) {
    const auto one = watched_.find(user);
    if (one != watched_.end()) one->second.left = self_->clock().now();
  }

  void tick() {
    ticking_ = false;
    forget_those_gone();
    if (watched_.empty() && !options_.everyone) return rest();
    ticking_ = true;
    self_->delayed_send(self_, options_.poll_every, caf::tick_atom_v);
    due_.insert(later_.begin(), later_.end());
    later_.clear();
    looked_ = false;
    go_on();
  }

private:
  struct watched_user {
    std::optional<caf::actor_clock::time_point> left;   // since when nobody is connected
    std::unordered_map<account_id, std::uint64_t> told; // version
  };

  bool tells_others(const account_id& account) const {
    return options_.everyone && (!options_.owns || options_.owns(account));
  }

  void forget_those_gone() {
    const auto now = self_->clock().now();
    for (auto i = watched_.begin(); i != watched_.end();) {
      if (!i->second.left || now - *i->second.left < options_.linger) {
        ++i;
        continue;
      }
      self_->send(options_.to, user_forgotten{i->first});
      i = watched_.erase(i);
    }
  }

  // Answers that are still under way belong to the time before.
  void rest() {
    ++generation_;
    busy_ = false;
    cursor_.reset();
    greet_.clear();
    due_.clear();
  }

  template<class Answer, class Whom, class Question, class Then, class Else>
  void ask(const Whom& whom, Question question, Then then, Else otherwise) {
    self_->request(whom, patience, std::move(question))
        .then(
            [this, g = generation_, then](Answer& answer) {
              if (g == generation_) then(answer);
            },
            [this, g = generation_, otherwise](const caf::error& e) {
              if (g == generation_) otherwise(e);
            });
  }

  // One thing at a time; the cursor comes before everything that is told.
  void go_on() {
    if (std::exchange(busy_, true)) return;
    if (!cursor_) return find_end(0, 1);
    if (!greet_.empty()) return greet();
    if (!looked_) return read_page();
    if (!due_.empty()) return show_due();
    busy_ = false;
  }

  void done() {
    busy_ = false;
    go_on();
  }

  // Until the next tick.
  void give_up() { busy_ = false; }

  // Positions only grow: doubles until nothing lies beyond, then halves. Nothing lay beyond `hi`
  // when that was asked, or it is not known yet; `lo` is 0 or a row's.
  void find_end(std::uint64_t lo, std::uint64_t hi, bool bounded = false) {
    if (bounded && lo >= hi) {
      cursor_ = hi;
      return done();
    }
    const auto at = bounded ? lo + (hi - lo) / 2 : hi;
    ask<std::vector<outbox_row>>(
        options_.journal, get_outbox{at, 1},
        [=](const std::vector<outbox_row>& rows) {
          const auto beyond = rows.empty() ? 0 : rows.front().position;
          if (bounded && (beyond == 0 || beyond > hi)) return find_end(lo, at, true);
          if (bounded) return find_end(beyond, hi, true);
          beyond == 0 ? find_end(lo, at, true) : find_end(beyond, 2 * beyond);
        },
        [this](const caf::error&) { give_up(); });
  }

  void greet() {
    const auto user = greet_.front();
    const auto prefix = investments_of(user);
    ask<std::vector<account_id>>(
        options_.journal, get_account_ids{prefix, options_.accounts_per_user},
        [=](const std::vector<account_id>& ids) {
          due_.insert(wallet_of(user));
          for (auto& id : ids)
            if (id.compare(0, prefix.size(), prefix) == 0) due_.insert(id);
          greet_.pop_front();
          done();
        },
        [this](const caf::error&) { give_up(); });
  }

  void read_page() {
    ask<std::vector<outbox_row>>(
        options_.journal, get_outbox{*cursor_, options_.page_rows},
        [this](std::vector<outbox_row>& rows) {
          looked_ = rows.size() < options_.page_rows;
          if (rows.empty()) return done();
          page_ = std::move(rows);
          find_owners();
        },
        [this](const caf::error&) { give_up(); });
  }

  void find_owners() {
    if (owners_.size() > options_.max_known) owners_.clear();
    std::set<account_id> unknown;
    for (auto& row : page_) {
      if (row.row.version == 1) owners_[row.account] = owner_in({row.row});
      if (owners_.count(row.account) == 0) unknown.insert(row.account);
    }
    waits_for_ = unknown.size();
    failed_ = false;
    if (unknown.empty()) return take_page();
    for (auto& account : unknown)
      ask<std::vector<journal_row>>(
          options_.journal, get_journal{account, 1, 1},
          [=](const std::vector<journal_row>& rows) {
            owners_[account] = owner_in(rows);
            found_owner();
          },
          [this](const caf::error&) {
            failed_ = true;
            found_owner();
          });
  }

  void found_owner() {
    if (--waits_for_ > 0) return;
    failed_ ? give_up() : take_page(); // the page is read again
  }

  void take_page() {
    for (auto& row : std::exchange(page_, {})) {
      cursor_ = row.position;
      const auto& owner = owners_[row.account];
      if (owner.empty() || (!tells_others(row.account) && watched_.count(owner) == 0)) continue;
      due_.insert(row.account);
      if (speaks_of_trade(row.row.kind)) tell_trade(owner, row);
    }
    done();
  }

  void tell_trade(const user_id& owner, const outbox_row& row) {
    const auto event = event_from_bytes(row.row.payload);
    if (!event) return; // `troupe account verify` names it
    const auto* opened = std::get_if<trade_opened>(&event->what);
    const auto* settled = std::get_if<trade_settled>(&event->what);
    if (opened || settled)
      self_->send(options_.to,
                  trade_told{owner, row.account, row.row.version, row.row.at,
                             opened ? opened->trade : settled->trade});
  }

  void show_due() {
    std::vector<account_id> now;
    while (!due_.empty() && now.size() < shown_at_once)
      now.push_back(std::move(due_.extract(due_.begin()).value()));
    waits_for_ = now.size();
    for (auto& account : now)
      ask<account_view>(
          options_.money.of(account), get_account{account, {}},
          [this](account_view& view) {
            tell(view);
            shown();
          },
          [=](const caf::error& e) {
            // A user need not have a wallet.
            if (e != errc::not_found) later_.insert(account);
            shown();
          });
  }

  void shown() {
    if (--waits_for_ == 0) done();
  }

  void tell(const account_view& view) {
    const auto user = watched_.find(view.owner);
    const bool watched = user != watched_.end();
    if (!watched && (view.owner.empty() || !tells_others(view.id))) return;
    if (!watched && told_others_.size() > options_.max_known) told_others_.clear();
    auto& told = watched ? user->second.told[view.id] : told_others_[view.id];
    if (view.version <= told) return;
    told = view.version;
    self_->send(options_.to, account_changed{view.owner, view});
  }

  static account_id wallet_of(const user_id& user) { return "wallet:" + user; }

  account_news_actor::pointer self_;
  account_news_options options_;
  std::unordered_map<user_id, watched_user> watched_;
  std::unordered_map<account_id, std::uint64_t> told_others_; // version, of who is not connected
  std::deque<user_id> greet_;                                 // to be told how all accounts stand
  std::unordered_map<account_id, user_id> owners_;            // empty: the engine's
  std::vector<outbox_row> page_;                              // read, and not told
  std::set<account_id> due_, later_; // to be told how they stand; at the next tick
  std::optional<std::uint64_t> cursor_;
  std::uint64_t generation_ = 0;
  std::size_t waits_for_ = 0; // answers
  bool ticking_ = false, busy_ = false, failed_ = false;
  bool looked_ = false; // to the outbox's end, in this tick
};

account_news_actor::behavior_type
account_news(account_news_actor::stateful_pointer<news_state> self, account_news_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](const user_connected& who) { s.connected(who.user); },
      [&s](const user_left& who) { s.left(who.user); },
      [&s](caf::tick_atom) { s.tick(); },
  };
}

} // namespace

std::string investments_of(const user_id& user) { return "inv-" + user + '-'; }

account_news_actor spawn_account_news(caf::actor_system& system, account_news_options options) {
  if (!options.journal || options.money.registries.empty() || !options.to)
    throw std::invalid_argument{"account news need journal, accounts and a taker"};
  if (options.page_rows == 0 || options.accounts_per_user == 0 || options.max_known == 0)
    throw std::invalid_argument{"account news need bounds above 0"};
  return system.spawn(account_news, std::move(options));
}

} // namespace troupe
