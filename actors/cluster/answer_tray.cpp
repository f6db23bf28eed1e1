#include "actors/cluster/answer_tray.hpp"

#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>

#include <mutex>
#include <utility>

namespace troupe {

struct answer_tray::inbox {
  std::mutex guard;
  std::vector<entry> entries;
  bool awake = false;
  std::function<void()> wake;

  void put(caf::mailbox_element& mail) {
    if (!mail.mid.is_response()) return;
    entry in{mail.mid.integer_value(), {}};
    auto content = mail.move_content_to_message();
    if (content.match_elements<caf::error>())
      in.answer.why = content.get_as<caf::error>(0);
    else
      in.answer.what = std::move(content);
    {
      std::lock_guard<std::mutex> lock{guard};
      entries.push_back(std::move(in));
      if (std::exchange(awake, true)) return;
    }
    wake();
  }
};

answer_tray::answer_tray(caf::actor_system& system, std::function<void()> wake)
    : inbox_(std::make_shared<inbox>()), handle_(system.spawn<caf::actor_companion>()),
      self_(caf::actor_cast<caf::actor_companion*>(handle_)) {
  inbox_->wake = std::move(wake);
  self_->on_enqueue([inbox = inbox_](caf::mailbox_element_ptr mail) { inbox->put(*mail); });
}

answer_tray::~answer_tray() { self_->on_enqueue(nullptr); }

std::uint64_t answer_tray::ask(const caf::actor& whom, caf::message what) {
  const auto id = self_->new_request_id(caf::message_priority::normal);
  caf::actor_cast<caf::abstract_actor*>(whom)->enqueue(
      caf::actor_cast<caf::strong_actor_ptr>(handle_), id, std::move(what), nullptr);
  return id.response_id().integer_value();
}

std::vector<answer_tray::entry> answer_tray::empty_out() {
  std::vector<entry> out;
  std::lock_guard<std::mutex> lock{inbox_->guard};
  out.swap(inbox_->entries);
  inbox_->awake = false;
  return out;
}

} // namespace troupe
