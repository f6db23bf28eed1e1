// What waits to go to another node, and how it is packed into parcels: bounded by number and bytes,
// oldest news dropped first. Who sends the parcels, and when, is actors/cluster/peer.
#pragma once
#include "messages/cluster_types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace troupe {

struct parcel_limits {
  std::size_t items = 512;        // calls and answers in one parcel, together
  std::size_t news = 4096;        // news in one parcel
  std::size_t bytes = 256 * 1024; // of one parcel, but for a single item that is larger
  std::size_t max_news = 65536;   // news waiting; past it the oldest go
  std::size_t max_news_bytes = 16 * 1024 * 1024;
};

class parcel_outbox {
public:
  explicit parcel_outbox(parcel_limits limits = {}) : limits_(limits) {}

  /// `bytes`: of the item on the wire, about.
  void add(numbered_call call, std::size_t bytes);
  void add(numbered_answer answer, std::size_t bytes);

  /// How many waiting news were dropped for it. One larger than all that may wait is dropped
  /// itself.
  std::size_t add(relayed_news news);

  void look_again() { look_again_ = true; }

  bool empty() const { return calls_.empty() && answers_.empty() && news_.empty() && !look_again_; }
  std::size_t calls() const { return calls_.size(); }
  std::size_t news() const { return news_.size(); }

  /// Takes out what fits into one parcel, in the order it came in; answers before calls, and a
  /// quarter of the room for news however much else there is. @pre !empty()
  parcel pack(std::uint64_t number);

private:
  template<class T>
  struct weighed {
    T item;
    std::size_t bytes;
  };
  template<class T>
  void take(std::deque<weighed<T>>& from, std::vector<T>& to, std::size_t room);

  parcel_limits limits_;
  std::deque<weighed<numbered_call>> calls_;
  std::deque<weighed<numbered_answer>> answers_;
  std::deque<relayed_news> news_;
  std::size_t news_bytes_ = 0;
  bool look_again_ = false;
  // Of the parcel that is being packed.
  std::size_t packed_ = 0, packed_bytes_ = 0;
};

} // namespace troupe
