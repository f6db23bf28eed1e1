#include "http/routes/watchlists.hpp"

#include "http/codec_user.hpp"
#include "http/codec_watchlist.hpp"
#include "http/money_request.hpp"
#include "messages/user.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace troupe {

namespace {

// How often a change is judged again because somebody else's came first.
constexpr int max_tries = 8;

std::string note_of(const user_id& user) { return "watchlists:" + user; }

void refuse(exchange& ex, watchlist_outcome why) {
  switch (why) {
  case watchlist_outcome::not_found: return ex.fail(errc::not_found, "no such watchlist");
  case watchlist_outcome::too_many:
    return ex.fail(errc::forbidden,
                   "there are " + std::to_string(max_watchlists) + " lists; delete one first");
  default:
    return ex.fail(errc::in_progress, "the list was changed meanwhile; read it again", "version");
  }
}

// The lists of who asks; `done` has them, and the note they were in.
template<class Done>
void read_lists(exchange& ex, Done done) {
  ex.with->port.request<std::string>(
      ex.with->gate.store, actor_timeout, get_note{note_of(ex.who.user)},
      [held = ex.share(), done = std::move(done)](caf::expected<std::string> note) mutable {
        if (!note) return held->fail(note.error());
        auto all = watchlists_from_note(*note);
        if (!all) return held->fail(errc::internal, "the watchlists are damaged");
        done(*held, std::move(*all), std::move(*note));
      });
}

// Reads, changes and swaps, again when another change came first. `change` may be called several
// times, `answer` once.
class watchlist_edit : public std::enable_shared_from_this<watchlist_edit> {
public:
  std::function<watchlist_outcome(watchlists&)> change;
  std::function<void(exchange&)> answer;

  void run(exchange& ex) {
    read_lists(ex, [self = shared_from_this()](exchange& held, watchlists all, std::string was) {
      self->judge(held, std::move(all), std::move(was));
    });
  }

private:
  void judge(exchange& ex, watchlists all, std::string was) {
    if (const auto outcome = change(all); outcome != watchlist_outcome::done)
      return refuse(ex, outcome);
    ex.with->port.request<put_receipt>(
        ex.with->gate.store, actor_timeout,
        swap_note{note_of(ex.who.user), std::move(was), watchlists_to_note(all)},
        [self = shared_from_this(), held = ex.share()](caf::expected<put_receipt> receipt) {
          if (!receipt) return held->fail(receipt.error());
          if (receipt->added == 1) return self->answer(*held);
          if (++self->tries_ == max_tries)
            return held->fail(errc::busy, "too many changes at once");
          self->run(*held);
        });
  }

  int tries_ = 0;
};

template<class Change, class Answer>
void edit(exchange& ex, Change change, Answer answer) {
  const auto run = std::make_shared<watchlist_edit>();
  run->change = std::move(change);
  run->answer = std::move(answer);
  run->run(ex);
}

// False when one is unknown here, and was answered.
bool known(exchange& ex, const std::vector<symbol_name>& symbols) {
  for (const auto& s : symbols)
    if (ex.with->gate.symbols.count(s) == 0) {
      ex.fail(errc::symbol_not_found, "unknown symbol " + s, "symbols");
      return false;
    }
  return true;
}

void answer_list(exchange& ex, const watchlist& w, int status) {
  std::string data = R"({"watchlist":)";
  append_watchlist(data, w);
  answer_data(ex, data += '}', status);
}

} // namespace

void get_watchlists(exchange& ex) {
  read_lists(ex, [](exchange& held, const watchlists& all, const std::string&) {
    std::string data = R"({"watchlists":[)";
    for (const auto& w : all) {
      if (data.back() != '[') data += ',';
      append_watchlist(data, w);
    }
    answer_data(held, data += "]}");
  });
}

void post_watchlist(exchange& ex) {
  watchlist made;
  if (auto bad = read_watchlist(ex.in.body, made)) return fail_body(ex, *bad);
  if (!known(ex, made.symbols)) return;
  made.id = "wl_" + ex.with->ids.mint();
  made.created_at = made.updated_at = ex.wall_ms();
  edit(
      ex, [made](watchlists& all) { return add_watchlist(all, made); },
      [made](exchange& held) { answer_list(held, made, 201); });
}

void put_watchlist(exchange& ex) {
  watchlist_change change;
  if (auto bad = read_watchlist_change(ex.in.body, change)) return fail_body(ex, *bad);
  if (change.symbols && !known(ex, *change.symbols)) return;
  change.at = ex.wall_ms();
  const auto changed = std::make_shared<watchlist>();
  edit(
      ex,
      [change, changed, id = ex.param("id")](watchlists& all) {
        return change_watchlist(all, id, change, *changed);
      },
      [changed](exchange& held) { answer_list(held, *changed, 200); });
}

void delete_watchlist(exchange& ex) {
  edit(
      ex, [id = ex.param("id")](watchlists& all) { return remove_watchlist(all, id); },
      [](exchange& held) { answer_data(held, R"({"deleted":true})"); });
}

} // namespace troupe
