// The way between two nodes, measured: two processes on loopback with mutual TLS, made anew for
// each run. Calls one at a time and a thousand at a time; small events in parcels against one
// message each over the same connection, taking turns. `cluster_mesh [rounds]`.
#include "runtime/actor_config.hpp"
#include "runtime/cluster/certificates.hpp"
#include "runtime/cluster/mesh.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace troupe;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t events_per_round = 1'000'000;
constexpr std::size_t lone_events_per_round = 100'000;
constexpr auto call_seconds = 2s;

double seconds_since(steady::time_point began) {
  return std::chrono::duration<double>(steady::now() - began).count();
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of.empty() ? 0 : of[of.size() / 2];
}

// An event as small as a price: 24 bytes with its topic.
relayed_news event(std::uint64_t number) {
  std::string bytes(18, '\0');
  for (auto& c : bytes) c = static_cast<char>('0' + number++ % 10);
  return {"prices", bytes};
}

// What the other node answers with: itself, how many events came, or who takes them one by one.
caf::behavior answering(caf::event_based_actor*, std::atomic<std::uint64_t>* taken,
                        const caf::actor& sink) {
  return {[](std::uint64_t x) { return x; }, [=](caf::get_atom) { return taken->load(); },
          [=](caf::join_atom) { return caf::actor_cast<caf::strong_actor_ptr>(sink); }};
}

// One message each; says so after every thousand, which is all the back pressure there is.
caf::behavior sinking(caf::event_based_actor*, std::atomic<std::uint64_t>* taken) {
  return {[=](const relayed_news&) { ++*taken; }, [=](caf::flush_atom) { return taken->load(); }};
}

class bench_node {
public:
  bench_node(node_name name, const std::string& certs) : name_(std::move(name)) {
    auto sink = system_.spawn(sinking, &taken_);
    auto answers = system_.spawn(answering, &taken_, sink);
    mesh_options options;
    options.address = "127.0.0.1:0";
    options.transport = {false, certs + "/" + name_ + ".pem", certs + "/" + name_ + ".key",
                         certs + "/ca.pem"};
    options.peers.serve = [answers](const remote_call&) { return answers; };
    options.peers.on_news = [this](relayed_news&) { ++taken_; };
    options.peers.call_timeout = 10s;
    board_ = options.board;
    opened_ = open_mesh(system_, std::move(options));
    if (!opened_.error.empty()) std::fprintf(stderr, "%s\n", opened_.error.c_str());
    ends_ = {sink, answers};
  }
  ~bench_node() {
    caf::anon_send_exit(opened_.handle, caf::exit_reason::user_shutdown);
    for (auto& a : ends_) caf::anon_send_exit(a, caf::exit_reason::kill);
  }
  std::uint16_t port() const { return opened_.port; }
  caf::actor_system& system() { return system_; }

  void see(std::uint16_t a, std::uint16_t b) {
    auto view = std::make_shared<cluster_view>();
    view->number = view->incarnation = 1;
    view->me = name_;
    for (auto [name, port] : {std::pair{"a", a}, std::pair{"b", b}}) {
      node_entry n;
      n.name = name;
      n.incarnation = 1;
      n.alive = true;
      n.address = "127.0.0.1:" + std::to_string(port);
      view->nodes.push_back(n);
    }
    caf::anon_send(opened_.handle, cluster_view_ptr{view});
  }
  peer_actor way() {
    std::promise<peer_actor> found;
    auto watching = system_.spawn(
        [](caf::event_based_actor*, std::promise<peer_actor>* to) -> caf::behavior {
          return {[=](const peer_changed& p) {
            if (p.peer) to->set_value(caf::actor_cast<peer_actor>(p.peer));
          }};
        },
        &found);
    caf::anon_send(opened_.handle, watch_peers{caf::actor_cast<caf::strong_actor_ptr>(watching)});
    auto out = found.get_future().get();
    caf::anon_send_exit(watching, caf::exit_reason::kill);
    return out;
  }
  const peer_figures& figures() const { return *board_->rows().at(0).figures; }

private:
  node_name name_;
  std::atomic<std::uint64_t> taken_{0};
  actor_config config_{2, true};
  caf::actor_system system_{config_};
  std::shared_ptr<peer_board> board_;
  opened_mesh opened_;
  std::vector<caf::actor> ends_;
};

caf::message ask(caf::actor_system& system, const peer_actor& way, caf::message what) {
  caf::scoped_actor self{system};
  caf::message out;
  self->request(way, 20s, remote_call{remote_part::node, "", std::move(what)})
      .receive(
          [&](remote_answer& a) {
            if (a.why) std::fprintf(stderr, "%s\n", system.render(a.why).c_str());
            out = std::move(a.what);
          },
          [&](const caf::error& e) { std::fprintf(stderr, "%s\n", system.render(e).c_str()); });
  return out;
}

struct calls_seen {
  std::vector<float> took_us;
  std::size_t open = 0;
};

// Keeps `window` calls open until the time is over.
caf::behavior calling(caf::event_based_actor* self, peer_actor way, std::size_t window,
                      steady::time_point until, std::promise<calls_seen>* done) {
  auto seen = std::make_shared<calls_seen>();
  auto next = std::make_shared<std::function<void()>>();
  *next = [=] {
    if (steady::now() >= until) {
      if (seen->open == 0) {
        done->set_value(std::move(*seen));
        *next = {};
        self->quit();
      }
      return;
    }
    ++seen->open;
    const auto began = steady::now();
    self->request(way, caf::infinite,
                  remote_call{remote_part::node, "", caf::make_message(std::uint64_t{7})})
        .then(
            [=](const remote_answer& a) {
              --seen->open;
              if (!a.why)
                seen->took_us.push_back(
                    std::chrono::duration<float, std::micro>(steady::now() - began).count());
              const auto hold = *next; // it may be let go while it runs
              hold();
            },
            [=](const caf::error&) { --seen->open; });
  };
  return {[=](caf::ok_atom) {
    for (std::size_t i = 0; i < window; ++i) {
      const auto hold = *next;
      hold();
    }
  }};
}

