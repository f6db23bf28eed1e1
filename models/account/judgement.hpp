// One command on its way through the checks: each step counts only while nothing was decided, so
// that a judge reads as the list of its refusals in their order.
#pragma once
#include "models/account.hpp"
#include "models/account/bytes.hpp"

#include <algorithm>
#include <cstring>

namespace troupe {

/// 2100-01-01: a later time is a mistake, and sums with it cannot overflow.
inline constexpr utc_ms latest_time = 4102444800000;

/// Visible ASCII, 1 to `most` bytes; looked at eight at a time, for every command is.
inline bool valid_id(std::string_view text, std::size_t most = max_id_bytes) {
  if (text.empty() || text.size() > most) return false;
  constexpr std::uint64_t each = 0x0101010101010101, tops = 0x80 * each;
  std::uint64_t bad = 0;
  for (std::size_t i = 0; i < text.size(); i += 8) {
    auto word = '!' * each;
    std::memcpy(&word, text.data() + i, std::min<std::size_t>(8, text.size() - i));
    const auto low = word & ~tops; // adding 1 to 0x7f, or 0x5f to '!' and above, sets the top bit
    bad |= (word | (low + each) | ~(low + 0x5f * each)) & tops;
  }
  return bad == 0;
}
inline bool valid_text(std::string_view text) { return text.size() <= max_reason_bytes; }
inline bool valid_time(utc_ms at) { return at >= 0 && at < latest_time; }

class judgement {
public:
  judgement(const account& who, const account_id& addressee, const reference_id& reference,
            utc_ms at, std::uint64_t content)
      : who_{who}, reference_{reference}, at_{at}, content_{content} {
    require(!reference.empty(), refusal::reference_missing);
    require(valid_id(reference, max_reference_bytes) && addressee == who.id_
                && (who.exists() || valid_id(addressee)) && valid_time(at),
            refusal::field_invalid);
  }

  bool undecided() const { return !decided_; }
  judgement& require(bool good, refusal otherwise) {
    if (!decided_ && !good) {
      out_.why = otherwise;
      decided_ = true;
    }
    return *this;
  }
  judgement& field(bool good) { return require(good, refusal::field_invalid); }
  judgement& id(const std::string& text) { return field(valid_id(text)); }
  judgement& text(const std::string& text) { return field(valid_text(text)); }
  judgement& positive(money x) {
    return require(x.is_positive() && x.in_range(), refusal::amount_not_allowed);
  }

  /// A repeat is answered here; other content is refused.
  judgement& remember() {
    if (decided_) return *this;
    auto known = who_.references_.find(reference_);
    if (!known) return *this;
    if (known->content == content_) answer(std::move(known->answer));
    return require(false, refusal::reference_conflict);
  }
  /// `remember`, then: the account is there and open.
  judgement& standing() {
    remember().require(who_.exists(), refusal::account_unknown);
    return *this;
  }
  judgement& of_kind(account_kind kind) { return require(who_.kind_ == kind, refusal::wrong_kind); }
  judgement& not_closed() { return require(!who_.closed_, refusal::account_is_closed); }
  judgement& not_paused() {
    return require(who_.status() != account_status::paused, refusal::account_is_paused);
  }
  /// The balance may be that.
  judgement& holds(std::optional<money> balance) {
    require(balance.has_value() && !balance->is_negative(), refusal::not_enough);
    return require(balance.has_value() && balance->in_range(), refusal::balance_out_of_range);
  }
  void answer(receipt first) {
    if (decided_) return;
    out_.earlier = std::move(first);
    decided_ = true;
  }

  std::uint64_t content() const { return content_; }

  /// The event the command is named by: carries its reference.
  judgement& accept(account_event_body what, house_account contra = house_account::none,
                    money amount = {}) {
    if (!decided_) append(std::move(what), reference_, content_, contra, amount, {});
    return *this;
  }
  judgement& accept_reserving(account_event_body what, money reserve,
                              house_account contra = house_account::none, money amount = {}) {
    if (!decided_) append(std::move(what), reference_, content_, contra, amount, reserve);
    return *this;
  }
  /// An event that follows from it.
  judgement& also(account_event_body what) {
    if (!decided_) append(std::move(what), {}, 0, house_account::none, {}, {});
    return *this;
  }
  verdict done() { return std::move(out_); }

private:
  void append(account_event_body what, const reference_id& reference, std::uint64_t content,
              house_account contra, money amount, money reserve) {
    const bool first = out_.events.empty();
    auto& e = out_.events.emplace_back();
    const auto* last = first ? nullptr : &out_.events[out_.events.size() - 2];
    e.version = (last ? last->version : who_.version_) + 1;
    e.at = at_;
    e.reference = reference;
    e.content = content;
    // The caller has made sure of both sums.
    e.moved = {contra, amount, *add(last ? last->moved.balance_after : who_.balance_, amount)};
    e.reserved_after = *add(last ? last->reserved_after : who_.reserved_, reserve);
    e.what = std::move(what);
  }

  const account& who_;
  const reference_id& reference_;
  utc_ms at_;
  std::uint64_t content_;
  verdict out_;
  bool decided_ = false;
};

/// The index of a command's type in account_command.
template<class Command, class... Cs>
constexpr std::uint8_t index_among(const std::variant<Cs...>*) {
  std::uint8_t i = 0;
  bool found = false;
  ((found = found || std::is_same_v<Command, Cs>, i = found ? i : i + 1), ...);
  return i;
}

template<class Command>
judgement account::begin(const Command& command) const {
  prefetch();
  constexpr auto kind = index_among<Command>(static_cast<account_command*>(nullptr));
  return {*this, command.account, command.reference, command.at, content_of(command, kind)};
}

} // namespace troupe
