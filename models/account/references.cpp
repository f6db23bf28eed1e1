// Packed entries: a fixed part, four numbers at their length, then the reference's text.
#include "models/account/references.hpp"
#include "models/account/bytes.hpp"
#include "models/account/judgement.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace troupe {

namespace {

constexpr std::size_t tags_of_a_word = 4;

/// What is packed first.
struct fixed_part {
  std::uint64_t content;
  utc_ms at;
  std::array<std::uint8_t, 4> lengths; // of version, amount, balance, reserved
  std::uint8_t kind, size;             // a reference has at most 200 bytes

  std::size_t text_offset() const;
};
static_assert(max_reference_bytes <= 255);
constexpr std::size_t fixed_bytes = 2 * 8 + 4 + 2;
constexpr std::size_t most_bytes = fixed_bytes + 4 * sizeof(int128) + max_reference_bytes;

std::size_t fixed_part::text_offset() const {
  return fixed_bytes + lengths[0] + lengths[1] + lengths[2] + lengths[3];
}

/// How many bytes hold a number in two's complement; 0 takes none.
std::uint8_t length_of(int128 x) {
  if (x == 0) return 0;
  const auto y = static_cast<uint128>(x < 0 ? ~x : x);
  const auto high = static_cast<std::uint64_t>(y >> 64), low = static_cast<std::uint64_t>(y);
  const int bits = high != 0 ? 128 - __builtin_clzll(high)
      : low != 0             ? 64 - __builtin_clzll(low)
                             : 0;
  return static_cast<std::uint8_t>(bits / 8 + 1);
}

int128 take_number(const char*& p, std::uint8_t length) {
  int128 x = length != 0 && (p[length - 1] & 0x80) != 0 ? -1 : 0;
  std::memcpy(&x, p, length);
  p += length;
  return x;
}

fixed_part fixed_at(const char* p) {
  fixed_part x{};
  std::memcpy(&x, p, fixed_bytes);
  return x;
}

const char* next_of(const char* p) {
  const auto x = fixed_at(p);
  return p + x.text_offset() + x.size;
}

std::string_view text_at(const char* p) {
  const auto x = fixed_at(p);
  return {p + x.text_offset(), x.size};
}

recent_references::entry entry_at(const char* p) {
  const auto x = fixed_at(p);
  recent_references::entry out;
  out.content = x.content;
  auto& r = out.answer;
  r.reference = text_at(p);
  r.at = x.at;
  r.kind = x.kind;
  p += fixed_bytes;
  r.version = static_cast<std::uint64_t>(take_number(p, x.lengths[0]));
  r.amount = money::from_units(take_number(p, x.lengths[1]));
  r.balance_after = money::from_units(take_number(p, x.lengths[2]));
  r.reserved_after = money::from_units(take_number(p, x.lengths[3]));
  return out;
}

/// Any mixing will do: it saves comparisons and is stored nowhere.
std::uint16_t tag_of(std::string_view text) {
  std::uint64_t first = 0, last = 0;
  const auto n = std::min<std::size_t>(8, text.size());
  std::memcpy(&first, text.data(), n);
  std::memcpy(&last, text.data() + text.size() - n, n);
  const auto x = (first * 0x9e3779b97f4a7c15ULL ^ last) * 0xff51afd7ed558ccdULL + text.size();
  return static_cast<std::uint16_t>(x >> 48);
}

} // namespace

std::size_t recent_references::slots() const { return tags_.size() * tags_of_a_word; }

void recent_references::set_tag(std::size_t slot, std::uint16_t tag) {
  auto& word = tags_[slot / tags_of_a_word];
  const auto shift = slot % tags_of_a_word * 16;
  word = (word & ~(std::uint64_t{0xffff} << shift)) | std::uint64_t{tag} << shift;
}

// A slot that is free may match too, or one whose neighbour borrowed: who asks looks closer.
bool recent_references::may_know(std::string_view reference) const {
  constexpr std::uint64_t ones = 0x0001000100010001, tops = 0x8000800080008000;
  const auto wanted = tag_of(reference) * ones;
  std::uint64_t zero = 0; // the top bit of a lane that is 0
  for (const auto word : tags_) {
    const auto x = word ^ wanted;
    zero |= (x - ones) & ~x & tops;
  }
  return zero != 0;
}

