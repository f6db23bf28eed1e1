// The references an account remembers, with what was accepted under each: so that a repeat is
// answered from memory. The newest few stay for ever, more stay for an hour; older ones are the
// journal's to know, whose unique index is the last guard.
#pragma once
#include "messages/account_events.hpp"

#include <cstdint>
#include <optional>
#include <string>
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

  std::size_t size() const { return tags_.size() - first_tag_; }
  void write(byte_writer& out) const;
  bool read(byte_reader& in);

  /// Heap bytes held.
  std::size_t capacity_bytes() const {
    return packed_.capacity() + tags_.capacity() * sizeof(std::uint32_t);
  }

private:
  void drop_oldest();

  // Entries are packed one behind another; a tag per entry makes a search read 4 bytes each. What
  // is dropped in front is given back when it has become the greater half.
  std::string packed_;
  std::vector<std::uint32_t> tags_;
  std::size_t first_byte_ = 0, first_tag_ = 0;
};

} // namespace troupe
