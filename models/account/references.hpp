// The references an account remembers, with what was accepted under each: so that a repeat is
// answered from memory. The newest few stay for ever, more stay for an hour; older ones are the
// journal's to know, whose unique index is the last guard.
#pragma once
#include "messages/account_events.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace troupe {

class byte_reader;
class byte_writer;

class recent_references {
public:
  /// Kept whatever their age / kept at all / kept beyond the first, by the newest one's time.
  static constexpr std::size_t kept_always = 8, kept_most = 64;
  static constexpr utc_ms kept_ms = hour_ms;

  struct entry {
    std::uint64_t content = 0;
    receipt answer;
  };

  /// What was accepted under a reference, if it is still known.
  std::optional<entry> find(std::string_view reference) const;

  /// The newest entry of that content, under whatever reference.
  std::optional<entry> newest_with_content(std::uint64_t content) const;

  /// @pre the reference is not known
  void add(const account_event& accepted);

  std::size_t size() const { return count_; }
  void write(byte_writer& out) const;
  bool read(byte_reader& in);

  /// Asks the memory for what find and add are going to read.
  void prefetch() const {
    prefetch_two_lines(begin()); // an entry reaches over two
    prefetch_two_lines(end());
    prefetch_two_lines(tags_.data());
  }

  /// Heap bytes held.
  std::size_t capacity_bytes() const {
    return packed_.capacity() + tags_.capacity() * sizeof(std::uint64_t);
  }

private:
  // By number: no pointer may point beyond what is held, and there may be nothing.
  static void prefetch_two_lines(const void* at) {
    __builtin_prefetch(at);
    __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(at) + 64));
  }
  void push(std::uint64_t content, const reference_id& reference, std::uint64_t version, utc_ms at,
            std::uint8_t kind, const posting& moved, money reserved_after);
  void drop_oldest();
  void widen_tags();
  void make_room(std::size_t bytes);
  bool may_know(std::string_view reference) const;
  std::size_t slots() const;
  void set_tag(std::size_t slot, std::uint16_t tag);
  const char* begin() const { return packed_.data() + first_byte_; }
  const char* end() const { return packed_.data() + packed_.size(); }

  // Entries are packed one behind another, whole numbers as short as they are. What is dropped in
  // front is given back when room is needed. A ring of tags, four to a word, makes a search read 2
  // bytes each: an account is one of many, and what is read of it is mostly not in the cache.
  std::vector<char> packed_;
  std::vector<std::uint64_t> tags_; // a power of two of words, or none
  std::uint32_t first_byte_ = 0;
  std::uint16_t first_tag_ = 0, count_ = 0;
};

} // namespace troupe