std::optional<recent_references::entry> recent_references::find(std::string_view reference) const {
  if (!may_know(reference)) return std::nullopt;
  for (auto p = begin(); p != end(); p = next_of(p))
    if (reference == text_at(p)) return entry_at(p);
  return std::nullopt;
}

std::optional<recent_references::entry>
recent_references::newest_with_content(std::uint64_t content) const {
  std::optional<entry> out;
  for (auto p = begin(); p != end(); p = next_of(p))
    if (fixed_at(p).content == content) out = entry_at(p);
  return out;
}

void recent_references::add(const account_event& e) {
  while (count_ >= kept_always && (count_ >= kept_most || fixed_at(begin()).at + kept_ms < e.at))
    drop_oldest();
  push(e.content, e.reference, e.version, e.at, static_cast<std::uint8_t>(e.what.index()), e.moved,
       e.reserved_after);
}

void recent_references::push(std::uint64_t content, const reference_id& reference,
                             std::uint64_t version, utc_ms at, std::uint8_t kind,
                             const posting& moved, money reserved_after) {
  const std::array<int128, 4> numbers{static_cast<int128>(version), moved.amount.units(),
                                      moved.balance_after.units(), reserved_after.units()};
  fixed_part x{content, at, {}, kind, static_cast<std::uint8_t>(reference.size())};
  char bytes[most_bytes];
  auto p = bytes + fixed_bytes;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    x.lengths[i] = length_of(numbers[i]);
    std::memcpy(p, &numbers[i], sizeof(int128)); // what is beyond its length is written over
    p += x.lengths[i];
  }
  std::memcpy(bytes, &x, fixed_bytes);
  std::memcpy(p, reference.data(), reference.size());
  p += reference.size();
  make_room(static_cast<std::size_t>(p - bytes));
  packed_.insert(packed_.end(), bytes, p);
  if (count_ == slots()) widen_tags();
  set_tag((first_tag_ + count_) % slots(), tag_of(reference));
  ++count_;
}

void recent_references::drop_oldest() {
  first_byte_ = static_cast<std::uint32_t>(next_of(begin()) - packed_.data());
  first_tag_ = static_cast<std::uint16_t>((first_tag_ + 1) % slots());
  --count_;
}

void recent_references::widen_tags() {
  const auto old = tags_;
  const auto from = std::exchange(first_tag_, std::uint16_t{0});
  tags_.assign(std::max<std::size_t>(1, 2 * old.size()), 0);
  for (std::size_t i = 0; i < count_; ++i) {
    const auto slot = (from + i) % count_; // it was full
    set_tag(i,
            static_cast<std::uint16_t>(old[slot / tags_of_a_word] >> slot % tags_of_a_word * 16));
  }
}

void recent_references::make_room(std::size_t bytes) {
  if (packed_.size() + bytes <= packed_.capacity()) return;
  packed_.erase(packed_.begin(), packed_.begin() + first_byte_);
  first_byte_ = 0;
  const auto live = packed_.size();
  if (live + live / 4 + bytes <= packed_.capacity()) return;
  // A busy account soon keeps all it may: one step there, and a half more to drop in.
  const auto wanted =
      count_ < kept_most / 2 ? 2 * live : live / count_ * kept_most * std::size_t{3} / 2;
  packed_.reserve(std::max(live + bytes, wanted));
}

void recent_references::write(byte_writer& out) const {
  out(static_cast<std::uint8_t>(size()));
  for (auto p = begin(); p != end(); p = next_of(p)) {
    const auto x = entry_at(p);
    out(x.content, x.answer);
  }
}

bool recent_references::read(byte_reader& in) {
  std::uint8_t count = 0;
  if (!in(count) || count > kept_most) return in.fail();
  *this = {};
  for (; count > 0; --count) {
    std::uint64_t content = 0;
    receipt r;
    if (!in(content, r) || r.reference.empty() || r.reference.size() > max_reference_bytes
        || !valid_time(r.at)
        || r.kind >= std::variant_size_v<account_event_body> || find(r.reference))
      return in.fail();
    push(content, r.reference, r.version, r.at, r.kind,
         {house_account::none, r.amount, r.balance_after}, r.reserved_after);
  }
  packed_.shrink_to_fit();
  return true;
}

} // namespace troupe
