#include "actors/sync_run.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace troupe {

namespace {

constexpr utc_ms part_ms = 20'000 * base_interval_ms; // read of the store at once
constexpr std::chrono::seconds patience{60};          // with one answer

} // namespace

std::string sync_note_name(const symbol_name& symbol) { return "sync " + symbol; }

utc_ms sync_time_of(const std::string& note) {
  utc_ms at = 0;
  std::from_chars(note.data(), note.data() + note.size(), at);
  return at;
}

sync_run::sync_run(sync_actor::pointer self, const sync_options& options, symbol_name symbol,
                   progress tell, end over)
    : self_(self), options_(options), symbol_(std::move(symbol)), tell_(std::move(tell)),
      over_(std::move(over)) {}

template<class Question, class Handle, class Take>
void sync_run::question(const Handle& whom, Question what, Take take) {
  self_->request(whom, patience, std::move(what))
      .then(std::move(take), [me = shared_from_this()](const caf::error& e) {
        me->over_(me->self_->system().render(e));
      });
}

void sync_run::begin() {
  tell_(0, "looks for gaps");
  question(options_.store, get_spans{},
           [me = shared_from_this()](const std::vector<candle_span>& spans) {
             for (auto& span : spans)
               if (span.symbol == me->symbol_ && span.rows > 0)
                 return me->read(span.first, span.last + base_interval_ms);
             me->over_("nothing is stored of " + me->symbol_ + " yet");
           });
}

void sync_run::read(utc_ms from, utc_ms to) {
  if (from >= to) {
    for (auto& range : missing_) missing_slots_ += open_slots(range, calendar_for(symbol_));
    return ask(0);
  }
  const slot_range part{from, std::min(from + part_ms, to)};
  const auto limit = static_cast<std::uint32_t>(part_ms / base_interval_ms);
  question(options_.store, get_candles{symbol_, part.from, part.to, limit},
           [me = shared_from_this(), part, to](const std::vector<candle>& have) {
             auto more = missing_slots(have, part, calendar_for(me->symbol_), sync_range_slots);
             me->missing_.insert(me->missing_.end(), more.begin(), more.end());
             me->read(part.to, to);
           });
}

void sync_run::ask(std::size_t at) {
  const auto sum =
      std::to_string(added_) + " of " + std::to_string(missing_slots_) + " missing candles found";
  if (at == missing_.size()) {
    tell_(1, missing_slots_ == 0 ? "nothing was missing" : sum);
    return over_("");
  }
  tell_(static_cast<double>(at) / static_cast<double>(missing_.size()), sum);
  const auto& range = missing_[at];
  question(options_.feed,
           get_candles{symbol_, range.from, range.to,
                       static_cast<std::uint32_t>((range.to - range.from) / base_interval_ms)},
           [me = shared_from_this(), at](std::vector<candle>& found) {
             me->keep(at, std::move(found));
           });
}

void sync_run::keep(std::size_t at, std::vector<candle>&& found) {
  if (found.empty()) return ask(at + 1);
  question(options_.store, put_candles{symbol_, options_.source, std::move(found)},
           [me = shared_from_this(), at](const put_receipt& r) {
             me->added_ += r.added;
             me->ask(at + 1);
           });
}

} // namespace troupe
