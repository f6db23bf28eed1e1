#include "runtime/redis/line.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <utility>

namespace troupe {

namespace {

redis_value value_of(const redisReply& said) {
  redis_value out;
  switch (said.type) {
  case REDIS_REPLY_INTEGER:
    out.is = redis_value::kind::integer;
    out.number = said.integer;
    break;
  case REDIS_REPLY_STATUS:
  case REDIS_REPLY_STRING:
    out.is = redis_value::kind::text;
    out.text.assign(said.str, said.len);
    break;
  case REDIS_REPLY_ERROR:
    out.is = redis_value::kind::refused;
    out.text.assign(said.str, said.len);
    break;
  case REDIS_REPLY_ARRAY:
    out.is = redis_value::kind::list;
    for (std::size_t i = 0; i < said.elements; ++i) out.list.push_back(value_of(*said.element[i]));
    break;
  default: break;
  }
  return out;
}

} // namespace

// What hiredis calls. Its context outlives none of this: it is freed before the line is.
struct line_hooks {
  static redis_line& of(void* line) { return *static_cast<redis_line*>(line); }
  static void add_read(void* line) { of(line).want_read_ = true, of(line).watch_read(); }
  static void no_read(void* line) { of(line).want_read_ = false; }
  static void add_write(void* line) { of(line).want_write_ = true, of(line).watch_write(); }
  static void no_write(void* line) { of(line).want_write_ = false; }
  static void cleanup(void* line) {
    auto& self = of(line);
    self.context_ = nullptr;
    self.want_read_ = self.want_write_ = false;
    // The descriptor is closed by hiredis.
    if (self.watched_.is_open()) self.watched_.release();
  }
  static void connected(const redisAsyncContext* c, int status) {
    auto& self = of(c->data);
    if (status == REDIS_OK)
      self.up_("");
    else
      self.end(*c->c.errstr ? c->c.errstr : "it does not answer");
  }
  static void disconnected(const redisAsyncContext* c, int) {
    of(c->data).end(*c->c.errstr ? c->c.errstr : "it closed the connection");
  }
  static void answered(redisAsyncContext*, void* reply, void* waiting) {
    const std::unique_ptr<redis_line::answer> done{static_cast<redis_line::answer*>(waiting)};
    if (!reply) return (*done)(nullptr);
    const auto value = value_of(*static_cast<redisReply*>(reply));
    (*done)(&value);
  }
};

redis_line::~redis_line() { close(); }

void redis_line::connect(const redis_address& to, event up, event ended) {
  up_ = std::move(up);
  ended_ = std::move(ended);
  context_ = redisAsyncConnect(to.host.c_str(), to.port);
  if (!context_ || context_->err) {
    const std::string why = context_ ? context_->c.errstr : "no memory";
    const auto told = std::move(ended_);
    close();
    return told(why);
  }
  watched_.assign(context_->c.fd);
  context_->data = this;
  context_->ev.data = this;
  context_->ev.addRead = line_hooks::add_read;
  context_->ev.delRead = line_hooks::no_read;
  context_->ev.addWrite = line_hooks::add_write;
  context_->ev.delWrite = line_hooks::no_write;
  context_->ev.cleanup = line_hooks::cleanup;
  redisAsyncSetDisconnectCallback(context_, line_hooks::disconnected);
  redisAsyncSetConnectCallback(context_, line_hooks::connected); // and watches for its end
}

void redis_line::say(const redis_words& words, answer done) {
  if (!context_) return done(nullptr);
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (auto& w : words) {
    texts.push_back(w.data());
    sizes.push_back(w.size());
  }
  auto waiting = std::make_unique<answer>(std::move(done));
  if (redisAsyncCommandArgv(context_, line_hooks::answered, waiting.get(),
                            static_cast<int>(words.size()), texts.data(), sizes.data())
      == REDIS_OK)
    waiting.release(); // answered() has it
  else
    (*waiting)(nullptr);
}

void redis_line::close() {
  up_ = ended_ = nullptr;
  if (auto* ending = std::exchange(context_, nullptr)) redisAsyncFree(ending);
}

void redis_line::end(const std::string& why) {
  context_ = nullptr; // hiredis is about to free it
  up_ = nullptr;
  if (const auto told = std::exchange(ended_, nullptr)) told(why);
}

void redis_line::watch_read() {
  if (std::exchange(reading_, true)) return;
  watched_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                      [me = weak_from_this()](boost::system::error_code failed) {
                        const auto self = me.lock();
                        if (!self) return;
                        self->reading_ = false;
                        if (failed || !self->context_ || !self->want_read_) return;
                        redisAsyncHandleRead(self->context_);
                        if (self->context_ && self->want_read_) self->watch_read();
                      });
}

void redis_line::watch_write() {
  if (std::exchange(writing_, true)) return;
  watched_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                      [me = weak_from_this()](boost::system::error_code failed) {
                        const auto self = me.lock();
                        if (!self) return;
                        self->writing_ = false;
                        if (failed || !self->context_ || !self->want_write_) return;
                        redisAsyncHandleWrite(self->context_);
                        if (self->context_ && self->want_write_) self->watch_write();
                      });
}

} // namespace troupe
