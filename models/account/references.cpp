// Packed entries: a fixed part, then the reference's text.
#include "models/account/references.hpp"
#include "models/account/bytes.hpp"
#include "models/account/judgement.hpp"

#include <algorithm>
#include <cstring>

namespace troupe {

namespace {

/// What is packed before the text.
struct fixed_part {
  int128 amount, balance, reserved;
  std::uint64_t content, version;
  utc_ms at;
  std::uint8_t kind, size; // a reference has at most 200 bytes
};
static_assert(max_reference_bytes <= 255);
constexpr std::size_t fixed_bytes = 3 * sizeof(int128) + 3 * 8 + 2;

fixed_part fixed_at(const char* p) {
  fixed_part x{};
  std::memcpy(&x, p, fixed_bytes);
  return x;
}

recent_references::entry entry_at(const char* p) {
  const auto x = fixed_at(p);
  return {x.content,
          {{p + fixed_bytes, x.size},
           x.version,
           x.at,
           x.kind,
           money::from_units(x.amount),
           money::from_units(x.balance),
           money::from_units(x.reserved)}};
}

std::size_t length_at(const char* p) {
  return fixed_bytes + static_cast<unsigned char>(p[fixed_bytes - 1]);
}

void pack(std::string& out, const fixed_part& x, const reference_id& reference) {
  out.append(reinterpret_cast<const char*>(&x), fixed_bytes);
  out.append(reference);
}

/// Any mixing will do: it saves comparisons and is stored nowhere.
std::uint32_t tag_of(std::string_view text) {
  std::uint64_t first = 0, last = 0;
  const auto n = std::min<std::size_t>(8, text.size());
  std::memcpy(&first, text.data(), n);
  std::memcpy(&last, text.data() + text.size() - n, n);
  const auto x = (first * 0x9e3779b97f4a7c15ULL ^ last) * 0xff51afd7ed558ccdULL + text.size();
  return static_cast<std::uint32_t>(x >> 32);
}

} // namespace

std::optional<recent_references::entry> recent_references::find(std::string_view reference) const {
  const auto tag = tag_of(reference);
  const auto begin = tags_.begin() + static_cast<std::ptrdiff_t>(first_tag_);
  if (std::find(begin, tags_.end(), tag) == tags_.end()) return std::nullopt;
  for (auto p = packed_.data() + first_byte_; p != packed_.data() + packed_.size();
       p += length_at(p))
    if (reference == std::string_view{p + fixed_bytes, length_at(p) - fixed_bytes})
      return entry_at(p);
  return std::nullopt;
}

std::optional<recent_references::entry>
recent_references::newest_with_content(std::uint64_t content) const {
  std::optional<entry> out;
  for (auto p = packed_.data() + first_byte_; p != packed_.data() + packed_.size();
       p += length_at(p))
    if (fixed_at(p).content == content) out = entry_at(p);
  return out;
}

void recent_references::add(const account_event& e) {
  pack(packed_,
       {e.moved.amount.units(), e.moved.balance_after.units(), e.reserved_after.units(), e.content,
        e.version, e.at, static_cast<std::uint8_t>(e.what.index()),
        static_cast<std::uint8_t>(e.reference.size())},
       e.reference);
  tags_.push_back(tag_of(e.reference));
  while (size() > kept_always
         && (size() > kept_most || fixed_at(packed_.data() + first_byte_).at + kept_ms < e.at))
    drop_oldest();
}

void recent_references::drop_oldest() {
  first_byte_ += length_at(packed_.data() + first_byte_);
  ++first_tag_;
  if (first_byte_ * 2 <= packed_.size()) return;
  packed_.erase(0, first_byte_);
  tags_.erase(tags_.begin(), tags_.begin() + static_cast<std::ptrdiff_t>(first_tag_));
  first_byte_ = first_tag_ = 0;
}

void recent_references::write(byte_writer& out) const {
  out(static_cast<std::uint8_t>(size()));
  for (auto p = packed_.data() + first_byte_; p != packed_.data() + packed_.size();
       p += length_at(p)) {
    const auto x = entry_at(p);
    out(x.content, x.answer);
  }
}

bool recent_references::read(byte_reader& in) {
  std::uint8_t count = 0;
  if (!in(count) || count > kept_most) return in.fail();
  *this = {};
  packed_.reserve(count * (fixed_bytes + 40u));
  tags_.reserve(count);
  for (; count > 0; --count) {
    std::uint64_t content = 0;
    receipt r;
    if (!in(content, r) || r.reference.empty() || r.reference.size() > max_reference_bytes
        || !valid_time(r.at)
        || r.kind >= std::variant_size_v<account_event_body> || find(r.reference))
      return in.fail();
    pack(packed_,
         {r.amount.units(), r.balance_after.units(), r.reserved_after.units(), content, r.version,
          r.at, r.kind, static_cast<std::uint8_t>(r.reference.size())},
         r.reference);
    tags_.push_back(tag_of(r.reference));
  }
  return true;
}

} // namespace troupe
