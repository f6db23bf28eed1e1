// Canonical bytes of events and states: one value has one spelling, on every machine. What is
// hashed, journaled and kept as a snapshot is written here; the reader takes that spelling alone
// and nothing longer, shorter or out of range.
#pragma once
#include "messages/account_fields.hpp"

#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

/// How many values an enum has: what a reader refuses beyond.
template<class E>
constexpr std::uint8_t enum_size = 0;
template<>
inline constexpr std::uint8_t enum_size<account_kind> = 2;
template<>
inline constexpr std::uint8_t enum_size<product> = 4;
template<>
inline constexpr std::uint8_t enum_size<account_status> = 4;
template<>
inline constexpr std::uint8_t enum_size<house_account> = 5;
template<>
inline constexpr std::uint8_t enum_size<trade_side> = 2;
template<>
inline constexpr std::uint8_t enum_size<trade_status> = 2;
template<>
inline constexpr std::uint8_t enum_size<breaker_cause> = 5;
template<>
inline constexpr std::uint8_t enum_size<breaker_state> = 3;

/// Longer texts are refused by both directions of a journal: no field of ours comes near.
inline constexpr std::size_t max_bytes_of_text = 4096;

/// Appends: whole numbers little endian at their width, texts after a 16-bit length, an optional
/// after a flag byte, a variant after its index.
class byte_writer {
public:
  explicit byte_writer(std::string& out) : out_{out} {}

  template<class... Ts>
  bool operator()(const Ts&... xs) {
    (put(xs), ...);
    return true;
  }

private:
  template<class T>
  void raw(T x) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &x, sizeof(T));
    out_.append(bytes, sizeof(T));
  }
  void put(bool x) { raw(static_cast<std::uint8_t>(x)); }
  void put(money x) { raw(x.units()); }
  void put(const std::string& x) {
    raw(static_cast<std::uint16_t>(x.size()));
    out_.append(x);
  }
  template<class T>
  void put(const std::optional<T>& x) {
    put(x.has_value());
    if (x) put(*x);
  }
  template<class... Ts>
  void put(const std::variant<Ts...>& x) {
    raw(static_cast<std::uint8_t>(x.index()));
    std::visit([&](auto& y) { put(y); }, x);
  }
  template<class T>
  void put(const T& x) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
      raw(x);
    else
      fields(*this,
             const_cast<T&>(x)); // the field lists serve reading too; writing changes nothing
  }
  std::string& out_;
};

/// Takes the bytes back. After the first fault every read is refused and `failed()` stays true.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : rest_{bytes} {}

  template<class... Ts>
  bool operator()(Ts&... xs) {
    return (take(xs) && ...);
  }
  bool failed() const { return failed_; }
  /// True when all bytes were taken and each was right.
  bool finished() const { return !failed_ && rest_.empty(); }
  bool fail() {
    failed_ = true;
    return false;
  }

private:
  template<class T>
  bool raw(T& x) {
    if (failed_ || rest_.size() < sizeof(T)) return fail();
    std::memcpy(&x, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return true;
  }
  bool take(bool& x) {
    std::uint8_t flag = 0;
    if (!raw(flag) || flag > 1) return fail();
    x = flag != 0;
    return true;
  }
  bool take(money& x) {
    int128 units = 0;
    if (!raw(units)) return false;
    x = money::from_units(units);
    return x.in_range() || fail();
  }
  bool take(std::string& x) {
    std::uint16_t size = 0;
    if (!raw(size) || size > max_bytes_of_text || rest_.size() < size) return fail();
    x.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return true;
  }
  template<class T>
  bool take(std::optional<T>& x) {
    bool has = false;
    if (!take(has)) return false;
    x.reset();
    return !has || take(x.emplace());
  }
  template<class... Ts>
  bool take(std::variant<Ts...>& x) {
    std::uint8_t index = 0;
    if (!raw(index) || index >= sizeof...(Ts)) return fail();
    return take_alternative(x, index, std::index_sequence_for<Ts...>{});
  }
  template<class V, std::size_t... Is>
  bool take_alternative(V& x, std::size_t index, std::index_sequence<Is...>) {
    bool good = false;
    ((Is == index && (good = take(x.template emplace<Is>()), true)) || ...);
    return good;
  }
  template<class T>
  bool take(T& x) {
    if constexpr (std::is_enum_v<T>) {
      static_assert(enum_size<T> > 0);
      return (raw(x) && static_cast<std::uint8_t>(x) < enum_size<T>) || fail();
    } else if constexpr (std::is_integral_v<T>) {
      return raw(x);
    } else {
      return fields(*this, x);
    }
  }
  std::string_view rest_;
  bool failed_ = false;
};

/// The canonical bytes of one event, without its account: that is bound by where the chain starts.
inline std::string to_bytes(const account_event& event) {
  std::string out;
  out.reserve(192);
  byte_writer{out}(event);
  return out;
}

/// None when the bytes are not exactly one event.
inline std::optional<account_event> event_from_bytes(std::string_view bytes) {
  byte_reader in{bytes};
  account_event out;
  if (!in(out) || !in.finished()) return std::nullopt;
  return out;
}

/// Hashes a command's content eight bytes at a time; the same on every machine and version, since
/// journals keep it. Tells an honest repeat from an honest mistake; it is no defence: who holds a
/// key may spoil its own commands only.
class content_hash {
public:
  template<class... Ts>
  bool operator()(const Ts&... xs) {
    (add(xs), ...);
    return true;
  }
  std::uint64_t value() const { return mixed(value_); }

private:
  static std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  }
  void word(std::uint64_t x) {
    value_ = (value_ ^ x) * 0x9e3779b97f4a7c15ULL;
    value_ ^= value_ >> 29;
  }
  void add(money x) {
    word(static_cast<std::uint64_t>(x.units()));
    word(static_cast<std::uint64_t>(x.units() >> 64));
  }
  void add(const std::string& x) {
    word(x.size());
    for (std::size_t i = 0; i < x.size(); i += 8) {
      std::uint64_t part = 0;
      std::memcpy(&part, x.data() + i, std::min<std::size_t>(8, x.size() - i));
      word(part);
    }
  }
  template<class T>
  void add(const std::optional<T>& x) {
    word(x.has_value());
    if (x) add(*x);
  }
  template<class T>
  void add(const T& x) {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
    word(static_cast<std::uint64_t>(x));
  }
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

/// Hash of kind and content; never 0.
template<class Command>
std::uint64_t content_of(const Command& command, std::uint8_t kind) {
  content_hash hash;
  hash(kind);
  content(hash, const_cast<Command&>(command)); // the lists serve reading too; hashing only looks
  const auto out = hash.value();
  return out ? out : 1;
}

} // namespace troupe
