#include "actors/cluster/parcel_outbox.hpp"

#include <utility>

namespace troupe {

namespace {

// Beside its bytes, a piece of news carries two lengths.
std::size_t bytes_of(const relayed_news& x) { return x.topic.size() + x.bytes.size() + 4; }

} // namespace

void parcel_outbox::add(numbered_call call, std::size_t bytes) {
  calls_.push_back({std::move(call), bytes});
}

void parcel_outbox::add(numbered_answer answer, std::size_t bytes) {
  answers_.push_back({std::move(answer), bytes});
}

std::size_t parcel_outbox::add(relayed_news news) {
  const auto bytes = bytes_of(news);
  if (bytes > limits_.max_news_bytes) return 1;
  std::size_t dropped = 0;
  while (!news_.empty()
         && (news_.size() >= limits_.max_news || news_bytes_ + bytes > limits_.max_news_bytes)) {
    news_bytes_ -= bytes_of(news_.front());
    news_.pop_front();
    ++dropped;
  }
  news_bytes_ += bytes;
  news_.push_back(std::move(news));
  return dropped;
}

// One item goes along whatever its size, if nothing else does: else it would wait for ever.
template<class T>
void parcel_outbox::take(std::deque<weighed<T>>& from, std::vector<T>& to, std::size_t room) {
  while (!from.empty() && packed_ < limits_.items) {
    if (packed_ > 0 && packed_bytes_ + from.front().bytes > room) return;
    packed_bytes_ += from.front().bytes;
    ++packed_;
    to.push_back(std::move(from.front().item));
    from.pop_front();
  }
}

parcel parcel_outbox::pack(std::uint64_t number) {
  parcel out;
  out.number = number;
  out.look_again = std::exchange(look_again_, false);
  packed_ = packed_bytes_ = 0;
  const auto for_items = news_.empty() ? limits_.bytes : limits_.bytes - limits_.bytes / 4;
  take(answers_, out.answers, for_items);
  take(calls_, out.calls, for_items);
  std::size_t news_room = limits_.bytes > packed_bytes_ ? limits_.bytes - packed_bytes_ : 0;
  if (news_room < limits_.bytes / 4) news_room = limits_.bytes / 4;
  while (!news_.empty() && out.news.size() < limits_.news) {
    const auto bytes = bytes_of(news_.front());
    if (bytes > news_room && !(out.news.empty() && packed_ == 0)) break;
    news_room = bytes > news_room ? 0 : news_room - bytes;
    news_bytes_ -= bytes;
    out.news.push_back(std::move(news_.front()));
    news_.pop_front();
  }
  return out;
}

} // namespace troupe
