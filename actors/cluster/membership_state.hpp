// What the membership knows and has under way. One beat is under way at a time, and beside it one
// piece of work: taking shards, or giving some up. Every answer is for the term in which it was
// asked; a new term begins with each try to join.
#pragma once
#include "actors/cluster/membership.hpp"
#include "models/ownership.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <bitset>
#include <chrono>
#include <vector>

namespace troupe {

class membership_state {
public:
  static inline const char* name = "membership";

  explicit membership_state(membership_actor::pointer self) : self_(self) {}

  void start(membership_options options);
  void greet(const watch_cluster& request);
  void look_again();
  caf::result<bool> leave();
  void wake();

private:
  using shard_bits = std::bitset<shard_count>;
  using epochs = std::array<std::uint64_t, shard_count>; // 0: not this shard
  using nanoseconds = std::chrono::nanoseconds;
  enum class phase { joining, in, leaving, finishing, left };

  // membership.cpp: in and out
  void join();
  void on_joined(const joined& answer);
  void not_joined(const caf::error& why);
  void beat();
  void heard(cluster_table& table, std::int64_t asked_ns);
  void greet_again();
  void beat_failed(const caf::error& why);
  void fenced();
  void finish();
  void left();
  void expire_if_over();
  void arm();
  std::int64_t now_ns() const;
  nanoseconds lease() const;
  nanoseconds pause();
  void say(log_level level, const std::string& text) const;
  void complain(const std::string& text);

  // membership_shards.cpp: which shards
  void settle();
  void serve(const epochs& wanted);
  void serve_nothing();
  void work();
  void give(const shard_bits& which);
  void release(const shard_bits& which);
  bool waits_for(std::uint16_t shard) const;
  void take(std::vector<std::uint16_t> shards);
  void took(const shards_taken& answer, std::size_t asked, std::uint64_t beats);
  void work_failed(const char* what, const caf::error& why);
  void tell_journal();
  void publish();
  epochs mine() const;
  bool holds_something() const { return until_ns_ != 0; }
  void shards_changed_hands();

  membership_actor::pointer self_;
  membership_options options_;
  phase phase_ = phase::joining;
  std::uint64_t term_ = 0, incarnation_ = 0, tries_ = 0, fences_ = 0;
  std::int64_t joined_ns_ = 0, patient_until_ns_ = 0;
  bool greeted_ = false;      // a beat of this start was answered in time
  std::int64_t next_ns_ = 0;  // when to join or beat next, unless that is under way
  std::int64_t armed_ns_ = 0; // when the next tick comes; 0: none is known
  bool asking_ = false;       // a join or a beat is under way
  bool working_ = false;      // shards are being taken or given up
  bool again_ = false;        // look again once the beat is answered
  std::uint64_t beats_ = 0;   // answered

  cluster_table table_;
  epochs serving_{};            // those that are ours now
  shard_bits giving_, dropped_; // to be given up; and the journal was told so
  std::int64_t until_ns_ = 0;   // 0: nothing is held
  std::vector<std::uint16_t> wanted_;

  std::string trouble_; // what was complained of last
  cluster_view_ptr view_;
  std::vector<caf::actor> watchers_;
  std::vector<caf::typed_response_promise<bool>> leavers_;
};

} // namespace troupe
