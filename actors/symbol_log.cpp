#include "actors/symbol_log.hpp"

#include "actors/symbol.hpp"

#include <chrono>
#include <iterator>
#include <utility>

namespace troupe {

namespace {

template<class T>
void append(std::vector<T>& rows, std::vector<T>& more) {
  rows.insert(rows.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

template<class T>
void prepend(std::vector<T>& old_rows, std::vector<T>& rows) {
  append(old_rows, rows);
  rows = std::move(old_rows);
  old_rows.clear();
}

template<class T>
std::size_t drop_oldest(std::vector<T>& rows, std::size_t excess) {
  const auto n = std::min(excess, rows.size());
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(n));
  return n;
}

} // namespace

symbol_log::symbol_log(symbol_actor::pointer self, store_actor store, symbol_name symbol,
                       std::string source, std::function<void()> written,
                       std::function<void(log_level, const std::string&)> say)
    : self_(self), store_(std::move(store)), symbol_(std::move(symbol)), source_(std::move(source)),
      written_(std::move(written)), say_(std::move(say)) {}

void symbol_log::add(const signal& s) {
  log_.signals.push_back(s);
  bound();
}

void symbol_log::add(const bulletin& said) {
  log_.predictions.insert(log_.predictions.end(), said.predictions.begin(), said.predictions.end());
  log_.signals.insert(log_.signals.end(), said.signals.begin(), said.signals.end());
  bound();
}

void symbol_log::add(settled_rows settled) {
  append(log_.outcomes, settled.predictions);
  append(log_.settled, settled.signals);
  bound();
}

// Only while the store refuses for long do rows pile up to the bound.
void symbol_log::bound() {
  auto excess = log_.rows() > max_unstored_rows ? log_.rows() - max_unstored_rows : 0;
  for (auto drop : {+[](put_log&l, std::size_t n) { return drop_oldest(l.predictions, n); },
                    +[](put_log&l, std::size_t n) { return drop_oldest(l.outcomes, n); },
                    +[](put_log&l, std::size_t n) { return drop_oldest(l.signals, n); },
                    +[](put_log&l, std::size_t n) { return drop_oldest(l.settled, n); }}) {
    const auto gone = drop(log_, excess);
    excess -= gone;
    dropped_ += gone;
  }
}

void symbol_log::retry() {
  retry_pending_ = false;
  write();
}

void symbol_log::write() {
  if (outstanding_ > 0 || retry_pending_ || unstored_rows() == 0) return;
  if (!store_) { // nothing to write to: an actor test, or a replay that keeps nothing
    candles_.clear();
    log_ = {};
    return written_();
  }
  candles_in_flight_ = {symbol_, source_, std::exchange(candles_, {})};
  log_in_flight_ = std::exchange(log_, {});
  in_flight_rows_ = candles_in_flight_.candles.size() + log_in_flight_.rows();
  refused_ = false;
  outstanding_ = 2;
  constexpr auto timeout = std::chrono::seconds(30);
  auto done = [this](const put_receipt&) { sent(); };
  self_->request(store_, timeout, candles_in_flight_).then(done, [this](const caf::error& e) {
    refused(e, true);
  });
  self_->request(store_, timeout, log_in_flight_).then(done, [this](const caf::error& e) {
    refused(e, false);
  });
}

// What the store can never keep is given up, or it would hold up everything behind it.
void symbol_log::refused(const caf::error& why, bool candles) {
  if (why.category() == caf::atom("troupe")
      && static_cast<errc>(why.code()) == errc::validation_error) {
    const auto rows = candles ? candles_in_flight_.candles.size() : log_in_flight_.rows();
    dropped_ += rows;
    say_(log_level::error,
         "the store cannot keep " + std::to_string(rows) + " rows: " + self_->system().render(why));
    (candles ? candles_in_flight_.candles.clear() : void(log_in_flight_ = {}));
  } else {
    refused_ = true;
  }
  sent();
}

void symbol_log::sent() {
  if (--outstanding_ > 0) return;
  in_flight_rows_ = 0;
  if (refused_) { // both again: every write is idempotent
    prepend(candles_in_flight_.candles, candles_);
    prepend(log_in_flight_.predictions, log_.predictions);
    prepend(log_in_flight_.signals, log_.signals);
    prepend(log_in_flight_.outcomes, log_.outcomes);
    prepend(log_in_flight_.settled, log_.settled);
    bound();
    retry_pending_ = true;
    caf::delayed_anon_send(self_, std::chrono::seconds(1), caf::flush_atom_v);
    return;
  }
  candles_in_flight_ = {};
  log_in_flight_ = {};
  written_();
  write();
}

} // namespace troupe
