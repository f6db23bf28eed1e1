// What the journals' tests share: appends with every column set, and questions with finite
// timeouts.
#pragma once
#include "messages/journal_protocol.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// A well-formed row: each column differs from its default and from its neighbours, and from
/// version to version.
inline journal_row row_of(std::uint64_t version, money before, money amount,
                          const reference_id& reference = {},
                          house_account contra = house_account::engine) {
  journal_row row;
  row.version = version;
  row.at = monday + static_cast<utc_ms>(version) * 1009;
  row.reference = reference;
  row.content = 0xfedcba9876543210ULL + version;
  row.kind = static_cast<std::uint8_t>(1 + version % 20);
  row.contra = contra;
  row.amount = amount;
  row.balance_after = *add(before, amount);
  row.reserved_after = money::from_units(version * 7 + 3);
  row.payload = std::string{"\0\xff'payload\0", 11} + std::to_string(version);
  for (std::size_t i = 0; i < row.hash.size(); ++i)
    row.hash[i] = static_cast<std::uint8_t>(version * 31 + i);
  return row;
}

/// `count` rows after `from` that each bring 1.00000001, references `r1`, `r2` ….
inline account_append append_of(const account_id& account, std::uint64_t from,
                                std::uint64_t count = 1) {
  account_append request{account, from, {}, {}};
  const auto step = money::from_units(money::scale + 1);
  for (auto v = from + 1; v <= from + count; ++v)
    request.rows.push_back(
        row_of(v, money::from_units((v - 1) * (money::scale + 1)), step, "r" + std::to_string(v)));
  return request;
}

/// Asks a journal and waits for its answer.
class journal_asker {
public:
  explicit journal_asker(caf::actor_system& system) : system_(system), self_(system) {}

  /// The answer; a failed test when there is none.
  template<class Answer, class Question>
  Answer ask(const journal_actor& journal, const Question& question) {
    Answer result{};
    self_->request(journal, timeout, question)
        .receive([&](Answer& answer) { result = std::move(answer); },
                 [&](caf::error& e) { ADD_FAILURE() << "refused: " << system_.render(e); });
    return result;
  }

  /// The error; a failed test when there is none.
  template<class Answer, class Question>
  errc refusal(const journal_actor& journal, const Question& question) {
    auto result = errc::none;
    self_->request(journal, timeout, question)
        .receive([&](Answer&) { ADD_FAILURE() << "not refused"; },
                 [&](caf::error& e) {
                   EXPECT_EQ(e.category(), caf::atom("troupe")) << system_.render(e);
                   result = static_cast<errc>(e.code());
                 });
    return result;
  }

  std::uint64_t put(const journal_actor& journal, const account_append& request) {
    return ask<appended>(journal, request).version;
  }
  errc refused(const journal_actor& journal, const account_append& request) {
    return refusal<appended>(journal, request);
  }
  std::vector<journal_row> rows(const journal_actor& journal, const account_id& account) {
    return ask<std::vector<journal_row>>(journal, get_journal{account, 1, 10'000});
  }
  ledger_totals totals(const journal_actor& journal) {
    return ask<ledger_totals>(journal, get_trial_balance{});
  }

  /// Ends a journal and waits until its file is let go.
  void end(journal_actor& journal) {
    self_->monitor(journal);
    caf::anon_send_exit(journal, caf::exit_reason::user_shutdown);
    journal = nullptr;
    self_->receive([](const caf::down_msg&) {},
                   caf::after(timeout) >> [] { ADD_FAILURE() << "the journal did not end"; });
  }

  /// All fields that travel, bit by bit.
  template<class T>
  std::vector<char> bytes_of(T value) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system_, bytes};
    EXPECT_FALSE(sink(value));
    return bytes;
  }

  caf::scoped_actor& self() { return self_; }

private:
  static constexpr std::chrono::seconds timeout{20};
  caf::actor_system& system_;
  caf::scoped_actor self_;
};

} // namespace troupe