void measure_calls(bench_node& node, const peer_actor& way, std::size_t callers,
                   std::size_t window) {
  std::vector<std::promise<calls_seen>> done(callers);
  const auto began = steady::now();
  for (auto& d : done) {
    auto caller = node.system().spawn(calling, way, window, began + call_seconds, &d);
    caf::anon_send(caller, caf::ok_atom_v);
  }
  std::vector<float> all;
  for (auto& d : done) {
    auto one = d.get_future().get();
    all.insert(all.end(), one.took_us.begin(), one.took_us.end());
  }
  const auto took = seconds_since(began);
  std::sort(all.begin(), all.end());
  const auto at = [&](double q) {
    return all.empty() ? 0 : all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
  };
  std::printf("calls, window %-5zu %9.0f/s   p50 %7.0f us   p99 %7.0f us\n", callers * window,
              static_cast<double>(all.size()) / took, at(0.5), at(0.99));
}

std::uint64_t taken(bench_node& node, const peer_actor& way) {
  return ask(node.system(), way, caf::make_message(caf::get_atom_v)).get_as<std::uint64_t>(0);
}

// Events per second, from the first that is sent to the last that is taken. The sender holds back
// before any would be dropped.
double parcelled(bench_node& node, const peer_actor& way) {
  const auto before = taken(node, way);
  const auto sent_before = node.figures().news_sent.load();
  const auto began = steady::now();
  for (std::size_t i = 0; i < events_per_round; ++i) {
    caf::anon_send(way, event(i));
    while (i % 1024 == 0 && sent_before + i > node.figures().news_sent + 32768)
      std::this_thread::yield();
  }
  while (taken(node, way) < before + events_per_round)
    if (seconds_since(began) > 30) return 0;
  return static_cast<double>(events_per_round) / seconds_since(began);
}

double one_by_one(bench_node& node, const caf::actor& sink) {
  caf::scoped_actor self{node.system()};
  const auto count = [&] {
    std::uint64_t n = 0;
    self->request(sink, 20s, caf::flush_atom_v)
        .receive([&](std::uint64_t x) { n = x; }, [](const caf::error&) {});
    return n;
  };
  const auto before = count();
  const auto began = steady::now();
  for (std::size_t i = 0; i < lone_events_per_round; ++i) {
    self->send(sink, event(i));
    if (i % 10'000 == 9'999) count();
  }
  while (count() < before + lone_events_per_round)
    if (seconds_since(began) > 30) return 0;
  return static_cast<double>(lone_events_per_round) / seconds_since(began);
}

void measure(bench_node& node, int rounds) {
  const auto way = node.way();
  ask(node.system(), way, caf::make_message(std::uint64_t{1}));
  const auto found = ask(node.system(), way, caf::make_message(caf::join_atom_v));
  const auto sink = caf::actor_cast<caf::actor>(found.get_as<caf::strong_actor_ptr>(0));
  std::vector<double> together, alone;
  for (int round = 0; round < rounds; ++round) {
    measure_calls(node, way, 1, 1);
    measure_calls(node, way, 10, 100);
    together.push_back(parcelled(node, way));
    std::printf("events in parcels   %9.0f/s\n", together.back());
    alone.push_back(one_by_one(node, sink));
    std::printf("events one by one   %9.0f/s\n", alone.back());
  }
  std::printf("median of %d: in parcels %.0f/s, one by one %.0f/s, %.1f times; %llu dropped\n",
              rounds, median(together), median(alone), median(together) / median(alone),
              static_cast<unsigned long long>(node.figures().news_dropped.load()));
}

// The other process: says its port, hears ours, lives until we close the pipe.
int other_node(const std::string& certs, int from_us, int to_us) {
  bench_node node{"b", certs};
  const auto mine = node.port();
  std::uint16_t theirs = 0;
  if (::write(to_us, &mine, sizeof mine) != sizeof mine) return 1;
  if (::read(from_us, &theirs, sizeof theirs) != sizeof theirs) return 1;
  node.see(theirs, mine);
  char end;
  while (::read(from_us, &end, 1) > 0) {
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 3;
  char folder[] = "/tmp/troupe-mesh-XXXXXX";
  if (!::mkdtemp(folder)) return 1;
  const auto made = make_certificates({folder, {"a", "b"}, {}, 2, 2});
  int to_b[2], to_a[2];
  if (!made.error.empty() || ::pipe(to_b) != 0 || ::pipe(to_a) != 0) return 1;
  const auto child = ::fork(); // before there is any thread
  if (child == 0) {
    ::close(to_b[1]);
    return other_node(folder, to_b[0], to_a[1]);
  }
  {
    bench_node node{"a", folder};
    const auto mine = node.port();
    std::uint16_t theirs = 0;
    if (::read(to_a[0], &theirs, sizeof theirs) == sizeof theirs
        && ::write(to_b[1], &mine, sizeof mine) == sizeof mine) {
      node.see(mine, theirs);
      measure(node, rounds);
    }
  }
  ::close(to_b[1]);
  ::waitpid(child, nullptr, 0);
  std::filesystem::remove_all(folder);
  return 0;
}
